// Random: every host alike, weights ignored (Envoy's random_lb.cc).

#include "simulate/balancer.h"

namespace meshfn::simulate {

namespace {

class RandomChoice : public Balancer {
 public:
  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    return set.hosts[choice.random.below(static_cast<std::uint32_t>(set.hosts.size()))];
  }
};

}  // namespace

extern const Policy kRandom = {.name = "random",
                               .summary = "Any host, each as likely as the others",
                               .istio = "RANDOM",
                               .make = [](const BalancerPlace&) -> std::unique_ptr<Balancer> {
                                 return std::make_unique<RandomChoice>();
                               }};

}  // namespace meshfn::simulate
