#pragma once

// Passive health checking as Envoy does it (outlier_detection_impl.cc): each client proxy counts
// the consecutive errors of each host and takes a host out for a while, longer each time. What the
// configuration allows is decided here; the simulator owns the clocks.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
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
  Time max_jitter = 0;               ///< added to an ejection, in whole milliseconds
  bool always_eject_one = false;     ///< whatever the percentage says
  std::vector<std::uint16_t> codes;  ///< statuses that count as failures; empty: 500 and above

  /// Whose arithmetic it is. gRPC's (A50) knows the two detectors over an interval only; it stops
  /// before an ejection once the maximum is reached, not when it would be passed, so that one host
  /// of few can go; and a share of failures has to be above its threshold, not at it.
  enum class Style : std::uint8_t { envoy, grpc } style = Style::envoy;

  /// Settings of gRPC's, all detectors off as there.
  static OutlierSettings grpc();

  /// Hosts whose share of successes lies far below the others'. Istio turns it off.
  struct SuccessRate {
    std::uint32_t enforcing = 0;  ///< percent of detections that eject
    std::uint32_t minimum_hosts = 5;
    std::uint32_t request_volume = 100;  ///< of a host in an interval, to be judged at all
    double deviation_factor = 1900;      ///< thousandths
  } success_rate;

  /// Hosts whose share of failures reaches a threshold. Istio turns it off.
  struct FailurePercentage {
    std::uint32_t enforcing = 0;
    double threshold = 85;
    std::uint32_t minimum_hosts = 5;
    std::uint32_t request_volume = 50;
  } failure_percentage;

  bool rates() const { return success_rate.enforcing > 0 || failure_percentage.enforcing > 0; }
};

/// Answers of one host in the running interval and in the last complete one.
struct RateWindow {
  struct Bucket {
    std::uint32_t all = 0;
    std::uint32_t good = 0;
  };

  Bucket now;
  Bucket last;

  void count(bool good) {
    ++now.all;
    now.good += good ? 1U : 0U;
  }
};

/// What a proxy remembers of a host.
struct HostRecord {
  std::uint32_t consecutive_5xx = 0;
  std::uint32_t consecutive_gateway = 0;
  std::uint32_t consecutive_local = 0;
  std::uint32_t multiplier = 0;
  bool ejected = false;
  Time ejected_at = 0;
  Time jitter = 0;
  Time returned_at = -kNever / 2;
  RateWindow external;
  RateWindow local;  ///< failures of the connection; only with `split_local_errors`
};

/// Counts one answer; true when a detector has just fired and the host should be ejected if the
/// limit allows. `local` marks failures that the host did not send itself (connect, timeout).
bool count_answer(const OutlierSettings& settings, HostRecord& host, std::uint32_t status,
                  bool local);

/// Counts a connection that an attempt has; what keeps failures of the connection from adding up.
/// Does nothing unless `split_local_errors`.
void count_connected(const OutlierSettings& settings, HostRecord& host);

/// Whether one more of `hosts` may be ejected when `ejected` are out already.
bool may_eject(const OutlierSettings& settings, std::uint32_t ejected, std::size_t hosts);

/// Takes the host out at `now`; the jitter is drawn from `random` if there is any.
void eject(const OutlierSettings& settings, HostRecord& host, Time now, Random& random);

/// The start of an interval's tick for one host: closes its window; true when it comes back now,
/// which with gRPC's is not before the end of the tick.
bool begin_tick(const OutlierSettings& settings, HostRecord& host, Time now);

/// Ends an ejection at `now`.
void put_back(HostRecord& host, Time now);

/// The end of the tick, after the detectors: ejections of a host that is in get shorter again. True
/// when it comes back now.
bool end_tick(const OutlierSettings& settings, HostRecord& host, Time now);

/// A host that had enough answers in the last interval, and its success rate, 0 … 100.
struct RatedHost {
  std::uint32_t host;
  double rate;
};

/// The hosts that are in and had `volume` answers or more; of the local windows if `local`.
std::vector<RatedHost> rated_hosts(std::span<const HostRecord> hosts, std::uint32_t volume,
                                   bool local);

/// The hosts that the two detectors find, in the order given; none when too few were judged.
std::vector<std::uint32_t> below_success_rate(const OutlierSettings& settings,
                                              std::span<const RatedHost> rated);
std::vector<std::uint32_t> above_failure_percentage(const OutlierSettings& settings,
                                                    std::span<const RatedHost> rated);

/// The rate below which a host is ejected: mean - deviation * factor/1000, population deviation.
struct SuccessRateThreshold {
  double mean;
  double deviation;
  double threshold;
};

SuccessRateThreshold success_rate_threshold(std::span<const double> rates, double factor);

}  // namespace meshfn::simulate
