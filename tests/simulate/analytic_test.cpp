// Estimates without events: Erlang's formulas against the published table, and rates, waits and
// shares against the simulator.

#include "simulate/analytic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "catch.h"
#include "simulate/erlang.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

/// Two zones of four endpoints with ten slots of 0.1 s, clients in the first, failover by locality.
Scenario two_zones(double rate) {
  Scenario scenario = station(0, 10, rate);
  WorkloadSpec& workload = scenario.services[0].workloads[0];
  workload.endpoints = {{"r/a", 4}, {"r/b", 4}};
  workload.service_time = Distribution::exponential(kSecond / 10);
  TrafficPolicy& policy = scenario.services[0].policy;
  policy.outlier.enabled = true;
  policy.outlier.max_ejection_percent = 100;
  policy.panic_threshold = 0;
  scenario.load[0].zone = "r/a";
  return scenario;
}

Lost lose(const World& world, std::uint32_t count) {
  Lost lost(world.endpoints.size(), false);
  for (std::uint32_t e = 0; e < count; ++e) lost[e] = true;
  return lost;
}

const CapacityFigures& when_lost(const Analysis& analysis, std::string_view name) {
  for (const CapacityFigures& c : analysis.capacity) {
    if (c.lost == name) return c;
  }
  FAIL("no such loss: " << name);
  return analysis.capacity.front();
}

}  // namespace

TEST_CASE("Erlang's formulas give the published numbers", "[simulate][analytic]") {
  // M/M/10 at rho 0.9: P(wait) 0.6687; M/M/1 at rho 0.8: mean wait 4 services.
  CHECK(erlang_c(9, 10) == Approx(0.6687).epsilon(1e-3));
  CHECK(mean_wait(0.8, 1, 1, 1) == Approx(4));
  CHECK(mean_wait(0.9, 1, 1, 0) == Approx(4.5));
  CHECK(std::isinf(mean_wait(1, 1, 1, 1)));
  CHECK(finite_queue(0.8, 1, 4, 1).lost == Approx(0.08882).epsilon(1e-3));
  CHECK(finite_queue(9, 10, 10, 1).lost == Approx(0.02951).epsilon(1e-3));
  // Far above capacity all but servers / load of the requests is lost, and nothing overflows.
  CHECK(finite_queue(1000, 10, 5000, 1).lost == Approx(0.99).epsilon(1e-6));
  CHECK(squared_variation(Distribution::erlang(5, 4)) == Approx(0.25));
  CHECK(squared_variation(Distribution::weibull(5, 1)) == Approx(1));
}

TEST_CASE("Erlang's B holds for every row of the shared table", "[simulate][analytic]") {
  const auto text = shared_file("sim/tables.json");
  if (!text) return;
  const auto table = nlohmann::json::parse(*text);
  int rows = 0;
  for (const auto& row : table["rows"]) {
    const auto& p = row["params"];
    if (row["model"] != "M/G/c/c (Erlang B)" || !p.contains("offered_load")) continue;
    ++rows;
    CHECK(erlang_b(p["offered_load"].get<double>(), p["c"].get<std::uint32_t>()) ==
          Approx(row["expected"].get<double>()).epsilon(1e-3));
  }
  CHECK(rows > 0);
}

TEST_CASE("estimates agree with the simulator", "[simulate][analytic]") {
  Scenario scenario = station(1, 10, 8);
  scenario.duration = 20'000 * kSecond;
  scenario.warmup = 1'000 * kSecond;
  const auto world = world_of(scenario);
  const Analysis estimated = analyse(*world);
  const Answer simulated = answer_of(*world);
  const StationFigures& station = estimated.stations.front();
  CHECK(station.rate == Approx(8));
  CHECK(*station.utilization == Approx(*simulated.services[0].utilization).epsilon(0.02));
  CHECK(*station.response == Approx(simulated.totals.latency.mean).epsilon(0.03));
  // With one endpoint there is nothing to balance.
  CHECK(*station.pooled_wait == Approx(*station.random_wait));
}

TEST_CASE("shared processors are what fills up", "[simulate][analytic]") {
  // M/G/1-PS: mean S / (1 - rho), whatever the law; for more processors the mean of M/M/c.
  CHECK(shared_wait(0.8, 1, 1) == Approx(4));
  CHECK(shared_wait(9, 10, 1) == Approx(mean_wait(9, 10, 1, 1)));
  CHECK(shared_waits(9, 10) == Approx(erlang_c(9, 10)));
  // Half a processor: a single server that takes twice as long, 2 / (1 - 0.5).
  CHECK(shared_wait(0.25, 0.5, 1) == Approx(3));
  CHECK(std::isinf(shared_wait(1, 1, 1)));

  Scenario scenario = station(1, 1000, 80);
  WorkloadSpec& workload = scenario.services[0].workloads[0];
  workload.processors = 1;
  workload.service_time = Distribution::constant(10 * kMillisecond);
  const auto world = world_of(scenario);
  const Analysis analysis = analyse(*world);
  const StationFigures& figures = analysis.stations.front();
  CHECK(*figures.utilization == Approx(0.8));
  CHECK(*figures.response == Approx(50));
  CHECK(*figures.slots == 1);
  CHECK(*when_lost(analysis, "nothing").factor == Approx(1.25));
  CHECK(analysis.stable());
  CHECK(conclusion(analysis).find("station, full at 125 %") != std::string::npos);
  scenario.load[0].arrivals.rate = 120;
  const auto full = world_of(scenario);
  CHECK_FALSE(analyse(*full).stable());
  // Fewer slots than processors: nobody shares.
  scenario.services[0].workloads[0].processors = 4;
  scenario.services[0].workloads[0].concurrency = 2;
  const auto slots = world_of(scenario);
  CHECK(*analyse(*slots).stations.front().slots == 2);
}

TEST_CASE("estimates of shared processors agree with the simulator", "[simulate][analytic]") {
  Scenario scenario = station(1, 1000, 2 * 0.7);
  scenario.services[0].workloads[0].processors = 2;
  scenario.duration = 50'000 * kSecond;
  scenario.warmup = 1'000 * kSecond;
  const auto world = world_of(scenario);
  const Answer simulated = answer_of(*world);
  CHECK(*analyse(*world).stations.front().response ==
        Approx(simulated.totals.latency.mean).epsilon(0.05));
}

namespace {

/// Two endpoints of ten slots each and 12 s of work a second, of which the second has `weight`.
Scenario weighted(const Policy& balancer, std::uint32_t weight) {
  Scenario scenario = station(1, 10, 12);
  scenario.services[0].policy.balancer = &balancer;
  scenario.services[0].workloads.push_back(scenario.services[0].workloads[0]);
  scenario.services[0].workloads[1].name = "other";
  scenario.services[0].workloads[1].weight = weight;
  return scenario;
}

bool has_note(const Analysis& analysis, std::string_view part) {
  return std::any_of(analysis.assumptions.begin(), analysis.assumptions.end(),
                     [&](const std::string& line) { return line.find(part) != line.npos; });
}

}  // namespace

TEST_CASE("balancers that heed weights spread by them", "[simulate][analytic]") {
  // A quarter and three quarters of 12: 9 of 10 slots.
  const auto busiest = [](const Policy& balancer, std::uint32_t weight) {
    const auto world = world_of(weighted(balancer, weight));
    return *analyse(*world).stations.front().busiest;
  };
  CHECK(busiest(kRoundRobin, 3) == Approx(0.9));
  CHECK(busiest(kLeastRequest, 3) == Approx(0.9));
  CHECK(busiest(kRoundRobin, 1) == Approx(0.6));
  CHECK(busiest(kRandom, 3) == Approx(0.6));
  CHECK(busiest(kPeakEwma, 3) == Approx(0.6));
}

TEST_CASE("what keeps requests together fills one endpoint, or is noted", "[simulate][analytic]") {
  Scenario scenario = weighted(kGrpcPickFirst, 1);
  const auto first_world = world_of(scenario);
  const Analysis first = analyse(*first_world);
  CHECK_FALSE(first.stable());
  CHECK(*first.stations.front().busiest == Approx(1.2));
  CHECK(has_note(first, "to one endpoint"));

  TrafficPolicy& policy = scenario.services[0].policy;
  policy.balancer = &kRingHash;
  policy.hash = {HashKey::Source::header, "user"};
  scenario.load[0].call.headers = {{"user", "one"}};
  const auto one_world = world_of(scenario);
  CHECK_FALSE(analyse(*one_world).stable());
  // A second load with a key of its own: only events tell where it goes.
  scenario.load[0].arrivals.rate = 6;
  scenario.load.push_back(scenario.load[0]);
  scenario.load[1].call.headers = {{"user", "two"}};
  const auto few_world = world_of(scenario);
  const Analysis few = analyse(*few_world);
  CHECK(*few.stations.front().busiest == Approx(0.6));
  CHECK(has_note(few, "belong together"));
  // Without a key every request has a random hash.
  for (LoadSpec& load : scenario.load) load.call.headers.clear();
  const auto random_world = world_of(scenario);
  CHECK_FALSE(has_note(analyse(*random_world), "belong together"));
}

TEST_CASE("estimates bracket what a balancer does", "[simulate][analytic]") {
  Scenario scenario = station(4, 2, 6.4);
  scenario.duration = 20'000 * kSecond;
  scenario.warmup = 1'000 * kSecond;
  const auto world = world_of(scenario);
  const StationFigures station = analyse(*world).stations.front();
  const double wait = answer_of(*world).totals.latency.mean - station.held;
  CHECK(wait > *station.pooled_wait * 0.97);
  CHECK(wait < *station.random_wait);
}

TEST_CASE("load spills over to the next priority as Envoy divides it", "[simulate][analytic]") {
  const auto world = world_of(two_zones(100));
  const ClusterInfo& cluster = world->clusters[0];
  const Flow whole = flow_of(*world, {});
  REQUIRE(whole.edges.size() == 1);
  const Shape& shape = world->shapes[whole.edges[0].shape];
  const auto share = [&](std::uint32_t lost) {
    return divide(*world, cluster, shape, lose(*world, lost)).levels.at(0).load;
  };
  // 1.4 x 3 / 4 is more than all; 1.4 x 2 / 4 = 70 %; 1.4 x 1 / 4 = 35 %.
  CHECK(share(0) == 100);
  CHECK(share(1) == 100);
  CHECK(share(2) == 70);
  CHECK(share(3) == 35);
  CHECK(share(4) == 0);
}

TEST_CASE("capacity without a zone is that of the others", "[simulate][analytic]") {
  const auto world = world_of(two_zones(200));
  const Analysis analysis = analyse(*world);
  // All 200/s go to the four endpoints of the clients' zone: 4 x 10 slots / 0.1 s = 400/s.
  CHECK(*when_lost(analysis, "nothing").factor == Approx(2));
  CHECK(*when_lost(analysis, "zone r/a").factor == Approx(2));
  CHECK(when_lost(analysis, "zone r/a").bottleneck == "station in r/b");
  // Three endpoints of the near zone still take everything.
  CHECK(*when_lost(analysis, "endpoint station-1").factor == Approx(1.5));
  CHECK(analysis.stable());
  CHECK_FALSE(analyse(*world_of(two_zones(500))).stable());
}

}  // namespace meshfn::simulate
