#pragma once

// What `meshfn invoke` says at its end: the answer on standard output or into files, and for the
// person how it went.

#include "cli/command.h"
#include "cli/output.h"
#include "function/project.h"
#include "invoke/outcome.h"

namespace meshfn::cli {

/// Notes about the interpreter that ran `function`, whose version is `version` if it told.
void tell_about_runtime(std::ostream& err, const function::Function& function,
                        std::string_view version);

/// Writes the answers in every form of `wanted`, and what failed to standard error.
/// REQUIRES: `outcomes` is not empty.
Result<ExitCode> report_outcomes(Context& context, const std::vector<Output>& wanted,
                                 const function::Function& function,
                                 const std::vector<invoke::Outcome>& outcomes);

}  // namespace meshfn::cli
