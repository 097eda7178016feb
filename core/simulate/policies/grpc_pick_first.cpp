// gRPC's default: one connection for the whole channel, to the first address that answers; every
// request goes there until it breaks (grpc/proposal A61, A62).

#include <algorithm>
#include <numeric>

#include "simulate/balancer.h"

namespace meshfn::simulate {

namespace {

class PickFirst : public Balancer {
 public:
  explicit PickFirst(const BalancerPlace& place) : rank_(place.hosts) {
    std::vector<std::uint32_t> order(place.hosts);
    std::iota(order.begin(), order.end(), 0U);
    if (place.settings.shuffle) {
      Random random(place.seed);
      for (std::uint32_t i = place.hosts; i > 1; --i)
        std::swap(order[i - 1], order[random.below(i)]);
    }
    for (std::uint32_t i = 0; i < place.hosts; ++i) rank_[order[i]] = i;
  }

  std::uint32_t pick(const HostSet& set, const Choice&) override {
    if (host_ != kNoHost && set.slot == slot_ && set.version == version_) return host_;
    const auto has = [&](std::uint32_t host) {
      return std::find(set.hosts.begin(), set.hosts.end(), host) != set.hosts.end();
    };
    if (host_ == kNoHost || !has(host_)) {
      host_ = *std::min_element(set.hosts.begin(), set.hosts.end(),
                                [&](auto a, auto b) { return rank_[a] < rank_[b]; });
    }
    slot_ = set.slot;
    version_ = set.version;
    return host_;
  }

  void disconnected(std::uint32_t host) override {
    if (host == host_) host_ = kNoHost;
  }

 private:
  std::vector<std::uint32_t> rank_;  ///< of each host in the list of addresses
  std::uint32_t host_ = kNoHost;     ///< of the connection
  std::uint32_t slot_ = 0;
  std::uint32_t version_ = 0;
};

constexpr Parameter kParameters[] = {{"shuffle", Parameter::Kind::boolean, 0, 1,
                                      [](BalancerSettings& s, double v) { s.shuffle = v != 0; },
                                      "each client tries the addresses in an order of its own"}};

}  // namespace

extern const Policy kGrpcPickFirst = {
    .name = "grpc-pick-first",
    .summary = "gRPC's default: the whole channel stays with one host",
    .istio = "",
    .per_worker = false,
    .reconnect = &kGrpcReconnect,
    .parameters = kParameters,
    .make = [](const BalancerPlace& place) -> std::unique_ptr<Balancer> {
      return std::make_unique<PickFirst>(place);
    }};

}  // namespace meshfn::simulate
