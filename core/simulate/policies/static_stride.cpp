// The schedule, and the balancer that feeds it with reported weights.

#include "simulate/policies/static_stride.h"

#include <algorithm>
#include <cmath>

#include "simulate/balancer.h"
#include "simulate/load_report.h"
#include "simulate/policies/parameters.h"

namespace meshfn::simulate {

namespace {

constexpr std::uint32_t kMostWeight = 65535;

}  // namespace

StaticStride::StaticStride(std::span<const double> weights)
    : weights_(weights.size(), std::uint16_t{kMostWeight}) {
  double sum = 0;
  double most = 0;
  std::size_t known = 0;
  for (const double w : weights) {
    sum += w;
    most = std::max(most, w);
    if (w > 0) ++known;
  }
  if (known < 2) return;
  const double scale = kMostWeight / most;
  const auto rounded = [&](double w) { return static_cast<std::uint16_t>(std::round(scale * w)); };
  const std::uint16_t mean = rounded(sum / static_cast<double>(known));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights_[i] = weights[i] > 0 ? rounded(weights[i]) : mean;
  }
}

std::uint32_t StaticStride::next(std::uint32_t& sequence) const {
  constexpr std::uint64_t kOffset = kMostWeight / 2;
  const auto n = static_cast<std::uint32_t>(weights_.size());
  for (;;) {
    const std::uint32_t turn = sequence++;
    const std::uint32_t host = turn % n;
    const std::uint64_t round = turn / n;
    const std::uint64_t weight = weights_[host];
    if ((weight * round + host * kOffset) % kMostWeight >= kMostWeight - weight) return host;
  }
}

namespace {

class GrpcWeighted : public Balancer {
 public:
  explicit GrpcWeighted(const BalancerPlace& place)
      : reported_(place.settings.weights, place.hosts),
        sequence_(static_cast<std::uint32_t>(place.seed)) {}

  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    if (reported_.due(choice.now)) ++epoch_;
    if (set.slot >= built_.size()) built_.resize(set.slot + 1);
    Built& built = built_[set.slot];
    if (built.epoch != epoch_ || built.version != set.version) {
      weights_.clear();
      for (const std::uint32_t host : set.hosts) {
        weights_.push_back(reported_.weight(host, choice.now));
      }
      built = {StaticStride(weights_), set.version, epoch_};
    }
    return set.hosts[built.schedule.next(sequence_)];
  }

  void reported(std::uint32_t host, const LoadReport& report, Time now) override {
    reported_.add(host, report, now);
  }

 private:
  struct Built {
    StaticStride schedule;
    std::uint32_t version = 0;
    std::uint32_t epoch = 0;
  };

  ReportedWeights reported_;
  std::vector<double> weights_;
  std::vector<Built> built_;
  std::uint32_t epoch_ = 0;
  std::uint32_t sequence_;
};

}  // namespace

extern const Policy kGrpcWeighted = {
    .name = "grpc-weighted-round-robin",
    .summary = "gRPC: turns taken or skipped by the load that servers report",
    .istio = "",
    .per_worker = false,
    .reports = true,
    .reconnect = &kGrpcReconnect,
    .parameters = kReportParameters,
    .make = [](const BalancerPlace& place) -> std::unique_ptr<Balancer> {
      return std::make_unique<GrpcWeighted>(place);
    }};

}  // namespace meshfn::simulate
