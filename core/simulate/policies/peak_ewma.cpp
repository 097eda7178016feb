// Peak EWMA: Linkerd's balancer. The better of two distinct random hosts by expected latency times
// requests in flight; the estimate jumps up at once and decays slowly, toward zero while idle.

#include "simulate/arithmetic.h"
#include "simulate/balancer.h"

namespace meshfn::simulate {

namespace {

class PeakEwma : public Balancer {
 public:
  explicit PeakEwma(const BalancerPlace& place)
      : decay_(static_cast<double>(place.settings.decay)),
        estimates_(place.hosts, Estimate{static_cast<double>(place.settings.default_rtt), 0}) {}

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
    Estimate& e = estimates_[host];
    const double keep = exponential_of(-static_cast<double>(now - e.updated) / decay_);
    const auto sample = static_cast<double>(elapsed);
    const double current = e.rtt * keep;
    e = {sample > current ? sample : current + sample * (1 - keep), now};
  }

 private:
  struct Estimate {
    double rtt;
    Time updated;
  };

  double load(std::uint32_t host, const Choice& choice) const {
    const Estimate& e = estimates_[host];
    const double rtt =
        e.rtt * exponential_of(-static_cast<double>(choice.now - e.updated) / decay_);
    return rtt * (choice.active[host] + 1.0);
  }

  double decay_;
  std::vector<Estimate> estimates_;
};

}  // namespace

extern const Policy kPeakEwma = {
    .name = "peak-ewma",
    .summary = "Linkerd: the better of two distinct hosts by expected latency and load",
    .istio = "",
    .per_worker = false,
    .make = [](const BalancerPlace& place) -> std::unique_ptr<Balancer> {
      return std::make_unique<PeakEwma>(place);
    }};

}  // namespace meshfn::simulate
