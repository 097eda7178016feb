#pragma once

// The traffic policies of a DestinationRule, wherever they stand.

#include <vector>

#include "resource/istio/destination_rule.h"

namespace meshfn::lint {

struct PolicyUse {
  const resource::istio::TrafficPolicy* policy = nullptr;
  bool is_port = false;  ///< an entry of portLevelSettings
};

/// The rule's own policy, those of its subsets, and those of their ports, in this order.
std::vector<PolicyUse> policies(const resource::istio::DestinationRule& rule);

}  // namespace meshfn::lint
