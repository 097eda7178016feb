// Clients that are no sidecar of Istio's (Linkerd's breaker and queue, gRPC's channels,
// kube-proxy), steps that need only some answers, and processors that are shared.

#include <algorithm>
#include <set>

#include "catch.h"
#include "simulate/accrual.h"
#include "simulate/processor_share.h"
#include "simulate/theory.h"

namespace meshfn::simulate {

namespace {

/// Shuts the gate with as many failures as it takes; the penalty.
Time shut(HostGate& gate, const AccrualSettings& settings, Random& random) {
  Time penalty = 0;
  for (std::uint32_t i = 1; i < settings.failures; ++i) {
    CHECK_FALSE(gate.judge(settings, {500, 0}, random, penalty));
  }
  CHECK(gate.judge(settings, {500, 0}, random, penalty));
  return penalty;
}

Scenario clients_of(const Policy& policy, std::uint32_t endpoints, std::uint32_t clients) {
  Scenario scenario = station(endpoints, 1000, 500);
  scenario.duration = 20 * kSecond;
  scenario.services[0].workloads[0].service_time = Distribution::constant(kMillisecond);
  scenario.services[0].policy.balancer = &policy;
  scenario.load[0].clients = clients;
  return scenario;
}

/// How many endpoints got anything.
std::size_t used(const Scenario& scenario, std::uint64_t seed = 1) {
  const Recording r = run(*world_of(scenario), seed);
  return static_cast<std::size_t>(
      std::count_if(r.endpoints.begin(), r.endpoints.end(),
                    [](const EndpointRecord& e) { return e.requests > 0; }));
}

}  // namespace

TEST_CASE("a breaker that counts failures in a row shuts for longer each time",
          "[simulate][linkerd]") {
  AccrualSettings settings;
  settings.enabled = true;
  Random random(1);
  HostGate gate;
  Time penalty = shut(gate, settings, random);
  CHECK_FALSE(gate.open());
  CHECK(penalty >= kSecond);
  CHECK(penalty <= kSecond * 3 / 2);
  for (std::uint32_t n = 1; n < 9; ++n) {
    gate.admit_probe();
    CHECK(gate.open());
    CHECK(gate.enter());
    CHECK_FALSE(gate.open());  // nobody follows the probe
    CHECK(gate.judge(settings, {500, 0}, random, penalty));
    const Time least = std::min<Time>(60 * kSecond, kSecond << n);
    CHECK(penalty >= least);
    CHECK(penalty <= std::min<Time>(60 * kSecond, least * 3 / 2));
  }
  gate.admit_probe();
  gate.enter();
  CHECK_FALSE(gate.judge(settings, {200, 0}, random, penalty));
  CHECK(gate.open());
  CHECK(shut(gate, settings, random) <= kSecond * 3 / 2);  // and counting starts again
}

TEST_CASE("an answer in between starts the count of failures again", "[simulate][linkerd]") {
  AccrualSettings settings;
  settings.enabled = true;
  settings.failures = 3;
  Random random(1);
  HostGate gate;
  Time penalty = 0;
  for (int round = 0; round < 5; ++round) {
    CHECK_FALSE(gate.judge(settings, {500, 0}, random, penalty));
    CHECK_FALSE(gate.judge(settings, {500, 0}, random, penalty));
    CHECK_FALSE(gate.judge(settings, {200, 0}, random, penalty));
  }
  CHECK(gate.open());
}

TEST_CASE("a low success rate shuts a host in mode unified, 429 counting as failure",
          "[simulate][linkerd]") {
  AccrualSettings settings;
  settings.enabled = true;
  settings.success_rate = 0.8;
  Random random(1);
  Time penalty = 0;
  const auto shut_by = [&](const std::vector<std::uint16_t>& statuses, Time between) {
    HostGate gate;
    Time now = kSecond;
    for (const std::uint16_t status : statuses) {
      if (gate.judge(settings, {status, now}, random, penalty)) return true;
      now += between;
    }
    return false;
  };
  const Time soon = 100 * kMillisecond;
  CHECK_FALSE(shut_by({500, 500, 500, 500}, soon));       // fewer than the minimum
  CHECK(shut_by({200, 200, 200, 500, 500}, soon));        // 3 of 5
  CHECK_FALSE(shut_by({200, 200, 200, 200, 500}, soon));  // 4 of 5 is enough
  CHECK(shut_by({200, 200, 200, 429, 429}, soon));
  CHECK_FALSE(shut_by({500, 200, 200, 200, 500}, 3 * kSecond));  // the first one is forgotten
  settings.success_rate = 0;
  CHECK_FALSE(shut_by({429, 429, 429, 429, 429, 429, 429, 429}, soon));
}

TEST_CASE("Linkerd's clients queue without a ready host, then fail at once",
          "[simulate][linkerd]") {
  Scenario scenario = clients_of(kPeakEwma, 2, 1);
  scenario.services[0].policy.queue = {100, 3 * kSecond};
  scenario.services[0].workloads[0].errors = 1;
  AccrualSettings& accrual = scenario.services[0].policy.accrual;
  accrual = {true, 7, 10 * kSecond, 60 * kSecond, 0};
  scenario.load[0].arrivals.rate = 20;
  scenario.load[0].route = retried("station", 0);
  const Recording r = run(*world_of(scenario), 1);
  const Counts counts = entry_tally(r).counts;
  // Fourteen failures shut both; what comes then waits up to 3 s and is refused without an attempt.
  CHECK(r.endpoints[0].requests + r.endpoints[1].requests <= 20);
  CHECK(counts.causes[static_cast<std::size_t>(Cause::no_healthy_host)] > 300);
  CHECK(r.ejections >= 2);
  CHECK(to_seconds(entry_tally(r).latency.max()) <= 3.05);
  CHECK(to_seconds(entry_tally(r).latency.max()) > 2.5);
}

TEST_CASE("a wait in vain for a host of Linkerd's is answered 504", "[simulate][linkerd]") {
  Scenario scenario = clients_of(kPeakEwma, 2, 1);
  scenario.services[0].policy.queue = {100, 3 * kSecond};
  scenario.services[0].policy.accrual = {true, 1, 60 * kSecond, 60 * kSecond, 0};
  scenario.services[0].workloads[0].errors = 1;
  scenario.load[0].arrivals.rate = 20;
  // Whether the ones who waited try again after up to ten seconds shows in the longest answer.
  const auto longest_with_retries_of = [&](std::uint16_t status) {
    Route route = retried("station", 1);
    route.retry.on = kRetryStatusCodes;
    route.retry.status_codes = {status};
    route.retry.base_interval = 10 * kSecond;
    scenario.load[0].route = route;
    return to_seconds(entry_tally(run(*world_of(scenario), 1)).latency.max());
  };
  CHECK(longest_with_retries_of(504) > 6);
  CHECK(longest_with_retries_of(418) <= 3.05);
}

TEST_CASE("a gRPC channel that picks the first keeps to it", "[simulate][grpc]") {
  CHECK(used(clients_of(kGrpcPickFirst, 5, 12)) == 1);
  Scenario shuffled = clients_of(kGrpcPickFirst, 5, 200);
  shuffled.services[0].policy.settings.shuffle = true;
  CHECK(used(shuffled) == 5);
  shuffled.load[0].clients = 1;
  std::set<std::size_t> counts;
  for (std::uint64_t seed = 1; seed < 5; ++seed) counts.insert(used(shuffled, seed));
  CHECK(counts == std::set<std::size_t>{1});
}

TEST_CASE("a gRPC channel goes to the next address when its backend dies", "[simulate][grpc]") {
  Scenario scenario = clients_of(kGrpcPickFirst, 3, 1);
  FaultSpec fault;
  fault.name = fault.endpoint = "station-1";
  fault.at = 5 * kSecond;
  fault.length = 10 * kSecond;
  scenario.faults = {fault};
  const Recording r = run(*world_of(scenario), 1);
  CHECK(r.endpoints[0].requests > 2000);
  CHECK(r.endpoints[1].requests > 2000);
  CHECK(r.endpoints[2].requests == 0);
  CHECK(entry_tally(r).counts.failed < 20);
}

TEST_CASE("gRPC's round robin is even, its ring keeps a key", "[simulate][grpc]") {
  const Recording even = run(*world_of(clients_of(kGrpcRoundRobin, 4, 3)), 1);
  for (const EndpointRecord& e : even.endpoints) CHECK(e.requests == Approx(2500).epsilon(0.05));
  Scenario ring = clients_of(kGrpcRingHash, 4, 7);
  ring.services[0].policy.hash = {HashKey::Source::header, "user"};
  ring.load[0].call.headers = {{"user", "ada"}};
  CHECK(used(ring) == 1);
}

TEST_CASE("gRPC's waits between connections grow by 1.6 to two minutes", "[simulate][grpc]") {
  HostGate gate;
  Random random(3);
  double expected = 1;
  gate.disconnect();
  for (int n = 0; n < 15; ++n) {
    const double wait = to_seconds(gate.reconnect_after(kGrpcReconnect, random));
    CHECK(wait >= expected * 0.8 - 1e-9);
    CHECK(wait <= expected * 1.2 + 1e-9);
    expected = std::min(120.0, expected * 1.6);
  }
}

TEST_CASE("kube-proxy spreads connections evenly", "[simulate][kube-proxy]") {
  Scenario scenario = clients_of(kKubeProxy, 4, 4000);
  scenario.load[0].arrivals.kind = Arrivals::Kind::closed;
  scenario.load[0].arrivals.users = 4000;
  scenario.load[0].arrivals.think = Distribution::constant(4 * kSecond);
  const Recording r = run(*world_of(scenario), 1);
  // Every user asks a few times on the same connection, so it is connections that are counted.
  double chi = 0;
  double all = 0;
  for (const EndpointRecord& e : r.endpoints) all += static_cast<double>(e.requests);
  for (const EndpointRecord& e : r.endpoints) {
    const double off = static_cast<double>(e.requests) - all / 4;
    chi += off * off / (all / 4) / (all / 4000);
  }
  CHECK(all > 12'000);
  CHECK(chi < 16.3);  // 99.9 % at three degrees of freedom
}

TEST_CASE("a step that needs k of n ends with the k-th answer", "[simulate][k-of-n]") {
  Check check{station(1, 1'000'000, 100), {mean_sojourn, failure_share}, {}};
  Scenario& scenario = check.scenario;
  scenario.services = {calling("front", {}), calling("part", {})};
  scenario.services[1].workloads[0].service_time = Distribution::exponential(kSecond);
  Step step(5, call_to("part"));
  step.need = 3;
  scenario.services[0].script = {step};
  scenario.load[0].call.to = "front";
  set_length(scenario, 100);
  SECTION("the third of five exponential times") {
    check.expected = {1.0 / 5 + 1.0 / 4 + 1.0 / 3, 0};
    CHECK(misses(check).empty());
  }
  SECTION("three of five that work at four in five") {
    scenario.services[1].workloads[0].errors = 0.2;
    check.figures = {failure_share};
    check.expected = {1 - 0.94208};
    CHECK(misses(check).empty());
  }
}

TEST_CASE("work on shared processors takes as long as the others make it",
          "[simulate][processors]") {
  ProcessorShare one(1, 0);
  one.add(0, 1e9, 1);
  one.add(0, 3e9, 2);
  CHECK(one.next(0) == 2 * kSecond);  // both at half the pace
  CHECK(one.finish(2 * kSecond) == 1);
  CHECK(one.next(2 * kSecond) == 4 * kSecond);
  CHECK(one.finish(4 * kSecond) == 2);
  CHECK(one.empty());
  CHECK(one.used(4 * kSecond) == Approx(4e9));

  ProcessorShare two(2, 0);
  two.add(0, 1e9, 1);
  two.add(0, 3e9, 2);
  two.add(0, 3e9, 3);
  CHECK(two.next(0) == kSecond * 3 / 2);  // three share two
  CHECK(two.finish(kSecond * 3 / 2) == 1);
  CHECK(two.next(kSecond * 3 / 2) == kSecond * 7 / 2);  // then each has its own
}

}  // namespace meshfn::simulate
