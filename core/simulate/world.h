#pragma once

// A scenario laid out for speed: names become indices, every call has its clusters, every cluster
// its endpoints in priority order as each caller sees them, every constant delay its ring. Built
// once and then only read, so that replications on several threads share it.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/event_queue.h"
#include "simulate/pool.h"
#include "simulate/scenario.h"

namespace meshfn::simulate {

/// A delay and the ring it goes through when it is constant.
struct Delay {
  Distribution law;
  Ring ring = kHeap;
  Time constant = 0;
  double loss = 0;  ///< share of packets sent again after a timeout

  bool none() const { return law.is_zero() && loss <= 0; }
};

struct EndpointInfo {
  std::uint32_t service;
  std::uint32_t workload;
  std::uint32_t zone;
  std::uint32_t proxy;   ///< its own client proxy; kNone when its service calls nobody
  std::uint32_t number;  ///< among those of its workload, from 1
  bool spare = false;    ///< not there at first: an autoscaler or a rollout may start it
};

struct WorkloadInfo {
  std::uint32_t service;
  const WorkloadSpec* spec;
  const FunctionSpec* function;  ///< null unless the service is a function
  Delay service_time;
  std::uint32_t caller;  ///< kNone when the service calls nobody

  std::uint32_t concurrency() const {
    return function != nullptr ? function->concurrency : spec->concurrency;
  }

  /// What one endpoint can work on at once: slots, or processors when they are shared; infinite
  /// without a limit.
  double slots() const;
};

/// One command of a script.
struct Command {
  std::uint32_t plan_index;  ///< call: index into the caller's plans; kNone: a pause
  double probability;
  bool optional;
  Delay sleep;
};

/// Commands that run at the same time.
struct ScriptStep {
  std::vector<Command> commands;
  std::uint32_t need = 0;  ///< see Step
};

struct ServiceInfo {
  const ServiceSpec* spec;
  std::vector<ScriptStep> script;
};

/// A service or a subset of one, as callers address it.
struct ClusterInfo {
  std::uint32_t id;  ///< its place in World::clusters
  std::uint32_t service;
  std::string subset;
  std::vector<std::uint32_t> hosts;    ///< endpoint indices; a host's number is its place here
  std::vector<std::string> keys;       ///< hash keys of the hosts; only for hash policies
  std::vector<std::uint32_t> weights;  ///< of the hosts; empty when they are equal
  std::vector<bool> spare;             ///< hosts that are not there at first; empty when all are
  const TrafficPolicy* policy;
  Ring outlier_ring = kHeap;
  Ring connect_ring = kHeap;
};

/// How one cluster looks from one place: which hosts in which priority, how far away.
struct Shape {
  struct Group {  ///< the hosts of one locality
    std::vector<std::uint32_t> hosts;
    std::uint32_t weight;
  };

  struct Level {
    std::vector<std::uint32_t> hosts;
    std::vector<Group> groups;  ///< only when localities are weighted or zones are known
  };

  std::vector<Level> levels;
  std::vector<Time> distance;  ///< mean one-way latency to each host
  bool weighted = false;
  /// Zone-aware routing: the callers' own number in each zone. The first level has a group for
  /// each zone with hosts in the same order, the callers' own zone first.
  std::vector<std::uint64_t> callers;
};

/// A caller's use of one cluster.
struct Slot {
  std::uint32_t cluster;
  std::vector<std::uint32_t> shape_of_zone;  ///< by zone index; kNone where no proxy stands
};

/// What a caller does with one of its calls.
struct Plan {
  const Route* route;
  std::vector<std::uint32_t> slots;         ///< of the destinations
  std::vector<std::uint32_t> cumulative;    ///< weights, summed
  std::vector<std::uint32_t> mirror_slots;  ///< of Route::mirrors
  bool async = false;                       ///< see Call
  Ring timeout_ring = kHeap;
  Ring try_ring = kHeap;
  Ring delay_ring = kHeap;
  HashKey::Source hash_source = HashKey::Source::none;
  std::uint64_t hash = 0;  ///< of the header named by the destination's policy

  /// Weights that hold from a moment on, in order of time; empty unless a canary changes them.
  struct Stage {
    Time from;
    std::vector<std::uint32_t> cumulative;
  };

  std::vector<Stage> stages;

  /// The summed weights that hold at `now`.
  const std::vector<std::uint32_t>& weights(Time now) const {
    const auto next = std::upper_bound(stages.begin(), stages.end(), now,
                                       [](Time at, const Stage& stage) { return at < stage.from; });
    return next == stages.begin() ? cumulative : (next - 1)->cumulative;
  }
};

/// A workload or a load source: its proxies share plans and clusters.
struct Caller {
  std::string name;
  std::vector<Slot> slots;
  std::vector<Plan> plans;
  std::uint32_t workers;
  const Labels* labels;
  std::vector<std::uint32_t> zones;  ///< where its whole service (or client) runs
  std::uint32_t first_edge = 0;
};

/// The calls of one caller to one cluster.
struct EdgeInfo {
  std::uint32_t caller;
  std::uint32_t cluster;
};

struct ProxyInfo {
  std::uint32_t caller;
  std::uint32_t zone;
  std::uint32_t first_upstream;  ///< its view of slot s is upstream first_upstream + s
  std::string name;              ///< of its random streams
};

struct LoadInfo {
  const LoadSpec* spec;
  std::uint32_t first_proxy;
  std::uint32_t zone;
};

struct FaultInfo {
  const FaultSpec* spec;
  std::string name;
  std::vector<std::uint32_t> endpoints;
  std::vector<std::uint32_t> links;  ///< from zone * zones + to zone; of those that work on them
};

/// A workload whose endpoints come and go. They lie beside each other in World::endpoints.
struct FleetInfo {
  std::uint32_t workload;
  std::uint32_t first;
  std::uint32_t count;    ///< spare ones included
  std::uint32_t initial;  ///< there from the start: the first ones
};

/// A rolling update.
struct RolloutInfo {
  std::uint32_t service = kNone;
  std::string successor;           ///< name of the workload that replaces the others
  std::vector<std::uint32_t> old;  ///< fleets
  std::uint32_t fresh = kNone;     ///< a fleet; kNone when the change is no rollout
  std::uint32_t wanted = 0;
  std::uint32_t surge = 0;
  std::uint32_t missing = 0;
};

/// A stretch of time in which the same faults are active.
struct Segment {
  Time from;
  Time to;
  std::vector<std::uint32_t> faults;
};

struct World {
  Scenario scenario;
  std::vector<Time> rings;  ///< the constant delay of each ring
  std::vector<std::string> zones;
  std::vector<Delay> links;  ///< from zone * zones + to zone
  std::vector<ServiceInfo> services;
  std::vector<WorkloadInfo> workloads;
  std::vector<EndpointInfo> endpoints;
  std::vector<ClusterInfo> clusters;
  std::vector<Shape> shapes;
  std::vector<Caller> callers;
  std::vector<EdgeInfo> edges;  ///< those of a caller in the order of its slots, from first_edge on
  std::vector<ProxyInfo> proxies;
  std::vector<LoadInfo> loads;
  std::vector<FaultInfo> faults;
  std::vector<FleetInfo> fleets;
  std::vector<RolloutInfo> rollouts;  ///< as Scenario::changes
  std::vector<Segment> segments;
  std::uint32_t upstreams = 0;
  Time step = kSecond;  ///< of the time series
  Ring step_ring = kHeap;

  /// "reviews-v1-3". Not kept, as there may be a million of them.
  std::string id_of(const EndpointInfo& endpoint) const;

  const Delay& link(std::uint32_t from, std::uint32_t to) const {
    return links[from * zones.size() + to];
  }
};

/// Checks what only the whole scenario can show (unknown services, cycles without end, faults that
/// hit nothing) and lays it out. The world owns the scenario and holds pointers into it.
Result<std::unique_ptr<World>> build_world(Scenario scenario);

/// Mean requests per second over `duration`; 0 for a closed loop, whose rate its answers decide.
double mean_rate(const Arrivals& arrivals, Time duration);

/// Mean requests per second that reach each service, retries aside; infinite cycles are cut off.
std::vector<double> offered_load(const World& world);

}  // namespace meshfn::simulate
