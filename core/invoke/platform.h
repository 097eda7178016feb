#pragma once

// Where functions are run as on which platform: a row each in platform.cpp. The platform's limits
// are in function/runtime.h; here is what starts a function of it.

#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "invoke/instance.h"

namespace meshfn::invoke {

/// One platform as it is imitated here.
struct Host {
  const function::Platform* platform;
  /// Refuses environment variables that the platform would refuse; `where` says who set them.
  Result<void> (*check_variables)(const Variables& variables, std::string_view where);
  /// Checks that `function` can be run here. Nothing is started yet. `clock` outlives the result.
  Result<std::unique_ptr<Instance>> (*create)(function::Function function, Settings settings,
                                              const Clock& clock);
};

/// The row of a function's platform. The error is for a function that has no runtime: it says
/// why it was refused.
Result<const Host*> find_host(const function::Function& function);

}  // namespace meshfn::invoke
