// What all rows of the table share: figures of a run, lengths, and the comparison.

#include <fmt/format.h>

#include <cmath>

#include "catch.h"
#include "simulate/theory.h"

namespace meshfn::simulate {

namespace {

double seconds(double nanos) { return nanos * 1e-9; }

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

}  // namespace

double mean_sojourn(const World&, const Recording& r) {
  return seconds(entry_tally(r).latency.mean());
}

Figure quantile(double q) {
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

double cost_of_a_million(const World& world, const Recording& record) {
  const Answer answer = summarise(world, 1, 1, record);
  for (const ServiceFigures& service : answer.services) {
    if (!service.function) continue;
    return service.function->cost * 1e6 / static_cast<double>(service.function->executions);
  }
  return 0;
}

void set_length(Scenario& scenario, double rate, double weight) {
  const double length = kRequests * weight / kRuns / rate;
  const double warmup = length / 3 * std::max(1.0, run_scale());
  scenario.warmup = from_seconds(warmup);
  scenario.duration = from_seconds(warmup + length * run_scale());
}

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

std::string misses(const Check& check) {
  const auto world = world_of(check.scenario);
  std::vector<std::vector<double>> values(check.figures.size());
  for (int i = 0; i < kRuns; ++i) {
    const Recording record = run(*world, 1000 + static_cast<std::uint64_t>(i));
    for (std::size_t f = 0; f < values.size(); ++f)
      values[f].push_back(check.figures[f](*world, record));
  }
  std::string out;
  for (std::size_t f = 0; f < values.size(); ++f) {
    const double off = distance(values[f], check.expected[f], check.tolerance);
    if (off <= 1) continue;
    double mean = 0;
    for (const double v : values[f]) mean += v / kRuns;
    out += fmt::format("expected {:.5g}, is {:.5g} ({:.2f} half-widths); ", check.expected[f], mean,
                       off);
  }
  return out;
}

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

}  // namespace meshfn::simulate
