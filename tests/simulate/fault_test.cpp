// Faults beyond endpoints that die: links, partitions, lost packets, lost capacity, cold restarts
// and a control plane that is away.

#include <algorithm>

#include "catch.h"
#include "simulate/scenario_reader.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

using Effect = FaultSpec::Effect;

/// Two endpoints in each of two zones, called from the first; a millisecond between the zones.
Scenario two_zones(double rate = 200) {
  Scenario scenario = station(2, 8, rate);
  scenario.duration = 60 * kSecond;
  scenario.network.cross_zone = Distribution::constant(kMillisecond);
  WorkloadSpec& workload = scenario.services[0].workloads[0];
  workload.endpoints = {{"r/a", 2}, {"r/b", 2}};
  workload.service_time = Distribution::constant(5 * kMillisecond);
  scenario.load[0].zone = "r/a";
  return scenario;
}

FaultSpec fault_of(std::string_view text) {
  auto fault = parse_fault(text);
  if (!fault) FAIL(fault.error().message);
  return *fault;
}

/// An answer, and the world that it speaks of.
struct Played {
  std::unique_ptr<World> world;
  Answer answer;
};

Played play(Scenario scenario, std::string_view fault) {
  scenario.faults.push_back(fault_of(fault));
  auto world = world_of(std::move(scenario));
  Answer answer = answer_of(*world);
  return {std::move(world), std::move(answer)};
}

Answer with(Scenario scenario, std::string_view fault) {
  Answer answer = play(std::move(scenario), fault).answer;
  answer.world = nullptr;
  return answer;
}

const PhaseFigures& during(const Answer& answer) {
  const auto found =
      std::find_if(answer.phases.begin(), answer.phases.end(),
                   [](const PhaseFigures& p) { return p.name != "before" && p.name != "after"; });
  REQUIRE(found != answer.phases.end());
  return *found;
}

std::string why_not(std::string_view fault) {
  const auto parsed = parse_fault(fault);
  return parsed ? "" : parsed.error().message + " / " + parsed.error().hint;
}

}  // namespace

TEST_CASE("every effect can be said on the command line", "[simulate][fault]") {
  CHECK(fault_of("zone=r/a:partition@1s+2s").effect == Effect::partition);
  CHECK(fault_of("service=s:loss=5%@1s+2s").amount == 0.05);
  CHECK(fault_of("service=s:capacity=50%@1s+2s").effect == Effect::capacity);
  const FaultSpec restart = fault_of("endpoint=s-1:restart=5@1s+2s");
  CHECK(restart.effect == Effect::restart);
  CHECK(restart.amount == 5);
  CHECK(restart.warm == 30 * kSecond);
  CHECK(fault_of("service=s:restart@1s+2s").amount == 1);
  CHECK(fault_of("control-plane@1s+2s").control_plane);
  const FaultSpec both = fault_of("link=r/a<->r/b@1s+2s");
  CHECK(both.effect == Effect::partition);
  CHECK(both.link->from == "r/a");
  CHECK(both.link->to == "r/b");
  CHECK(both.link->both_ways);
  CHECK_FALSE(fault_of("link=r/a->r/b:slow=10@1s+2s").link->both_ways);
}

TEST_CASE("what cannot be is refused with a way out", "[simulate][fault]") {
  CHECK(why_not("link=r/a:slow=2@1s+1s").find("link=eu-west-1/a<->eu-west-1/b") !=
        std::string::npos);
  CHECK(why_not("link=a<->b:errors=5%@1s+1s").find("a link can be") != std::string::npos);
  CHECK(why_not("control-plane:slow=2@1s+1s").find("can be `down`") != std::string::npos);
  CHECK(why_not("control-plane,zone=a@1s+1s").find("of its own") != std::string::npos);
  CHECK(why_not("zone=a:loss@1s+1s").find("share from 0% to 100%") != std::string::npos);
  CHECK(why_not("zone=a:slow=0@1s+1s").find("factor above 0") != std::string::npos);
  CHECK(why_not("zone=a:down=5@1s+1s").find("no amount") != std::string::npos);
  Scenario scenario = two_zones();
  scenario.faults = {fault_of("link=r/a<->r/x@1s+1s")};
  CHECK_FALSE(build_world(scenario));
  scenario.faults = {fault_of("region=r:partition@1s+1s")};
  const auto whole = build_world(scenario);
  REQUIRE_FALSE(whole);
  CHECK(whole.error().message.find("cuts nothing off") != std::string::npos);
  scenario.services[0].workloads[0].concurrency = 0xFFFFFFFF;
  scenario.faults = {fault_of("service=station:capacity=10%@1s+1s")};
  const auto endless = build_world(scenario);
  REQUIRE_FALSE(endless);
  CHECK(endless.error().message.find("no limit") != std::string::npos);
}

TEST_CASE("a partition cuts a zone off, and leaves it to itself", "[simulate][fault]") {
  Scenario scenario = two_zones(100);
  scenario.services[0].policy.balancer = &kRandom;  // others go where fewer requests hang
  // One client in each zone: the one in the zone that is cut off still reaches its own endpoints.
  LoadSpec inside = scenario.load[0];
  inside.from = "inside";
  inside.zone = "r/b";
  scenario.load.push_back(inside);
  for (LoadSpec& load : scenario.load) {
    load.call.policy.timeout = kSecond;
    load.call.policy.retry = RetryPolicy{};
  }
  scenario.faults.push_back(fault_of("zone=r/b:partition@20s+20s"));
  const auto world = world_of(scenario);
  const Recording record = run(*world, 1);
  std::uint32_t cut = 0;
  for (std::uint32_t s = 0; s < world->segments.size(); ++s) {
    if (!world->segments[s].faults.empty()) cut = s;
  }
  // Half of each client's requests go to the other zone and come to nothing.
  for (const auto& load : record.loads) {
    const Counts& counts = load[cut].counts;
    const auto all = static_cast<double>(counts.ok + counts.failed);
    CHECK(static_cast<double>(counts.ok) / all > 0.4);
    CHECK(static_cast<double>(counts.ok) / all < 0.6);
    CHECK(load.back().counts.failed < 5);
  }
}

TEST_CASE("a link that is cut in one direction loses the answers", "[simulate][fault]") {
  Scenario scenario = two_zones();
  scenario.services[0].policy.balancer = &kRandom;
  scenario.load[0].call.policy.timeout = kSecond;
  const Answer back = with(scenario, "link=r/b->r/a@20s+20s");
  CHECK(during(back).totals.success_rate < 0.65);
  CHECK(back.phases.back().totals.success_rate > 0.99);
}

TEST_CASE("a slow link takes its factor both ways", "[simulate][fault]") {
  Scenario scenario = two_zones();
  const Answer answer = with(scenario, "link=r/a<->r/b:slow=20@20s+20s");
  CHECK(answer.phases.front().totals.latency.max < 12);
  CHECK(during(answer).totals.latency.max > 44);  // 20 + 5 + 20
  CHECK(during(answer).totals.latency.p50 < 30);  // the other zone is as it was, and preferred
  CHECK(during(answer).totals.success_rate == 1);
}

TEST_CASE("a lost packet is sent again after 200 ms", "[simulate][fault]") {
  const Answer answer = with(two_zones(), "service=station:loss=10%@20s+20s");
  CHECK(answer.phases.front().totals.latency.max < 20);
  CHECK(during(answer).totals.success_rate == 1);
  CHECK(during(answer).totals.latency.max > 200);
  // A request passes twice: 19 % of them lose one packet at least.
  CHECK(during(answer).totals.latency.p50 < 20);
  CHECK(during(answer).totals.latency.p90 > 200);
}

TEST_CASE("lost capacity makes requests wait, and comes back", "[simulate][fault]") {
  Scenario scenario = two_zones(1000);  // 4 endpoints of 8 slots, 5 ms: 16 % busy
  const Answer answer = with(scenario, "service=station:capacity=12.5%@20s+20s");
  CHECK(answer.phases.front().totals.latency.p99 < 10);
  CHECK(during(answer).totals.latency.p99 > 20);  // one slot each: 800 a second, 1000 come
  CHECK(answer.phases.back().totals.latency.p50 < 10);
  CHECK(answer.totals.success_rate == 1);
  Scenario shared = two_zones(600);
  shared.services[0].workloads[0].processors = 1;
  const Answer slower = with(shared, "service=station:capacity=80%@20s+20s");
  CHECK(during(slower).totals.latency.mean > 1.2 * slower.phases.front().totals.latency.mean);
}

TEST_CASE("a function loses concurrency as a service does", "[simulate][fault]") {
  Scenario scenario = two_zones(100);
  ServiceSpec& service = scenario.services[0];
  service.workloads[0].endpoints = {{"r/a", 1}};
  service.workloads[0].service_time = Distribution::constant(100 * kMillisecond);
  service.function.emplace();
  const Answer answer = with(scenario, "service=station:capacity=0.5%@20s+20s");
  CHECK(answer.phases.front().totals.success_rate > 0.99);
  CHECK(during(answer).totals.success_rate < 0.7);  // 5 of 1000, where 10 are busy
  CHECK(answer.phases.back().totals.success_rate > 0.99);
}

TEST_CASE("a cold restart is down, then slow, then as before", "[simulate][fault]") {
  Scenario scenario = two_zones(100);
  scenario.duration = 90 * kSecond;
  const Played played = play(scenario, "service=station:restart=5@20s+2s");
  const Answer& answer = played.answer;
  CHECK(during(answer).totals.success_rate < 0.2);
  const auto& windows = answer.record.windows;
  const auto mean_at = [&](double second) {
    return windows[static_cast<std::size_t>(second / to_seconds(answer.world->step))].mean * 1e-6;
  };
  CHECK(mean_at(23) > 4 * mean_at(10));
  CHECK(mean_at(37) > 2 * mean_at(10));
  CHECK(mean_at(37) < 4 * mean_at(10));
  CHECK(mean_at(60) == Approx(mean_at(10)).epsilon(0.2));
}

TEST_CASE("while the control plane is away, the dead stay in the lists", "[simulate][fault]") {
  Scenario scenario = two_zones(100);
  scenario.duration = 120 * kSecond;
  scenario.services[0].policy.balancer = &kRandom;  // others prefer who refuses at once
  scenario.discovery.remove_after = 5 * kSecond;
  scenario.load[0].call.policy.retry = RetryPolicy{};
  scenario.faults.push_back(fault_of("endpoint=station-1@20s+80s"));
  const Recording seen = run(*world_of(scenario), 1);
  scenario.faults.push_back(fault_of("control-plane@10s+50s"));
  const Recording unseen = run(*world_of(scenario), 1);
  const auto failed = [](const Recording& r) {
    return static_cast<double>(entry_tally(r).counts.failed);
  };
  // A quarter of 100 a second, for 5 s or until the control plane is back at 60 s.
  CHECK(failed(seen) == Approx(125).epsilon(0.3));
  CHECK(failed(unseen) == Approx(1000).epsilon(0.15));
  const auto told = std::find_if(unseen.log.begin(), unseen.log.end(),
                                 [](const LogEntry& e) { return e.kind == "removed"; });
  REQUIRE(told != unseen.log.end());
  CHECK(to_seconds(told->at) == Approx(60.1).margin(0.01));
}

}  // namespace meshfn::simulate
