// Do the expectations hold, and if not: what happened, and which setting decides it.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "simulate/answer.h"
#include "simulate/metastable.h"

namespace meshfn::simulate {

namespace {

double seconds(double milliseconds) { return milliseconds * 1e-3; }

constexpr double kNeverSeconds = 1e300;

double of_totals(const Totals& t, Metric metric) {
  switch (metric) {
    case Metric::success_rate:
      return t.success_rate;
    case Metric::mean:
      return seconds(t.latency.mean);
    case Metric::p50:
      return seconds(t.latency.p50);
    case Metric::p90:
      return seconds(t.latency.p90);
    case Metric::p95:
      return seconds(t.latency.p95);
    case Metric::p99:
      return seconds(t.latency.p99);
    case Metric::p999:
      return seconds(t.latency.p999);
    case Metric::max:
      return seconds(t.latency.max);
    case Metric::rps:
      return t.rps;
    case Metric::retry_ratio:
      return t.retry_ratio;
    case Metric::recovery_time:
    case Metric::detection_time:
    case Metric::utilization:
    case Metric::ejections:
    case Metric::availability:
    case Metric::cost:
    case Metric::cold_share:
    case Metric::throttled:
    case Metric::dead_letters:
    case Metric::event_age:
      break;
  }
  return 0;
}

/// A figure of the functions behind `service`; of all of them when that is empty.
double of_functions(const Answer& result, std::string_view service, Metric metric) {
  double executions = 0;
  double cold = 0;
  double throttled = 0;
  double dead = 0;
  double age = 0;
  for (const ServiceFigures& s : result.services) {
    if (!s.function || (!service.empty() && s.name != service)) continue;
    executions += static_cast<double>(s.function->executions);
    cold += static_cast<double>(s.function->cold_starts);
    throttled += static_cast<double>(s.function->throttled);
    if (!s.function->events) continue;
    dead += static_cast<double>(s.function->events->dead_letters + s.function->events->expired);
    age = std::max(age, s.function->events->age_p99);
  }
  if (metric == Metric::event_age) return age;
  if (metric == Metric::cold_share) return executions > 0 ? cold / executions : 0;
  return metric == Metric::throttled ? throttled : dead;
}

/// Busy slots of the endpoints that `wanted` picks, as a share of all their slots.
template <class Wanted>
double utilization(const Answer& result, const Wanted& wanted) {
  const World& world = *result.world;
  const double length = to_seconds(world.scenario.duration - world.scenario.warmup);
  double busy = 0;
  double slots = 0;
  for (std::uint32_t e = 0; e < world.endpoints.size(); ++e) {
    const double own = world.workloads[world.endpoints[e].workload].slots();
    if (!std::isfinite(own) || !wanted(world.endpoints[e])) continue;
    busy += to_seconds(result.record.endpoints[e].busy);
    slots += own;
  }
  return slots > 0 ? busy / (slots * length * result.replications) : 0;
}

double of_run(const Answer& result, Metric metric) {
  switch (metric) {
    case Metric::ejections:
      return static_cast<double>(result.record.ejections);
    case Metric::availability:
      return result.availability;
    case Metric::cost:
      return result.cost;
    case Metric::utilization:
      return utilization(result, [](const EndpointInfo&) { return true; });
    default:
      return of_totals(result.totals, metric);
  }
}

double of_fault(const Answer& result, const std::string& name, Metric metric) {
  for (const FaultFigures& fault : result.faults) {
    if (fault.name != name) continue;
    if (metric == Metric::recovery_time) return fault.recovery_seconds.value_or(kNeverSeconds);
    if (metric == Metric::detection_time) return fault.detection_seconds.value_or(kNeverSeconds);
  }
  for (const PhaseFigures& phase : result.phases) {
    if (phase.name == name) return of_totals(phase.totals, metric);
  }
  return 0;
}

double of_service(const Answer& result, const std::string& name, Metric metric) {
  const World& world = *result.world;
  if (metric == Metric::utilization) {
    return utilization(result, [&](const EndpointInfo& e) {
      return world.services[e.service].spec->name == name;
    });
  }
  Tally sum;
  for (const ServiceFigures& service : result.services) {
    if (service.name == name) sum.merge(result.record.clusters[service.cluster]);
  }
  const double length = to_seconds(world.scenario.duration - world.scenario.warmup);
  return of_totals(totals_of(sum, length * result.replications), metric);
}

double of_zone(const Answer& result, const std::string& name, Metric metric) {
  const World& world = *result.world;
  if (metric == Metric::utilization) {
    return utilization(result, [&](const EndpointInfo& e) { return world.zones[e.zone] == name; });
  }
  Tally sum;
  for (std::size_t l = 0; l < world.loads.size(); ++l) {
    if (world.zones[world.loads[l].zone] != name) continue;
    for (const Tally& tally : result.record.loads[l]) sum.merge(tally);
  }
  const double length = to_seconds(world.scenario.duration - world.scenario.warmup);
  return of_totals(totals_of(sum, length * result.replications), metric);
}

double actual_of(const Answer& result, const Expectation& e) {
  switch (e.scope) {
    case Expectation::Scope::run:
      return row_of(e.metric).of_functions ? of_functions(result, {}, e.metric)
                                           : of_run(result, e.metric);
    case Expectation::Scope::fault:
      return of_fault(result, e.subject, e.metric);
    case Expectation::Scope::service:
      return row_of(e.metric).of_functions ? of_functions(result, e.subject, e.metric)
                                           : of_service(result, e.subject, e.metric);
    case Expectation::Scope::zone:
      return of_zone(result, e.subject, e.metric);
  }
  return 0;
}

/// Functions whose events pile up.
void warn_of_backlogs(const Answer& result, std::vector<std::string>& warnings) {
  constexpr std::uint64_t kFew = 1000;
  for (const ServiceFigures& service : result.services) {
    if (!service.function || !service.function->events) continue;
    const EventFigures& events = *service.function->events;
    const std::uint64_t of_one_run = events.events / result.replications;
    if (events.most_waiting < kFew || events.most_waiting < of_one_run / 5) continue;
    warnings.push_back(fmt::format(
        "`{}` cannot keep up with its events: {} waited at a time; raise its concurrency, or the "
        "batches and pollers of its source",
        service.name, events.most_waiting));
  }
}

}  // namespace

void judge(const World& world, Answer& result) {
  for (const Expectation& expectation : world.scenario.expect) {
    ExpectationFigures figures{expectation, actual_of(result, expectation), false, {}, {}};
    figures.pass = expectation.holds(figures.actual);
    if (!figures.pass) figures.why = explain(world, result, expectation);
    result.expectations.push_back(std::move(figures));
  }
}

std::vector<std::string> find_warnings(const World& world, const Answer& result) {
  std::vector<std::string> warnings;
  if (auto found = find_metastable(world, result)) warnings.push_back(std::move(*found));
  const std::vector<double> offered = offered_load(world);
  for (std::uint32_t s = 0; s < world.services.size(); ++s) {
    double needed = 0;
    double slots = 0;
    double endpoints = 0;
    bool limited = true;
    for (const EndpointInfo& e : world.endpoints) {
      if (e.service != s) continue;
      const WorkloadInfo& workload = world.workloads[e.workload];
      limited = limited && std::isfinite(workload.slots()) && workload.function == nullptr;
      slots += workload.slots();
      needed += workload.spec->service_time.mean() * 1e-9;
      endpoints += 1;
    }
    if (!limited || endpoints <= 0) continue;
    needed *= offered[s] / endpoints;
    if (needed < slots) continue;
    warnings.push_back(fmt::format(
        "`{}` cannot keep up: {:.0f} requests/s need {:.1f} slots and there are {:.0f}; queues "
        "grow for as long as the load lasts",
        world.services[s].spec->name, offered[s], needed, slots));
  }
  warn_of_backlogs(result, warnings);
  if (result.record.shed > 0) {
    warnings.push_back(fmt::format("{} requests were not started: 4 million were in flight already",
                                   result.record.shed));
  }
  const std::uint64_t ended = result.totals.counts.ok + result.totals.counts.failed;
  if (ended > 0 && ended < 100'000) {
    warnings.push_back(fmt::format(
        "p99.9 rests on {} requests; 100000 make it reliable (longer duration or --replications)",
        ended));
  }
  return warnings;
}

}  // namespace meshfn::simulate
