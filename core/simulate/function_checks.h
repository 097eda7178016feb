#pragma once

// What only a whole scenario can show about its functions.

#include "base/result.h"
#include "simulate/scenario.h"

namespace meshfn::simulate {

/// Functions that reserve more than the account has, sources and asynchronous calls of what is no
/// function.
Result<void> check_functions(const Scenario& scenario);

}  // namespace meshfn::simulate
