// gRPC's round_robin: the connected hosts in turn, one index for the channel; each change of who is
// connected makes a new picker that starts anywhere.

#include "simulate/balancer.h"

namespace meshfn::simulate {

namespace {

class GrpcRoundRobin : public Balancer {
 public:
  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    const auto n = static_cast<std::uint32_t>(set.hosts.size());
    if (set.slot >= pickers_.size()) pickers_.resize(set.slot + 1);
    Picker& picker = pickers_[set.slot];
    if (!picker.made || picker.version != set.version) {
      picker = {choice.random.below(n), set.version, true};
    }
    return set.hosts[picker.next++ % n];
  }

 private:
  struct Picker {
    std::uint32_t next = 0;
    std::uint32_t version = 0;
    bool made = false;
  };

  std::vector<Picker> pickers_;  ///< one for each host set
};

}  // namespace

extern const Policy kGrpcRoundRobin = {
    .name = "grpc-round-robin",
    .summary = "gRPC: the connected hosts in turn, one turn for the whole channel",
    .istio = "",
    .per_worker = false,
    .reconnect = &kGrpcReconnect,
    .make = [](const BalancerPlace&) -> std::unique_ptr<Balancer> {
      return std::make_unique<GrpcRoundRobin>();
    }};

}  // namespace meshfn::simulate
