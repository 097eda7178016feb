#pragma once

// The output of another program as text: for git, and for renderers such as `helm template`.

#include <chrono>
#include <string>

#include "base/process.h"

namespace meshfn {

/// What a program wrote, and how it ended.
struct Captured {
  std::string text;
  Exit exit;
  bool timed_out = false;  ///< it was ended; `text` is what it had written so far
  bool too_long = false;   ///< it was ended because it wrote more than `capture` takes
};

/// Runs `program` and everything it starts to the end, but no longer than `limit`. At most 1 GiB
/// of output is taken. The error is for a program that cannot be started.
Result<Captured> capture(const Program& program, std::chrono::nanoseconds limit);

}  // namespace meshfn
