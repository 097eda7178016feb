// What the faults of a world hit, the stretches of time between them, and whether what is expected
// of them can be judged.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/str.h"
#include "base/suggest.h"
#include "simulate/labels.h"
#include "simulate/world_builder.h"

namespace meshfn::simulate {

namespace {

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
  if (fault.link) return fmt::format("{} - {}", fault.link->from, fault.link->to);
  if (!fault.endpoint.empty()) return fault.endpoint;
  if (!fault.service.empty()) return fault.service;
  return fault.zone.empty() ? fault.region : fault.zone;
}

/// Whether the fault changes the way from one zone to another.
bool is_on_way(const FaultSpec& fault, const std::string& from, const std::string& to) {
  const Locality a = Locality::parse(from);
  const Locality b = Locality::parse(to);
  if (fault.link) {
    const auto joins = [&](const Locality& one, const Locality& other) {
      return locality_matches(fault.link->from, one) && locality_matches(fault.link->to, other);
    };
    return joins(a, b) || (fault.link->both_ways && joins(b, a));
  }
  const auto inside = [&](const Locality& place) {
    if (!fault.zone.empty() && !locality_matches(fault.zone, place)) return false;
    return fault.region.empty() || place.region == fault.region;
  };
  // What is cut off still talks to itself; lossy equipment loses its own packets, too.
  if (fault.effect == FaultSpec::Effect::partition) return inside(a) != inside(b);
  return inside(a) || inside(b);
}

std::vector<std::uint32_t> links_of(const FaultSpec& fault, const World& world) {
  std::vector<std::uint32_t> links;
  if (!fault.on_links()) return links;
  std::uint32_t link = 0;
  for (const std::string& from : world.zones) {
    for (const std::string& to : world.zones) {
      if (is_on_way(fault, from, to)) links.push_back(link);
      ++link;
    }
  }
  return links;
}

/// Endpoints that lie in what the fault hits. The control plane has none, and a link's own loss or
/// slowness hits none, either.
std::vector<std::uint32_t> endpoints_of(const FaultSpec& fault, const World& world) {
  std::vector<std::uint32_t> endpoints;
  const bool planned = fault.effect == FaultSpec::Effect::change;
  if (fault.control_plane || fault.link || planned) return endpoints;
  for (std::uint32_t e = 0; e < world.endpoints.size(); ++e) {
    if (hits(fault, world.endpoints[e], world)) endpoints.push_back(e);
  }
  return endpoints;
}

Result<void> hits_nothing(const FaultInfo& fault, const World& world) {
  const FaultSpec& spec = *fault.spec;
  if (spec.effect == FaultSpec::Effect::partition && !spec.link && !fault.endpoints.empty()) {
    return usage_error(fmt::format("{}fault `{}` cuts nothing off: everything is at `{}`",
                                   before_message(spec.where), fault.name, target_of(spec)));
  }
  const auto names = candidates(spec, world);
  std::string hint;
  for (const std::string& end :
       {spec.link ? spec.link->from : target_of(spec), spec.link ? spec.link->to : ""}) {
    if (hint.empty() && !end.empty()) hint = did_you_mean(end, {names.begin(), names.end()});
  }
  if (hint.empty()) hint = "zones are those of `endpoints:`, written region/zone";
  return usage_error(fmt::format("{}fault `{}` hits no endpoint: nothing is at `{}`",
                                 before_message(spec.where), fault.name, target_of(spec)),
                     hint);
}

/// Half of nothing is nothing: endpoints without a limit have no capacity to lose.
bool has_capacity(const FaultInfo& fault, const World& world) {
  return std::any_of(fault.endpoints.begin(), fault.endpoints.end(), [&](std::uint32_t e) {
    return std::isfinite(world.workloads[world.endpoints[e].workload].slots());
  });
}

}  // namespace

Result<void> WorldBuilder::find_faults() {
  for (const FaultSpec& fault : scenario_.faults) {
    FaultInfo info{&fault, fault.name, endpoints_of(fault, world_), links_of(fault, world_)};
    if (info.name.empty()) info.name = fmt::format("fault-{}", world_.faults.size() + 1);
    if (fault.at >= scenario_.duration || fault.length <= 0) {
      return usage_error(
          fmt::format("{}fault `{}` never happens: it starts at {:g} s, lasts {:g} s, and the run "
                      "ends at {:g} s",
                      before_message(fault.where), info.name, to_seconds(fault.at),
                      to_seconds(fault.length), to_seconds(scenario_.duration)));
    }
    const bool aimless = fault.on_links() ? info.links.empty() : info.endpoints.empty();
    const bool planned = fault.effect == FaultSpec::Effect::change;
    if (aimless && !fault.control_plane && !planned) return hits_nothing(info, world_);
    if (fault.effect == FaultSpec::Effect::capacity && !has_capacity(info, world_)) {
      return usage_error(
          fmt::format("{}fault `{}` takes capacity from endpoints that have no limit",
                      before_message(fault.where), info.name),
          "give the service a `concurrency` or `processors`, or use `slow`");
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
                                   before_message(e.where), e.text, what, e.subject),
                       hint);
  }
  return {};
}

void WorldBuilder::find_segments() {
  /// Where a fault begins or ends.
  struct Cut {
    Time at;
    std::uint32_t fault;  ///< kNone: the warm-up or the run
    bool begins;
  };

  std::vector<Cut> cuts = {{scenario_.warmup, kNone, true}, {scenario_.duration, kNone, false}};
  for (std::uint32_t f = 0; f < world_.faults.size(); ++f) {
    const FaultSpec& spec = *world_.faults[f].spec;
    cuts.push_back({spec.at, f, true});
    cuts.push_back({spec.at + spec.length, f, false});
  }
  std::sort(cuts.begin(), cuts.end(), [](const Cut& a, const Cut& b) { return a.at < b.at; });
  std::set<std::uint32_t> active;
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    if (cuts[i].fault != kNone && cuts[i].begins) active.insert(cuts[i].fault);
    if (cuts[i].fault != kNone && !cuts[i].begins) active.erase(cuts[i].fault);
    if (i + 1 == cuts.size() || cuts[i + 1].at == cuts[i].at) continue;
    const Segment segment{cuts[i].at, cuts[i + 1].at, {active.begin(), active.end()}};
    if (segment.from < scenario_.warmup || segment.to > scenario_.duration) continue;
    world_.segments.push_back(segment);
  }
}

}  // namespace meshfn::simulate
