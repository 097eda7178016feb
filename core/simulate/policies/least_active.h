#pragma once

// Power of so many choices: the draw is a parameter, so that Envoy's draws (independent, with
// replacement), distinct ones and recorded ones go through the same rule.

#include <cstdint>

#include "simulate/balancer.h"

namespace meshfn::simulate {

/// The host with the fewest active requests among `count` draws; `draw()` gives a position in
/// `set.hosts`. A later draw wins only if it is strictly better. REQUIRES: `count` >= 1.
template <class Draw>
std::uint32_t least_active(const HostSet& set, const Choice& choice, std::uint32_t count,
                           Draw&& draw) {
  std::uint32_t best = set.hosts[draw()];
  for (std::uint32_t i = 1; i < count; ++i) {
    const std::uint32_t other = set.hosts[draw()];
    if (choice.active[other] < choice.active[best]) best = other;
  }
  return best;
}

}  // namespace meshfn::simulate
