#pragma once

// Help from the tables: one sentence, examples first, usage, what may be passed, and the flags in
// their groups. `meshfn`, `-h`, `help X` and `X --help` all print what this returns.

#include <string>
#include <vector>

#include "cli/command.h"

namespace meshfn::cli {

/// Names of the commands in `path` with spaces between: "meshfn event make".
std::string full_name(const std::vector<const Command*>& path);

/// "meshfn lint [PATH...] [flags]".
std::string usage(const std::vector<const Command*>& path);

/// "-o, --output FORMAT[:FILE]".
std::string signature(const Option& option);

/// The help of the last command in `path`, at most `width` columns wide (but never narrower than
/// 40), ending in a newline.
std::string help(const std::vector<const Command*>& path, std::size_t width);

}  // namespace meshfn::cli
