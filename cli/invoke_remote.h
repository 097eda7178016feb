#pragma once

// `meshfn invoke --remote URL`: the event goes to a function that is deployed.

#include "cli/command.h"
#include "cli/output.h"

namespace meshfn::cli {

/// Posts the event and reports the answer. Options of a local run are usage errors.
Result<ExitCode> run_remote(Context& context, const Args& args, const std::vector<Output>& wanted);

}  // namespace meshfn::cli
