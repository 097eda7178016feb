#pragma once

// The steps of laying a scenario out, in the order in which they need each other. Used by
// `build_world` only.

#include <map>
#include <string_view>

#include "simulate/world.h"

namespace meshfn::simulate {

class WorldBuilder {
 public:
  explicit WorldBuilder(World& world) : world_(world), scenario_(world.scenario) {}

  Result<void> build();

 private:
  // places.cpp: zones, links, endpoints
  void find_zones();
  void find_links();
  void find_endpoints();

  // faults.cpp: faults, what is expected of them, the time between them
  Result<void> find_faults();
  Result<void> check_expectations() const;
  void find_segments();

  // fleets.cpp: workloads that change in size, rollouts, canaries
  Result<void> plan_changes();
  Result<void> plan_rollout(FaultSpec& planned, const ChangeSpec::Rollout& rollout);
  Result<void> plan_canary(FaultSpec& planned, const ChangeSpec::Canary& canary);
  void find_fleets();
  void find_rollouts();
  Result<void> find_canaries();

  // callers.cpp: clusters, shapes, plans, proxies
  Result<void> find_callers();
  Result<void> add_workload_caller(std::uint32_t workload);
  Result<void> add_load_caller(std::uint32_t load);
  Result<std::uint32_t> add_plan(std::uint32_t caller, const Call& call, const Route* route);
  Result<std::uint32_t> slot_of(std::uint32_t caller, const Destination& destination);
  Result<std::uint32_t> cluster_of(const Destination& destination);
  void know_hosts(ClusterInfo& cluster) const;
  void add_proxies(std::uint32_t caller, const std::vector<std::uint32_t>& zones);
  std::uint32_t shape_of(std::uint32_t cluster, std::uint32_t zone, const Caller& caller);
  void prioritise(Shape& shape, const ClusterInfo& cluster, const Locality& here,
                  const Labels& labels) const;
  void weigh_localities(Shape& shape, const ClusterInfo& cluster, const Locality& here) const;
  void know_zones(Shape& shape, const ClusterInfo& cluster, std::uint32_t zone,
                  const Caller& caller) const;
  Result<void> find_scripts();
  Result<void> check_cycles() const;

  std::uint32_t zone_index(std::string_view name);
  std::uint32_t service_index(std::string_view name) const;
  /// A constant delay, and whether it is that of timeouts.
  using RingUse = std::pair<Time, bool>;

  Ring find_ring(const RingUse& use);
  /// The ring of a constant delay; kHeap when there are too many.
  Ring ring_of(Time constant);
  /// Timeouts do not share their rings: what is stale at the head can be forgotten.
  Ring timeout_ring_of(Time constant);
  Delay delay_of(const Distribution& law, double loss = 0);

  World& world_;
  Scenario& scenario_;
  std::map<std::string, std::uint32_t, std::less<>> zone_ids_;
  std::map<std::string, std::uint32_t, std::less<>> service_ids_;
  std::vector<RingUse> ring_uses_;
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> cluster_ids_;
  std::map<std::pair<std::uint32_t, std::pair<std::uint32_t, std::string>>, std::uint32_t>
      shape_ids_;
};

}  // namespace meshfn::simulate
