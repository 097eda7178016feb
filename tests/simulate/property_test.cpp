// What holds in every world: on random topologies, with random faults and policies.

#include <algorithm>

#include "catch.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

Distribution random_time(Random& random) {
  const double mean = static_cast<double>(kMillisecond) * (1 + 9 * random.uniform());
  return random.below(2) == 0 ? Distribution::exponential(mean) : Distribution::uniform(0, mean);
}

ServiceSpec random_service(Random& random, std::uint32_t index, std::uint32_t count) {
  ServiceSpec service;
  service.name = "s" + std::to_string(index);
  WorkloadSpec workload;
  workload.name = service.name;
  workload.endpoints = {{"r/a", 1 + random.below(3)}, {"r/b", random.below(3)}};
  workload.concurrency = 1 + random.below(8);
  workload.queue = random.below(30);
  workload.service_time = random_time(random);
  workload.errors = random.below(3) == 0 ? 0.05 : 0;
  service.workloads.push_back(workload);
  service.policy.outlier.enabled = random.below(2) == 0;
  service.policy.outlier.consecutive_5xx = 1 + random.below(4);
  service.policy.outlier.interval = kSecond;
  service.policy.outlier.base_ejection = 2 * kSecond;
  service.policy.outlier.max_ejection_percent = 10 + random.below(91);
  // Calls go to later services only, so they end.
  for (std::uint32_t to = index + 1; to < count; ++to) {
    if (random.below(3) != 0) continue;
    Call call;
    call.to = "s" + std::to_string(to);
    call.optional = random.below(2) == 0;
    service.script.push_back({call});
  }
  return service;
}

Scenario random_scenario(std::uint64_t seed) {
  Random random(seed);
  Scenario scenario;
  scenario.duration = 8 * kSecond;
  const std::uint32_t count = 2 + random.below(5);
  for (std::uint32_t s = 0; s < count; ++s) {
    scenario.services.push_back(random_service(random, s, count));
  }
  scenario.network.cross_zone = Distribution::constant(kMillisecond);
  LoadSpec load;
  load.zone = "r/a";
  load.clients = 1 + random.below(3);
  load.call.to = "s0";
  load.arrivals.rate = 20 + 400 * random.uniform();
  scenario.load.push_back(load);
  FaultSpec fault;
  fault.name = "loss";
  fault.zone = "r/a";
  fault.at = 3 * kSecond;
  fault.length = 2 * kSecond;
  using Effect = FaultSpec::Effect;
  constexpr Effect kEffects[] = {Effect::down,    Effect::unreachable, Effect::slow,
                                 Effect::errors,  Effect::partition,   Effect::loss,
                                 Effect::restart, Effect::capacity};
  fault.effect = kEffects[random.below(8)];
  fault.amount = fault.effect == Effect::slow || fault.effect == Effect::restart ? 4 : 0.5;
  fault.warm = kSecond;
  scenario.faults.push_back(fault);
  return scenario;
}

void check_conservation(const Recording& record) {
  const Tally all = entry_tally(record);
  CHECK(all.counts.started == all.counts.ok + all.counts.failed + record.in_flight);
  std::uint64_t causes = 0;
  for (const std::uint64_t n : all.counts.causes) causes += n;
  CHECK(causes == all.counts.failed);
  CHECK(all.latency.count() == all.counts.ok + all.counts.failed);
}

void check_limits(const World& world, const Recording& record) {
  for (std::size_t e = 0; e < world.endpoints.size(); ++e) {
    const WorkloadSpec& spec = *world.workloads[world.endpoints[e].workload].spec;
    CHECK(record.endpoints[e].most_busy <= spec.concurrency);
    CHECK(record.endpoints[e].most_queued <= spec.queue);
    CHECK(record.endpoints[e].busy >= 0);
    CHECK(record.endpoints[e].busy <= world.scenario.duration * spec.concurrency);
  }
}

/// Envoy always allows one ejection, whatever the percentage.
void check_ejections(const World& world, const Recording& record) {
  double allowed = 0;
  for (const ProxyInfo& proxy : world.proxies) {
    for (const Slot& slot : world.callers[proxy.caller].slots) {
      const ClusterInfo& cluster = world.clusters[slot.cluster];
      const double percent = cluster.policy->outlier.max_ejection_percent;
      const auto hosts = static_cast<double>(cluster.hosts.size());
      if (cluster.policy->outlier.enabled) allowed += std::max(1.0, hosts * percent / 100);
    }
  }
  for (const Window& window : record.windows) {
    CHECK(static_cast<double>(window.ejected) <= allowed + 1e-9);
  }
}

void check_times(const World& world, const Recording& record) {
  Time last = 0;
  for (const LogEntry& entry : record.log) {
    CHECK(entry.at >= last);
    last = entry.at;
  }
  CHECK(last <= world.scenario.duration);
}

}  // namespace

TEST_CASE("requests are conserved and limits hold on random topologies", "[simulate][property]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    const auto world = world_of(random_scenario(seed));
    const Recording record = run(*world, seed);
    check_conservation(record);
    check_limits(*world, record);
    check_ejections(*world, record);
    check_times(*world, record);
  }
}

TEST_CASE("another client leaves the draws of the first alone", "[simulate][property]") {
  const auto arrivals_of = [](std::uint32_t clients) {
    Scenario scenario = station(4, 100, 5);
    scenario.load.push_back(scenario.load[0]);
    scenario.load[1].from = "other";
    scenario.load[1].clients = clients;
    const auto world = world_of(std::move(scenario));
    const Recording record = run(*world, 3);
    std::uint64_t started = 0;
    for (const Tally& tally : record.loads[0]) started += tally.counts.started;
    return started;
  };
  CHECK(arrivals_of(1) == arrivals_of(7));
}

TEST_CASE("more load than capacity is named, and memory stays bounded", "[simulate][property]") {
  Scenario scenario = station(2, 1, 50);
  scenario.services[0].workloads[0].queue = 10;
  const auto world = world_of(std::move(scenario));
  const Answer answer = answer_of(*world);
  REQUIRE_FALSE(answer.warnings.empty());
  CHECK(answer.warnings[0].find("cannot keep up") != std::string::npos);
  CHECK(answer.record.in_flight <= 2 * 11);
}

TEST_CASE("a user who is refused at once does not stop the clock", "[simulate][property]") {
  Scenario scenario = station(1, 1, 0);
  scenario.duration = 10 * kMillisecond;
  scenario.services[0].policy.breaker.max_requests = 0;
  scenario.load[0].arrivals.kind = Arrivals::Kind::closed;
  scenario.load[0].arrivals.users = 1;
  const auto world = world_of(std::move(scenario));
  const Recording record = run(*world, 1);
  CHECK(entry_tally(record).counts.failed > 50);
  CHECK(entry_tally(record).counts.failed < 20'000);
}

}  // namespace meshfn::simulate
