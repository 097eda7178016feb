// Least latency: the nearest host, S = argmin D(s); among equally near ones each in turn.

#include "simulate/balancer.h"

namespace meshfn::simulate {

namespace {

class LeastLatency : public Balancer {
 public:
  explicit LeastLatency(std::uint64_t seed) : turn_(seed) {}

  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    nearest_.clear();
    for (const std::uint32_t host : set.hosts) {
      if (!nearest_.empty() && choice.distance[host] > choice.distance[nearest_[0]]) continue;
      if (!nearest_.empty() && choice.distance[host] < choice.distance[nearest_[0]]) {
        nearest_.clear();
      }
      nearest_.push_back(host);
    }
    return nearest_[turn_++ % nearest_.size()];
  }

 private:
  std::uint64_t turn_;
  std::vector<std::uint32_t> nearest_;
};

}  // namespace

extern const Policy kLeastLatency = {
    .name = "least-latency",
    .summary = "The nearest host by network latency; equally near ones in turn",
    .istio = "",
    .make = [](const BalancerPlace& place) -> std::unique_ptr<Balancer> {
      return std::make_unique<LeastLatency>(place.seed);
    }};

}  // namespace meshfn::simulate
