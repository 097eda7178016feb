#pragma once

// What can be seen of a function before it is started.

#include <optional>
#include <string>

#include "base/result.h"
#include "function/project.h"
#include "invoke/runtime_api.h"

namespace meshfn::invoke {

/// Checks the executable at `path`: the error is for one that cannot start here (built for another
/// machine, or for a dynamic loader that is not installed). The text is what the cloud would refuse
/// although it runs here; empty when all is well, and for scripts.
Result<std::string> check_executable(const function::Function& function, const std::string& path);

/// Looks for the handler of `function` in the text of its file below `code`: what the runtime would
/// report of a handler that the file surely does not export. Nothing when it may be there, and for
/// a file that exports nothing, which may well fail for another reason.
std::optional<Answer> check_handler(const function::Function& function, const std::string& code);

}  // namespace meshfn::invoke
