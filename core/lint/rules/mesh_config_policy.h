#pragma once

// The traffic policy that a mesh configuration sets for all hosts, and how it spreads traffic over
// localities: the parts that a DestinationRule has too.

#include <vector>

#include "lint/rules/istio_values.h"

namespace meshfn::lint::istio {

/// Why istiod refuses `defaultTrafficPolicy`, `localityLbSetting` or `zoneAwareLbSetting` of a mesh
/// configuration. Places are those of `config`.
std::vector<Problem> default_policy_problems(yaml::Node config);

}  // namespace meshfn::lint::istio
