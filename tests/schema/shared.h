#pragma once

// Public files beside the repository (../shared or MESHFN_SHARED), which tests read when they are
// there.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "source/file.h"
#include "yaml/reader.h"

namespace meshfn::test {

/// A path below the shared folder's lint/.
inline std::string shared_lint(const std::string& path) {
  const char* shared = std::getenv("MESHFN_SHARED");
  return std::string(shared != nullptr ? shared : MESHFN_SOURCE_DIR "/../shared") + "/lint/" + path;
}

/// Whether the file is there; says so on stdout when it is not.
inline bool have_shared(const std::string& path) {
  const bool there = std::ifstream(shared_lint(path)).good();
  if (!there) std::cout << "skipped: " << path << " is not there (see MESHFN_SHARED)\n";
  return there;
}

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
