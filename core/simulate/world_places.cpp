// Zones, links, endpoints and faults of a world.

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

Ring WorldBuilder::ring_of(Time constant) {
  const auto found = std::find(world_.rings.begin(), world_.rings.end(), constant);
  const auto index = static_cast<std::size_t>(found - world_.rings.begin());
  if (found == world_.rings.end()) {
    if (world_.rings.size() >= kMaxRings) return kHeap;
    world_.rings.push_back(constant);
  }
  return static_cast<Ring>(index);
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
          world_.endpoints.push_back({s, w, zone, kNone, ++number});
        }
      }
    }
  }
}

namespace {

bool has_labels(const Labels& wanted, const Labels& labels) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& label) {
    const auto found = labels.find(label.first);
    return found != labels.end() && found->second == label.second;
  });
}

/// Whether `fault` hits `endpoint`: every part of its target has to fit.
bool hits(const FaultSpec& fault, const EndpointInfo& endpoint, const World& world) {
  const std::string& zone = world.zones[endpoint.zone];
  if (!fault.zone.empty() && !locality_matches(fault.zone, Locality::parse(zone))) return false;
  if (!fault.region.empty() && Locality::parse(zone).region != fault.region) return false;
  if (!fault.service.empty() && world.services[endpoint.service].spec->name != fault.service) {
    return false;
  }
  if (!fault.endpoint.empty() && world.id_of(endpoint) != fault.endpoint) return false;
  return has_labels(fault.labels, world.workloads[endpoint.workload].spec->labels);
}

/// Names that a fault could have meant.
std::vector<std::string> candidates(const FaultSpec& fault, const World& world) {
  std::vector<std::string> names;
  if (!fault.endpoint.empty()) {
    for (const EndpointInfo& endpoint : world.endpoints) names.push_back(world.id_of(endpoint));
  } else if (!fault.service.empty()) {
    for (const ServiceInfo& service : world.services) names.push_back(service.spec->name);
  } else {
    for (const std::string& zone : world.zones) names.push_back(zone);
  }
  return names;
}

std::string target_of(const FaultSpec& fault) {
  if (!fault.endpoint.empty()) return fault.endpoint;
  if (!fault.service.empty()) return fault.service;
  return fault.zone.empty() ? fault.region : fault.zone;
}

std::string prefix(const std::string& where) { return where.empty() ? "" : where + ": "; }

}  // namespace

Result<void> WorldBuilder::find_faults() {
  for (const FaultSpec& fault : scenario_.faults) {
    FaultInfo info{&fault, fault.name, {}};
    if (info.name.empty()) info.name = fmt::format("fault-{}", world_.faults.size() + 1);
    for (std::uint32_t e = 0; e < world_.endpoints.size(); ++e) {
      if (hits(fault, world_.endpoints[e], world_)) info.endpoints.push_back(e);
    }
    if (fault.at >= scenario_.duration || fault.length <= 0) {
      return usage_error(
          fmt::format("{}fault `{}` never happens: it starts at {:g} s, lasts {:g} s, and the run "
                      "ends at {:g} s",
                      prefix(fault.where), info.name, to_seconds(fault.at),
                      to_seconds(fault.length), to_seconds(scenario_.duration)));
    }
    if (info.endpoints.empty()) {
      const auto names = candidates(fault, world_);
      std::string hint = did_you_mean(target_of(fault), {names.begin(), names.end()});
      if (hint.empty()) hint = "zones are those of `endpoints:`, written region/zone";
      return usage_error(fmt::format("{}fault `{}` hits no endpoint: nothing is at `{}`",
                                     prefix(fault.where), info.name, target_of(fault)),
                         hint);
    }
    world_.faults.push_back(std::move(info));
  }
  return {};
}

Result<void> WorldBuilder::check_expectations() const {
  for (const Expectation& e : scenario_.expect) {
    std::vector<std::string_view> names;
    std::string_view what = "fault";
    switch (e.scope) {
      case Expectation::Scope::run:
        continue;
      case Expectation::Scope::fault:
        for (const FaultInfo& fault : world_.faults) names.push_back(fault.name);
        break;
      case Expectation::Scope::service:
        what = "service";
        for (const ServiceSpec& service : scenario_.services) names.push_back(service.name);
        break;
      case Expectation::Scope::zone:
        what = "zone";
        for (const std::string& zone : world_.zones) names.push_back(zone);
        break;
    }
    if (std::find(names.begin(), names.end(), e.subject) != names.end()) continue;
    std::string hint = did_you_mean(e.subject, names);
    if (hint.empty() && !names.empty()) hint = fmt::format("there are {}", str::join(names, ", "));
    return usage_error(fmt::format("{}`{}` can never be judged: there is no {} `{}`",
                                   prefix(e.where), e.text, what, e.subject),
                       hint);
  }
  return {};
}

void WorldBuilder::find_segments() {
  std::vector<Time> cuts = {scenario_.warmup, scenario_.duration};
  for (const FaultInfo& fault : world_.faults) {
    cuts.push_back(fault.spec->at);
    cuts.push_back(fault.spec->at + fault.spec->length);
  }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    const Segment segment{cuts[i], cuts[i + 1], {}};
    if (segment.from < scenario_.warmup || segment.to > scenario_.duration) continue;
    world_.segments.push_back(segment);
    for (std::uint32_t f = 0; f < world_.faults.size(); ++f) {
      const FaultSpec& spec = *world_.faults[f].spec;
      if (spec.at <= segment.from && segment.to <= spec.at + spec.length) {
        world_.segments.back().faults.push_back(f);
      }
    }
  }
}

}  // namespace meshfn::simulate
