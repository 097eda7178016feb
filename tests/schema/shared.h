#pragma once

// Public files beside the repository (../shared or MESHFN_SHARED), which tests read when they are
// there.

#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "source/file.h"
#include "support/paths.h"
#include "yaml/reader.h"

namespace meshfn::test {

/// A path below the shared folder's lint/.
inline std::string shared_lint(const std::string& path) { return shared_path("lint/" + path); }

inline std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// A file with its tree; `root` is one of its documents.
struct ReadFile {
  explicit ReadFile(const std::string& path, std::size_t document = 0)
      : file(path, read_text(path)), tree(yaml::read(file, problems)) {
    if (document < tree->documents().size()) root = tree->documents()[document].root;
  }

  source::File file;
  std::vector<diagnostic::Diagnostic> problems;
  std::unique_ptr<yaml::Tree> tree;
  yaml::Node root;
};

}  // namespace meshfn::test
