#pragma once

// What the command line of `meshfn invoke` says, read from the options: which function, with which
// limits and variables, on which event.

#include "cli/command.h"
#include "function/project.h"
#include "invoke/platform.h"

namespace meshfn::cli {

/// The whole number of `option`, or a usage error that names the range.
Result<std::int64_t> number_of(const Args& args, std::string_view option, std::int64_t least,
                               std::int64_t most);

/// The number above 0 of `option`, or a usage error.
Result<double> positive_of(const Args& args, std::string_view option);

/// Folder of the project: `--project`, or the operand when it is a folder and no template is given,
/// or the working directory.
std::string folder_of(Context& context, const Args& args);

/// `--timeout` in milliseconds, within what `platform` allows. REQUIRES: it is given.
Result<std::int64_t> timeout_of(const Args& args, const function::Platform& platform);

/// `--inspect`; 0 when it is not given.
Result<std::uint16_t> debug_port_of(const Args& args);

/// The function that the operand, `--template`, `--handler` and `--runtime` mean, with `--timeout`
/// and `--memory` in force. Notes of its project go to standard error.
Result<function::Function> function_of(Context& context, const Args& args);

/// The function that the operand names, or all of the project without one; for `--serve`. Those
/// that cannot be run are left out with a note.
Result<std::vector<function::Function>> functions_of(Context& context, const Args& args);

/// Variables of `.env` in the project's folder, `--env-file` and `--env`, checked as those of
/// `function` are.
Result<invoke::Variables> variables_of(Context& context, const Args& args, const invoke::Host& host,
                                       const function::Function& function);

/// Replaces references to secrets in both by the values in the file of `--secrets`; without the
/// option nothing is done. Returns the values that were put in.
Result<std::vector<std::string>> put_in_secrets(Context& context, const Args& args,
                                                function::Function& function,
                                                invoke::Variables& user);

/// JSON of `--event` or `--sample`; {} when neither is given.
Result<std::string> event_of(Context& context, const Args& args);

}  // namespace meshfn::cli
