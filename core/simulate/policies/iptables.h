#pragma once

// kube-proxy's chain of iptables rules for one Service: rule i of n matches a new connection with
// probability 1/(n-i), the last one always, so that each endpoint gets 1/n.

#include <cstdint>

namespace meshfn::simulate {

/// Probability of rule `rule` of `endpoints` in units of 2^-31, as the kernel compares it: 1/(n-i)
/// is written with ten decimals and rounded. 2^31 for the last rule.
std::uint32_t iptables_probability(std::uint32_t rule, std::uint32_t endpoints);

/// The rule that a new connection matches; `draw()` gives 31 random bits for each rule asked.
template <class Draw>
std::uint32_t iptables_match(std::uint32_t endpoints, Draw&& draw) {
  std::uint32_t rule = 0;
  while (rule + 1 < endpoints && draw() >= iptables_probability(rule, endpoints)) ++rule;
  return rule;
}

}  // namespace meshfn::simulate
