#pragma once

// What a caller's proxy applies to one cluster (a service, or a subset of one): the balancer and
// the limits of a DestinationRule, as plain values with Istio's defaults. The simulator does not
// know YAML; `from_mesh.h` fills these in.

#include <algorithm>
#include <cstdint>
#include <string>

#include "simulate/accrual.h"
#include "simulate/balancer.h"
#include "simulate/health_check.h"
#include "simulate/locality.h"
#include "simulate/outlier.h"
#include "simulate/retry.h"
#include "simulate/retry_budget.h"

namespace meshfn::simulate {

/// Where the hash of a request comes from; a request without one gets a random hash.
struct HashKey {
  enum class Source : std::uint8_t { none, header, source_ip, cookie, query } source = Source::none;
  std::string name;  ///< of the header, cookie or query parameter
};

/// Limits per client proxy; all unlimited by default, as Istio sets them.
struct CircuitBreaker {
  static constexpr std::uint32_t kUnlimited = 0xFFFFFFFF;

  std::uint32_t max_connections = kUnlimited;
  std::uint32_t max_pending = kUnlimited;
  std::uint32_t max_requests = kUnlimited;
  std::uint32_t max_retries = kUnlimited;
  std::uint32_t requests_per_connection = 0;  ///< 0: no limit
  bool http2 = false;                         ///< many requests share a connection
  std::uint32_t concurrent_streams = 1024;    ///< of HTTP/2, on one connection (Envoy's default)
  double retry_budget_percent = 0;            ///< above 0 it replaces max_retries
  std::uint32_t retry_budget_minimum = 3;
  Time retry_budget_interval = 0;      ///< 0: of the requests in flight, else of those begun in it
  Time idle_timeout = 3600 * kSecond;  ///< a connection without a request ends after it
  Time connection_age = kNever / 2;    ///< a connection ends after it, when its requests have

  /// How many requests one connection carries at once.
  std::uint32_t streams() const { return http2 ? concurrent_streams : 1; }

  /// How many requests a connection that is being made will take at once.
  std::uint32_t capacity() const {
    return requests_per_connection == 0 ? streams() : std::min(streams(), requests_per_connection);
  }

  /// Whether connections have to be counted at all.
  bool counts_connections() const {
    const CircuitBreaker plain;
    return max_connections != kUnlimited || max_pending != kUnlimited ||
           requests_per_connection > 0 || idle_timeout != plain.idle_timeout ||
           connection_age != plain.connection_age;
  }
};

/// Linkerd's queue before a balancer without a ready host: requests wait for one; after a while all
/// of them fail at once, and so do new ones until a host is ready (failfast).
struct ClientQueue {
  std::uint32_t capacity = 0;  ///< 0: no queue, a request without a host fails at once
  Time failfast = 3 * kSecond;
};

struct TrafficPolicy {
  const Policy* balancer = &kLeastRequest;
  BalancerSettings settings;
  HashKey hash;
  OutlierSettings outlier;
  HealthCheck health;
  double panic_threshold = 50;  ///< percent; Istio sets 0 together with outlierDetection
  CircuitBreaker breaker;
  ThrottleSettings retry_throttle;
  RetryBudgetSettings retry_budget;  ///< Linkerd's
  AccrualSettings accrual;
  ClientQueue queue;
  LocalitySetting locality;
  /// Failover by locality without outlier detection (traffic distribution of a Service).
  bool force_locality = false;
  Time connect_timeout = 10 * kSecond;
  std::string where;  ///< "path:line" of what set it; empty for defaults
};

}  // namespace meshfn::simulate
