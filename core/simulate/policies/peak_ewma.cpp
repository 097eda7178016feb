// Peak EWMA: Linkerd's balancer. The better of two distinct random hosts by expected latency times
// requests in flight; the estimate jumps up at once and decays slowly, toward zero while idle.

#include "simulate/balancer.h"
#include "simulate/policies/parameters.h"
#include "simulate/policies/peak_estimate.h"

namespace meshfn::simulate {

namespace {

class PeakEwma : public Balancer {
 public:
  explicit PeakEwma(const BalancerPlace& place)
      : decay_(static_cast<double>(place.settings.decay)),
        estimates_(place.hosts, PeakEstimate(static_cast<double>(place.settings.default_rtt))) {}

  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    const auto n = static_cast<std::uint32_t>(set.hosts.size());
    if (n == 1) return set.hosts[0];
    const std::uint32_t i = choice.random.below(n);
    std::uint32_t j = choice.random.below(n - 1);
    if (j >= i) ++j;
    const std::uint32_t first = set.hosts[i];
    const std::uint32_t second = set.hosts[j];
    return load(second, choice) < load(first, choice) ? second : first;
  }

  void answered(std::uint32_t host, Time elapsed, Time now) override {
    estimates_[host].add(static_cast<double>(elapsed), now, decay_);
  }

 private:
  double load(std::uint32_t host, const Choice& choice) const {
    return estimates_[host].load(choice.now, decay_, choice.active[host]);
  }

  double decay_;
  std::vector<PeakEstimate> estimates_;
};

/// Linkerd's backoff of outbound connections.
constexpr Reconnect kReconnect = {100 * kMillisecond, 2, 60 * kSecond, 0.1};

constexpr Parameter kParameters[] = {
    {"default-rtt", Parameter::Kind::duration, 1, kLongest,
     [](BalancerSettings& s, double v) { s.default_rtt = static_cast<Time>(v); },
     "latency expected of a host not yet heard of"},
    {"decay", Parameter::Kind::duration, 1, kLongest,
     [](BalancerSettings& s, double v) { s.decay = static_cast<Time>(v); },
     "time constant of the average"}};

}  // namespace

extern const Policy kPeakEwma = {
    .name = "peak-ewma",
    .summary = "Linkerd: the better of two distinct hosts by expected latency and load",
    .istio = "",
    .per_worker = false,
    .reconnect = &kReconnect,
    .parameters = kParameters,
    .make = [](const BalancerPlace& place) -> std::unique_ptr<Balancer> {
      return std::make_unique<PeakEwma>(place);
    }};

}  // namespace meshfn::simulate
