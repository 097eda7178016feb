#pragma once

// --fix and --diff: lint, apply what is safe, and lint again, because one mended value may show
// the next mistake. All in memory; writing is the caller's.

#include <string>
#include <vector>

#include "lint/linter.h"

namespace meshfn::lint {

/// A file that fixes changed.
struct Change {
  std::string path;
  std::string before;
  std::string after;
};

struct Mended {
  std::vector<Input> inputs;    ///< as they are after all fixes
  std::vector<Change> changes;  ///< sorted by path
  std::size_t fixes = 0;
};

/// Whether what was piped in is mended: for showing it can be, for writing it is no file.
enum class Piped { keep, mend };

/// Applies safe fixes of findings that are not silenced until none is left, at most ten times.
/// Context is never changed.
Mended mend(std::vector<Input> inputs, const Options& options, Piped piped);

}  // namespace meshfn::lint
