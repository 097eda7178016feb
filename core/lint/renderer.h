#pragma once

// Programs that make YAML: `helm template shop`, `kustomize build overlays/prod`. Run by us rather
// than piped into us, a renderer that fails cannot pass for one that had nothing to say.

#include <chrono>
#include <map>
#include <string>

#include "base/result.h"
#include "lint/input.h"

namespace meshfn::lint {

/// Where and for how long renderers run.
struct Rendering {
  std::string directory;                           ///< working directory
  std::map<std::string, std::string> environment;  ///< all of it
  std::chrono::nanoseconds limit = std::chrono::minutes(1);
};

/// Runs `command` in a shell. What it prints becomes an input that is named after it; its standard
/// error goes to ours. It is an error when it fails, prints nothing or takes too long.
Result<Input> render(const std::string& command, const Rendering& rendering);

}  // namespace meshfn::lint
