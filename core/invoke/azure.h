#pragma once

// Azure Functions, by the protocol of custom handlers: the host posts data and metadata of a
// trigger to the handler's port and gets outputs back. Node.js and Python apps are served by shims
// that drive the app's own @azure/functions or azure-functions.

#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "invoke/instance.h"

namespace meshfn::invoke {

extern const std::string_view kAzureNodeBootstrap;
extern const std::string_view kAzurePythonBootstrap;

/// The row of invoke/platform.h. The app is started to learn its functions; a name that it does
/// not have is an error with a suggestion.
Result<std::unique_ptr<Instance>> create_azure(function::Function function, Settings settings,
                                               const Clock& clock);

/// Refuses the variables that the host sets itself.
Result<void> check_azure_variables(const Variables& variables, std::string_view where);

}  // namespace meshfn::invoke
