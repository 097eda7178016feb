#pragma once

// What to check: files, directories, patterns and standard input turned into texts. Only names that
// end in .yaml, .yml or .json are taken from directories; a file that is named is always read.

#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace meshfn::lint {

/// What a user pointed at.
struct Operand {
  std::string path;          ///< "-" is standard input; a pattern when there is no such file
  bool context = false;      ///< to resolve references against only
  std::string cluster = {};  ///< the remote cluster whose objects these are; empty: none
};

struct Input {
  std::string path;  ///< "<stdin>" for standard input
  std::string text;
  bool context = false;
  bool named = false;  ///< given itself, not found in a directory
  bool piped = false;  ///< standard input or a renderer's output: there is no file to write to
  std::string cluster = {};  ///< the remote cluster whose objects these are; empty: none
};

/// Where to look and where not to.
struct Wanted {
  std::vector<Operand> operands = {};
  std::vector<std::string> excludes = {};  ///< globs of paths, or of names when they have no slash
  std::string standard_input = {};         ///< the text of `-`
  std::string standard_input_name = "<stdin>";
};

/// Reads what is wanted, in that order; a file that is named twice is read once. The error is the
/// first file or directory that cannot be read, or a pattern that nothing matches.
Result<std::vector<Input>> gather(const Files& files, const Wanted& wanted);

}  // namespace meshfn::lint
