// Why an expectation was missed: the commonest cause of failure where it happened, and the setting
// that decides about it, with the place where it is written.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "simulate/answer.h"

namespace meshfn::simulate {

namespace {

/// Failures of one cluster by one cause in the scope of an expectation.
struct Blame {
  std::uint32_t cluster = kNone;
  Cause cause = Cause::answered;
  std::uint64_t count = 0;
  std::uint64_t all = 0;
};

std::vector<std::uint32_t> segments_of(const Answer& result, const Expectation& e) {
  if (e.scope == Expectation::Scope::fault) {
    for (const PhaseFigures& phase : result.phases) {
      if (phase.name == e.subject) return phase.segments;
    }
  }
  std::vector<std::uint32_t> all;
  for (std::uint32_t s = 0; s < result.world->segments.size(); ++s) all.push_back(s);
  return all;
}

Blame worst(const World& world, const Answer& result, const Expectation& e) {
  Blame blame;
  const auto segments = segments_of(result, e);
  for (std::uint32_t c = 0; c < world.clusters.size(); ++c) {
    const std::string& service = world.services[world.clusters[c].service].spec->name;
    if (e.scope == Expectation::Scope::service && service != e.subject) continue;
    std::array<std::uint64_t, kCauses> causes{};
    for (const std::uint32_t s : segments) {
      const auto& own = result.record.phases[c][s].causes;
      for (std::size_t i = 0; i < kCauses; ++i) causes[i] += own[i];
    }
    for (std::size_t i = 0; i < kCauses; ++i) {
      // A failed call is somebody else's failure, counted there.
      if (static_cast<Cause>(i) == Cause::dependency) continue;
      blame.all += causes[i];
      if (causes[i] > blame.count) {
        blame.cluster = c;
        blame.cause = static_cast<Cause>(i);
        blame.count = causes[i];
      }
    }
  }
  return blame;
}

std::string at(const std::string& where) { return where.empty() ? "" : " (" + where + ")"; }

std::string duration(Time t) { return format_duration(std::chrono::nanoseconds(t)); }

/// The route by which most callers reach the cluster.
const Route* route_to(const World& world, std::uint32_t cluster) {
  for (const Caller& caller : world.callers) {
    for (const Plan& plan : caller.plans) {
      for (const std::uint32_t slot : plan.slots) {
        if (caller.slots[slot].cluster == cluster) return plan.route;
      }
    }
  }
  return nullptr;
}

/// A workload whose endpoints are stopped, and are gone before clients know; null when none is.
const WorkloadSpec* stopped_too_soon(const World& world, std::uint32_t service, Time told) {
  for (const FleetInfo& fleet : world.fleets) {
    const WorkloadInfo& workload = world.workloads[fleet.workload];
    if (workload.service == service && workload.spec->drain < told) return workload.spec;
  }
  return nullptr;
}

std::string dead_endpoint_advice(const World& world, const Answer& result, const Blame& blame) {
  const ClusterInfo& cluster = world.clusters[blame.cluster];
  const TrafficPolicy& policy = *cluster.policy;
  const std::string& name = world.services[cluster.service].spec->name;
  const Time told = world.scenario.discovery.add_after;
  if (const WorkloadSpec* hasty = stopped_too_soon(world, cluster.service, told)) {
    return fmt::format(
        "endpoints of `{}` exit {} after they are told to stop, and clients hear of it after {}: "
        "let "
        "them go on serving for longer (`drain`; a preStop pause or a graceful end in the pod)",
        hasty->name, duration(hasty->drain), duration(told));
  }
  if (!policy.outlier.enabled) {
    return fmt::format(
        "`{}` has no outlierDetection{}, so proxies keep choosing dead endpoints until discovery "
        "removes them after {}: set trafficPolicy.outlierDetection in its DestinationRule",
        name, at(policy.where), duration(world.scenario.discovery.remove_after));
  }
  const double hosts = static_cast<double>(cluster.hosts.size());
  if (result.record.ejections_denied > 0) {
    return fmt::format(
        "outlierDetection of `{}`{} wanted {} more ejections, but maxEjectionPercent {:g} of {:g} "
        "endpoints allows {:.0f} at a time: raise it to the share that one zone holds, and more",
        name, at(policy.where), result.record.ejections_denied, policy.outlier.max_ejection_percent,
        hosts, std::floor(policy.outlier.max_ejection_percent * hosts / 100));
  }
  const Route* route = route_to(world, blame.cluster);
  if (blame.cause == Cause::reset && route != nullptr &&
      (route->retry.on & (kRetryReset | kRetry5xx | kRetryGatewayError)) == 0) {
    return fmt::format(
        "requests in flight when an endpoint died are not retried{}: `retryOn` of the route lacks "
        "`reset` (only for requests that may be repeated)",
        at(route->where));
  }
  return fmt::format(
      "each proxy needs {} consecutive errors of an endpoint before it ejects it{}: lower "
      "consecutive5xxErrors or allow more retries",
      policy.outlier.consecutive_5xx, at(policy.where));
}

std::string capacity_advice(const World& world, const Answer& result, const Blame& blame) {
  const ClusterInfo& cluster = world.clusters[blame.cluster];
  const std::string& name = world.services[cluster.service].spec->name;
  const auto& used = result.services[blame.cluster].utilization;
  return fmt::format(
      "`{}` is out of capacity ({} busy over the run): more endpoints, more concurrency, or less "
      "load",
      name, used ? show(Metric::utilization, *used) : "all slots");
}

std::string advice(const World& world, const Answer& result, const Blame& blame) {
  const ClusterInfo& cluster = world.clusters[blame.cluster];
  const TrafficPolicy& policy = *cluster.policy;
  const Route* route = route_to(world, blame.cluster);
  const std::string route_at = route == nullptr ? "" : at(route->where);
  switch (blame.cause) {
    case Cause::connect_failure:
    case Cause::reset:
      return dead_endpoint_advice(world, result, blame);
    case Cause::try_timeout:
      return fmt::format("perTryTimeout {} ends attempts that would have succeeded{}",
                         duration(route == nullptr ? 0 : route->retry.per_try_timeout), route_at);
    case Cause::route_timeout:
      return fmt::format("the route's timeout {} covers all attempts and their waits{}",
                         duration(route == nullptr ? 0 : route->timeout), route_at);
    case Cause::queue_full:
      return capacity_advice(world, result, blame);
    case Cause::throttled:
      return throttle_advice(result.services[blame.cluster].function);
    case Cause::overflow:
      return "a circuit breaker of the callers is open: connectionPool" + at(policy.where);
    case Cause::no_healthy_host:
      return fmt::format(
          "no endpoint was left to choose: with outlierDetection, minHealthPercent {:g} sets when "
          "unhealthy endpoints are used again{}",
          policy.panic_threshold, at(policy.where));
    case Cause::injected:
      return "the route injects these faults" + route_at;
    case Cause::answered:
      if (std::string line = event_advice(result.services[blame.cluster].function); !line.empty()) {
        return line;
      }
      return "the servers answered so themselves; `retryOn: 5xx` would retry them" + route_at;
    case Cause::dependency:
      break;
  }
  return {};
}

/// The busiest service, for latencies that are too long.
std::string bottleneck(const Answer& result) {
  const ServiceFigures* busiest = nullptr;
  for (const ServiceFigures& service : result.services) {
    if (!service.utilization) continue;
    if (busiest == nullptr || *service.utilization > *busiest->utilization) busiest = &service;
  }
  if (busiest == nullptr) return {};
  return fmt::format("busiest is `{}`: {} of its slots over the run, p99 {} as its callers see it",
                     busiest->name, show(Metric::utilization, *busiest->utilization),
                     show(Metric::p99, busiest->totals.latency.p99 * 1e-3));
}

}  // namespace

std::vector<std::string> explain(const World& world, const Answer& result,
                                 const Expectation& expectation) {
  std::vector<std::string> lines;
  const Blame blame = worst(world, result, expectation);
  if (blame.cluster != kNone) {
    const ClusterInfo& cluster = world.clusters[blame.cluster];
    lines.push_back(fmt::format("{} of {} failed calls: {} at `{}`{}", blame.count, blame.all,
                                to_string(blame.cause), world.services[cluster.service].spec->name,
                                cluster.subset.empty() ? "" : " subset `" + cluster.subset + "`"));
    lines.push_back(advice(world, result, blame));
  }
  const bool about_latency = row_of(expectation.metric).unit == Unit::duration;
  if (about_latency || expectation.metric == Metric::utilization) {
    if (std::string line = bottleneck(result); !line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace meshfn::simulate
