// Dispatching to several queues: what balancers reach, alone and among many clients.

#include <cmath>
#include <map>

#include "simulate/theory.h"

namespace meshfn::simulate {

namespace {

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

/// Near saturation the published figures are themselves known to a few percent only.
double tolerance_of(Params p, double usual) { return p["lam"] > 0.98 ? 0.05 : usual; }

std::optional<Check> choices(Params p, MetricName, const Json& expected) {
  Check check = balanced(p["n"], p["lam"], kLeastRequest);
  check.scenario.services[0].policy.settings.choice_count = p["d"];
  check.figures.push_back(mean_sojourn);
  check.expected.push_back(expected);
  check.tolerance = tolerance_of(p, 0.002);
  return check;
}

std::optional<Check> distinct_choices(Params p, MetricName, const Json& expected) {
  Check check = balanced(p["n"], p["lam"], kLeastRequest);
  check.scenario.services[0].policy.settings.choice_count = p["d"];
  check.scenario.services[0].policy.settings.distinct = true;
  check.figures.push_back(mean_sojourn);
  check.expected.push_back(expected);
  check.tolerance = tolerance_of(p, 0.004);  // the published runs were short
  return check;
}

/// Infinitely many queues: 500 are within half a percent of it below a load of 0.93.
std::optional<Check> many_queues(Params p, MetricName, const Json& expected) {
  if (p["lam"] > 0.93) return std::nullopt;  // takes more queues than a test has time for
  Check check = balanced(500, p["lam"], kLeastRequest);
  check.scenario.services[0].policy.settings.choice_count = p["d"];
  check.scenario.services[0].policy.settings.distinct = true;
  set_length(check.scenario, p["lam"].get<double>() * 500, 10);
  check.figures.push_back(mean_sojourn);
  check.expected.push_back(expected);
  check.tolerance = 0.005;
  return check;
}

std::optional<Check> small_cluster(Params p, MetricName, const Json& expected) {
  Check check = balanced(p["n"], 0.8, kLeastRequest);
  check.figures.push_back(mean_sojourn);
  check.expected.push_back(expected[0]);
  check.tolerance = 0.002;
  return check;
}

std::optional<Check> shortest_queue(Params p, MetricName, const Json& expected) {
  Check check = balanced(p["n"], p["rho"], kLeastRequest);
  check.scenario.services[0].policy.settings.full_scan = true;
  expect_shape(check, expected);
  return check;
}

std::optional<Check> round_robin(Params p, MetricName, const Json& expected) {
  Check check = balanced(p["n"], p["rho"], kRoundRobin);
  check.figures.push_back(mean_sojourn);
  check.expected.push_back(expected);
  return check;
}

std::optional<Check> many_clients(Params p, MetricName, const Json& expected) {
  const std::string policy = p["policy"];
  const Policy* row = policy.starts_with("round")                 ? &kRoundRobin
                      : policy.find("replacement") != policy.npos ? &kLeastRequest
                      : policy.find("EWMA") != policy.npos        ? &kPeakEwma
                      : policy.starts_with("2 distinct")          ? &kLeastRequest
                      : policy.starts_with("random")              ? &kRandom
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

std::optional<Check> failing_host(Params p, MetricName, const Json& expected) {
  const std::map<std::string, const Policy*> rows = {{"rr", &kRoundRobin},
                                                     {"lr", &kLeastRequest},
                                                     {"lrd", &kLeastRequest},
                                                     {"ewma", &kPeakEwma},
                                                     {"random", &kRandom}};
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

}  // namespace

const std::vector<Model>& balancer_models() {
  static const std::vector<Model> models = {
      {"supermarket model, 100 queues, sampling with replacement", choices},
      {"supermarket model, 100 queues, d distinct", distinct_choices},
      {"supermarket model, n -> infinity", many_queues},
      {"power of two, one balancer", small_cluster},
      {"JSQ", shortest_queue},
      {"round robin, one balancer", round_robin},
      {"C clients with only their own counters", many_clients},
      {"fast-failing host", failing_host},
  };
  return models;
}

}  // namespace meshfn::simulate
