#pragma once

// Google Cloud Functions: a server on $PORT that turns requests into calls of one function. The
// real Functions Framework is that server when the project has it (Node.js, Python, Go); a shim of
// ours keeps to the same contract otherwise.

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "invoke/instance.h"

namespace meshfn::invoke {

extern const std::string_view kGoogleNodeBootstrap;
extern const std::string_view kGooglePythonBootstrap;

/// The row of invoke/platform.h. Go functions are built here, which the error may be about.
Result<std::unique_ptr<Instance>> create_google(function::Function function, Settings settings,
                                                const Clock& clock);

/// Refuses the variables that the platform sets itself.
Result<void> check_google_variables(const Variables& variables, std::string_view where);

}  // namespace meshfn::invoke
