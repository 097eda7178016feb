// gRPC's ring_hash (A42): Envoy's ring, at most 4096 points, over all addresses; a host that cannot
// be reached keeps its points and the request walks on to the next host that can.

#include <algorithm>

#include "simulate/policies/parameters.h"

namespace meshfn::simulate {

namespace {

constexpr std::uint64_t kMostPoints = 4096;  // the client's cap

class GrpcRingHash : public Balancer {
 public:
  explicit GrpcRingHash(const BalancerPlace& place)
      : ring_(place.keys, std::vector<double>(place.hosts, 1.0 / std::max(place.hosts, 1U)),
              std::min(place.settings.minimum_ring, kMostPoints),
              std::min(place.settings.maximum_ring, kMostPoints)),
        ready_(place.hosts, false) {}

  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    if (!known_ || set.slot != slot_ || set.version != version_) {
      std::fill(ready_.begin(), ready_.end(), false);
      for (const std::uint32_t host : set.hosts) ready_[host] = true;
      known_ = true;
      slot_ = set.slot;
      version_ = set.version;
    }
    const auto n = static_cast<std::uint32_t>(ring_.entries.size());
    for (std::uint32_t step = 0; step < n; ++step) {
      const std::uint32_t host = ring_.lookup(choice.hash, step);
      if (ready_[host]) return host;
    }
    return set.hosts[0];  // a host so light that it owns no point
  }

 private:
  HashRing ring_;
  std::vector<bool> ready_;  ///< in the set used last
  bool known_ = false;
  std::uint32_t slot_ = 0;
  std::uint32_t version_ = 0;
};

constexpr Parameter kParameters[] = {kMinimumRing, kMaximumRing};

}  // namespace

extern const Policy kGrpcRingHash = {
    .name = "grpc-ring-hash",
    .summary = "gRPC: a ring over all hosts; unreachable ones are walked past",
    .istio = "",
    .per_worker = false,
    .hashes = true,
    .reconnect = &kGrpcReconnect,
    .parameters = kParameters,
    .fault = ring_fault,
    .make = [](const BalancerPlace& place) -> std::unique_ptr<Balancer> {
      return std::make_unique<GrpcRingHash>(place);
    }};

}  // namespace meshfn::simulate
