#include "lint/rules/policies.h"

namespace meshfn::lint {

std::vector<PolicyUse> policies(const resource::istio::DestinationRule& rule) {
  std::vector<PolicyUse> uses;
  const auto add = [&](const std::optional<resource::istio::TrafficPolicy>& policy) {
    if (!policy) return;
    uses.push_back({&*policy, false});
    for (const auto& port : policy->ports) uses.push_back({&port, true});
  };
  add(rule.traffic_policy);
  for (const auto& subset : rule.subsets) add(subset.traffic_policy);
  return uses;
}

}  // namespace meshfn::lint
