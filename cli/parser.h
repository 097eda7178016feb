#pragma once

// The command line, judged by the tables. CLI11 splits the words (`-qo json`, `--flag=value`,
// `--`); what is allowed, and what was probably meant, is decided here, because CLI11 makes no
// suggestions. Only the parser of the chosen command is built, so start-up does not grow with
// the catalogue.

#include <string>
#include <vector>

#include "cli/command.h"

namespace meshfn::cli {

/// What the user asked for.
struct Invocation {
  std::vector<const Command*> path;  ///< from the program down; the last one is to be run
  Args args;                         ///< its options and the global ones
};

/// Reads `words` (argv without the program's name). Errors are usage errors of two lines. With
/// `--help` or `--version` nothing is required.
Result<Invocation> parse(const Command& program, const std::vector<std::string>& words);

}  // namespace meshfn::cli
