#include "invoke/platform.h"

#include <fmt/format.h>

#include "invoke/azure.h"
#include "invoke/environment.h"
#include "invoke/google.h"

namespace meshfn::invoke {

namespace {

template <class T>
Result<std::unique_ptr<Instance>> create(function::Function function, Settings settings,
                                         const Clock& clock) {
  return T::create(std::move(function), std::move(settings), clock);
}

constexpr Host kHosts[] = {
    {&function::kAwsLambda, check_variables, create<Environment>},
    {&function::kAzureFunctions, check_azure_variables, create_azure},
    {&function::kGoogleFunctions, check_google_variables, create_google},
};

}  // namespace

Result<const Host*> find_host(const function::Function& function) {
  if (!function.refused.empty() || function.runtime == nullptr) {
    return fail(fmt::format("`{}` cannot be run: {}", function.name, function.refused));
  }
  for (const Host& host : kHosts) {
    if (host.platform == function.runtime->platform) return &host;
  }
  return fail(fmt::format("functions of {} are not run here", function.runtime->platform->name));
}

}  // namespace meshfn::invoke
