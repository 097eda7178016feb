#pragma once

// Which rules run, and how bad a finding of each is: the catalogue seen through the configuration
// and the command line. The more specific word wins (id and name, then other tools' codes, then
// groups), and at equal rank the later one; flags come after the file.

#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "diagnostic/diagnostic.h"

namespace meshfn::lint {

class Selection {
 public:
  /// Every rule with its own severity.
  Selection() = default;

  /// As the configuration says. REQUIRES: its codes are known, see `unknown_codes`.
  explicit Selection(const config::Config& config);

  bool is_enabled(const diagnostic::Rule& rule) const;

  /// The severity that findings of this rule have unless they ask for less themselves.
  diagnostic::Severity severity(const diagnostic::Rule& rule) const;

  /// Drops findings of rules that are off and sets severities.
  void apply(std::vector<diagnostic::Diagnostic>& findings) const;

  /// The rules that are on, ascending by id.
  std::vector<const diagnostic::Rule*> enabled() const;

 private:
  std::map<const diagnostic::Rule*, config::Level> levels_;  ///< only what differs
};

/// Codes of `rules`, `select` and `ignore` that no rule answers to, each as "path:line:column:
/// no rule answers to `MF999`" with a suggestion; those of flags have no place.
std::vector<Error> unknown_codes(const config::Config& config);

}  // namespace meshfn::lint
