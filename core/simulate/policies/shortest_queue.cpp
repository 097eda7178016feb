// Join the shortest queue: the host with the fewest requests of all clients together, ties broken
// evenly. No proxy can know this; it is the bound that others are held against.

#include "simulate/balancer.h"

namespace meshfn::simulate {

namespace {

class ShortestQueue : public Balancer {
 public:
  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    std::uint32_t best = set.hosts[0];
    std::uint32_t ties = 1;
    for (std::size_t i = 1; i < set.hosts.size(); ++i) {
      const std::uint32_t host = set.hosts[i];
      if (choice.active[host] < choice.active[best]) {
        best = host;
        ties = 1;
      } else if (choice.active[host] == choice.active[best] && choice.random.below(++ties) == 0) {
        best = host;
      }
    }
    return best;
  }
};

}  // namespace

extern const Policy kShortestQueue = {
    .name = "join-shortest-queue",
    .summary = "The host with the fewest requests of all clients; a bound, not a proxy",
    .istio = "",
    .sees_all = true,
    .make = [](const BalancerPlace&) -> std::unique_ptr<Balancer> {
      return std::make_unique<ShortestQueue>();
    }};

}  // namespace meshfn::simulate
