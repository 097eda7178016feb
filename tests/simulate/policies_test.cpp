// Balancers in a running simulation: what each data plane's own rule does to the traffic.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "catch.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

/// Two hosts, of which the second is away from second 5 on and returns at second 20.
Scenario returning_host(const Policy& policy) {
  Scenario scenario = station(2, 1000, 1000);
  scenario.services[0].workloads[0].service_time = Distribution::constant(kMicrosecond);
  scenario.services[0].policy.balancer = &policy;
  scenario.discovery.remove_after = kSecond;
  scenario.discovery.add_after = 0;
  FaultSpec fault;
  fault.at = 5 * kSecond;
  fault.length = 15 * kSecond;
  fault.endpoint = "station-2";
  scenario.faults.push_back(fault);
  scenario.warmup = 20 * kSecond;
  scenario.duration = 40 * kSecond;
  return scenario;
}

double share_of_second(const Scenario& scenario) {
  const auto world = world_of(scenario);
  const Recording r = run(*world, 3);
  const auto first = static_cast<double>(r.endpoints[0].requests);
  const auto second = static_cast<double>(r.endpoints[1].requests);
  return second / (first + second);
}

}  // namespace

TEST_CASE("slow start raises a new host's weight over its window", "[simulate][policies]") {
  const SlowStart plain{10 * kSecond, 1, 0.1};
  CHECK(slow_start_factor(plain, 0) == 0.1);
  CHECK(slow_start_factor(plain, 6 * kSecond) == Approx(0.6));
  CHECK(slow_start_factor(plain, 10 * kSecond) == 1);
  const SlowStart bent{60 * kSecond, 2, 0.1};
  CHECK(slow_start_factor(bent, 6 * kSecond) == Approx(std::sqrt(0.1)));
  const SlowStart floorless{10 * kSecond, 1.5, 0};
  CHECK(slow_start_factor(floorless, 0) == Approx(std::pow(1e-4, 1 / 1.5)));
}

TEST_CASE("a host that returns is warmed up", "[simulate][policies]") {
  for (const Policy* policy : {&kRoundRobin, &kLeastRequest}) {
    Scenario scenario = returning_host(*policy);
    CHECK(share_of_second(scenario) == Approx(0.5).epsilon(0.1));
    // Weight t/20 against 1: the share is the mean of x / (1 + x) = 1 - ln 2.
    scenario.services[0].policy.settings.slow_start.window = 20 * kSecond;
    CHECK(share_of_second(scenario) == Approx(1 - std::log(2.0)).epsilon(0.1));
  }
}

TEST_CASE("bounded load keeps a hot key from filling one host", "[simulate][policies]") {
  for (const Policy* policy : {&kRingHash, &kMaglev}) {
    Scenario scenario = station(5, 1000, 1000);
    scenario.services[0].workloads[0].service_time = Distribution::constant(20 * kMillisecond);
    TrafficPolicy& traffic = scenario.services[0].policy;
    traffic.balancer = policy;
    traffic.hash = {HashKey::Source::header, "user"};
    scenario.load[0].call.headers = {{"user", "jason"}};
    const auto most_busy = [&] {
      const auto world = world_of(scenario);
      const Recording r = run(*world, 1);
      return std::max_element(
                 r.endpoints.begin(), r.endpoints.end(),
                 [](const auto& a, const auto& b) { return a.most_busy < b.most_busy; })
          ->most_busy;
    };
    const std::uint32_t unbounded = most_busy();
    traffic.settings.hash_balance_factor = 120;
    const std::uint32_t bounded = most_busy();
    CHECK(unbounded >= 20);  // all 20 or so in flight
    // At most ceil(1.2 x (in flight + 1) / 5), and one more that was allowed at the bound.
    CHECK(bounded <= (unbounded + 1) * 6 / 25 + 2);
  }
}

TEST_CASE("reported load moves traffic to where there is room", "[simulate][policies]") {
  for (const Policy* policy : {&kClientWeighted, &kGrpcWeighted}) {
    Scenario scenario = station(1, 10, 100);
    scenario.services[0].policy.balancer = policy;
    auto& workloads = scenario.services[0].workloads;
    workloads[0].service_time = Distribution::exponential(50 * kMillisecond);
    workloads.push_back(workloads[0]);
    workloads[1].name = "large";
    workloads[1].concurrency = 20;
    scenario.warmup = 20 * kSecond;
    // Weights are requests over utilization: as 10 to 20.
    CHECK(share_of_second(scenario) == Approx(2.0 / 3).epsilon(0.03));
    // Reports are not believed for the first ten seconds.
    scenario.warmup = 0;
    scenario.duration = 10 * kSecond;
    CHECK(share_of_second(scenario) == Approx(0.5).epsilon(0.03));
  }
}

TEST_CASE("kube-proxy chooses once for each connection", "[simulate][policies]") {
  Scenario scenario = station(5, 1000, 1000);
  scenario.services[0].workloads[0].service_time = Distribution::constant(kMillisecond);
  scenario.services[0].policy.balancer = &kKubeProxy;
  const auto used = [&](std::uint32_t clients) {
    scenario.load[0].clients = clients;
    const auto world = world_of(scenario);
    const Recording r = run(*world, 1);
    return std::count_if(r.endpoints.begin(), r.endpoints.end(),
                         [](const EndpointRecord& e) { return e.requests > 0; });
  };
  CHECK(used(1) == 1);
  CHECK(used(100) == 5);
  // A crash breaks the connection: some attempts fail, then another endpoint has it all.
  scenario = returning_host(kKubeProxy);
  const double share = share_of_second(scenario);
  CHECK((share == 0 || share == 1));
}

TEST_CASE("with session affinity the client has one endpoint for all its connections",
          "[simulate][policies]") {
  Scenario scenario = station(50, 1000, 1000);
  scenario.services[0].workloads[0].service_time = Distribution::constant(kMillisecond);
  scenario.services[0].policy.balancer = &kKubeProxy;
  scenario.load[0].workers = 8;
  const auto used = [&] {
    const auto world = world_of(scenario);
    const Recording r = run(*world, 1);
    return std::count_if(r.endpoints.begin(), r.endpoints.end(),
                         [](const EndpointRecord& e) { return e.requests > 0; });
  };
  CHECK(used() > 3);
  scenario.services[0].policy.settings.affinity = 3600 * kSecond;
  CHECK(used() == 1);
}

TEST_CASE("a client returns to the endpoint that is remembered", "[simulate][policies]") {
  BalancerSettings settings;
  settings.affinity = 10 * kSecond;
  const auto balancer = kKubeProxy.make({settings, {}, 100, 1});
  std::vector<std::uint32_t> hosts(100);
  std::iota(hosts.begin(), hosts.end(), 0);
  HostSet set{hosts, 0, 0};
  Random random(1);
  const auto pick = [&](Time now) {
    Choice choice{random, nullptr, nullptr, nullptr};
    choice.now = now;
    return balancer->pick(set, choice);
  };
  const std::uint32_t first = pick(0);
  balancer->disconnected(first);
  CHECK(pick(9 * kSecond) == first);
  balancer->disconnected(first);
  CHECK(pick(18 * kSecond) == first);  // each connection renews the memory
  balancer->disconnected(first);
  CHECK(pick(28 * kSecond) != first);
}

TEST_CASE("detectors over an interval eject what counting in a row does not",
          "[simulate][policies]") {
  // Every third answer of one host in six is an error: five in a row hardly ever happen.
  Scenario scenario = station(5, 1000, 1000);
  auto& workloads = scenario.services[0].workloads;
  workloads[0].service_time = Distribution::constant(kMillisecond);
  workloads.push_back(workloads[0]);
  workloads[1].name = "bad";
  workloads[1].endpoints = {{"", 1}};
  workloads[1].errors = 0.35;
  OutlierSettings& outlier = scenario.services[0].policy.outlier;
  outlier.enabled = true;
  outlier.consecutive_5xx = 0;
  outlier.max_ejection_percent = 50;
  scenario.services[0].policy.panic_threshold = 0;
  const auto ejected = [&] {
    const auto world = world_of(scenario);
    const Recording r = run(*world, 1);
    for (std::size_t e = 0; e < 5; ++e) CHECK(r.endpoints[e].ejected == 0);
    return r.endpoints[5].ejected;
  };
  CHECK(ejected() == 0);
  SECTION("by success rate") {
    outlier.success_rate.enforcing = 100;
    CHECK(ejected() >= 30 * kSecond);
  }
  SECTION("by failure percentage") {
    outlier.failure_percentage.enforcing = 100;
    CHECK(ejected() == 0);
    outlier.failure_percentage.threshold = 30;
    CHECK(ejected() >= 30 * kSecond);
  }
}

TEST_CASE("a throttled client stops retrying", "[simulate][policies]") {
  Scenario scenario = station(4, 1000, 1000);
  scenario.services[0].workloads[0].service_time = Distribution::constant(kMillisecond);
  scenario.services[0].workloads[0].errors = 1;
  Route route;
  route.destinations = {{"station", "", 100}};
  route.retry.retries = 3;
  route.retry.on = kRetry5xx;
  route.retry.backoff_rule = RetryPolicy::Backoff::grpc;
  scenario.load[0].route = route;
  scenario.services[0].policy.retry_throttle = {10, 0.1};
  const auto world = world_of(scenario);
  const Recording r = run(*world, 1);
  CHECK(r.retries == 4);  // the fifth failure in a row leaves half of the tokens
}

TEST_CASE("active checks take a dead host out and bring it back", "[simulate][policies]") {
  Scenario scenario = returning_host(kRoundRobin);
  scenario.discovery.remove_after = 1000 * kSecond;
  scenario.warmup = 0;
  scenario.services[0].policy.panic_threshold = 0;
  scenario.load[0].route = Route{};
  scenario.load[0].route->destinations = {{"station", "", 100}};
  scenario.load[0].route->retry.retries = 0;
  const auto failed = [&] {
    const auto world = world_of(scenario);
    return static_cast<double>(entry_tally(run(*world, 1)).counts.failed);
  };
  CHECK(failed() == Approx(7500).epsilon(0.05));  // half of 15 s at 1000/s
  scenario.services[0].policy.health.interval = kSecond;
  CHECK(failed() <= 0.5 * 1000 * 3 + 100);  // three checks that get no answer
}

TEST_CASE("a health check believes an answer at once and silence after some", "[simulate]") {
  HealthCheck settings;
  settings.interval = kSecond;
  HostHealth host;
  CHECK_FALSE(host.count(settings, CheckResult::success));
  CHECK_FALSE(host.count(settings, CheckResult::no_answer));
  CHECK_FALSE(host.count(settings, CheckResult::no_answer));
  CHECK(host.count(settings, CheckResult::no_answer));
  CHECK_FALSE(host.count(settings, CheckResult::success));
  CHECK(host.count(settings, CheckResult::success));
  CHECK(host.count(settings, CheckResult::wrong_status));
  HostHealth fresh;
  CHECK(fresh.count(settings, CheckResult::no_answer));  // the first result decides
}

TEST_CASE("a check without an answer has failed when its timeout is over", "[simulate]") {
  Scenario scenario = returning_host(kRoundRobin);
  scenario.discovery.remove_after = 1000 * kSecond;
  HealthCheck& health = scenario.services[0].policy.health;
  const auto found_at = [&](FaultSpec::Effect effect, Time timeout, std::uint32_t threshold) {
    scenario.faults[0].effect = effect;
    health.interval = kSecond;
    health.timeout = timeout;
    health.unhealthy_threshold = threshold;
    const auto world = world_of(scenario);
    const Recording r = run(*world, 1);
    const auto found = std::find_if(r.log.begin(), r.log.end(), [](const LogEntry& entry) {
      return entry.kind == "unhealthy";
    });
    REQUIRE(found != r.log.end());
    return found->at;
  };
  using Effect = FaultSpec::Effect;
  const Time refused = found_at(Effect::down, 5 * kSecond, 1);
  CHECK(refused >= 5 * kSecond);
  CHECK(refused < 6 * kSecond);
  CHECK(found_at(Effect::unreachable, 5 * kSecond, 1) == refused + 5 * kSecond);
  // The next check starts an interval after the end of the last one: 0.5 + 2 x 1.5 s.
  CHECK(found_at(Effect::unreachable, kSecond / 2, 3) == refused + 7 * kSecond / 2);
}

TEST_CASE("hashing has one table over the localities of a level", "[simulate][policies]") {
  for (const Policy* policy : {&kRingHash, &kMaglev}) {
    Scenario scenario = station(1, 1000, 1000);
    ServiceSpec& service = scenario.services[0];
    service.workloads[0].service_time = Distribution::constant(kMillisecond);
    service.workloads[0].endpoints = {{"r/a", 1}, {"r/b", 2}};
    WorkloadSpec second = service.workloads[0];
    second.name = "second";
    second.endpoints = {{"r/a", 1}};
    service.workloads.push_back(second);
    TrafficPolicy& traffic = service.policy;
    traffic.balancer = policy;
    traffic.locality.distribute = {{"r/a/*", {{"r/a/*", 80}, {"r/b/*", 20}}}};
    scenario.load[0].zone = "r/a";
    const auto requests = [&] {
      const auto world = world_of(scenario);
      const Recording r = run(*world, 1);
      std::vector<double> counts;
      for (const EndpointRecord& e : r.endpoints) counts.push_back(static_cast<double>(e.requests));
      return counts;
    };
    const auto share_of_a = [&] {
      const auto counts = requests();
      return (counts[0] + counts[3]) / std::accumulate(counts.begin(), counts.end(), 0.0);
    };
    CHECK(share_of_a() == Approx(0.8).margin(0.04));
    // The weight of a locality stays when it loses a host.
    scenario.warmup = 10 * kSecond;
    service.workloads[1].errors = 1;
    traffic.outlier.enabled = true;
    traffic.outlier.max_ejection_percent = 100;
    traffic.outlier.base_ejection = 300 * kSecond;
    traffic.panic_threshold = 0;
    CHECK(share_of_a() == Approx(0.8).margin(0.04));
    service.workloads[1].errors = 0;
    traffic.hash = {HashKey::Source::header, "user"};
    scenario.load[0].call.headers = {{"user", "jason"}};
    const auto counts = requests();
    CHECK(std::count(counts.begin(), counts.end(), 0.0) == 3);
  }
}

}  // namespace meshfn::simulate
