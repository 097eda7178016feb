#pragma once

// The values that istiod demands of a mesh configuration, and of the configuration of proxies that
// is a part of it and, as an annotation, of pods.

#include <span>
#include <string_view>
#include <vector>

#include "lint/rules/istio_values.h"

namespace meshfn::lint::istio {

/// Why istiod refuses a mesh configuration; what the schema says is left to it. Places are those of
/// `config`.
std::vector<Problem> mesh_config_problems(yaml::Node config);

/// The same for `defaultConfig`, or for the annotation `proxy.istio.io/config`.
std::vector<Problem> proxy_config_problems(yaml::Node config);

/// The fields of `defaultConfig`, in the order of the alphabet.
std::span<const std::string_view> proxy_config_fields();

/// Why istiod passes over an item of `extensionProviders`, or the proxies over a part of it.
std::vector<Problem> provider_problems(yaml::Node provider);

}  // namespace meshfn::lint::istio
