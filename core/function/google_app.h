#pragma once

// Google Cloud Functions in a folder: by the Functions Framework among its dependencies, or because
// the user said so. Functions are what the code registers; text is searched, not run.

#include <optional>

#include "function/project.h"

namespace meshfn::function {

/// The functions of `wanted.directory` when it is a Google project (or `wanted` says it is one);
/// nothing when it is not.
Result<std::optional<Project>> read_google_app(const Files& files, const Wanted& wanted);

}  // namespace meshfn::function
