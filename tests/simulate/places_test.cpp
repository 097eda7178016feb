// Which hosts are left out and which are named: priorities that retries leave, ejection as gRPC
// does it, and the figures of places in an answer.

#include <algorithm>

#include "catch.h"
#include "simulate/outlier.h"
#include "simulate/report_places.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

/// Endpoints of the caller's own zone answer 503, those of the other zone are well; both are
/// priority levels.
Scenario near_is_broken(std::uint32_t other_priorities) {
  Scenario scenario = station(1, 100, 50);
  scenario.duration = 20 * kSecond;
  ServiceSpec& service = scenario.services[0];
  service.workloads[0].service_time = Distribution::constant(kMillisecond);
  service.workloads[0].endpoints = {{"r/a", 3}};
  service.workloads[0].errors = 1;
  WorkloadSpec well = service.workloads[0];
  well.name = "well";
  well.endpoints = {{"r/b", 3}};
  well.errors = 0;
  service.workloads.push_back(well);
  service.policy.force_locality = true;
  scenario.load[0].zone = "r/a";
  Route route;
  route.destinations = {{service.name, "", 100}};
  route.retry.retries = 3;
  route.retry.on = kRetry5xx;
  route.retry.other_priorities = other_priorities;
  scenario.load[0].route = route;
  return scenario;
}

double success(const Scenario& scenario) {
  const auto world = world_of(scenario);
  return answer_of(*world).totals.success_rate;
}

HostRecord seen(std::uint32_t all, std::uint32_t good) {
  HostRecord host;
  host.external.last = {all, good};
  return host;
}

}  // namespace

TEST_CASE("retries leave the priorities that were tried twice", "[simulate][retry]") {
  CHECK(success(near_is_broken(0)) == 0);
  CHECK(success(near_is_broken(2)) == 1);  // the third attempt goes to the other zone
  Scenario few = near_is_broken(2);
  few.load[0].route->retry.retries = 1;
  CHECK(success(few) == 0);
  // With nothing else that is healthy, it starts over.
  Scenario alone = near_is_broken(2);
  alone.services[0].workloads.resize(1);
  CHECK(success(alone) == 0);
}

TEST_CASE("gRPC ejects until the maximum is reached, Envoy before it is passed",
          "[simulate][outlier]") {
  OutlierSettings envoy;
  OutlierSettings grpc = OutlierSettings::grpc();
  envoy.max_ejection_percent = grpc.max_ejection_percent = 10;
  CHECK_FALSE(may_eject(envoy, 0, 5));
  CHECK(may_eject(grpc, 0, 5));  // one host of few can go
  CHECK_FALSE(may_eject(grpc, 1, 5));
  CHECK(may_eject(grpc, 1, 20));
  CHECK_FALSE(may_eject(grpc, 2, 20));
}

TEST_CASE("a share of failures at the threshold is enough for Envoy only", "[simulate][outlier]") {
  std::vector<HostRecord> hosts(5, seen(100, 100));
  hosts[0] = seen(100, 15);  // 85 % fail
  hosts[1] = seen(100, 14);
  OutlierSettings envoy;
  OutlierSettings grpc = OutlierSettings::grpc();
  const auto rated = rated_hosts(hosts, 50, false);
  CHECK(above_failure_percentage(envoy, rated) == std::vector<std::uint32_t>{0, 1});
  CHECK(above_failure_percentage(grpc, rated) == std::vector<std::uint32_t>{1});
}

TEST_CASE("gRPC knows no failures in a row, and forgives every interval", "[simulate][outlier]") {
  const OutlierSettings grpc = OutlierSettings::grpc();
  HostRecord host;
  for (int i = 0; i < 100; ++i) CHECK_FALSE(count_answer(grpc, host, 503, false));
  host.multiplier = 2;
  host.returned_at = 5 * kSecond;
  end_tick(grpc, host, 6 * kSecond);
  CHECK(host.multiplier == 1);
  end_tick(OutlierSettings(), host, 6 * kSecond);  // Envoy waits for a whole interval
  CHECK(host.multiplier == 1);
}

TEST_CASE("an answer names who retries, who is busiest and who gets most", "[simulate][report]") {
  Scenario scenario = station(2, 1, 100);
  scenario.duration = 60 * kSecond;
  ServiceSpec& service = scenario.services[0];
  service.policy.balancer = &kRoundRobin;
  service.workloads[0].service_time = Distribution::constant(4 * kMillisecond);
  service.workloads[0].errors = 0.5;
  WorkloadSpec heavy = service.workloads[0];
  heavy.name = "heavy";
  heavy.endpoints = {{"", 1}};
  heavy.weight = 2;
  service.workloads.push_back(heavy);
  Route route;
  route.destinations = {{service.name, "", 100}};
  route.retry.retries = 1;
  route.retry.on = kRetry5xx;
  route.retry.avoid_previous_hosts = false;
  scenario.load[0].route = route;
  const auto world = world_of(scenario);
  const Answer answer = answer_of(*world);
  REQUIRE(answer.edges.size() == 1);
  CHECK(answer.edges[0].amplification == Approx(1.5).epsilon(0.03));
  CHECK(answer.edges[0].success_rate == Approx(0.75).epsilon(0.03));
  REQUIRE(answer.services[0].imbalance);
  CHECK(*answer.services[0].imbalance == Approx(1.5).epsilon(0.02));  // half of all, of three
  REQUIRE(answer.bottleneck);
  CHECK(answer.bottleneck->endpoint == "heavy-1");
  CHECK(answer.bottleneck->utilization == Approx(0.3).epsilon(0.05));
  const std::string lines = hot_spots(answer);
  CHECK(lines.find("attempts for a request") != std::string::npos);
  CHECK(lines.find("uneven: heavy-1") != std::string::npos);
  CHECK(traffic_table(answer).empty());  // there is one zone
}

TEST_CASE("the table of zones has a column for each phase", "[simulate][report]") {
  Scenario scenario = near_is_broken(0);
  scenario.services[0].workloads[0].errors = 0;
  FaultSpec fault;
  fault.name = "far";
  fault.zone = "r/b";
  fault.at = 5 * kSecond;
  fault.length = 5 * kSecond;
  scenario.faults = {fault};
  const auto world = world_of(scenario);
  const std::string table = traffic_table(answer_of(*world));
  CHECK(table.find("before") != std::string::npos);
  CHECK(table.find("far") != std::string::npos);
  CHECK(table.find("r/a -> r/a") != std::string::npos);
  CHECK(table.find("100.0 %") != std::string::npos);
  CHECK(table.find("r/a -> r/b") == std::string::npos);
}

TEST_CASE("a completed connection starts the count of local failures anew", "[simulate][outlier]") {
  OutlierSettings split;
  split.split_local_errors = true;
  HostRecord host;
  for (int i = 0; i < 20; ++i) {
    count_connected(split, host);
    CHECK_FALSE(count_answer(split, host, 504, true));
  }
  CHECK(host.local.now.all == 40);
  CHECK(host.local.now.good == 20);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(count_answer(split, host, 504, true));
  CHECK(count_answer(split, host, 504, true));
}

TEST_CASE("timeouts of hosts that can be connected to are no failures in a row",
          "[simulate][outlier]") {
  Scenario scenario = station(4, 1000, 4);
  scenario.services[0].workloads[0].service_time = Distribution::constant(10 * kSecond);
  TrafficPolicy& policy = scenario.services[0].policy;
  policy.panic_threshold = 0;
  policy.outlier.enabled = policy.outlier.split_local_errors = true;
  policy.outlier.max_ejection_percent = 100;
  Route route;
  route.destinations = {{"station", "", 100}};
  route.retry.per_try_timeout = 100 * kMillisecond;
  scenario.load[0].route = route;
  const auto ejections = [&] {
    const auto world = world_of(scenario);
    const Recording r = run(*world, 1);
    CHECK(r.timeouts > 150);
    return r.ejections;
  };
  CHECK(ejections() == 0);
  FaultSpec fault;
  fault.length = scenario.duration;
  fault.endpoint = "station-1";
  fault.effect = FaultSpec::Effect::unreachable;
  scenario.faults = {fault};
  CHECK(ejections() > 0);  // no connection is completed there
}

TEST_CASE("gRPC's ejections of a host that always fails get longer", "[simulate][outlier]") {
  Scenario scenario = station(5, 1000, 100);
  scenario.duration = 300 * kSecond;
  auto& workloads = scenario.services[0].workloads;
  workloads[0].service_time = Distribution::constant(kMillisecond);
  workloads.push_back(workloads[0]);
  workloads[1].name = "bad";
  workloads[1].endpoints = {{"", 1}};
  workloads[1].errors = 1;
  OutlierSettings& outlier = scenario.services[0].policy.outlier;
  outlier = OutlierSettings::grpc();
  outlier.enabled = true;
  outlier.failure_percentage.enforcing = 100;
  const auto world = world_of(scenario);
  std::vector<Time> lengths;
  Time since = 0;
  for (const LogEntry& entry : run(*world, 1).log) {
    if (entry.kind == "ejection") since = entry.at;
    if (entry.kind == "return") lengths.push_back(entry.at - since);
  }
  REQUIRE(lengths.size() >= 3);
  lengths.resize(3);
  CHECK(lengths == std::vector<Time>{30 * kSecond, 60 * kSecond, 90 * kSecond});
}

TEST_CASE("a failover takes the localities of a priority by weight and health",
          "[simulate][locality]") {
  Scenario scenario = station(1, 1000, 500);
  scenario.duration = 100 * kSecond;
  scenario.warmup = 10 * kSecond;
  ServiceSpec& service = scenario.services[0];
  service.workloads[0].service_time = Distribution::constant(kMillisecond);
  service.workloads[0].endpoints = {{"r2/a", 1}, {"r2/b", 2}};
  WorkloadSpec bad = service.workloads[0];
  bad.name = "bad";
  bad.endpoints = {{"r2/a", 3}};
  bad.errors = 1;
  service.workloads.push_back(bad);
  TrafficPolicy& policy = service.policy;
  policy.balancer = &kRandom;
  policy.panic_threshold = 0;
  policy.outlier.enabled = true;
  policy.outlier.base_ejection = policy.outlier.max_ejection = 1000 * kSecond;
  policy.outlier.max_ejection_percent = 100;
  scenario.load[0].zone = "r1/a";
  const auto share_of_a = [&] {
    const auto world = world_of(scenario);
    const Recording r = run(*world, 1);
    std::uint64_t all = 0;
    for (const EndpointRecord& e : r.endpoints) all += e.requests;
    const std::uint64_t of_b = r.endpoints[1].requests + r.endpoints[2].requests;
    return static_cast<double>(all - of_b) / static_cast<double>(all);
  };
  CHECK(share_of_a() == Approx(1.0 / 3).epsilon(0.05));  // no failover is configured: by hosts
  policy.locality.failover = {{"r1", "r2"}};
  CHECK(share_of_a() == Approx(1.4 / 3.4).epsilon(0.02));
  service.workloads[1].errors = 0;
  CHECK(share_of_a() == Approx(4.0 / 6).epsilon(0.02));
}

}  // namespace meshfn::simulate
