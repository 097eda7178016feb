#pragma once

// The list of commands. `program()` is itself a Command, so that help, man page, completions and
// the parser walk one tree and know nothing else.

#include "cli/command.h"

namespace meshfn::cli {

/// `meshfn` itself: its subcommands are all commands in the order of help, its options are the
/// global ones, which every command understands.
const Command& program();

/// The subcommand of `parent` that answers to `name` or has it as its alias; null when none does.
const Command* find_command(const Command& parent, std::string_view name);

/// "0.1.0".
std::string_view version();

}  // namespace meshfn::cli
