#pragma once

// What a server says of its own load in its answers (ORCA), and how weights come of it: Envoy's
// client-side weighted round robin and gRPC's weighted_round_robin (A58) share the rule and the
// periods, and differ in rounding, in what a host without a weight gets, and in the schedule.

#include <cstdint>
#include <vector>

#include "simulate/time.h"

namespace meshfn::simulate {

struct LoadReport {
  double qps = 0;
  double utilization = 0;  ///< 0-1 of the slots; 0 when unknown
  double eps = 0;          ///< errors per second
};

/// qps / (utilization + penalty * eps / qps); 0 when the report says nothing.
double reported_weight(const LoadReport& report, double penalty);

/// Averages over whole seconds at a server.
class LoadMeter {
 public:
  static constexpr std::uint32_t kNoLimit = 0xFFFFFFFF;

  /// A request that began at `begun` ended at `now`; the server has `slots`, kNoLimit for any
  /// number, which leaves its utilization unknown.
  void served(Time begun, Time now, bool ok, std::uint32_t slots);

  /// The last complete second.
  const LoadReport& report() const { return report_; }

 private:
  Time since_ = 0;
  double requests_ = 0;
  double errors_ = 0;
  double busy_ = 0;  ///< slot-nanoseconds
  LoadReport report_;
};

/// When weights count and how often they are taken anew.
struct WeightSettings {
  Time blackout = 10 * kSecond;     ///< reports are not believed for so long after the first
  Time expiration = 180 * kSecond;  ///< a weight is forgotten after so long without a report
  Time update = kSecond;
  double error_penalty = 1;
};

/// The weights of a cluster's hosts as one client has heard of them.
class ReportedWeights {
 public:
  ReportedWeights(const WeightSettings& settings, std::uint32_t hosts)
      : settings_(settings), hosts_(hosts) {}

  void add(std::uint32_t host, const LoadReport& report, Time now);

  /// Whether a period has passed since this last returned true; the first call returns true.
  bool due(Time now);

  /// 0 while there is none that counts.
  double weight(std::uint32_t host, Time now);

 private:
  struct Host {
    double weight = 0;
    Time since = kNever;  ///< the first report after a silence
    Time last = 0;
  };

  WeightSettings settings_;
  std::vector<Host> hosts_;
  Time next_ = 0;
};

}  // namespace meshfn::simulate
