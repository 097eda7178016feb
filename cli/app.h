#pragma once

// The program without its process: words in, exit code out. `main` adds the real streams and the
// signals; tests pass strings and files in memory.

#include <string>
#include <vector>

#include "cli/command.h"

namespace meshfn::cli {

/// Parses `words`, settles colour, `-q` and `-v` in the context's terminal, runs the command and
/// prints its error, if any.
ExitCode run(Context& context, const std::vector<std::string>& words);

}  // namespace meshfn::cli
