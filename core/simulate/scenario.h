#pragma once

// Everything a simulation is asked to do, as plain values: who calls whom, how long it takes, what
// breaks and what is expected. Read from YAML by `scenario_reader.h`, completed from the mesh by
// `from_mesh.h`, checked and laid out for speed by `world.h`.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulate/data_plane.h"
#include "simulate/expectation.h"
#include "simulate/fault.h"
#include "simulate/fleet.h"
#include "simulate/function_spec.h"
#include "simulate/retry.h"
#include "simulate/token_bucket.h"
#include "simulate/traffic_policy.h"
#include "simulate/variate.h"

namespace meshfn::simulate {

/// Share of a route's traffic for one cluster.
struct Destination {
  std::string service;
  std::string subset;  ///< empty: the whole service
  std::uint32_t weight = 100;
};

/// What happens to requests that take a route: the effective part of a VirtualService.
struct Route {
  std::vector<Destination> destinations;
  Time timeout = 0;  ///< 0: none
  RetryPolicy retry = RetryPolicy::istio_default();
  double delay_share = 0;  ///< fault injection: share (0-1) of requests delayed by `delay`
  Time delay = 0;
  double abort_share = 0;
  std::uint16_t abort_status = 503;

  /// Copies that go elsewhere, their answers unheard.
  struct Mirror {
    Destination to;
    double share = 1;
  };

  std::vector<Mirror> mirrors;
  std::uint16_t direct_status = 0;  ///< answered by the proxy itself (redirect, direct response)
  /// linkerd-failover: the first destination takes everything while it has an endpoint that the
  /// control plane knows; then the others share by weight.
  bool failover = false;
  std::string where;  ///< "path:line"; empty for the default route
};

/// Worker threads of a sidecar: as many as its limit of processors, which is 2 when injected.
inline constexpr std::uint32_t kSidecarWorkers = 2;

/// What a scenario itself says about its calls; it goes before the mesh's routes.
struct CallPolicy {
  std::optional<RetryPolicy> retry;
  std::optional<Time> timeout;
  std::vector<std::string> failover;  ///< services that take over, see Route::failover
};

/// Puts what `policy` says into `route`.
void apply(const CallPolicy& policy, Route& route);

/// One command of a service's script: a call, or a pause that holds no processor.
struct Call {
  std::string to;  ///< empty: a pause
  std::string path = "/";
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  double probability = 1;
  bool optional = false;  ///< the caller goes on when this call fails
  bool async = false;     ///< to a function: answered 202, and invoked when it can be
  std::string where;      ///< "path:line:column" of `to`, for messages; may be empty
  Distribution sleep;
  CallPolicy policy;
};

/// Commands that run at the same time; a script is a list of these, one after the other.
struct Step : std::vector<Call> {
  using std::vector<Call>::vector;

  /// How many have to succeed: the step ends as soon as they have, or when they no longer can.
  /// 0: all that are not optional.
  std::uint32_t need = 0;
};

struct ZoneCount {
  std::string zone;
  std::uint32_t count;
};

struct WorkloadSpec {
  std::string name;
  Labels labels;
  std::vector<ZoneCount> endpoints;
  std::uint32_t concurrency = 0xFFFFFFFF;  ///< requests served at once by one endpoint
  std::uint32_t queue = 0xFFFFFFFF;        ///< waiting room of one endpoint
  Distribution service_time;
  /// Above 0: what is in service shares so many processors, and the service time is work.
  double processors = 0;
  RateLimit rate_limit;
  double errors = 0;         ///< share of requests answered 500
  std::uint32_t weight = 1;  ///< of each endpoint, beside those of other workloads
  std::optional<AutoscaleSpec> autoscale;
  Distribution startup =
      Distribution::constant(10 * kSecond);  ///< of a new endpoint, until it is ready
  Time drain = 30 * kSecond;                 ///< how long one that is stopped goes on serving
  bool arrives_later = false;                ///< a rollout starts its endpoints
  std::vector<Route> routes;  ///< of the service's calls, in script order; empty: default routes
};

/// What a scenario itself says about the clients of a service: whole blocks, which go before those
/// of the mesh's DestinationRules, in its subsets as well.
struct PolicyOverride {
  struct Balancing {
    const Policy* policy;
    BalancerSettings settings;
    HashKey hash;
  };

  std::optional<Balancing> balancer;
  std::optional<OutlierSettings> outlier;
  std::optional<HealthCheck> health;
  std::optional<double> panic_threshold;
  std::optional<CircuitBreaker> breaker;
  std::optional<ThrottleSettings> throttle;
  std::optional<RetryBudgetSettings> budget;
  std::optional<AccrualSettings> accrual;
  std::optional<ClientQueue> queue;
  std::optional<Time> connect_timeout;
};

/// Puts what `own` says into `policy`.
void apply(const PolicyOverride& own, TrafficPolicy& policy);

struct SubsetSpec {
  std::string name;
  Labels labels;
  TrafficPolicy policy;
};

struct ServiceSpec {
  std::string name;
  std::uint16_t port = 80;
  std::vector<WorkloadSpec> workloads;
  std::vector<Step> script;
  std::optional<FunctionSpec> function;
  /// Worker threads of each endpoint's own proxy; absent: kSidecarWorkers, or what the mesh says.
  std::optional<std::uint32_t> workers;
  TrafficPolicy policy;
  PolicyOverride own;  ///< part of `policy` already; kept for what the mesh adds
  std::vector<SubsetSpec> subsets;
};

/// When requests start.
struct Arrivals {
  enum class Kind : std::uint8_t { constant, poisson, burst, ramp, diurnal, trace, closed };

  Kind kind = Kind::poisson;
  double rate = 0;      ///< per second; the highest of it for burst and ramp, the mean of diurnal
  double low_rate = 0;  ///< off-phase of a burst, start of a ramp, lowest of diurnal
  Time on = 0;          ///< burst: length of the on-phase
  Time off = 0;         ///< burst: length of the off-phase
  Time period = 0;      ///< diurnal: one day; ramp: how long it takes
  std::vector<Time> trace;  ///< moments, ascending
  std::uint32_t users = 0;  ///< closed loop: how many
  Distribution think;       ///< closed loop: pause between requests
};

struct LoadSpec {
  std::string from = "client";
  std::string zone;
  Labels labels;
  std::string
      gateway;       ///< `namespace/name` of the Gateway it enters by; empty: a sidecar's traffic
  std::string host;  ///< what the client asks for; empty: the service's own name
  std::uint32_t clients = 1;
  std::uint32_t workers = 2;
  Call call;
  Arrivals arrivals;
  double weight = 1;                 ///< work of one execution, for T = sum W E
  std::optional<SourceSpec> source;  ///< it is no client but a queue or stream with pollers
  std::optional<Route> route;
};

struct LinkSpec {
  std::string from;
  std::string to;
  Distribution latency;
  double loss = 0;
};

/// One-way latencies between localities.
struct NetworkSpec {
  Distribution same_zone;
  Distribution cross_zone;
  Distribution cross_region;
  std::vector<LinkSpec> links;
};

/// How the control plane learns of dead endpoints.
struct DiscoverySpec {
  Time remove_after = 30 * kSecond;  ///< readiness failures (3 x 10 s) until clients are told
  Time add_after = kSecond;
};

struct Scenario {
  std::string name;
  std::uint64_t seed = 1;
  Time duration = 60 * kSecond;
  Time warmup = 0;
  std::optional<DataPlane> data_plane;  ///< absent: Istio's, or what the mesh injects
  NetworkSpec network;
  DiscoverySpec discovery;
  std::vector<ServiceSpec> services;
  std::vector<LoadSpec> load;
  std::vector<FaultSpec> faults;  ///< and what is planned
  std::vector<ChangeSpec> changes;
  std::vector<Expectation> expect;
  std::vector<std::string> not_modelled;  ///< "path:line: field" of what the mesh says in vain
  std::vector<std::string> assumptions;   ///< what was filled in, for the report

  DataPlane plane() const { return data_plane.value_or(DataPlane::istio); }
};

}  // namespace meshfn::simulate
