// Who calls whom: clusters, how they look from each caller, plans and proxies.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/suggest.h"
#include "simulate/hashing.h"
#include "simulate/labels.h"
#include "simulate/world_builder.h"

namespace meshfn::simulate {

namespace {

/// Locality priorities count only with outlier detection (or traffic distribution).
bool uses_locality(const TrafficPolicy& policy) {
  return policy.force_locality || (policy.locality.enabled && policy.outlier.enabled);
}

}  // namespace

Result<std::uint32_t> WorldBuilder::cluster_of(const Destination& destination) {
  const std::uint32_t s = service_index(destination.service);
  if (s == kNone) {
    std::vector<std::string_view> names;
    for (const ServiceSpec& service : scenario_.services) names.push_back(service.name);
    return usage_error(fmt::format("no service `{}` in the scenario", destination.service),
                       did_you_mean(destination.service, names));
  }
  const auto key = std::make_pair(s, destination.subset);
  if (const auto found = cluster_ids_.find(key); found != cluster_ids_.end()) return found->second;
  const ServiceSpec& service = scenario_.services[s];
  const TrafficPolicy* policy = &service.policy;
  Labels selector;
  if (!destination.subset.empty()) {
    const auto subset =
        std::find_if(service.subsets.begin(), service.subsets.end(),
                     [&](const SubsetSpec& x) { return x.name == destination.subset; });
    if (subset == service.subsets.end()) {
      return usage_error(
          fmt::format("service `{}` has no subset `{}`", service.name, destination.subset),
          "define it in a DestinationRule given with --mesh");
    }
    policy = &subset->policy;
    selector = subset->labels;
  }
  const auto index = static_cast<std::uint32_t>(world_.clusters.size());
  ClusterInfo cluster{index, s, destination.subset, {}, {}, {}, {}, policy, kHeap, kHeap};
  for (std::uint32_t e = 0; e < world_.endpoints.size(); ++e) {
    const EndpointInfo& endpoint = world_.endpoints[e];
    if (endpoint.service != s) continue;
    if (!has_labels(selector, world_.workloads[endpoint.workload].spec->labels)) continue;
    cluster.hosts.push_back(e);
    if (policy->balancer->hashes) cluster.keys.push_back(world_.id_of(endpoint));
  }
  know_hosts(cluster);
  if (policy->outlier.enabled) cluster.outlier_ring = ring_of(policy->outlier.interval);
  if (std::any_of(world_.faults.begin(), world_.faults.end(), [](const FaultInfo& f) {
        return f.spec->effect == FaultSpec::Effect::unreachable ||
               f.spec->effect == FaultSpec::Effect::partition;
      })) {
    cluster.connect_ring = ring_of(policy->connect_timeout);
  }
  world_.clusters.push_back(std::move(cluster));
  cluster_ids_.emplace(key, index);
  return index;
}

/// What only some clusters have: weights that differ, hosts that come later.
void WorldBuilder::know_hosts(ClusterInfo& cluster) const {
  bool differ = false;
  bool later = false;
  for (const std::uint32_t e : cluster.hosts) {
    const EndpointInfo& endpoint = world_.endpoints[e];
    cluster.weights.push_back(world_.workloads[endpoint.workload].spec->weight);
    cluster.spare.push_back(endpoint.spare);
    differ = differ || cluster.weights.back() != cluster.weights.front();
    later = later || endpoint.spare;
  }
  if (!differ) cluster.weights.clear();
  if (!later) cluster.spare.clear();
}

namespace {

/// Labels with those of the place, as nodes have them.
Labels placed_labels(Labels labels, const Locality& place) {
  labels.emplace("topology.kubernetes.io/region", place.region);
  labels.emplace("topology.kubernetes.io/zone", place.zone);
  labels.emplace("topology.istio.io/subzone", place.subzone);
  return labels;
}

}  // namespace

void WorldBuilder::prioritise(Shape& shape, const ClusterInfo& cluster, const Locality& here,
                              const Labels& labels) const {
  std::vector<std::uint32_t> levels(cluster.hosts.size(), 0);
  const LocalitySetting& setting = cluster.policy->locality;
  if (uses_locality(*cluster.policy) && setting.distribute.empty()) {
    std::vector<Locality> places;
    std::vector<Labels> host_labels;
    for (const std::uint32_t e : cluster.hosts) {
      places.push_back(Locality::parse(world_.zones[world_.endpoints[e].zone]));
      const WorkloadSpec& spec = *world_.workloads[world_.endpoints[e].workload].spec;
      host_labels.push_back(placed_labels(spec.labels, places.back()));
    }
    const bool by_label = !setting.failover_priority.empty();
    if (!by_label || !setting.failover.empty()) {
      levels = setting.zone_aware ? zone_aware_levels(here, places, setting.failover)
                                  : failover_levels(here, places, setting.failover);
    }
    if (by_label) {
      const auto first =
          label_levels(setting.failover_priority, placed_labels(labels, here), host_labels);
      for (std::size_t i = 0; i < levels.size(); ++i) levels[i] += 5 * first[i];
      levels = compact(std::move(levels));
    }
  }
  for (std::uint32_t host = 0; host < levels.size(); ++host) {
    if (levels[host] >= shape.levels.size()) shape.levels.resize(levels[host] + 1);
    shape.levels[levels[host]].hosts.push_back(host);
  }
}

namespace {

/// The hosts of one zone, and what they weigh together.
struct ZoneHosts {
  std::uint32_t zone;
  Shape::Group group;
};

/// `hosts` by zone, in the order in which the zones come up.
std::vector<ZoneHosts> by_zone(const World& world, const ClusterInfo& cluster,
                               const std::vector<std::uint32_t>& hosts) {
  std::vector<ZoneHosts> zones;
  for (const std::uint32_t host : hosts) {
    const EndpointInfo& endpoint = world.endpoints[cluster.hosts[host]];
    auto its = std::find_if(zones.begin(), zones.end(),
                            [&](const ZoneHosts& z) { return z.zone == endpoint.zone; });
    if (its == zones.end()) its = zones.insert(its, {endpoint.zone, {{}, 0}});
    its->group.hosts.push_back(host);
    its->group.weight += endpoint.spare ? 0 : world.workloads[endpoint.workload].spec->weight;
  }
  return zones;
}

/// Istio has Envoy weigh localities by `distribute`, or by their endpoints when a failover is
/// configured and outlier detection lets it happen.
bool weighs_failover(const TrafficPolicy& policy) {
  const LocalitySetting& setting = policy.locality;
  return policy.outlier.enabled && !setting.zone_aware &&
         !(setting.failover.empty() && setting.failover_priority.empty());
}

}  // namespace

void WorldBuilder::weigh_localities(Shape& shape, const ClusterInfo& cluster,
                                    const Locality& here) const {
  const LocalitySetting& setting = cluster.policy->locality;
  if (!setting.enabled) return;
  if (setting.distribute.empty()) {
    if (!weighs_failover(*cluster.policy)) return;
    for (Shape::Level& level : shape.levels) {
      auto zones = by_zone(world_, cluster, level.hosts);
      if (zones.size() < 2) continue;  // the only one takes everything
      shape.weighted = true;
      for (ZoneHosts& zone : zones) level.groups.push_back(std::move(zone.group));
    }
    return;
  }
  std::vector<std::uint32_t> all(cluster.hosts.size());
  std::iota(all.begin(), all.end(), 0U);
  auto zones = by_zone(world_, cluster, all);
  std::vector<Locality> places;
  std::vector<std::uint32_t> own;
  for (const ZoneHosts& zone : zones) {
    places.push_back(Locality::parse(world_.zones[zone.zone]));
    own.push_back(zone.group.weight);
  }
  const auto weights = distribute_weights(setting, here, places, own);
  if (weights.empty()) return;
  shape.weighted = true;
  shape.levels.assign(1, {});
  for (std::size_t i = 0; i < zones.size(); ++i) {
    if (weights[i] == 0) continue;  // localities that are not named lose their endpoints
    auto& level = shape.levels[0];
    const auto& members = zones[i].group.hosts;
    level.hosts.insert(level.hosts.end(), members.begin(), members.end());
    level.groups.push_back({members, weights[i]});
  }
}

namespace {

/// Zone-aware routing needs a choice that is free: hashing decides by the key alone.
bool is_zone_aware(const TrafficPolicy& policy) {
  return policy.locality.enabled && policy.locality.zone_aware && !policy.balancer->hashes;
}

}  // namespace

void WorldBuilder::know_zones(Shape& shape, const ClusterInfo& cluster, std::uint32_t zone,
                              const Caller& caller) const {
  if (!is_zone_aware(*cluster.policy) || shape.levels.empty()) return;
  // Hosts' zones in order of name, the caller's own first, then zones that only have callers.
  std::map<std::string, std::uint32_t> named;
  for (const std::uint32_t host : shape.levels[0].hosts) {
    const std::uint32_t its = world_.endpoints[cluster.hosts[host]].zone;
    if (its != zone) named.emplace(world_.zones[its], its);
  }
  std::vector<std::uint32_t> zones = {zone};
  for (const auto& [name, id] : named) zones.push_back(id);
  for (const std::uint32_t id : zones) {
    Shape::Group group{{}, 1};
    for (const std::uint32_t host : shape.levels[0].hosts) {
      if (world_.endpoints[cluster.hosts[host]].zone == id) group.hosts.push_back(host);
    }
    shape.levels[0].groups.push_back(std::move(group));
  }
  for (const std::uint32_t id : caller.zones) {
    if (std::find(zones.begin(), zones.end(), id) == zones.end()) zones.push_back(id);
  }
  for (const std::uint32_t id : zones) {
    const auto here = std::count(caller.zones.begin(), caller.zones.end(), id);
    shape.callers.push_back(static_cast<std::uint64_t>(here));
  }
}

std::uint32_t WorldBuilder::shape_of(std::uint32_t cluster_id, std::uint32_t zone,
                                     const Caller& caller) {
  const ClusterInfo& cluster = world_.clusters[cluster_id];
  const Labels& labels = *caller.labels;
  std::string label_key;
  for (const std::string& name : cluster.policy->locality.failover_priority) {
    const auto found = labels.find(name);
    label_key += (found == labels.end() ? "" : found->second) + '\n';
  }
  if (is_zone_aware(*cluster.policy)) {
    for (const std::uint32_t z : caller.zones) label_key += fmt::format("{},", z);
  }
  const auto key = std::make_pair(cluster_id, std::make_pair(zone, label_key));
  if (const auto found = shape_ids_.find(key); found != shape_ids_.end()) return found->second;
  Shape shape;
  const Locality here = Locality::parse(world_.zones[zone]);
  prioritise(shape, cluster, here, labels);
  weigh_localities(shape, cluster, here);
  if (!shape.weighted) know_zones(shape, cluster, zone, caller);
  for (const std::uint32_t e : cluster.hosts) {
    shape.distance.push_back(from_nanos(world_.link(zone, world_.endpoints[e].zone).law.mean()));
  }
  const auto index = static_cast<std::uint32_t>(world_.shapes.size());
  world_.shapes.push_back(std::move(shape));
  shape_ids_.emplace(key, index);
  return index;
}

Result<std::uint32_t> WorldBuilder::slot_of(std::uint32_t caller_id,
                                            const Destination& destination) {
  const auto cluster = cluster_of(destination);
  if (!cluster) return tl::unexpected(cluster.error());
  auto& slots = world_.callers[caller_id].slots;
  for (std::uint32_t i = 0; i < slots.size(); ++i) {
    if (slots[i].cluster == *cluster) return i;
  }
  slots.push_back({*cluster, {}});
  return static_cast<std::uint32_t>(slots.size() - 1);
}

namespace {

tl::unexpected<Error> placed(Error error, const std::string& where) {
  if (!where.empty()) error.message = where + ": " + error.message;
  return tl::unexpected<Error>(std::move(error));
}

/// The value whose hash a request of `call` carries under `key`; empty when it has none.
std::string hashed_value(const HashKey& key, const Call& call) {
  if (key.source == HashKey::Source::query) {
    const std::string marker = key.name + "=";
    const std::size_t question = call.path.find('?');
    if (question == std::string::npos) return {};
    const std::size_t at = call.path.find(marker, question);
    return at == std::string::npos ? "" : call.path.substr(at + marker.size());
  }
  for (const auto& [name, value] : call.headers) {
    if (name == key.name) return value;
  }
  return {};
}

}  // namespace

Result<std::uint32_t> WorldBuilder::add_plan(std::uint32_t caller, const Call& call,
                                             const Route* route) {
  Plan plan;
  plan.route = route;
  plan.async = call.async;
  std::uint32_t sum = 0;
  for (const Destination& destination : route->destinations) {
    const auto slot = slot_of(caller, destination);
    if (!slot) return placed(slot.error(), route->where.empty() ? call.where : route->where);
    plan.slots.push_back(*slot);
    plan.cumulative.push_back(sum += destination.weight);
  }
  for (const Route::Mirror& mirror : route->mirrors) {
    const auto slot = slot_of(caller, mirror.to);
    if (!slot) return placed(slot.error(), route->where);
    plan.mirror_slots.push_back(*slot);
  }
  if (route->timeout > 0) plan.timeout_ring = timeout_ring_of(route->timeout);
  if (route->retry.per_try_timeout > 0)
    plan.try_ring = timeout_ring_of(route->retry.per_try_timeout);
  if (route->delay_share > 0) plan.delay_ring = ring_of(route->delay);
  if (!plan.slots.empty()) {
    const auto& cluster = world_.clusters[world_.callers[caller].slots[plan.slots[0]].cluster];
    plan.hash_source = cluster.policy->hash.source;
    const std::string value = hashed_value(cluster.policy->hash, call);
    const bool from_request =
        plan.hash_source == HashKey::Source::header || plan.hash_source == HashKey::Source::query;
    if (from_request && value.empty()) plan.hash_source = HashKey::Source::none;
    plan.hash = xx_hash(value);
  }
  auto& plans = world_.callers[caller].plans;
  plans.push_back(std::move(plan));
  return static_cast<std::uint32_t>(plans.size() - 1);
}

void WorldBuilder::add_proxies(std::uint32_t caller_id, const std::vector<std::uint32_t>& zones) {
  Caller& caller = world_.callers[caller_id];
  for (Slot& slot : caller.slots) slot.shape_of_zone.assign(world_.zones.size(), kNone);
  for (std::size_t i = 0; i < zones.size(); ++i) {
    for (Slot& slot : caller.slots) {
      std::uint32_t& shape = slot.shape_of_zone[zones[i]];
      if (shape == kNone) shape = shape_of(slot.cluster, zones[i], caller);
    }
    world_.proxies.push_back(
        {caller_id, zones[i], world_.upstreams, fmt::format("{}/{}", caller.name, i + 1)});
    world_.upstreams += static_cast<std::uint32_t>(caller.slots.size());
  }
}

Result<void> WorldBuilder::add_workload_caller(std::uint32_t w) {
  WorkloadInfo& workload = world_.workloads[w];
  const ServiceSpec& service = scenario_.services[workload.service];
  const auto id = static_cast<std::uint32_t>(world_.callers.size());
  workload.caller = id;
  world_.callers.push_back({service.name + "/" + workload.spec->name,
                            {},
                            {},
                            service.workers.value_or(kSidecarWorkers),
                            &workload.spec->labels,
                            {},
                            0});
  for (const EndpointInfo& endpoint : world_.endpoints) {
    if (endpoint.service == workload.service) world_.callers[id].zones.push_back(endpoint.zone);
  }
  std::size_t number = 0;
  for (const Step& step : service.script) {
    for (const Call& call : step) {
      if (call.to.empty()) continue;
      const auto plan = add_plan(id, call, &workload.spec->routes[number++]);
      if (!plan) return tl::unexpected(plan.error());
    }
  }
  std::vector<std::uint32_t> zones;
  for (EndpointInfo& endpoint : world_.endpoints) {
    if (endpoint.workload != w) continue;
    endpoint.proxy = static_cast<std::uint32_t>(world_.proxies.size() + zones.size());
    zones.push_back(endpoint.zone);
  }
  add_proxies(id, zones);
  return {};
}

Result<void> WorldBuilder::add_load_caller(std::uint32_t l) {
  const LoadSpec& load = scenario_.load[l];
  const auto id = static_cast<std::uint32_t>(world_.callers.size());
  world_.callers.push_back(
      {fmt::format("load/{}/{}", load.from, l + 1), {}, {}, load.workers, &load.labels, {}, 0});
  // Loads of one name are one client that runs in several zones.
  for (const LoadSpec& other : scenario_.load) {
    if (other.from != load.from) continue;
    auto& zones = world_.callers[id].zones;
    zones.insert(zones.end(), other.clients, zone_index(other.zone));
  }
  const auto plan = add_plan(id, load.call, &*load.route);
  if (!plan) return tl::unexpected(plan.error());
  const std::uint32_t zone = zone_index(load.zone);
  world_.loads.push_back({&load, static_cast<std::uint32_t>(world_.proxies.size()), zone});
  add_proxies(id, std::vector<std::uint32_t>(load.clients, zone));
  return {};
}

namespace {

Route default_route(const Call& call, DataPlane plane) {
  Route route;
  route.retry = row_of(plane).retry();
  route.destinations.push_back({call.to, "", 100});
  apply(call.policy, route);
  return route;
}

}  // namespace

Result<void> WorldBuilder::find_callers() {
  // Routes that the mesh did not fill in are the data plane's defaults; pointers into them stay
  // good because nothing is added to the scenario after this loop.
  for (ServiceSpec& service : scenario_.services) {
    for (WorkloadSpec& workload : service.workloads) {
      std::size_t number = 0;
      for (const Step& step : service.script) {
        for (const Call& call : step) {
          if (call.to.empty()) continue;
          if (workload.routes.size() <= number++) {
            workload.routes.push_back(default_route(call, scenario_.plane()));
          }
        }
      }
    }
  }
  for (LoadSpec& load : scenario_.load) {
    if (!load.route) load.route = default_route(load.call, scenario_.plane());
  }
  for (std::uint32_t w = 0; w < world_.workloads.size(); ++w) {
    if (world_.workloads[w].spec->routes.empty()) continue;
    if (const auto added = add_workload_caller(w); !added) return added;
  }
  for (std::uint32_t l = 0; l < scenario_.load.size(); ++l) {
    if (const auto added = add_load_caller(l); !added) return added;
  }
  for (std::uint32_t c = 0; c < world_.callers.size(); ++c) {
    world_.callers[c].first_edge = static_cast<std::uint32_t>(world_.edges.size());
    for (const Slot& slot : world_.callers[c].slots) world_.edges.push_back({c, slot.cluster});
  }
  return {};
}

}  // namespace meshfn::simulate
