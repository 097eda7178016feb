#pragma once

// How one proxy worker chooses a host. A policy is a row that makes a Balancer; each has its own
// file in policies/. State placement is half of the behaviour (semantics of Envoy): indices,
// schedules and random streams belong to one worker of one proxy, active-request counts to the
// proxy, and nobody sees the load that others put on a host.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "simulate/hashing.h"
#include "simulate/load_report.h"
#include "simulate/slow_start.h"
#include "simulate/time.h"

namespace meshfn::simulate {

/// "Nothing to choose from."
inline constexpr std::uint32_t kNoHost = 0xFFFFFFFF;

/// The hosts among which one choice is made: all, the healthy ones, or those of one locality of
/// one priority level. Numbers are positions in the cluster's host list.
struct HostSet {
  std::span<const std::uint32_t> hosts;
  std::uint32_t slot = 0;     ///< which set of this proxy's view it is; the same over time
  std::uint32_t version = 0;  ///< changes whenever the membership does
};

/// What a choice may depend on. Arrays are indexed by host number.
struct Choice {
  Random& random;
  const std::uint32_t* active;     ///< this proxy's requests in flight to each host
  const std::uint32_t* weights;    ///< null when all are equal
  const Time* distance;            ///< mean one-way latency to each host
  const Time* joined = nullptr;    ///< when each host joined; null when none is in slow start
  std::uint32_t total_active = 0;  ///< this proxy's requests in flight to the cluster
  std::uint64_t hash = 0;          ///< the request's hash, or a random number
  std::uint32_t attempt = 0;       ///< repeated picks of one attempt count up
  Time now = 0;
  /// Each host's part of the whole where localities have weights; only for hash policies, else
  /// null.
  const double* shares = nullptr;

  /// Whether hosts differ in weight, so that a schedule is needed.
  bool uneven() const { return weights != nullptr || joined != nullptr; }

  /// A host's own weight, reduced while it is in slow start.
  double weight(std::uint32_t host, const SlowStart& slow_start) const {
    const double own = weights == nullptr ? 1.0 : weights[host];
    return joined == nullptr ? own : own * slow_start_factor(slow_start, now - joined[host]);
  }
};

class Balancer {
 public:
  Balancer() = default;
  Balancer(const Balancer&) = delete;
  Balancer& operator=(const Balancer&) = delete;
  virtual ~Balancer() = default;

  /// A host of `set`. REQUIRES: `set` is not empty.
  virtual std::uint32_t pick(const HostSet& set, const Choice& choice) = 0;

  /// An answer came after `elapsed`; only latency-aware policies care.
  virtual void answered(std::uint32_t /*host*/, Time /*elapsed*/, Time /*now*/) {}

  /// The host said how loaded it is; called only for policies with `reports`.
  virtual void reported(std::uint32_t /*host*/, const LoadReport& /*report*/, Time /*now*/) {}

  /// The connection to the host broke or could not be made.
  virtual void disconnected(std::uint32_t /*host*/) {}
};

/// Parameters of a choice; each policy reads its own.
struct BalancerSettings {
  std::uint32_t choice_count = 2;
  bool full_scan = false;  ///< of all hosts
  bool distinct = false;   ///< draws without replacement
  double active_request_bias = 1.0;
  std::uint64_t minimum_ring = 1024;
  std::uint64_t maximum_ring = 8'388'608;
  HashFunction ring_hash = HashFunction::xx_hash;
  /// Percent of the average load that consistent hashing lets a host have; 0: no bound.
  std::uint32_t hash_balance_factor = 0;
  std::uint32_t table_size = 65'537;
  SlowStart slow_start;
  WeightSettings weights;  ///< of policies that listen to reports
  Time default_rtt = 30 * kMillisecond;
  Time decay = 10 * kSecond;
  bool shuffle = false;  ///< of the addresses, once for each client (gRPC's pick_first)
  Time affinity = 0;  ///< how long kube-proxy sends a client to the same endpoint; 0: it does not
};

/// One setting of a policy as a scenario names it. Every value is held as a number: a share from 0
/// to 1, a duration in nanoseconds, a boolean as 0 or 1.
struct Parameter {
  enum class Kind : std::uint8_t { whole, number, share, duration, boolean };

  std::string_view name;
  Kind kind;
  double least;
  double most;
  void (*set)(BalancerSettings& settings, double value);
  std::string_view summary;
};

/// How a client that keeps its own connections makes a broken one again: between attempts it does
/// not offer the host. Each wait is the last one times `factor`, a share `jitter` around it.
struct Reconnect {
  Time first = kSecond;
  double factor = 2;
  Time most = 60 * kSecond;
  double jitter = 0.1;
};

/// What a balancer is made for.
struct BalancerPlace {
  const BalancerSettings& settings;
  std::span<const std::string> keys;  ///< "address:port" of every host; only for hash policies
  std::uint32_t hosts = 0;
  std::uint64_t seed = 0;  ///< of this worker: where round robin starts
};

/// One policy: what `meshfn list policies` shows and the scenario names.
struct Policy {
  std::string_view name;
  std::string_view summary;
  std::string_view istio;  ///< the DestinationRule value that means it; empty when none does
  bool per_worker = true;  ///< false: one state for all workers of a proxy
  bool hashes = false;     ///< needs a hash key; retries are not kept off previous hosts
  bool reports = false;    ///< listens to what hosts report of their load
  bool sees_all = false;   ///< knows every client's requests in flight, not only its own
  const Reconnect* reconnect = nullptr;  ///< null: a host stays on offer while it refuses
  std::span<const Parameter> parameters = {};
  /// What is wrong with settings that do not fit together; empty when they do. May be null.
  std::string_view (*fault)(const BalancerSettings& settings) = nullptr;
  std::unique_ptr<Balancer> (*make)(const BalancerPlace& place) = nullptr;
};

extern const Policy kRoundRobin;
extern const Policy kLeastRequest;
extern const Policy kRandom;
extern const Policy kRingHash;
extern const Policy kMaglev;
extern const Policy kPeakEwma;
extern const Policy kClientWeighted;
extern const Policy kGrpcWeighted;
extern const Policy kGrpcPickFirst;
extern const Policy kGrpcRoundRobin;
extern const Policy kGrpcRingHash;
extern const Policy kKubeProxy;
extern const Policy kLeastLatency;
extern const Policy kShortestQueue;

/// gRPC's connection backoff: 1 s, growing by 1.6 to two minutes.
inline constexpr Reconnect kGrpcReconnect = {kSecond, 1.6, 120 * kSecond, 0.2};

/// Every policy, in the order of help.
std::span<const Policy* const> policies();

/// The policy called `name`; null when there is none.
const Policy* find_policy(std::string_view name);

}  // namespace meshfn::simulate
