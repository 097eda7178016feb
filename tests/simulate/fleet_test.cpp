// Endpoints that come and go: the arithmetic of a HorizontalPodAutoscaler and of a rolling update,
// and both of them in runs.

#include "simulate/fleet.h"

#include <algorithm>
#include <numeric>

#include "catch.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

using View = Autoscaler::View;

AutoscaleSpec scaled(std::uint32_t least, std::uint32_t most, double target) {
  AutoscaleSpec spec;
  spec.least = least;
  spec.most = most;
  spec.target = target;
  return spec;
}

std::uint32_t once(const AutoscaleSpec& spec, const View& view) {
  return Autoscaler(spec).decide(100 * kSecond, view);
}

/// Two endpoints of one slot and 100 ms each, under `rate` requests per second for five minutes.
Scenario growing(double rate) {
  Scenario scenario = station(2, 1, rate);
  scenario.duration = 300 * kSecond;
  WorkloadSpec& workload = scenario.services[0].workloads[0];
  workload.service_time = Distribution::exponential(100e6);
  workload.queue = 50;
  workload.autoscale = scaled(1, 12, 0.6);
  workload.startup = Distribution::constant(5 * kSecond);
  return scenario;
}

FaultSpec change_at(Time at, ChangeSpec change, Scenario& scenario) {
  FaultSpec planned;
  planned.name = "change";
  planned.at = at;
  planned.effect = FaultSpec::Effect::change;
  planned.change = static_cast<std::uint32_t>(scenario.changes.size());
  scenario.changes.push_back(std::move(change));
  return planned;
}

/// Six endpoints that are replaced at 20 s, one and a half times as many at most.
Scenario rolling(Time drain) {
  Scenario scenario = station(6, 4, 100);
  scenario.duration = 120 * kSecond;
  WorkloadSpec& workload = scenario.services[0].workloads[0];
  workload.service_time = Distribution::exponential(20e6);
  workload.startup = Distribution::constant(8 * kSecond);
  workload.drain = drain;
  ChangeSpec change;
  change.rollout.emplace();
  change.rollout->service = scenario.services[0].name;
  scenario.faults.push_back(change_at(20 * kSecond, change, scenario));
  return scenario;
}

}  // namespace

TEST_CASE("an autoscaler wants ceil(current * value / target)", "[simulate][fleet]") {
  AutoscaleSpec spec = scaled(1, 100, 0.5);
  spec.up.limits.clear();
  CHECK(once(spec, {4, 0, 1.0}) == 8);
  CHECK(once(spec, {3, 0, 0.6}) == 4);     // 3.6
  CHECK(once(spec, {10, 0, 0.54}) == 10);  // within the tolerance of 10 %
  CHECK(once(spec, {10, 0, 0.56}) == 12);
  CHECK(once(spec, {90, 0, 1.0}) == 100);  // the maximum
  spec.down.window = 0;
  CHECK(once(spec, {10, 0, 0.25}) == 5);
  CHECK(once(spec, {2, 0, 0.0}) == 1);  // the minimum
  CHECK(once(spec, {0, 2, 0.0}) == 2);  // nobody to ask
}

TEST_CASE("endpoints that start count as idle when it would grow", "[simulate][fleet]") {
  AutoscaleSpec spec = scaled(1, 100, 0.5);
  spec.up.limits.clear();
  CHECK(once(spec, {4, 4, 1.0}) == 8);  // 4 of 8 are fully used: as wanted
  CHECK(once(spec, {4, 2, 1.0}) == 8);
}

TEST_CASE("growth is limited by Kubernetes' own rules", "[simulate][fleet]") {
  const AutoscaleSpec spec = scaled(1, 1000, 0.1);
  CHECK(once(spec, {1, 0, 1.0}) == 5);    // 4 more
  CHECK(once(spec, {10, 0, 1.0}) == 20);  // the double
  AutoscaleSpec slow = spec;
  slow.up.select = ScalingRules::Select::least;
  CHECK(once(slow, {10, 0, 1.0}) == 14);
  slow.up.select = ScalingRules::Select::disabled;
  CHECK(once(slow, {10, 0, 1.0}) == 10);
  // What was done in the period counts.
  Autoscaler twice(spec);
  CHECK(twice.decide(0, {10, 0, 1.0}) == 20);
  CHECK(twice.decide(5 * kSecond, {20, 0, 1.0}) == 20);
  CHECK(twice.decide(15 * kSecond, {20, 0, 1.0}) == 40);
}

TEST_CASE("it shrinks to the most that was wanted in five minutes", "[simulate][fleet]") {
  const AutoscaleSpec spec = scaled(1, 100, 0.5);
  Autoscaler scaler(spec);
  Time now = 0;
  for (; now < 300 * kSecond; now += 15 * kSecond) CHECK(scaler.decide(now, {10, 0, 0.1}) == 10);
  CHECK(scaler.decide(now + 15 * kSecond, {10, 0, 0.2}) == 4);
}

TEST_CASE("a rolling update keeps to its bounds and ends", "[simulate][fleet]") {
  for (std::uint32_t wanted = 1; wanted <= 12; ++wanted) {
    for (std::uint32_t surge = 0; surge <= 4; ++surge) {
      for (std::uint32_t missing = surge == 0 ? 1 : 0; missing <= 4; ++missing) {
        RolloutView view{wanted, 0, 0, wanted, surge, missing};
        int rounds = 0;
        while (view.old > 0 || view.ready < wanted) {
          const RolloutStep step = next_step(view);
          view.fresh += step.start;
          view.old -= step.stop;
          REQUIRE(view.fresh + view.old <= wanted + surge);
          REQUIRE(view.ready + view.old + missing >= wanted);
          if (step.start == 0 && step.stop == 0) {
            REQUIRE(view.ready < view.fresh);  // it waits for something
            ++view.ready;
          }
          REQUIRE(++rounds < 200);
        }
        CHECK(view.fresh == wanted);
      }
    }
  }
}

TEST_CASE("numbers of pods: surges round up, missing ones down", "[simulate][fleet]") {
  CHECK(PodCount{0.25, {}}.of(10, true) == 3);
  CHECK(PodCount{0.25, {}}.of(10, false) == 2);
  CHECK(PodCount{0.25, {}}.of(4, true) == 1);
  CHECK(PodCount{0.25, 7}.of(4, true) == 7);
}

TEST_CASE("an autoscaled service follows its load", "[simulate][fleet]") {
  // 40/s of 100 ms are 4 busy endpoints; at 60 % that is 7.
  const Answer answer = answer_of(*world_of(growing(40)));
  REQUIRE(answer.services[0].fleet);
  const FleetFigures& fleet = *answer.services[0].fleet;
  CHECK(fleet.most >= 6);
  CHECK(fleet.most <= 10);
  CHECK(fleet.least == 2);
  CHECK(fleet.mean > 5);
  REQUIRE(answer.services[0].utilization);
  CHECK(*answer.services[0].utilization > 0.4);
  CHECK(*answer.services[0].utilization < 0.8);
  // A load of a tenth lets it shrink, once five minutes are over.
  Scenario quiet = growing(2);
  quiet.duration = 400 * kSecond;
  const Answer less = answer_of(*world_of(quiet));
  CHECK(less.services[0].fleet->least == 1);
  CHECK(less.services[0].fleet->most == 2);
  CHECK(less.totals.success_rate > 0.999);
}

TEST_CASE("scaling by rate and by concurrency", "[simulate][fleet]") {
  Scenario scenario = growing(40);
  AutoscaleSpec& spec = *scenario.services[0].workloads[0].autoscale;
  spec.metric = AutoscaleSpec::Metric::rate;
  spec.target = 8;  // 5 endpoints
  CHECK(answer_of(*world_of(scenario)).services[0].fleet->most >= 5);
  CHECK(answer_of(*world_of(scenario)).services[0].fleet->most <= 6);
  spec.metric = AutoscaleSpec::Metric::concurrency;
  spec.target = 0.8;
  CHECK(answer_of(*world_of(scenario)).services[0].fleet->most >= 5);
}

TEST_CASE("a rolling update that drains loses nothing", "[simulate][fleet]") {
  const auto world = world_of(rolling(30 * kSecond));
  const Recording record = run(*world, 1);
  const Counts counts = entry_tally(record).counts;
  CHECK(counts.failed == 0);
  CHECK(record.retries == 0);
  REQUIRE(record.fleets.size() == 2);
  CHECK(record.fleets[0].stopped == 6);
  CHECK(record.fleets[1].started == 6);
  CHECK(record.fleets[1].most <= 8);   // six and a quarter, rounded up
  CHECK(record.fleets[1].least >= 5);  // a quarter fewer, rounded down
  // From its end on, only the new ones answer.
  const auto done = std::find_if(record.log.begin(), record.log.end(),
                                 [](const LogEntry& e) { return e.kind == "rollout"; });
  REQUIRE(done != record.log.end());
  CHECK(to_seconds(done->at) > 30);
  CHECK(to_seconds(done->at) < 60);
}

TEST_CASE("a second rollout replaces what the first one started", "[simulate][fleet]") {
  for (const Time second : {28 * kSecond, 70 * kSecond}) {  // amid the first one, and behind it
    Scenario scenario = rolling(30 * kSecond);
    ChangeSpec change;
    change.rollout.emplace();
    change.rollout->service = scenario.services[0].name;
    scenario.faults.push_back(change_at(second, change, scenario));
    scenario.faults.back().name = "again";
    const auto world = world_of(scenario);
    REQUIRE(world->fleets.size() == 3);
    const Recording record = run(*world, 1);
    CHECK(entry_tally(record).counts.failed == 0);
    const auto last = record.fleets[2];
    CHECK(last.started == 6);
    CHECK(last.stopped == 0);
    CHECK(record.fleets[0].stopped == 6);
    CHECK(record.fleets[1].started == record.fleets[1].stopped);
    CHECK(last.least >= 5);
  }
}

TEST_CASE("without draining, clients meet pods that are gone", "[simulate][fleet]") {
  Scenario scenario = rolling(0);
  scenario.load[0].route.emplace();
  scenario.load[0].route->destinations = {{scenario.services[0].name, "", 100}};
  scenario.load[0].route->retry = {};
  const Recording record = run(*world_of(scenario), 1);
  const Counts counts = entry_tally(record).counts;
  CHECK(counts.failed > 0);
  CHECK(counts.causes[static_cast<std::size_t>(Cause::connect_failure)] > 0);
}

TEST_CASE("a canary moves its share of the traffic by steps", "[simulate][fleet]") {
  Scenario scenario = station(4, 100, 400);
  scenario.duration = 120 * kSecond;
  ServiceSpec& service = scenario.services[0];
  service.workloads[0].service_time = Distribution::constant(kMillisecond);
  service.workloads[0].labels = {{"version", "v1"}};
  WorkloadSpec second = service.workloads[0];
  second.name = "v2";
  second.labels = {{"version", "v2"}};
  service.workloads.push_back(second);
  service.subsets = {{"v1", {{"version", "v1"}}, service.policy},
                     {"v2", {{"version", "v2"}}, service.policy}};
  Route route;
  route.destinations = {{service.name, "v1", 100}, {service.name, "v2", 0}};
  scenario.load[0].route = route;
  ChangeSpec change;
  change.canary.emplace();
  change.canary->service = service.name;
  change.canary->subset = "v2";
  change.canary->steps = {{0.1, 40 * kSecond}, {0.5, 20 * kSecond}};
  scenario.faults.push_back(change_at(20 * kSecond, change, scenario));
  const auto world = world_of(scenario);
  const Recording record = run(*world, 3);
  std::uint64_t fresh = 0;
  for (std::size_t e = 4; e < 8; ++e) fresh += record.endpoints[e].requests;
  // 16 000 requests at 10 %, 8 000 at 50 %, none before and after.
  CHECK(fresh > 5300);
  CHECK(fresh < 5900);
  CHECK(world->segments.size() == 3);
}

TEST_CASE("changes that cannot be are refused by name", "[simulate][fleet]") {
  Scenario scenario = rolling(0);
  scenario.changes[0].rollout->service = "statoin";
  const auto built = build_world(scenario);
  REQUIRE_FALSE(built);
  CHECK(built.error().message.find("`statoin`") != std::string::npos);
  CHECK(built.error().hint.find("station") != std::string::npos);
  scenario.changes[0].rollout->service = "station";
  scenario.changes[0].rollout->to = {{"version", "v9"}};
  CHECK_FALSE(build_world(scenario));
  Scenario unlimited = growing(1);
  unlimited.services[0].workloads[0].concurrency = 0xFFFFFFFF;
  CHECK_FALSE(build_world(unlimited));
}

TEST_CASE("equal seeds give equal fleets on one thread and two", "[simulate][fleet]") {
  const auto world = world_of(growing(40));
  const Answer one = simulate(*world, 5, 4, 1);
  const Answer two = simulate(*world, 5, 4, 2);
  CHECK(one.services[0].fleet->mean == two.services[0].fleet->mean);
  CHECK(one.record.ready == two.record.ready);
}

}  // namespace meshfn::simulate
