#pragma once

// The weighted schedules of one worker: one EDF per host set, rebuilt whenever the membership of
// the set changes, as Envoy does.

#include <cstdint>
#include <vector>

#include "simulate/balancer.h"
#include "simulate/edf.h"

namespace meshfn::simulate {

class Schedules {
 public:
  explicit Schedules(std::uint64_t seed) : seed_(seed) {}

  /// The next host of `set` under weights given by `weight(host)`.
  template <class Weight>
  std::uint32_t pick(const HostSet& set, const Weight& weight) {
    if (set.slot >= built_.size()) built_.resize(set.slot + 1);
    Built& built = built_[set.slot];
    if (!built.made || built.version != set.version) {
      std::vector<double> weights;
      for (const std::uint32_t host : set.hosts) weights.push_back(weight(host));
      built = {Edf(weights, seed_++), set.version, true};
    }
    return set.hosts[built.edf.pick([&](std::uint32_t i) { return weight(set.hosts[i]); })];
  }

 private:
  struct Built {
    Edf edf;
    std::uint32_t version = 0;
    bool made = false;
  };

  std::uint64_t seed_;
  std::vector<Built> built_;
};

}  // namespace meshfn::simulate
