// Least request: the better of two (or more) hosts drawn independently and with replacement, by
// this proxy's own count of active requests; a weighted schedule when weights differ; or a scan of
// all hosts. Drawing with replacement matters in small clusters (least_request_lb.cc).

#include <algorithm>

#include "simulate/arithmetic.h"
#include "simulate/policies/least_active.h"
#include "simulate/policies/parameters.h"
#include "simulate/policies/schedules.h"

namespace meshfn::simulate {

namespace {

class LeastRequest : public Balancer {
 public:
  LeastRequest(const BalancerSettings& settings, std::uint64_t seed)
      : choices_(settings.choice_count),
        full_scan_(settings.full_scan),
        distinct_(settings.distinct),
        bias_(settings.active_request_bias),
        slow_start_(settings.slow_start),
        schedules_(seed) {}

  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    if (choice.uneven()) return weighted(set, choice);
    if (full_scan_) return scan(set, choice);
    if (distinct_) return distinct(set, choice);
    const std::uint64_t n = set.hosts.size();
    if (choices_ == 2) {
      // Both draws from the halves of one 64-bit number.
      std::uint64_t bits = choice.random.next();
      return least_active(set, choice, 2, [&] {
        const std::uint64_t position = ((bits >> 32U) * n) >> 32U;
        bits <<= 32U;
        return position;
      });
    }
    return least_active(set, choice, choices_,
                        [&] { return choice.random.below(static_cast<std::uint32_t>(n)); });
  }

 private:
  /// Draws without replacement, as the textbook's supermarket does.
  std::uint32_t distinct(const HostSet& set, const Choice& choice) {
    const auto n = static_cast<std::uint32_t>(set.hosts.size());
    drawn_.clear();
    return least_active(set, choice, std::min(choices_, n), [&] {
      std::uint32_t position = choice.random.below(n);
      while (std::find(drawn_.begin(), drawn_.end(), position) != drawn_.end()) {
        position = choice.random.below(n);
      }
      drawn_.push_back(position);
      return position;
    });
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
  bool distinct_;
  double bias_;
  SlowStart slow_start_;
  Schedules schedules_;
  std::vector<std::uint32_t> drawn_;  ///< positions of one pick; kept for its storage
};

constexpr Parameter kParameters[] = {
    {"choices", Parameter::Kind::whole, 2, 100,
     [](BalancerSettings& s, double v) { s.choice_count = static_cast<std::uint32_t>(v); },
     "hosts drawn for one choice"},
    {"full-scan", Parameter::Kind::boolean, 0, 1,
     [](BalancerSettings& s, double v) { s.full_scan = v != 0; }, "looks at every host"},
    {"distinct", Parameter::Kind::boolean, 0, 1,
     [](BalancerSettings& s, double v) { s.distinct = v != 0; },
     "draws without replacement, as textbooks do"},
    {"bias", Parameter::Kind::number, 0, 100,
     [](BalancerSettings& s, double v) { s.active_request_bias = v; },
     "how much active requests count against a weight"},
    kSlowStartWindow,
    kSlowStartAggression,
    kSlowStartMinimum};

}  // namespace

extern const Policy kLeastRequest = {
    .name = "least-request",
    .summary = "The better of two random hosts by this proxy's own active requests",
    .istio = "LEAST_REQUEST",
    .parameters = kParameters,
    .make = [](const BalancerPlace& place) -> std::unique_ptr<Balancer> {
      return std::make_unique<LeastRequest>(place.settings, place.seed);
    }};

}  // namespace meshfn::simulate
