#pragma once

// What to check: files, directories and standard input turned into texts. Only names that end in
// .yaml, .yml or .json are taken from directories; a file that is named is always read.

#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace meshfn::lint {

/// What a user pointed at.
struct Operand {
  std::string path;      ///< "-" is standard input
  bool context = false;  ///< to resolve references against only
};

struct Input {
  std::string path;  ///< "<stdin>" for standard input
  std::string text;
  bool context = false;
  bool named = false;  ///< given itself, not found in a directory
};

/// Reads what the operands name, in their order; a file that is named twice is read once. The
/// error is the first file or directory that cannot be read. `standard_input` is the text of `-`.
Result<std::vector<Input>> gather(const Files& files, const std::vector<Operand>& operands,
                                  const std::string& standard_input);

}  // namespace meshfn::lint
