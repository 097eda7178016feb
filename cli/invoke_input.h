#pragma once

// What the command line of `meshfn invoke` says, read from the options: which function, with which
// limits and variables, on which event.

#include "cli/command.h"
#include "function/project.h"
#include "invoke/platform.h"

namespace meshfn::cli {

/// `--repeat`, from 1 to 100 000.
Result<std::int64_t> repeats_of(const Args& args);

/// `--timeout` in milliseconds, within what `platform` allows. REQUIRES: it is given.
Result<std::int64_t> timeout_of(const Args& args, const function::Platform& platform);

/// The function that the operand, `--template`, `--handler` and `--runtime` mean, with `--timeout`
/// and `--memory` in force. Notes of its project go to standard error.
Result<function::Function> function_of(Context& context, const Args& args);

/// Variables of `--env-file` and `--env`, checked as those of `function` are.
Result<invoke::Variables> variables_of(Context& context, const Args& args, const invoke::Host& host,
                                       const function::Function& function);

/// JSON of `--event` or `--sample`; {} when neither is given.
Result<std::string> event_of(Context& context, const Args& args);

}  // namespace meshfn::cli
