// Plays scenarios that use every policy, every law of chance and every fault, and prints a digest
// of all that was recorded. Built by run.sh with different compilers, libraries and levels of
// optimisation, whose digests have to be the same.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "simulate/hashing.h"
#include "simulate/recording_json.h"
#include "simulate/simulation.h"

namespace meshfn::simulate {

namespace {

struct Named {
  std::string name;
  Scenario scenario;
};

/// Two zones with three endpoints each, called by twenty clients over a network with jitter.
Scenario base() {
  Scenario scenario;
  scenario.duration = 30 * kSecond;
  scenario.network.same_zone = Distribution::constant(250 * kMicrosecond);
  scenario.network.cross_zone = Distribution::lognormal_p50_p99(800e3, 3e6);
  ServiceSpec service;
  service.name = "station";
  WorkloadSpec workload;
  workload.name = "station";
  workload.endpoints = {{"eu/a", 3}, {"eu/b", 3}};
  workload.concurrency = 4;
  workload.errors = 0.01;
  workload.service_time = Distribution::exponential(10e6);
  service.workloads.push_back(workload);
  scenario.services.push_back(service);
  LoadSpec load;
  load.zone = "eu/a";
  load.clients = 20;
  load.call.to = "station";
  load.arrivals.rate = 1200;
  Route route;
  route.destinations = {{"station", "", 100}};
  route.timeout = 2 * kSecond;
  route.retry.retries = 2;
  route.retry.on = kRetry5xx;
  route.retry.per_try_timeout = 500 * kMillisecond;
  load.route = route;
  scenario.load.push_back(load);
  return scenario;
}

void add_policies(std::vector<Named>& out) {
  for (const Policy* policy : policies()) {
    Scenario scenario = base();
    TrafficPolicy& traffic = scenario.services[0].policy;
    traffic.balancer = policy;
    if (policy->hashes) traffic.hash = {HashKey::Source::source_ip, ""};
    traffic.outlier.enabled = true;
    traffic.settings.slow_start.window = 5 * kSecond;
    out.push_back({fmt::format("policy {}", policy->name), std::move(scenario)});
  }
}

void add_laws(std::vector<Named>& out) {
  const std::pair<const char*, Distribution> laws[] = {
      {"uniform", Distribution::uniform(1e6, 20e6)},
      {"erlang", Distribution::erlang(10e6, 3)},
      {"normal", Distribution::normal(10e6, 4e6)},
      {"lognormal", Distribution::lognormal_mean_p99(10e6, 60e6)},
      {"weibull", Distribution::weibull_mean(10e6, 0.7)},
      {"pareto", Distribution::pareto(4e6, 1.7)},
      {"empirical", Distribution::empirical({1e6, 7e6, 40e6}, {5, 3, 1})}};
  for (const auto& [name, law] : laws) {
    Scenario scenario = base();
    scenario.services[0].workloads[0].service_time = law;
    out.push_back({fmt::format("law {}", name), std::move(scenario)});
  }
}

void add_faults(std::vector<Named>& out) {
  using Effect = FaultSpec::Effect;
  for (const Effect effect : {Effect::down, Effect::slow, Effect::errors, Effect::partition,
                              Effect::loss, Effect::capacity, Effect::restart}) {
    Scenario scenario = base();
    FaultSpec fault;
    fault.name = "zone";
    fault.zone = "eu/b";
    fault.effect = effect;
    fault.amount = effect == Effect::slow || effect == Effect::restart ? 5 : 0.3;
    fault.at = 8 * kSecond;
    fault.length = 10 * kSecond;
    scenario.faults = {fault};
    scenario.services[0].policy.outlier.enabled = true;
    scenario.services[0].policy.breaker.max_connections = 8;
    out.push_back({fmt::format("fault {}", static_cast<int>(effect)), std::move(scenario)});
  }
}

int print_digests() {
  std::vector<Named> all;
  add_policies(all);
  add_laws(all);
  add_faults(all);
  for (Named& one : all) {
    const auto world = build_world(std::move(one.scenario));
    if (!world) {
      fmt::print("{}: {}\n", one.name, world.error().message);
      return 1;
    }
    const Recording record = Simulation(**world, 7).run();
    const std::string text = recording_json(record, true).dump();
    fmt::print("{:<30} {:>8} events {:016x}\n", one.name, record.events, xx_hash(text));
  }
  return 0;
}

}  // namespace

}  // namespace meshfn::simulate

int main() { return meshfn::simulate::print_digests(); }
