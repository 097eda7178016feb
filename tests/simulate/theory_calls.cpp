// Calls of calls: retries, fan-out, hedging, and what is available of parts that are not always.

#include <cmath>

#include "simulate/theory.h"

namespace meshfn::simulate {

namespace {

std::optional<Check> amplification(Params p, MetricName metric, const Json& expected) {
  Check check{station(1, 1000, 1000), {}, {}};
  check.scenario.services[0].workloads[0].errors = p["failure_probability"];
  check.scenario.services[0].workloads[0].service_time = Distribution::constant(kMillisecond);
  Route route;
  route.destinations = {{"station", "", 100}};
  route.retry.retries = p["max_retries"];
  route.retry.on = kRetry5xx;
  check.scenario.load[0].route = route;
  set_length(check.scenario, 1000);
  const bool residual = metric.find("residual") != std::string::npos;
  check.figures.push_back(residual ? failure_share : attempts_per_request);
  check.expected.push_back(expected);
  return check;
}

/// A chain of tiers that each try again; the last one always fails.
std::optional<Check> amplification_in_depth(Params p, MetricName, const Json& expected) {
  const std::uint32_t layers = p["layers"];
  const std::uint32_t retries = p["attempts_per_layer"].get<std::uint32_t>() - 1;
  Check check{station(1, 1, 1), {}, {}};
  Scenario& scenario = check.scenario;
  scenario.services.clear();
  for (std::uint32_t i = 1; i <= layers; ++i) {
    const std::string next = "tier" + std::to_string(i + 1);
    const bool last = i == layers;
    scenario.services.push_back(calling("tier" + std::to_string(i), {}));
    ServiceSpec& service = scenario.services.back();
    if (last) {
      service.workloads[0].errors = 1;
    } else {
      service.script = {{call_to(next)}};
      service.workloads[0].routes = {retried(next, retries)};
    }
  }
  scenario.load[0].call.to = "tier1";
  scenario.load[0].route = retried("tier1", retries);
  scenario.load[0].arrivals.kind = Arrivals::Kind::trace;
  scenario.load[0].arrivals.trace.assign(10, kSecond);
  scenario.duration = 1000 * kSecond;
  check.figures.push_back([](const World&, const Recording& r) {
    return static_cast<double>(r.endpoints.back().requests) / 10;
  });
  check.expected.push_back(expected);
  return check;
}

std::optional<Check> fan_out(Params p, MetricName, const Json& expected) {
  Check check{station(1, 1000, 100), {failure_share}, {expected}};
  Scenario& scenario = check.scenario;
  scenario.services[0].workloads[0].errors = p["p_slow"];
  scenario.services[0].workloads[0].service_time = Distribution::constant(kMillisecond);
  const std::uint32_t n = p["n"];
  scenario.services.push_back(calling("front", {Step(n, call_to("station"))}));
  scenario.load[0].call.to = "front";
  set_length(scenario, 100, n > 10 ? 0.2 : 1);
  return check;
}

std::optional<Check> in_series(Params p, MetricName, const Json& expected) {
  Check check{station(1, 1000, 100), {}, {expected}};
  Scenario& scenario = check.scenario;
  scenario.services = {calling("front", {})};
  for (const double available : p["a"]) {
    const std::string name = "part" + std::to_string(scenario.services.size());
    scenario.services[0].script.push_back({call_to(name)});
    scenario.services.push_back(calling(name, {}));
    scenario.services.back().workloads[0].errors = 1 - available;
  }
  scenario.load[0].call.to = "front";
  set_length(scenario, 100, 3);
  check.figures.push_back(
      [](const World& w, const Recording& r) { return 1 - failure_share(w, r); });
  return check;
}

std::optional<Check> hedged(Params p, MetricName, const Json& expected) {
  Check check{station(1, 1'000'000, 100), {quantile(0.99), quantile(0.999)}, {}};
  Route route = retried("station", 1);
  route.retry.hedge = true;
  route.retry.base_interval = kMillisecond;  // no wait before the second attempt
  route.retry.per_try_timeout = from_seconds(-std::log(1 - p["hedge_at_quantile"].get<double>()));
  check.scenario.load[0].route = route;
  set_length(check.scenario, 100, 10);
  check.figures.push_back(
      [](const World& w, const Recording& r) { return attempts_per_request(w, r) - 1; });
  for (const Json& value : expected) check.expected.push_back(value);
  check.tolerance = 0.006;
  return check;
}

std::optional<Check> k_of_n(Params p, MetricName, const Json& expected) {
  Check check{station(1, 1'000'000, 100), {}, {expected}};
  Scenario& scenario = check.scenario;
  scenario.services = {calling("front", {}), calling("part", {})};
  scenario.services[1].workloads[0].errors = 1 - p["a"].get<double>();
  Step step(p["n"].get<std::size_t>(), call_to("part"));
  step.need = p["k"];
  scenario.services[0].script = {step};
  scenario.load[0].call.to = "front";
  set_length(scenario, 100);
  check.figures.push_back(
      [](const World& w, const Recording& r) { return 1 - failure_share(w, r); });
  return check;
}

/// One endpoint that is away for `down` of `all`, asked `n` times at equal distances.
Check outage(Time down, Time all, double n) {
  Check check{station(1, 1'000'000, n / to_seconds(all)), {}, {}};
  Scenario& scenario = check.scenario;
  scenario.duration = all;
  scenario.load[0].arrivals.kind = Arrivals::Kind::constant;
  scenario.services[0].workloads[0].service_time = Distribution::constant(0);
  scenario.discovery.remove_after = all;
  FaultSpec fault;
  fault.name = fault.service = "station";
  fault.at = all / 3;
  fault.length = down;
  scenario.faults = {fault};
  return check;
}

std::optional<Check> repaired(Params p, MetricName, const Json& expected) {
  constexpr double kHour = 3600;
  const double up = p["mtbf_h"];
  const double down = p["mttr_h"];
  Check check = outage(from_seconds(down * kHour), from_seconds((up + down) * kHour), 1e5);
  check.figures.push_back(
      [](const World& w, const Recording& r) { return 1 - failure_share(w, r); });
  check.expected.push_back(expected);
  return check;
}

/// Minutes of thirty days in which requests fail.
std::optional<Check> downtime(Params p, MetricName, const Json& expected) {
  constexpr double kDays = 30;
  constexpr Time kMonth = 30 * 86400 * kSecond;
  const double share = 1 - p["a"].get<double>();
  Check check = outage(from_seconds(share * to_seconds(kMonth)), kMonth, 1e5);
  check.figures.push_back(
      [](const World& w, const Recording& r) { return failure_share(w, r) * kDays * 24 * 60; });
  check.expected.push_back(expected);
  check.tolerance = 0.02;  // a hundred requests meet the outage
  return check;
}

/// What a database of so many queries a second gets to do per second, long after 30 s in which it
/// was ten times slower, at `load`: as much as was asked for, or that and all retries.
double offered_after_trigger(Params p, double load) {
  const double answer = p["latency_ok_s"];
  const auto slots = static_cast<std::uint32_t>(p["db_capacity_qps"].get<double>() * answer + 0.5);
  Scenario scenario = station(1, slots, load);
  scenario.services[0].workloads[0].service_time = Distribution::constant(from_seconds(answer));
  Route route = retried("station", p["retries"]);
  route.retry.per_try_timeout = from_seconds(p["timeout_s"]);
  scenario.load[0].route = route;
  FaultSpec fault;
  fault.name = fault.service = "station";
  fault.at = 10 * kSecond;
  fault.length = 30 * kSecond;
  fault.effect = FaultSpec::Effect::slow;
  fault.amount = 10;
  scenario.faults = {fault};
  scenario.duration = 1600 * kSecond;
  scenario.warmup = 1500 * kSecond;
  const auto world = world_of(scenario);
  const Recording record = run(*world, 1);
  return attempts_per_request(*world, record) * load;
}

/// A metastable failure: the load at which it stays bad, and the one below which it recovers.
std::optional<Check> metastable_example(Params p, MetricName, const Json& expected) {
  Check check{station(1, 1, 1), {}, {expected[0], expected[1]}};
  check.scenario.duration = kSecond;
  const double offered = offered_after_trigger(p, p["load_qps"]);
  check.figures.push_back([offered](const World&, const Recording&) { return offered; });
  double recovers = 100;
  double stays = p["load_qps"];
  while (stays - recovers > 4) {
    const double load = (stays + recovers) / 2;
    (offered_after_trigger(p, load) > 1.5 * load ? stays : recovers) = load;
  }
  check.figures.push_back([=](const World&, const Recording&) { return (stays + recovers) / 2; });
  check.tolerance = 0.03;  // the search ends at intervals of 4 out of 150
  return check;
}

}  // namespace

const std::vector<Model>& call_models() {
  static const std::vector<Model> models = {
      {"retry amplification in depth", amplification_in_depth},
      {"retry amplification", amplification},
      {"Bronson et al.", metastable_example},
      {"fan-out", fan_out},
      {"hedging, iid", hedged},
      {"availability in series", in_series},
      {"k of n", k_of_n},
      {"MTBF/MTTR", repaired},
      {"downtime", downtime},
  };
  return models;
}

}  // namespace meshfn::simulate
