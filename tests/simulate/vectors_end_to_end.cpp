// Published runs of real meshes, simulated from end to end.

#include <fmt/format.h>

#include <cmath>
#include <iostream>

#include "simulate/from_mesh.h"
#include "simulate/vectors.h"

namespace meshfn::simulate {

namespace {

/// `requests` requests that `route` divides over services `a`, `b` …; what each of them got.
Indices counts_of(const Route& route, std::uint32_t requests, std::uint64_t seed) {
  Scenario scenario = station(1, 1000, 100);
  scenario.services[0].workloads[0].service_time = Distribution::constant(kMillisecond);
  const ServiceSpec first = scenario.services[0];
  scenario.services.clear();
  for (const char* name : {"a", "b", "c"}) {
    scenario.services.push_back(first);
    scenario.services.back().name = scenario.services.back().workloads[0].name = name;
  }
  scenario.load[0].call.to = "a";
  scenario.load[0].arrivals.kind = Arrivals::Kind::trace;
  for (std::uint32_t i = 0; i < requests; ++i) {
    scenario.load[0].arrivals.trace.push_back(i * 10 * kMillisecond);
  }
  scenario.load[0].route = route;
  const auto world = world_of(scenario);
  const Recording record = run(*world, seed);
  Indices counts;
  for (const EndpointRecord& e : record.endpoints) {
    counts.push_back(static_cast<std::uint32_t>(e.requests));
  }
  return counts;
}

bool within(double value, double wanted, double margin) {
  return std::fabs(value - wanted) <= margin;
}

/// Share of zone a's requests that stay there; its clients and, with `both`, as many in zone b.
double share_at_home(bool both) {
  Scenario scenario = station(1, 1000, 100);
  auto& service = scenario.services[0];
  service.workloads[0].service_time = Distribution::constant(kMillisecond);
  service.workloads[0].endpoints = {{"r/a", 3}, {"r/b", 3}};
  service.policy.locality.zone_aware = true;
  scenario.load[0].zone = "r/a";
  if (both) {
    scenario.load.push_back(scenario.load[0]);
    scenario.load[1].zone = "r/b";
  }
  const auto world = world_of(scenario);
  const Recording record = run(*world, 5);
  const auto home = static_cast<double>(record.traffic[0][0]);
  return home / (home + static_cast<double>(record.traffic[0][1]));
}

}  // namespace

Verdict weighted_shift(const Json& in, const Json&) {
  bool good = true;
  const char* const names[] = {"a", "b", "c"};
  for (const Json& split : in["splits"]) {
    Route route;
    for (std::size_t i = 0; i < split.size(); ++i) {
      route.destinations.push_back({names[i], "", split[i]});
    }
    const Indices counts = counts_of(route, in["requests"], 7);
    for (std::size_t i = 0; i < split.size(); ++i) {
      good = good && within(counts[i], split[i], 10);
    }
  }
  return verdict_of(good);
}

Verdict mirrored(const Json& in, const Json&) {
  bool good = true;
  for (const Json& one : in) {
    Route route;
    route.destinations = {{"a", "", 100}};
    route.mirrors.push_back({Destination{"b", "", 100}, 1});
    if (one["percent"].is_number()) route.mirrors[0].share = proxy_share(one["percent"]);
    const Indices counts = counts_of(route, 100, 3);
    good = good && counts[0] == 100 && within(counts[1], one["expect"], one["tolerance"]);
  }
  return verdict_of(good);
}

Verdict zone_halves(const Json&, const Json&) {
  return verdict_of(within(share_at_home(false), 0.5, 0.05) && share_at_home(true) == 1);
}

/// The documentation's run: so many connections, each asking again as soon as it is answered.
Verdict circuit_breaking(const Json& in, const Json& expect) {
  double ok = 0;
  constexpr int kTimes = 40;
  for (std::uint64_t seed = 1; seed <= kTimes; ++seed) {
    Scenario scenario = station(1, 1000, 0);
    scenario.duration = 20 * kSecond;
    scenario.services[0].workloads[0].service_time = Distribution::exponential(2 * kMillisecond);
    scenario.network.same_zone = Distribution::constant(100 * kMicrosecond);
    CircuitBreaker& breaker = scenario.services[0].policy.breaker;
    breaker.max_connections = breaker.max_pending = breaker.requests_per_connection = 1;
    scenario.load[0].workers = 2;
    scenario.load[0].arrivals.kind = Arrivals::Kind::closed;
    scenario.load[0].arrivals.users = in["connections"];
    scenario.load[0].arrivals.think = Distribution::exponential(500 * kMicrosecond);
    const auto world = world_of(scenario);
    const Counts counts = entry_tally(run(*world, seed)).counts;
    ok += static_cast<double>(counts.ok) / static_cast<double>(counts.ok + counts.failed) / kTimes;
  }
  std::cout << fmt::format("  circuit breaking, {} connections: {:.0f} % succeed\n",
                           in["connections"].get<int>(), 100 * ok);
  const double published = expect["200"].get<double>() / in["requests"].get<double>();
  return verdict_of(within(ok, published, 0.15));
}

}  // namespace meshfn::simulate
