#pragma once

// What a lint run reads: the paths of the command line or the configuration, standard input, and
// what the commands of `--exec` print.

#include <vector>

#include "cli/command.h"
#include "config/config.h"
#include "lint/input.h"

namespace meshfn::cli {

/// Reads everything. Standard input must be no terminal, and every renderer must do its work.
Result<std::vector<lint::Input>> lint_inputs(Context& context, const Args& args,
                                             const config::Config& config);

}  // namespace meshfn::cli
