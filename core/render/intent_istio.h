#pragma once

// A routes.yaml intent as Istio resources.

#include <vector>

#include "render/intent.h"
#include "yaml/value.h"

namespace meshfn::render {

/// A VirtualService, and a DestinationRule when there are versions or a policy.
std::vector<yaml::Value> istio_resources(const Intent& intent);

}  // namespace meshfn::render
