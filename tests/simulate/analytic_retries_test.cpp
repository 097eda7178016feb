// Estimates with retries, and the shares of endpoints where nothing depends on time.

#include <cmath>

#include "catch.h"
#include "simulate/analytic.h"
#include "simulate/expected_attempts.h"
#include "simulate/theory.h"

namespace meshfn::simulate {

namespace {

const StationFigures& station_called(const Analysis& analysis, std::string_view name) {
  for (const StationFigures& s : analysis.stations) {
    if (s.name == name) return s;
  }
  FAIL("no service " << name);
  return analysis.stations.front();
}

/// front calls middle calls back, each with `retries`; the back answers `errors` with 500.
Scenario chain(std::uint32_t retries, double errors) {
  Scenario scenario = station(4, 1'000'000, 200);
  scenario.services = {calling("front", {{call_to("middle")}}),
                       calling("middle", {{call_to("back")}}), calling("back", {})};
  scenario.services[0].workloads[0].routes = {retried("middle", retries)};
  scenario.services[1].workloads[0].routes = {retried("back", retries)};
  scenario.services[2].workloads[0].errors = errors;
  scenario.load[0].call.to = "front";
  scenario.load[0].route = retried("front", retries);
  scenario.duration = 100 * kSecond;
  return scenario;
}

/// Random zones, sizes, weights and locality settings, and no limits.
Scenario random_places(Random& random) {
  Scenario scenario = station(1, 1'000'000, 3000);
  scenario.services.clear();
  const std::vector<std::string> zones = {"r/a", "r/b", "s/c"};
  Route route;
  for (int s = 0; s < 3; ++s) {
    ServiceSpec service = calling("s" + std::to_string(s), {});
    service.workloads[0].endpoints.clear();
    for (const std::string& zone : zones) {
      service.workloads[0].endpoints.push_back({zone, 1 + random.below(4)});
    }
    service.policy.balancer = random.below(2) == 0 ? &kRandom : &kRoundRobin;
    service.policy.outlier.enabled = random.below(3) != 0;
    service.policy.locality.enabled = random.below(4) != 0;
    if (random.below(3) == 0) {
      const std::uint32_t near = 1 + random.below(99);
      service.policy.locality.distribute = {{"r/a/*", {{"r/a/*", near}, {"r/b/*", 100 - near}}}};
    }
    scenario.services.push_back(service);
    route.destinations.push_back({service.name, "", 1 + random.below(50)});
  }
  scenario.load[0].call.to = "s0";
  scenario.load[0].zone = "r/a";
  scenario.load[0].clients = 3;
  scenario.load[0].route = route;
  scenario.duration = 20 * kSecond;
  return scenario;
}

}  // namespace

TEST_CASE("expected attempts follow the geometric sum", "[simulate][analytic]") {
  Route route = retried("x", 2);
  TrafficPolicy policy;
  const AttemptFigures half = expected_attempts(route, policy, 100, 0.5, 0);
  CHECK(half.attempts == Approx(1.75));
  CHECK(half.failed == Approx(0.125));
  CHECK(expected_attempts(route, policy, 100, 1, 0).attempts == Approx(3));
  // A budget of a fifth: 1.2 attempts, and a part of the failures stays.
  policy.breaker.retry_budget_percent = 20;
  CHECK(expected_attempts(route, policy, 100, 1, 0).attempts == Approx(1.2));
  route.retry.on = kRetryConnectFailure;
  CHECK(expected_attempts(route, TrafficPolicy(), 100, 0.5, 0).attempts == Approx(1));
  CHECK(expected_attempts(route, TrafficPolicy(), 100, 0, 0.5).failed == Approx(0.125));
}

TEST_CASE("retries multiply down a chain of calls", "[simulate][analytic]") {
  const Analysis whole = analyse(*world_of(chain(2, 1)));
  CHECK(station_called(whole, "front").amplification == Approx(3));
  CHECK(station_called(whole, "middle").amplification == Approx(9));
  CHECK(station_called(whole, "back").amplification == Approx(27));
  CHECK(station_called(whole, "back").failed == Approx(1));
}

TEST_CASE("estimated attempts are those of the simulation", "[simulate][analytic]") {
  for (const double errors : {0.1, 0.4, 0.8}) {
    INFO("errors " << errors);
    const auto world = world_of(chain(2, errors));
    const Analysis estimated = analyse(*world);
    const Answer simulated = answer_of(*world);
    for (const ServiceFigures& service : simulated.services) {
      const StationFigures& station = station_called(estimated, service.name);
      const Counts& counts = service.totals.counts;
      const auto calls = static_cast<double>(counts.ok + counts.failed);
      CHECK(station.attempts == Approx(static_cast<double>(counts.attempts) / calls).epsilon(0.03));
      CHECK(std::fabs(station.failed - static_cast<double>(counts.failed) / calls) < 0.01);
    }
    CHECK(station_called(estimated, "front").rate ==
          Approx(200 * station_called(estimated, "front").attempts));
  }
}

TEST_CASE("estimated shares are those of the simulation where nothing depends on time",
          "[simulate][analytic]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    const auto world = world_of(random_places(random));
    const Flow flow = flow_of(*world, {});
    const Recording record = run(*world, seed);
    double all = 0;
    for (const EndpointRecord& e : record.endpoints) all += static_cast<double>(e.requests);
    for (std::size_t e = 0; e < world->endpoints.size(); ++e) {
      const double share = flow.endpoints[e] / flow.offered;
      const double seen = static_cast<double>(record.endpoints[e].requests) / all;
      // Five deviations; a schedule with random phases adds less than a choice at random.
      CHECK(std::fabs(seen - share) < 5 * std::sqrt(share * (1 - share) / all) + 1e-4);
    }
  }
}

}  // namespace meshfn::simulate
