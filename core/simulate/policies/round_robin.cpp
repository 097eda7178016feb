// Round robin: an index that starts at the worker's own seed, or a weighted schedule.

#include "simulate/policies/parameters.h"
#include "simulate/policies/schedules.h"

namespace meshfn::simulate {

namespace {

class RoundRobin : public Balancer {
 public:
  explicit RoundRobin(const BalancerPlace& place)
      : seed_(place.seed), slow_start_(place.settings.slow_start), schedules_(place.seed) {}

  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    if (choice.uneven()) {
      return schedules_.pick(set,
                             [&](std::uint32_t host) { return choice.weight(host, slow_start_); });
    }
    if (set.slot >= next_.size()) next_.resize(set.slot + 1, seed_);
    return set.hosts[next_[set.slot]++ % set.hosts.size()];
  }

 private:
  std::uint64_t seed_;
  SlowStart slow_start_;
  std::vector<std::uint64_t> next_;  ///< one index per host set
  Schedules schedules_;
};

constexpr Parameter kParameters[] = {kSlowStartWindow, kSlowStartAggression, kSlowStartMinimum};

}  // namespace

extern const Policy kRoundRobin = {
    .name = "round-robin",
    .summary = "Each host in turn, weighted by an earliest-deadline schedule",
    .istio = "ROUND_ROBIN",
    .parameters = kParameters,
    .make = [](const BalancerPlace& place) -> std::unique_ptr<Balancer> {
      return std::make_unique<RoundRobin>(place);
    }};

}  // namespace meshfn::simulate
