// Zones, links and endpoints of a world.

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "base/suggest.h"
#include "simulate/world_builder.h"

namespace meshfn::simulate {

std::uint32_t WorldBuilder::zone_index(std::string_view name) {
  const auto found = zone_ids_.find(name);
  if (found != zone_ids_.end()) return found->second;
  const auto index = static_cast<std::uint32_t>(world_.zones.size());
  world_.zones.emplace_back(name);
  zone_ids_.emplace(std::string(name), index);
  return index;
}

std::uint32_t WorldBuilder::service_index(std::string_view name) const {
  const auto found = service_ids_.find(name);
  return found == service_ids_.end() ? kNone : found->second;
}

Ring WorldBuilder::ring_of(Time constant) { return find_ring({constant, false}); }

Ring WorldBuilder::timeout_ring_of(Time constant) { return find_ring({constant, true}); }

Ring WorldBuilder::find_ring(const RingUse& use) {
  const auto found = std::find(ring_uses_.begin(), ring_uses_.end(), use);
  if (found != ring_uses_.end()) return static_cast<Ring>(found - ring_uses_.begin());
  if (ring_uses_.size() >= kMaxRings) return kHeap;
  ring_uses_.push_back(use);
  world_.rings.push_back(use.first);
  return static_cast<Ring>(ring_uses_.size() - 1);
}

Delay WorldBuilder::delay_of(const Distribution& law, double loss) {
  Delay delay{law, kHeap, 0, loss};
  if (law.is_constant() && loss <= 0) {
    delay.constant = from_nanos(law.a);
    delay.ring = ring_of(delay.constant);
  }
  return delay;
}

void WorldBuilder::find_zones() {
  for (const ServiceSpec& service : scenario_.services) {
    for (const WorkloadSpec& workload : service.workloads) {
      for (const ZoneCount& place : workload.endpoints) zone_index(place.zone);
    }
  }
  for (const LoadSpec& load : scenario_.load) zone_index(load.zone);
}

namespace {

/// A link end names a zone (`region/zone`) or a whole region.
bool end_matches(std::string_view end, const std::string& zone) {
  return locality_matches(end, Locality::parse(zone));
}

}  // namespace

void WorldBuilder::find_links() {
  const NetworkSpec& network = scenario_.network;
  for (const std::string& from : world_.zones) {
    for (const std::string& to : world_.zones) {
      const bool same_region = Locality::parse(from).region == Locality::parse(to).region;
      const Distribution* law = from == to                   ? &network.same_zone
                                : from.empty() || to.empty() ? &network.same_zone
                                : same_region                ? &network.cross_zone
                                                             : &network.cross_region;
      double loss = 0;
      for (const LinkSpec& link : network.links) {
        const bool forward = end_matches(link.from, from) && end_matches(link.to, to);
        const bool backward = end_matches(link.from, to) && end_matches(link.to, from);
        if (!forward && !backward) continue;
        law = &link.latency;
        loss = link.loss;
        break;
      }
      world_.links.push_back(delay_of(*law, loss));
    }
  }
}

void WorldBuilder::find_endpoints() {
  for (std::uint32_t s = 0; s < scenario_.services.size(); ++s) {
    const ServiceSpec& service = scenario_.services[s];
    service_ids_.emplace(service.name, s);
    world_.services.push_back({&service, {}});
    for (const WorkloadSpec& workload : service.workloads) {
      const auto w = static_cast<std::uint32_t>(world_.workloads.size());
      const FunctionSpec* function = service.function ? &*service.function : nullptr;
      world_.workloads.push_back({s, &workload, function, delay_of(workload.service_time), kNone});
      std::uint32_t number = 0;
      for (const ZoneCount& place : workload.endpoints) {
        const std::uint32_t zone = zone_index(place.zone);
        for (std::uint32_t i = 0; i < place.count; ++i) {
          world_.endpoints.push_back({s, w, zone, kNone, ++number, workload.arrives_later});
        }
      }
      // Further ones go to its zones in turn, as the scheduler's default spreading does.
      const std::uint32_t most = workload.autoscale ? workload.autoscale->most : 0;
      for (std::size_t turn = 0; number < most; ++turn) {
        const auto& places = workload.endpoints;
        const std::uint32_t zone =
            zone_index(places.empty() ? "" : places[turn % places.size()].zone);
        world_.endpoints.push_back({s, w, zone, kNone, ++number, true});
      }
    }
  }
}

}  // namespace meshfn::simulate
