// kube-proxy: a choice for each connection, not for each request. Every worker of the client keeps
// one connection and stays with its endpoint until that is gone or the connection breaks.

#include <algorithm>
#include <cmath>

#include "simulate/balancer.h"
#include "simulate/policies/iptables.h"

namespace meshfn::simulate {

std::uint32_t iptables_probability(std::uint32_t rule, std::uint32_t endpoints) {
  constexpr double kWhole = 2147483648.0;
  const std::uint32_t left = endpoints - rule;
  if (left <= 1) return 1U << 31U;
  const double written = std::round(1e10 / left) / 1e10;
  return static_cast<std::uint32_t>(std::lround(written * kWhole));
}

namespace {

class KubeProxy : public Balancer {
 public:
  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    if (host_ != kNoHost && (set.slot != slot_ || set.version != version_)) {
      if (std::find(set.hosts.begin(), set.hosts.end(), host_) == set.hosts.end()) host_ = kNoHost;
    }
    if (host_ == kNoHost) {
      const auto n = static_cast<std::uint32_t>(set.hosts.size());
      host_ = set.hosts[iptables_match(
          n, [&] { return static_cast<std::uint32_t>(choice.random.next() >> 33U); })];
    }
    slot_ = set.slot;
    version_ = set.version;
    return host_;
  }

  void disconnected(std::uint32_t host) override {
    if (host == host_) host_ = kNoHost;
  }

 private:
  std::uint32_t host_ = kNoHost;  ///< of the open connection
  std::uint32_t slot_ = 0;
  std::uint32_t version_ = 0;
};

}  // namespace

extern const Policy kKubeProxy = {
    .name = "kube-proxy",
    .summary = "No mesh: one random endpoint per connection, kept while it lasts",
    .istio = "",
    .make = [](const BalancerPlace&) -> std::unique_ptr<Balancer> {
      return std::make_unique<KubeProxy>();
    }};

}  // namespace meshfn::simulate
