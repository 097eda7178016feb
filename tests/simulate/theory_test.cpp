// Queueing theory and published tables against the simulator. Each row of the shared table becomes
// ten runs with fixed seeds; what is expected has to lie within their 99 % confidence interval.

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "catch.h"
#include "simulate/arithmetic.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

using Json = nlohmann::json;

constexpr int kRuns = 10;
constexpr double kStudent99 = 3.2498;  // two-sided, 9 degrees of freedom
constexpr double kRequests = 80'000;   // of one row, over all runs

/// What one run is asked for, and what it should be.
struct Check {
  Scenario scenario;
  std::vector<std::function<double(const World&, const Recording&)>> figures;
  std::vector<double> expected;
  double tolerance = 0;  ///< relative; of values that are themselves simulated
};

double seconds(double nanos) { return nanos * 1e-9; }

double mean_sojourn(const World&, const Recording& r) {
  return seconds(entry_tally(r).latency.mean());
}

auto quantile(double q) {
  return
      [q](const World&, const Recording& r) { return seconds(entry_tally(r).latency.quantile(q)); };
}

double failure_share(const World&, const Recording& r) {
  const Counts c = entry_tally(r).counts;
  return static_cast<double>(c.failed) / static_cast<double>(c.ok + c.failed);
}

double attempts_per_request(const World&, const Recording& r) {
  const Counts c = entry_tally(r).counts;
  return static_cast<double>(c.attempts) / static_cast<double>(c.ok + c.failed);
}

/// Little's law: slots held on average.
double mean_busy(const World& world, const Recording& r) {
  Time busy = 0;
  for (const EndpointRecord& e : r.endpoints) busy += e.busy;
  return to_seconds(busy) / to_seconds(world.scenario.duration - world.scenario.warmup);
}

double mean_in_system(const World& world, const Recording& r) {
  const double length = to_seconds(world.scenario.duration - world.scenario.warmup);
  const Tally t = entry_tally(r);
  return seconds(t.latency.mean()) * static_cast<double>(t.counts.ok) / length;
}

/// Sets the length so that all runs together count about kRequests. Slow builds count fewer, which
/// only widens the interval; a shorter warm-up would show queues that are still filling.
void set_length(Scenario& scenario, double rate, double weight = 1) {
  const double length = kRequests * weight / kRuns / rate;
  const double warmup = length / 3 * std::max(1.0, run_scale());
  scenario.warmup = from_seconds(warmup);
  scenario.duration = from_seconds(warmup + length * run_scale());
}

/// Queues with high load need longer runs: the relaxation time is that of 1/(1 - sqrt(rho))^2.
double weight_of(double rho) { return rho > 0.93 ? 6 : rho > 0.85 ? 3 : 1; }

void expect(Check& check, const std::string& metric, double expected) {
  check.expected.push_back(expected);
  if (metric.starts_with("p50")) return check.figures.push_back(quantile(0.5));
  if (metric.starts_with("p95")) return check.figures.push_back(quantile(0.95));
  if (metric.starts_with("p99")) return check.figures.push_back(quantile(0.99));
  if (metric.starts_with("mean number")) return check.figures.push_back(mean_in_system);
  if (metric.find("loss") != std::string::npos || metric.find("blocking") != std::string::npos) {
    return check.figures.push_back(failure_share);
  }
  if (metric.starts_with("mean wait")) {
    return check.figures.push_back(
        [](const World& w, const Recording& r) { return mean_sojourn(w, r) - 1; });
  }
  if (metric.starts_with("P(wait)")) {
    // Of arrivals that see all slots busy; with Poisson arrivals, the share of time (PASTA), which
    // follows from the mean wait: Wq = P(wait) / (c mu - lambda).
    return check.figures.push_back([](const World& w, const Recording& r) {
      const WorkloadSpec& spec = *w.workloads[0].spec;
      const double spare = spec.concurrency - w.scenario.load[0].arrivals.rate;
      return (mean_sojourn(w, r) - 1) * spare;
    });
  }
  check.figures.push_back(mean_sojourn);
}

using Params = const Json&;
using Metric_ = const std::string&;

std::optional<Check> queue(Params p, Metric_ metric, const Json& expected) {
  const auto slots = p.value("c", std::uint32_t{1});
  const double rho = p["rho"];
  Check check{station(1, slots, rho * slots), {}, {}};
  if (p.contains("scv")) {
    const double scv = p["scv"];
    auto& law = check.scenario.services[0].workloads[0].service_time;
    if (scv == 0) law = Distribution::constant(kSecond);
    if (scv == 0.25) law = Distribution::erlang(kSecond, 4);
    if (scv == 4) {
      const double sigma = std::sqrt(std::log(5.0));
      law = Distribution::lognormal_p50_sigma(1e9 * std::exp(-sigma * sigma / 2), sigma);
    }
  }
  set_length(check.scenario, rho * slots, weight_of(rho) * (slots == 1 ? 2 : 1));
  expect(check, metric, expected);
  return check;
}

std::optional<Check> erlang_loss(Params p, Metric_ metric, const Json& expected) {
  Check check{station(1, p["c"], p["offered_load"]), {}, {}};
  check.scenario.services[0].workloads[0].queue = 0;
  check.scenario.services[0].workloads[0].service_time = Distribution::uniform(0, 2e9);
  set_length(check.scenario, p["offered_load"]);
  expect(check, metric, expected);
  return check;
}

std::optional<Check> finite_room(Params p, Metric_ metric, const Json& expected) {
  const std::uint32_t slots = p["c"];
  const std::uint32_t room = p["K"];
  Check check{station(1, slots, p["lam"]), {}, {}};
  check.scenario.services[0].workloads[0].queue = room - slots;
  set_length(check.scenario, p["lam"], 2);
  if (metric.find("accepted") != std::string::npos) {
    // Refused requests end at once, so the mean over all is that of the accepted times their share.
    check.expected.push_back(expected);
    check.figures.push_back([](const World&, const Recording& r) {
      const Tally t = entry_tally(r);
      const auto all = static_cast<double>(t.counts.ok + t.counts.failed);
      return seconds(t.latency.mean()) * all / static_cast<double>(t.counts.ok);
    });
    return check;
  }
  expect(check, metric, expected);
  return check;
}

Check balanced(std::uint32_t n, double rho, const Policy& policy, std::uint32_t clients = 1) {
  Check check{station(n, 1, rho * n), {}, {}};
  check.scenario.services[0].policy.balancer = &policy;
  check.scenario.load[0].clients = clients;
  set_length(check.scenario, rho * n, weight_of(rho) * (n >= 100 ? 3 : 2));
  return check;
}

void expect_shape(Check& check, const Json& expected) {
  for (const double q : {0.0, 0.5, 0.99}) {
    check.figures.push_back(q == 0 ? decltype(check.figures)::value_type(mean_sojourn)
                                   : quantile(q));
  }
  for (const Json& value : expected) check.expected.push_back(value);
  check.tolerance = 0.01;
}

std::optional<Check> choices(Params p, Metric_, const Json& expected) {
  if (p["lam"] > 0.98) return std::nullopt;  // relaxes too slowly for a test
  Check check = balanced(p["n"], p["lam"], kLeastRequest);
  check.scenario.services[0].policy.settings.choice_count = p["d"];
  check.figures.push_back(mean_sojourn);
  check.expected.push_back(expected);
  check.tolerance = 0.002;
  return check;
}

std::optional<Check> distinct_choices(Params p, Metric_, const Json& expected) {
  if (p["lam"] > 0.98) return std::nullopt;
  Check check = balanced(p["n"], p["lam"], kLeastRequest);
  check.scenario.services[0].policy.settings.choice_count = p["d"];
  check.scenario.services[0].policy.settings.distinct = true;
  check.figures.push_back(mean_sojourn);
  check.expected.push_back(expected);
  check.tolerance = 0.004;  // the published runs were short
  return check;
}

/// Infinitely many queues: 500 are within half a percent of it below a load of 0.93.
std::optional<Check> many_queues(Params p, Metric_, const Json& expected) {
  if (p["lam"] > 0.93) return std::nullopt;
  Check check = balanced(500, p["lam"], kLeastRequest);
  check.scenario.services[0].policy.settings.choice_count = p["d"];
  check.scenario.services[0].policy.settings.distinct = true;
  set_length(check.scenario, p["lam"].get<double>() * 500, 10);
  check.figures.push_back(mean_sojourn);
  check.expected.push_back(expected);
  check.tolerance = 0.005;
  return check;
}

std::optional<Check> small_cluster(Params p, Metric_, const Json& expected) {
  Check check = balanced(p["n"], 0.8, kLeastRequest);
  check.figures.push_back(mean_sojourn);
  check.expected.push_back(expected[0]);
  check.tolerance = 0.002;
  return check;
}

std::optional<Check> shortest_queue(Params p, Metric_, const Json& expected) {
  Check check = balanced(p["n"], p["rho"], kLeastRequest);
  check.scenario.services[0].policy.settings.full_scan = true;
  expect_shape(check, expected);
  return check;
}

std::optional<Check> round_robin(Params p, Metric_, const Json& expected) {
  Check check = balanced(p["n"], p["rho"], kRoundRobin);
  check.figures.push_back(mean_sojourn);
  check.expected.push_back(expected);
  return check;
}

std::optional<Check> many_clients(Params p, Metric_, const Json& expected) {
  const std::string policy = p["policy"];
  const Policy* row = policy.starts_with("round")                 ? &kRoundRobin
                      : policy.find("replacement") != policy.npos ? &kLeastRequest
                      : policy.find("EWMA") != policy.npos        ? &kPeakEwma
                      : policy.starts_with("2 distinct")          ? &kLeastRequest
                                                                  : nullptr;
  if (row == nullptr) return std::nullopt;
  Check check = balanced(p["n"], p["rho"], *row, p["clients"]);
  check.scenario.services[0].policy.settings.distinct = policy.starts_with("2 distinct");
  if (row == &kPeakEwma) {
    // The estimate starts at 30 ms, so here the scale of time matters: service of 5 ms.
    auto& scenario = check.scenario;
    scenario.services[0].workloads[0].service_time = Distribution::exponential(5 * kMillisecond);
    scenario.load[0].arrivals.rate *= 200;
    set_length(scenario, scenario.load[0].arrivals.rate, 4);
    for (const double q : {0.0, 0.5, 0.99}) {
      check.figures.push_back([q](const World& w, const Recording& r) {
        return 200 * (q == 0 ? mean_sojourn(w, r) : quantile(q)(w, r));
      });
    }
    for (const Json& value : expected) check.expected.push_back(value);
    check.tolerance = 0.015;
    return check;
  }
  expect_shape(check, expected);
  return check;
}

std::optional<Check> failing_host(Params p, Metric_, const Json& expected) {
  const std::map<std::string, const Policy*> rows = {
      {"rr", &kRoundRobin}, {"lr", &kLeastRequest}, {"lrd", &kLeastRequest}, {"ewma", &kPeakEwma}};
  const auto row = rows.find(p["policy"]);
  if (row == rows.end()) return std::nullopt;
  const std::uint32_t n = p["n"];
  const double rho = p["rho"];
  Check check = balanced(n, rho, *row->second, p["clients"]);
  check.scenario.services[0].policy.settings.distinct = row->first == "lrd";
  auto& workloads = check.scenario.services[0].workloads;
  workloads[0].service_time = Distribution::exponential(5 * kMillisecond);
  workloads[0].endpoints = {{"", n - 1}};
  WorkloadSpec bad = workloads[0];
  bad.name = "bad";
  bad.endpoints = {{"", 1}};
  bad.errors = 1;
  bad.service_time = Distribution::constant(100 * kMicrosecond);
  workloads.push_back(bad);
  check.scenario.load[0].arrivals.rate = rho * n * 200;
  set_length(check.scenario, check.scenario.load[0].arrivals.rate);
  check.figures.push_back([](const World&, const Recording& r) {
    double all = 0;
    for (const EndpointRecord& e : r.endpoints) all += static_cast<double>(e.requests);
    return static_cast<double>(r.endpoints.back().requests) / all;
  });
  check.expected.push_back(expected);
  check.tolerance = 0.004;
  return check;
}

std::optional<Check> amplification(Params p, Metric_ metric, const Json& expected) {
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

/// Service `name` that does nothing but call: `script` holds the calls.
ServiceSpec calling(const std::string& name, std::vector<Step> script) {
  ServiceSpec service = station(1, 1'000'000, 1).services[0];
  service.name = service.workloads[0].name = name;
  service.workloads[0].service_time = Distribution::constant(0);
  service.script = std::move(script);
  return service;
}

Call call_to(const std::string& name) {
  Call call;
  call.to = name;
  return call;
}

Route retried(const std::string& name, std::uint32_t retries) {
  Route route;
  route.destinations = {{name, "", 100}};
  route.retry.retries = retries;
  route.retry.on = kRetry5xx;
  return route;
}

/// A chain of tiers that each try again; the last one always fails.
std::optional<Check> amplification_in_depth(Params p, Metric_, const Json& expected) {
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

std::optional<Check> tandem(Params p, Metric_, const Json& expected) {
  Check check{station(1, 1, 1), {mean_sojourn}, {expected}};
  Scenario& scenario = check.scenario;
  scenario.services = {calling("front", {})};
  double rho = 0;
  for (const double own : p["rho"]) {
    const std::string name = "node" + std::to_string(scenario.services.size());
    ServiceSpec node = station(1, 1, 1).services[0];
    node.name = node.workloads[0].name = name;
    node.workloads[0].service_time = Distribution::exponential(own * 1e9);
    scenario.services[0].script.push_back({call_to(name)});
    scenario.services.push_back(node);
    rho = std::max(rho, own);
  }
  scenario.load[0].call.to = "front";
  set_length(scenario, 1, 2 * weight_of(rho));
  return check;
}

/// Requests that come back to the same queue: failures, tried again at once.
std::optional<Check> feedback(Params p, Metric_, const Json& expected) {
  Check check{station(1, 1, p["gamma"]), {mean_busy, mean_sojourn}, {expected[0], expected[1]}};
  check.scenario.services[0].workloads[0].errors = p["p_return"];
  Route route = retried("station", 200);
  route.retry.base_interval = route.retry.max_interval = kMillisecond;
  check.scenario.load[0].route = route;
  set_length(check.scenario, p["gamma"], 2);
  return check;
}

std::optional<Check> fan_out(Params p, Metric_, const Json& expected) {
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

std::optional<Check> in_series(Params p, Metric_, const Json& expected) {
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

std::optional<Check> hedged(Params p, Metric_, const Json& expected) {
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

std::optional<Check> cold_start(Params p, Metric_, const Json& expected) {
  Check check{station(1, 1, p["lam"]), {}, {}};
  FunctionSpec function;
  function.keep_alive = from_seconds(p["keep_alive_s"]);
  check.scenario.services[0].function = function;
  check.scenario.services[0].workloads[0].service_time = Distribution::constant(kMicrosecond);
  set_length(check.scenario, p["lam"]);
  check.figures.push_back([](const World&, const Recording& r) {
    return static_cast<double>(r.endpoints[0].cold_starts) /
           static_cast<double>(r.endpoints[0].requests);
  });
  check.expected.push_back(expected);
  return check;
}

std::optional<Check> function_concurrency(Params p, Metric_, const Json& expected) {
  Check check{station(1, 1, p["lam"]), {}, {}};
  FunctionSpec function;
  function.concurrency = 100'000;
  check.scenario.services[0].function = function;
  check.scenario.services[0].workloads[0].service_time =
      Distribution::exponential(p["duration_s"].get<double>() * 1e9);
  set_length(check.scenario, p["lam"]);
  check.figures.push_back(mean_busy);
  check.expected.push_back(expected);
  return check;
}

struct Model {
  std::string_view prefix;
  std::optional<Check> (*make)(Params, Metric_, const Json&);
};

constexpr Model kModels[] = {
    {"M/M/1 FIFO", queue},
    {"M/M/c FIFO", queue},
    {"M/G/1 FIFO", queue},
    {"M/G/c/c", erlang_loss},
    {"M/M/c/K", finite_room},
    {"supermarket model, 100 queues, sampling with replacement", choices},
    {"supermarket model, 100 queues, d distinct", distinct_choices},
    {"supermarket model, n -> infinity", many_queues},
    {"power of two, one balancer", small_cluster},
    {"JSQ", shortest_queue},
    {"round robin, one balancer", round_robin},
    {"C clients with only their own counters", many_clients},
    {"fast-failing host", failing_host},
    {"retry amplification in depth", amplification_in_depth},
    {"retry amplification", amplification},
    {"Jackson tandem", tandem},
    {"Jackson with feedback", feedback},
    {"fan-out", fan_out},
    {"hedging, iid", hedged},
    {"availability in series", in_series},
    {"cold start", cold_start},
    {"function concurrency", function_concurrency},
};

/// Half-widths of the confidence intervals that the expectation is away from the mean.
double distance(const std::vector<double>& values, double expected, double tolerance) {
  double mean = 0;
  for (const double v : values) mean += v / kRuns;
  double variance = 0;
  for (const double v : values) variance += (v - mean) * (v - mean) / (kRuns - 1);
  const double half = kStudent99 * std::sqrt(variance / kRuns);
  // A quantile is known to 0.4 %, and a mean of equal values has no interval of its own.
  const double slack = std::fabs(expected) * std::max(tolerance, 0.0005) + 1e-9;
  return std::fabs(mean - expected) / (half + slack);
}

bool holds(const Check& check, const std::string& label) {
  const auto world = world_of(check.scenario);
  std::vector<std::vector<double>> values(check.figures.size());
  for (int i = 0; i < kRuns; ++i) {
    const Recording record = run(*world, 1000 + static_cast<std::uint64_t>(i));
    for (std::size_t f = 0; f < values.size(); ++f)
      values[f].push_back(check.figures[f](*world, record));
  }
  bool good = true;
  for (std::size_t f = 0; f < values.size(); ++f) {
    const double off = distance(values[f], check.expected[f], check.tolerance);
    if (off <= 1) continue;
    double mean = 0;
    for (const double v : values[f]) mean += v / kRuns;
    std::cout << fmt::format("{}: expected {:.5g}, is {:.5g} ({:.2f} half-widths)\n", label,
                             check.expected[f], mean, off);
    good = false;
  }
  return good;
}

}  // namespace

TEST_CASE("published tables hold within their confidence intervals", "[simulate][theory]") {
  const auto text = shared_file("sim/tables.json");
  if (!text) return;
  int tried = 0;
  int held = 0;
  std::map<std::string, int> passed_over;
  const Json table = Json::parse(*text);
  for (const Json& row : table["rows"]) {
    const std::string model = row["model"];
    std::optional<Check> check;
    for (const Model& m : kModels) {
      if (!model.starts_with(m.prefix)) continue;
      check = m.make(row["params"], row["metric"], row["expected"]);
      break;
    }
    if (!check) {
      ++passed_over[model];
      continue;
    }
    ++tried;
    held +=
        holds(*check, model + " " + row["params"].dump() + " " + row["metric"].get<std::string>());
  }
  std::cout << fmt::format("tables: {} of {} rows hold; {} rows are of other models\n", held, tried,
                           table["rows"].size() - static_cast<std::size_t>(tried));
  for (const auto& [model, count] : passed_over)
    std::cout << "  not simulated: " << model << " x" << count << "\n";
  // At 99 % confidence one row in a hundred may be out by chance.
  CHECK(held >= tried - std::max(1, tried / 50));
}

TEST_CASE("M/M/1 agrees with theory", "[simulate][theory]") {
  Check check{station(1, 1, 0.7),
              {mean_sojourn, quantile(0.5), quantile(0.99)},
              {1 / 0.3, -std::log(0.5) / 0.3, -std::log(0.01) / 0.3}};
  set_length(check.scenario, 0.7);
  CHECK(holds(check, "M/M/1"));
}

TEST_CASE("M/M/c agrees with Erlang C", "[simulate][theory]") {
  // c = 3, a = 2: B = 4/19, C = 4/9, Wq = 4/9.
  Check check{station(1, 3, 2), {mean_sojourn}, {1 + 4.0 / 9}};
  set_length(check.scenario, 2);
  CHECK(holds(check, "M/M/3"));
}

}  // namespace meshfn::simulate
