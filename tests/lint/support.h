#pragma once

// Lint of texts in memory, for tests.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lint/linter.h"

namespace meshfn::lint {

/// An outcome together with the text it points into.
struct Linted {
  source::Store store;
  Outcome outcome;

  /// Findings as "path:line RULE", silenced ones in brackets.
  std::vector<std::string> lines() const;
};

/// Lints files given as {path, text}, all of them named.
std::unique_ptr<Linted> lint_texts(const std::vector<std::pair<std::string, std::string>>& files,
                                   const Options& options = {});

/// Lints one file called "a.yaml".
std::unique_ptr<Linted> lint_text(const std::string& text, const Options& options = {});

/// Where public cases and corpora are; empty when they are absent.
std::string shared_folder();

}  // namespace meshfn::lint
