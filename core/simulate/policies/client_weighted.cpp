// Client-side weighted round robin: Envoy's schedule over weights that the servers themselves
// report (orca_weight_manager.cc). A host that has reported nothing gets the median of the others.

#include <algorithm>

#include "simulate/load_report.h"
#include "simulate/policies/parameters.h"
#include "simulate/policies/schedules.h"
#include "simulate/policies/weights.h"

namespace meshfn::simulate {

std::uint32_t median_weight(std::vector<std::uint32_t> valid) {
  if (valid.empty()) return 1;
  std::sort(valid.begin(), valid.end());
  const std::size_t middle = valid.size() / 2;
  if (valid.size() % 2 == 1) return valid[middle];
  return static_cast<std::uint32_t>((std::uint64_t{valid[middle - 1]} + valid[middle]) / 2);
}

std::uint32_t whole_weight(double weight) {
  constexpr double kMost = 4294967295.0;
  return static_cast<std::uint32_t>(std::min(weight, kMost));
}

namespace {

class ClientWeighted : public Balancer {
 public:
  explicit ClientWeighted(const BalancerPlace& place)
      : reported_(place.settings.weights, place.hosts),
        weights_(place.hosts, 1),
        schedules_(place.seed) {}

  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    if (reported_.due(choice.now)) take_weights(choice.now);
    // Both numbers only grow, so the sum changes when either does.
    return schedules_.pick({set.hosts, set.slot, set.version + epoch_},
                           [&](std::uint32_t host) { return weights_[host]; });
  }

  void reported(std::uint32_t host, const LoadReport& report, Time now) override {
    reported_.add(host, report, now);
  }

 private:
  void take_weights(Time now) {
    std::vector<std::uint32_t> valid;
    std::vector<double> fresh(weights_.size(), 0);
    for (std::uint32_t host = 0; host < fresh.size(); ++host) {
      const std::uint32_t weight = whole_weight(reported_.weight(host, now));
      fresh[host] = weight;
      if (weight > 0) valid.push_back(weight);
    }
    const double others = median_weight(std::move(valid));
    for (double& weight : fresh) {
      if (weight == 0) weight = others;
    }
    if (fresh == weights_) return;
    weights_ = std::move(fresh);
    ++epoch_;
  }

  ReportedWeights reported_;
  std::vector<double> weights_;
  std::uint32_t epoch_ = 0;
  Schedules schedules_;
};

}  // namespace

extern const Policy kClientWeighted = {
    .name = "client-side-weighted-round-robin",
    .summary = "Round robin weighted by the load that servers report (ORCA)",
    .istio = "backendUtilization",
    .reports = true,
    .parameters = kReportParameters,
    .make = [](const BalancerPlace& place) -> std::unique_ptr<Balancer> {
      return std::make_unique<ClientWeighted>(place);
    }};

}  // namespace meshfn::simulate
