#pragma once

// What can be seen of a compiled function before it is started.

#include <string>

#include "base/result.h"
#include "function/project.h"

namespace meshfn::invoke {

/// Checks the executable at `path`: the error is for one that cannot start here (built for another
/// machine, or for a dynamic loader that is not installed). The text is what the cloud would refuse
/// although it runs here; empty when all is well, and for scripts.
Result<std::string> check_executable(const function::Function& function, const std::string& path);

}  // namespace meshfn::invoke
