#pragma once

// The manual page from the tables.

#include <string>

#include "cli/command.h"

namespace meshfn::cli {

/// meshfn.1 in roff: every command with its flags, exit codes and environment.
std::string manual(const Command& program);

}  // namespace meshfn::cli
