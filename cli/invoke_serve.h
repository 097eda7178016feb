#pragma once

// `meshfn invoke --serve`: the functions of a project behind one port.

#include "cli/command.h"

namespace meshfn::cli {

/// Serves until interrupted. Without an operand every function of the project is served.
Result<ExitCode> run_serve(Context& context, const Args& args);

}  // namespace meshfn::cli
