#pragma once

// An Azure Functions app: a folder with host.json. Its settings are read here; which functions it
// has only the app itself knows, except where each has a folder with function.json.

#include <optional>

#include "function/project.h"

namespace meshfn::function {

/// The app in `wanted.directory` as one function that stands for all of them
/// (`Function::part_of_app`); nothing when it is no Azure app. Its values are those of
/// local.settings.json.
Result<std::optional<Project>> read_azure_app(const Files& files, const Wanted& wanted);

}  // namespace meshfn::function
