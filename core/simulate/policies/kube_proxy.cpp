// kube-proxy: a choice for each connection, not for each request. Every worker of the client keeps
// one connection and stays with its endpoint until that is gone or the connection breaks. With
// `sessionAffinity: ClientIP` the client, not the worker, has an endpoint, and keeps it over new
// connections.

#include <algorithm>
#include <cmath>

#include "simulate/balancer.h"
#include "simulate/policies/iptables.h"
#include "simulate/policies/parameters.h"

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
  explicit KubeProxy(const BalancerPlace& place) : affinity_(place.settings.affinity) {}

  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    if (host_ != kNoHost && (set.slot != slot_ || set.version != version_)) {
      if (std::find(set.hosts.begin(), set.hosts.end(), host_) == set.hosts.end()) host_ = kNoHost;
    }
    slot_ = set.slot;
    version_ = set.version;
    if (host_ == kNoHost || !connected_) connect(set, choice);
    return host_;
  }

  void disconnected(std::uint32_t host) override {
    if (host == host_) connected_ = false;
  }

 private:
  /// A new connection goes where the last one went as long as that is remembered.
  void connect(const HostSet& set, const Choice& choice) {
    const bool remembered = affinity_ > 0 && choice.now - since_ < affinity_;
    if (host_ == kNoHost || !remembered) {
      const auto n = static_cast<std::uint32_t>(set.hosts.size());
      host_ = set.hosts[iptables_match(
          n, [&] { return static_cast<std::uint32_t>(choice.random.next() >> 33U); })];
    }
    connected_ = true;
    since_ = choice.now;
  }

  Time affinity_;
  Time since_ = 0;  ///< when the last connection was made
  bool connected_ = false;
  std::uint32_t host_ = kNoHost;  ///< of the connection
  std::uint32_t slot_ = 0;
  std::uint32_t version_ = 0;
};

constexpr Parameter kParameters[] = {
    {"affinity", Parameter::Kind::duration, 0, kLongest,
     [](BalancerSettings& s, double v) { s.affinity = static_cast<Time>(v); },
     "all connections of a client go to one endpoint, remembered for so long"}};

}  // namespace

extern const Policy kKubeProxy = {
    .name = "kube-proxy",
    .summary = "No mesh: one random endpoint per connection, kept while it lasts",
    .istio = "",
    .parameters = kParameters,
    .make = [](const BalancerPlace& place) -> std::unique_ptr<Balancer> {
      return std::make_unique<KubeProxy>(place);
    }};

}  // namespace meshfn::simulate
