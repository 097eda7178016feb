#pragma once

// Go functions of Google are packages; the platform's builder adds the main package. So do we, by
// an overlay that the compiler reads instead of files: nothing is written into the project.

#include <string>
#include <string_view>

#include "base/result.h"
#include "invoke/instance.h"

namespace meshfn::invoke {

extern const std::string_view kGoogleGoBootstrap;

/// Compiles the function into `folder` and returns the program's path. A main package of the
/// project's own (in its root or in cmd/) is preferred. The error holds what the compiler said.
Result<std::string> build_google_go(const function::Function& function, const Settings& settings,
                                    const std::string& folder);

}  // namespace meshfn::invoke
