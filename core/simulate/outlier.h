#pragma once

// Passive health checking as Envoy does it (outlier_detection_impl.cc): each client proxy counts
// the consecutive errors of each host and takes a host out for a while, longer each time. What the
// configuration allows is decided here; the simulator owns the clocks.

#include <cstdint>
#include <span>
#include <vector>

#include "simulate/time.h"

namespace meshfn::simulate {

/// Settings of one cluster, in Istio's defaults once `enabled`.
struct OutlierSettings {
  bool enabled = false;
  std::uint32_t consecutive_5xx = 5;      ///< 0: detector off
  std::uint32_t consecutive_gateway = 0;  ///< 502, 503, 504 only; 0: off
  std::uint32_t consecutive_local = 5;    ///< only with `split_local_errors`
  bool split_local_errors = false;
  Time interval = 10 * kSecond;
  Time base_ejection = 30 * kSecond;
  Time max_ejection = 300 * kSecond;
  double max_ejection_percent = 10;
};

/// What a proxy remembers of a host.
struct HostRecord {
  std::uint32_t consecutive_5xx = 0;
  std::uint32_t consecutive_gateway = 0;
  std::uint32_t consecutive_local = 0;
  std::uint32_t multiplier = 0;
  bool ejected = false;
  Time ejected_at = 0;
  Time returned_at = -kNever;
};

/// Counts one answer; true when a detector has just fired and the host should be ejected if the
/// limit allows. `local` marks failures that the host did not send itself (connect, timeout).
bool count_answer(const OutlierSettings& settings, HostRecord& host, std::uint32_t status,
                  bool local);

/// Whether one more of `hosts` may be ejected when `ejected` are out already.
bool may_eject(const OutlierSettings& settings, std::uint32_t ejected, std::size_t hosts);

/// Takes the host out at `now`.
void eject(const OutlierSettings& settings, HostRecord& host, Time now);

/// One interval's tick for one host: true when it comes back now.
bool tick(const OutlierSettings& settings, HostRecord& host, Time now);

/// The rate below which a host is ejected: mean - deviation * factor/1000, population deviation.
struct SuccessRateThreshold {
  double mean;
  double deviation;
  double threshold;
};

SuccessRateThreshold success_rate_threshold(std::span<const double> rates, double factor);

}  // namespace meshfn::simulate
