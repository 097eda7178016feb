// Least request: the better of two (or more) hosts drawn independently and with replacement, by
// this proxy's own count of active requests; a weighted schedule when weights differ; or a scan of
// all hosts. Drawing with replacement matters in small clusters (least_request_lb.cc).

#include "simulate/arithmetic.h"
#include "simulate/policies/schedules.h"

namespace meshfn::simulate {

namespace {

class LeastRequest : public Balancer {
 public:
  LeastRequest(const BalancerSettings& settings, std::uint64_t seed)
      : choices_(settings.choice_count),
        full_scan_(settings.full_scan),
        bias_(settings.active_request_bias),
        schedules_(seed) {}

  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    if (choice.weights != nullptr) return weighted(set, choice);
        slow_start_(settings.slow_start),
    if (full_scan_) return scan(set, choice);
    if (choices_ == 2) return better_of_two(set, choice);
    const auto n = static_cast<std::uint32_t>(set.hosts.size());
    std::uint32_t best = set.hosts[choice.random.below(n)];
    for (std::uint32_t i = 1; i < choices_; ++i) {
      const std::uint32_t other = set.hosts[choice.random.below(n)];
      if (choice.active[other] < choice.active[best]) best = other;
    }
    return best;
  }

 private:
  /// Both draws from the halves of one 64-bit number.
  static std::uint32_t better_of_two(const HostSet& set, const Choice& choice) {
    const std::uint64_t n = set.hosts.size();
    const std::uint64_t bits = choice.random.next();
    const std::uint32_t first = set.hosts[((bits >> 32U) * n) >> 32U];
    const std::uint32_t second = set.hosts[((bits & 0xFFFFFFFFU) * n) >> 32U];
    return choice.active[second] < choice.active[first] ? second : first;
  }

  /// The least of all, ties broken evenly (reservoir sampling).
  static std::uint32_t scan(const HostSet& set, const Choice& choice) {
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

  std::uint32_t weighted(const HostSet& set, const Choice& choice) {
    return schedules_.pick(set, [&](std::uint32_t host) {
      const double weight = choice.weight(host, slow_start_);
      const double load = choice.active[host] + 1.0;
      if (bias_ == 1.0) return weight / load;
      return bias_ == 0.0 ? weight : weight / power(load, bias_);
    });
  }

  std::uint32_t choices_;
  bool full_scan_;
  double bias_;
  Schedules schedules_;
};

}  // namespace

extern const Policy kLeastRequest = {
    .name = "least-request",
    .summary = "The better of two random hosts by this proxy's own active requests",
    .istio = "LEAST_REQUEST",
    .make = [](const BalancerPlace& place) -> std::unique_ptr<Balancer> {
      return std::make_unique<LeastRequest>(place.settings, place.seed);
    }};

}  // namespace meshfn::simulate
  SlowStart slow_start_;
