#pragma once

// The event of an invocation: any JSON text. It is handed on byte for byte; reading it first is
// only for telling where it is broken.

#include <string>
#include <string_view>

#include "base/result.h"

namespace meshfn::invoke {

/// `text` if it is JSON; otherwise an error with `path:line:column` and what is wrong there.
/// `path` is as the user named it, "<stdin>" for standard input.
Result<std::string> check_event(std::string text, const std::string& path);

}  // namespace meshfn::invoke
