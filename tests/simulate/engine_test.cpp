// What must hold for any scenario: equal seeds, conservation, limits, independence of streams.

#include "catch.h"
#include "simulate/report.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

/// A small mesh drawn from `seed`: two to five services in two zones that call each other
/// downwards, with limits, errors, retries, timeouts, outlier detection and a fault.
Scenario random_mesh(std::uint64_t seed) {
  Random random(seed);
  Scenario scenario;
  scenario.name = "random";
  scenario.duration = 8 * kSecond;
  scenario.warmup = kSecond;
  scenario.network.same_zone = Distribution::constant(200 * kMicrosecond);
  scenario.network.cross_zone = Distribution::exponential(1e6);
  const std::uint32_t services = 2 + random.below(4);
  const std::span<const Policy* const> rows = policies();
  for (std::uint32_t s = 0; s < services; ++s) {
    ServiceSpec service;
    service.name = "s" + std::to_string(s);
    WorkloadSpec workload;
    workload.name = service.name;
    workload.endpoints = {{"r/a", 1 + random.below(4)}, {"r/b", 1 + random.below(4)}};
    workload.concurrency = 1 + random.below(8);
    workload.queue = random.below(20);
    workload.service_time = random.below(2) == 0 ? Distribution::constant(2 * kMillisecond)
                                                 : Distribution::exponential(3e6);
    workload.errors = random.uniform() * 0.05;
    for (std::uint32_t next = s + 1; next < services; ++next) {
      if (random.below(2) == 0) continue;
      Call call;
      call.to = "s" + std::to_string(next);
      call.probability = 0.3 + 0.7 * random.uniform();
      Route route;
      route.destinations = {{call.to, "", 100}};
      route.retry.on |= kRetry5xx;
      if (random.below(2) == 0) route.timeout = 50 * kMillisecond;
      if (random.below(2) == 0) route.retry.per_try_timeout = 20 * kMillisecond;
      workload.routes.push_back(route);
      if (service.script.empty() || random.below(2) == 0) service.script.emplace_back();
      service.script.back().push_back(call);
    }
    service.workloads.push_back(workload);
    service.policy.balancer = rows[random.below(static_cast<std::uint32_t>(rows.size()))];
    service.policy.outlier.enabled = random.below(2) == 0;
    service.policy.outlier.interval = kSecond;
    service.policy.outlier.base_ejection = kSecond;
    service.policy.outlier.max_ejection_percent = 50;
    if (random.below(3) == 0) service.policy.breaker.max_requests = 5;
    if (random.below(3) == 0) service.policy.breaker.max_connections = 3;
    if (random.below(3) == 0) service.policy.breaker.max_pending = 2;
    scenario.services.push_back(service);
  }
  LoadSpec load;
  load.zone = "r/a";
  load.clients = 1 + random.below(4);
  load.call.to = "s0";
  load.arrivals.rate = 300;
  scenario.load.push_back(load);
  FaultSpec fault;
  fault.name = "fault";
  fault.at = 3 * kSecond;
  fault.length = 2 * kSecond;
  fault.zone = "r/b";
  fault.effect = static_cast<FaultSpec::Effect>(random.below(4));
  fault.amount = fault.effect == FaultSpec::Effect::slow ? 5 : 0.3;
  scenario.faults.push_back(fault);
  scenario.discovery.remove_after = kSecond;
  return scenario;
}

}  // namespace

TEST_CASE("the same seed gives the same bytes, another one does not", "[simulate]") {
  const auto world = world_of(random_mesh(5));
  const std::string first = to_json(simulate(*world, 1, 1, 1), std::nullopt);
  CHECK(to_json(simulate(*world, 1, 1, 1), std::nullopt) == first);
  CHECK(to_json(simulate(*world, 2, 1, 1), std::nullopt) != first);
}

TEST_CASE("replications give the same bytes on any number of threads", "[simulate]") {
  const auto world = world_of(random_mesh(6));
  const std::string one = to_json(simulate(*world, 1, 5, 1), std::nullopt);
  CHECK(to_json(simulate(*world, 1, 5, 2), std::nullopt) == one);
  CHECK(to_json(simulate(*world, 1, 5, 4), std::nullopt) == one);
}

TEST_CASE("in random meshes requests are conserved and limits kept", "[simulate]") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto world = world_of(random_mesh(seed));
    const Recording r = run(*world, seed);
    INFO("mesh " << seed);
    const Counts c = entry_tally(r).counts;
    CHECK(c.started > 1000);
    CHECK(c.started == c.ok + c.failed + r.in_flight);
    // Requests that last longer than the run's end are few: nothing is lost on the way.
    CHECK(r.in_flight < c.started / 4);
    std::uint64_t causes = 0;
    for (const std::uint64_t n : c.causes) causes += n;
    CHECK(causes == c.failed);
    for (std::size_t e = 0; e < r.endpoints.size(); ++e) {
      const WorkloadSpec& spec = *world->workloads[world->endpoints[e].workload].spec;
      CHECK(r.endpoints[e].most_busy <= spec.concurrency);
      CHECK(r.endpoints[e].most_queued <= spec.queue);
      const double busy = to_seconds(r.endpoints[e].busy);
      CHECK(busy <= to_seconds(world->scenario.duration) * spec.concurrency + 1e-6);
    }
  }
}

TEST_CASE("no more hosts are ejected than the maximum allows", "[simulate]") {
  for (const double percent : {10.0, 25.0, 50.0, 100.0}) {
    Scenario scenario = station(8, 100, 500);
    scenario.services[0].workloads[0].service_time = Distribution::constant(kMillisecond);
    scenario.services[0].workloads[0].errors = 0.9;
    OutlierSettings& outlier = scenario.services[0].policy.outlier;
    outlier.enabled = true;
    outlier.max_ejection_percent = percent;
    scenario.services[0].policy.panic_threshold = 0;
    const auto world = world_of(scenario);
    const Recording r = run(*world, 3);
    std::uint64_t most = 0;
    for (const Window& w : r.windows) most = std::max(most, w.ejected);
    CHECK(static_cast<double>(most) == std::floor(8 * percent / 100));
    if (percent < 100) CHECK(r.ejections_denied > 0);
  }
}

TEST_CASE("an ejection lasts its base time and is longer the next time", "[simulate]") {
  OutlierSettings settings;
  settings.enabled = true;
  HostRecord host;
  Random random(1);
  for (int i = 0; i < 4; ++i) CHECK_FALSE(count_answer(settings, host, 503, false));
  CHECK(count_answer(settings, host, 503, false));
  eject(settings, host, 0, random);
  CHECK_FALSE(begin_tick(settings, host, 20 * kSecond));
  CHECK(begin_tick(settings, host, 30 * kSecond));
  eject(settings, host, 31 * kSecond, random);
  CHECK_FALSE(begin_tick(settings, host, 61 * kSecond));
  CHECK(begin_tick(settings, host, 91 * kSecond));
}

TEST_CASE("adding a client does not change another's draws", "[simulate]") {
  const auto starts = [](std::uint32_t loads) {
    Scenario scenario = station(4, 1000, 50);
    scenario.load[0].from = "first";
    for (std::uint32_t i = 1; i < loads; ++i) {
      scenario.load.push_back(scenario.load[0]);
      scenario.load.back().from = "other";
    }
    const auto world = world_of(scenario);
    const Recording r = run(*world, 9);
    return r.loads[0][0].counts.started;
  };
  CHECK(starts(1) == starts(2));
  CHECK(starts(1) == starts(5));
}

TEST_CASE("a round robin worker visits every host in turn", "[simulate]") {
  Scenario scenario = station(5, 1000, 100);
  scenario.services[0].policy.balancer = &kRoundRobin;
  const auto world = world_of(scenario);
  const Recording r = run(*world, 2);
  std::uint64_t least = ~0ULL;
  std::uint64_t most = 0;
  for (const EndpointRecord& e : r.endpoints) {
    least = std::min(least, e.requests);
    most = std::max(most, e.requests);
  }
  CHECK(most - least <= 12);  // those still being served
}

TEST_CASE("default retries hide refused connections, not broken ones", "[simulate]") {
  Scenario scenario = station(10, 100, 500);
  scenario.services[0].workloads[0].service_time = Distribution::constant(5 * kMillisecond);
  FaultSpec fault;
  fault.name = "crash";
  fault.at = 20 * kSecond;
  fault.length = 10 * kSecond;
  fault.endpoint = "station-1";
  scenario.faults.push_back(fault);
  const auto world = world_of(scenario);
  const Recording r = run(*world, 4);
  const Counts c = entry_tally(r).counts;
  CHECK(c.causes[static_cast<std::size_t>(Cause::connect_failure)] == 0);
  CHECK(c.causes[static_cast<std::size_t>(Cause::reset)] <= 5);
  CHECK(r.retries > 100);
}

TEST_CASE("an unreachable endpoint costs the connect timeout", "[simulate]") {
  Scenario scenario = station(2, 100, 100);
  scenario.services[0].workloads[0].service_time = Distribution::constant(kMillisecond);
  scenario.services[0].policy.connect_timeout = kSecond;
  FaultSpec fault;
  fault.name = "cut";
  fault.at = 10 * kSecond;
  fault.length = 10 * kSecond;
  fault.endpoint = "station-1";
  fault.effect = FaultSpec::Effect::unreachable;
  scenario.faults.push_back(fault);
  const auto world = world_of(scenario);
  const Answer answer = answer_of(*world);
  CHECK(answer.phases[0].totals.latency.max < 10);
  CHECK(answer.phases[1].totals.latency.p99 > 1000);
  CHECK(answer.phases[1].totals.success_rate > 0.99);
}

TEST_CASE("timeouts end requests at their time", "[simulate]") {
  Scenario scenario = station(1, 1000, 100);
  scenario.services[0].workloads[0].service_time = Distribution::constant(kSecond);
  Route route;
  route.destinations = {{"station", "", 100}};
  SECTION("of the route") {
    route.timeout = 200 * kMillisecond;
    scenario.load[0].route = route;
    const auto world = world_of(scenario);
    const Tally t = entry_tally(run(*world, 1));
    CHECK(t.counts.ok == 0);
    CHECK(t.latency.max() == 200 * kMillisecond);
  }
  SECTION("of one try, and each try again") {
    route.retry.on = kRetry5xx;
    route.retry.per_try_timeout = 100 * kMillisecond;
    scenario.load[0].route = route;
    const auto world = world_of(scenario);
    const Tally t = entry_tally(run(*world, 1));
    CHECK(t.counts.ok == 0);
    CHECK(t.latency.max() < 375 * kMillisecond);
    CHECK(t.latency.quantile(0.5) >= 300e6);
  }
}

TEST_CASE("parallel calls take as long as the longest, sequential ones add up", "[simulate]") {
  const auto latency = [](bool parallel) {
    Scenario scenario = station(1, 1000, 10);
    scenario.services[0].workloads[0].service_time = Distribution::constant(0);
    ServiceSpec leaf = scenario.services[0];
    leaf.name = leaf.workloads[0].name = "leaf";
    leaf.workloads[0].service_time = Distribution::constant(100 * kMillisecond);
    Call call;
    call.to = "leaf";
    if (parallel) {
      scenario.services[0].script = {{call, call, call}};
    } else {
      scenario.services[0].script = {{call}, {call}, {call}};
    }
    scenario.services.push_back(leaf);
    const auto world = world_of(scenario);
    return entry_tally(run(*world, 1)).latency.max();
  };
  CHECK(latency(true) == 100 * kMillisecond);
  CHECK(latency(false) == 300 * kMillisecond);
}

TEST_CASE("connection limits are per host and worker, then requests wait, then overflow",
          "[simulate]") {
  Scenario scenario = station(1, 1000, 1000);
  scenario.services[0].workloads[0].service_time = Distribution::constant(100 * kMillisecond);
  scenario.services[0].policy.breaker.max_connections = 1;
  scenario.services[0].policy.breaker.max_pending = 1;
  scenario.load[0].workers = 2;
  const auto world = world_of(scenario);
  const Recording r = run(*world, 1);
  CHECK(r.endpoints[0].most_busy == 2);
  const Counts c = entry_tally(r).counts;
  CHECK(c.causes[static_cast<std::size_t>(Cause::overflow)] == c.failed);
  CHECK(static_cast<double>(c.ok) == Approx(20.0 * 60).margin(30));
}

TEST_CASE("a retry budget bounds the amplification", "[simulate]") {
  Scenario scenario = station(4, 1000, 1000);
  scenario.services[0].workloads[0].service_time = Distribution::constant(100 * kMillisecond);
  scenario.services[0].workloads[0].errors = 1;
  Route route;
  route.destinations = {{"station", "", 100}};
  route.retry.retries = 3;
  route.retry.on = kRetry5xx;
  scenario.load[0].route = route;
  const auto ratio = [&] {
    const auto world = world_of(scenario);
    const Counts c = entry_tally(run(*world, 1)).counts;
    return static_cast<double>(c.attempts) / static_cast<double>(c.ok + c.failed);
  };
  CHECK(ratio() == Approx(4).epsilon(0.01));
  scenario.services[0].policy.breaker.retry_budget_percent = 20;
  CHECK(ratio() < 1.35);
  // Of the requests of a second, 1000, instead of some 100 in flight: the budget is no bound.
  scenario.services[0].policy.breaker.retry_budget_interval = kSecond;
  CHECK(ratio() > 2);
}

TEST_CASE("failover priority counts the labels that match from the first on", "[simulate]") {
  const std::vector<std::string> order = {"network", "cluster"};
  const Labels proxy = {{"network", "n1"}, {"cluster", "c1"}};
  const std::vector<Labels> endpoints = {{{"network", "n1"}, {"cluster", "c1"}},
                                         {{"network", "n1"}, {"cluster", "c2"}},
                                         {{"network", "n2"}, {"cluster", "c1"}}};
  CHECK(label_levels(order, proxy, endpoints) == std::vector<std::uint32_t>{0, 1, 2});
}

TEST_CASE("calls that never end and unknown names are refused", "[simulate]") {
  Scenario scenario = station(1, 1, 1);
  Call call;
  call.to = "station";
  scenario.services[0].script = {{call}};
  CHECK(build_world(scenario).error().message.find("calls never end") == 0);
  call.to = "statoin";
  scenario.services[0].script = {{call}};
  const auto unknown = build_world(scenario);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message == "no service `statoin` in the scenario");
  CHECK(unknown.error().hint == "did you mean `station`?");
}

TEST_CASE("a closed loop never has more requests in flight than users", "[simulate]") {
  Scenario scenario = station(1, 1000, 0);
  scenario.load[0].arrivals.kind = Arrivals::Kind::closed;
  scenario.load[0].arrivals.users = 7;
  scenario.load[0].arrivals.think = Distribution::exponential(5e8);
  const auto world = world_of(scenario);
  const Recording r = run(*world, 1);
  CHECK(r.endpoints[0].most_busy <= 7);
  // Users x time / (think + service).
  CHECK(static_cast<double>(entry_tally(r).counts.started) == Approx(7 * 60 / 1.5).epsilon(0.15));
}

TEST_CASE("what was never sent is tried again on reset-before-request", "[simulate][retry]") {
  Scenario scenario = station(1, 1000, 50);
  scenario.services[0].policy.connect_timeout = kSecond;
  scenario.discovery.remove_after = 1000 * kSecond;
  FaultSpec fault;
  fault.length = scenario.duration;
  fault.endpoint = "station-1";
  Route route;
  route.destinations = {{"station", "", 100}};
  route.retry.retries = 1;
  route.retry.on = kRetryResetBeforeRequest;
  scenario.load[0].route = route;
  for (const auto effect : {FaultSpec::Effect::down, FaultSpec::Effect::unreachable}) {
    fault.effect = effect;
    scenario.faults = {fault};
    const auto world = world_of(scenario);
    const Counts c = entry_tally(run(*world, 1)).counts;
    CHECK(c.failed > 1000);
    CHECK(c.attempts == 2 * c.failed);
  }
  CHECK_FALSE(route.retry.retriable({503, Cause::reset}));  // this one had been sent
  CHECK_FALSE(route.retry.retriable({504, Cause::try_timeout}));
}

TEST_CASE("a request that is turned away at once is not mirrored", "[simulate]") {
  Scenario scenario = station(1, 1000, 50);
  ServiceSpec copy = scenario.services[0];
  copy.name = copy.workloads[0].name = "copy";
  copy.workloads[0].service_time = Distribution::constant(kMillisecond);
  scenario.services.push_back(copy);
  Route route;
  route.destinations = {{"station", "", 100}};
  route.mirrors = {{{"copy", "", 100}, 1}};
  scenario.load[0].route = route;
  CircuitBreaker& breaker = scenario.services[0].policy.breaker;
  Counts c;
  std::uint64_t copies = 0;
  const auto count = [&] {
    const auto world = world_of(scenario);
    const Recording r = run(*world, 1);
    c = entry_tally(r).counts;
    copies = r.endpoints[1].requests;
  };
  SECTION("by a limit of requests") {
    breaker.max_requests = 1;
    count();
    CHECK(copies > 30);
    CHECK(static_cast<double>(copies) == Approx(static_cast<double>(c.attempts)).margin(1));
    CHECK(c.causes[static_cast<std::size_t>(Cause::overflow)] > 1000);
  }
  SECTION("by a limit of those that wait for a connection") {
    breaker.max_connections = breaker.max_pending = 1;
    count();
    CHECK(copies > 30);
    CHECK(static_cast<double>(copies) == Approx(static_cast<double>(c.ok)).margin(3));
    CHECK(c.causes[static_cast<std::size_t>(Cause::overflow)] > 1000);
  }
  SECTION("for want of a host") {
    FaultSpec fault;
    fault.length = scenario.duration;
    fault.endpoint = "station-1";
    scenario.faults = {fault};
    scenario.discovery.remove_after = 0;
    count();
    CHECK(copies == 0);
    CHECK(c.causes[static_cast<std::size_t>(Cause::no_healthy_host)] > 1000);
  }
}

}  // namespace meshfn::simulate
