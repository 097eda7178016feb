// Single stations and networks of them.

#include <cmath>

#include "simulate/theory.h"

namespace meshfn::simulate {

namespace {

/// A law of mean 1 s with that squared coefficient of variation.
Distribution law_of(double scv) {
  if (scv == 0) return Distribution::constant(kSecond);
  const double stages = std::round(1 / scv);
  if (scv < 1 && std::fabs(stages * scv - 1) < 1e-9) {
    return Distribution::erlang(kSecond, static_cast<std::uint32_t>(stages));
  }
  if (scv == 1) return Distribution::exponential(kSecond);
  const double variance = std::log(1 + scv);
  return Distribution::lognormal_p50_sigma(1e9 * std::exp(-variance / 2), std::sqrt(variance));
}

std::optional<Check> queue(Params p, MetricName metric, const Json& expected) {
  const auto slots = p.value("c", std::uint32_t{1});
  const double rho = p["rho"];
  Check check{station(1, slots, rho * slots), {}, {}};
  if (p.contains("scv")) {
    check.scenario.services[0].workloads[0].service_time = law_of(p["scv"]);
  }
  set_length(check.scenario, rho * slots, weight_of(rho) * (slots == 1 ? 2 : 1));
  expect(check, metric, expected);
  return check;
}

std::optional<Check> erlang_loss(Params p, MetricName metric, const Json& expected) {
  Check check{station(1, p["c"], p["offered_load"]), {}, {}};
  check.scenario.services[0].workloads[0].queue = 0;
  check.scenario.services[0].workloads[0].service_time = Distribution::uniform(0, 2e9);
  set_length(check.scenario, p["offered_load"]);
  expect(check, metric, expected);
  return check;
}

std::optional<Check> finite_room(Params p, MetricName metric, const Json& expected) {
  const std::uint32_t slots = p["c"];
  const std::uint32_t room = p["K"];
  Check check{station(1, slots, p["lam"]), {}, {}};
  check.scenario.services[0].workloads[0].queue = room - slots;
  set_length(check.scenario, p["lam"], 2);
  if (metric.find("accepted") != std::string::npos) {
    // Refused requests end at once, so the mean over all is that of the accepted times their share.
    check.expected.push_back(expected);
    check.figures.push_back([](const World& w, const Recording& r) {
      const Tally t = entry_tally(r);
      const auto all = static_cast<double>(t.counts.ok + t.counts.failed);
      return mean_sojourn(w, r) * all / static_cast<double>(t.counts.ok);
    });
    return check;
  }
  expect(check, metric, expected);
  return check;
}

/// One processor that all share. Everyone is slowed down alike, so the mean slowdown is the mean
/// sojourn of requests that are all as long.
std::optional<Check> processor_sharing(Params p, MetricName metric, const Json& expected) {
  const double rho = p["rho"];
  const std::string kind = p.value("kind", "");
  Check check{station(1, 1'000'000, rho), {mean_sojourn}, {expected}};
  WorkloadSpec& workload = check.scenario.services[0].workloads[0];
  workload.processors = 1;
  const bool constant = kind.find("/D/") != std::string::npos || metric == "mean slowdown";
  workload.service_time = law_of(constant ? 0 : kind.find("scv 4") != std::string::npos ? 4 : 1);
  set_length(check.scenario, rho, 3 * weight_of(rho));
  return check;
}

std::optional<Check> tandem(Params p, MetricName, const Json& expected) {
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
std::optional<Check> feedback(Params p, MetricName, const Json& expected) {
  Check check{station(1, 1, p["gamma"]), {mean_busy, mean_sojourn}, {expected[0], expected[1]}};
  check.scenario.services[0].workloads[0].errors = p["p_return"];
  Route route = retried("station", 200);
  route.retry.base_interval = route.retry.max_interval = kMillisecond;
  check.scenario.load[0].route = route;
  set_length(check.scenario, p["gamma"], 2);
  return check;
}

}  // namespace

const std::vector<Model>& queue_models() {
  static const std::vector<Model> models = {
      {"M/M/1 FIFO", queue},      {"M/M/c FIFO", queue},
      {"M/G/1 FIFO", queue},      {"M/G/1 processor sharing", processor_sharing},
      {"M/G/c/c", erlang_loss},   {"M/M/c/K", finite_room},
      {"Jackson tandem", tandem}, {"Jackson with feedback", feedback},
  };
  return models;
}

}  // namespace meshfn::simulate
