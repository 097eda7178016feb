// Workloads that change in size, and the planned changes that let them: rolling updates and
// canaries.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/suggest.h"
#include "simulate/labels.h"
#include "simulate/world_builder.h"

namespace meshfn::simulate {

namespace {

std::uint32_t size_of(const WorkloadSpec& workload) {
  std::uint32_t sum = 0;
  for (const ZoneCount& place : workload.endpoints) sum += place.count;
  return sum;
}

/// The service of that name; null when there is none.
ServiceSpec* find_service(Scenario& scenario, const std::string& name) {
  const auto found = std::find_if(scenario.services.begin(), scenario.services.end(),
                                  [&](const ServiceSpec& s) { return s.name == name; });
  return found == scenario.services.end() ? nullptr : &*found;
}

tl::unexpected<Error> no_service(const Scenario& scenario, const FaultSpec& planned,
                                 const std::string& name) {
  std::vector<std::string_view> names;
  for (const ServiceSpec& service : scenario.services) names.push_back(service.name);
  return usage_error(fmt::format("{}change `{}` is about service `{}`, which is not there",
                                 before_message(planned.where), planned.name, name),
                     did_you_mean(name, names));
}

/// What replaces `old`: the workload with the labels, or a new one of the same kind.
Result<WorkloadSpec*> successor(ServiceSpec& service, const ChangeSpec::Rollout& rollout,
                                const FaultSpec& planned) {
  for (WorkloadSpec& workload : service.workloads) {
    if (!rollout.to.empty() && has_labels(rollout.to, workload.labels)) return &workload;
  }
  if (!rollout.to.empty()) {
    return usage_error(fmt::format("{}change `{}`: no workload of `{}` has the labels of `to`",
                                   before_message(planned.where), planned.name, service.name),
                       "describe the new version under `workloads` of the service");
  }
  WorkloadSpec fresh;
  for (const WorkloadSpec& workload : service.workloads) {
    if (workload.arrives_later || !has_labels(rollout.from, workload.labels)) continue;
    if (fresh.name.empty()) {
      fresh = workload;
      fresh.name += planned.change == 0 ? "-new" : fmt::format("-new-{}", planned.change + 1);
      continue;
    }
    fresh.endpoints.insert(fresh.endpoints.end(), workload.endpoints.begin(),
                           workload.endpoints.end());
  }
  service.workloads.push_back(std::move(fresh));
  return &service.workloads.back();
}

/// How long a rolling update takes about: as many rounds as it needs, each until pods are ready
/// and known.
Time estimate(std::uint32_t wanted, std::uint32_t surge, std::uint32_t missing,
              const WorkloadSpec& fresh, const DiscoverySpec& discovery) {
  const std::uint32_t at_once = std::max(surge + missing, 1U);
  const std::uint32_t rounds = (wanted + at_once - 1) / at_once;
  const Time round = from_nanos(fresh.startup.mean()) + discovery.add_after;
  return std::max<Time>(rounds * round, kSecond);
}

}  // namespace

Result<void> WorldBuilder::plan_changes() {
  world_.rollouts.resize(scenario_.changes.size());
  for (FaultSpec& planned : scenario_.faults) {
    if (planned.effect != FaultSpec::Effect::change) continue;
    const ChangeSpec& change = scenario_.changes[planned.change];
    const auto done = change.rollout ? plan_rollout(planned, *change.rollout)
                                     : plan_canary(planned, *change.canary);
    if (!done) return done;
  }
  for (const ServiceSpec& service : scenario_.services) {
    for (const WorkloadSpec& workload : service.workloads) {
      if (!workload.autoscale) continue;
      if (service.function) {
        return usage_error(
            fmt::format("service `{}` is a function, which scales by itself", service.name),
            "leave out `autoscale`");
      }
      const bool unlimited = workload.concurrency == 0xFFFFFFFF && workload.processors <= 0;
      if (workload.autoscale->metric == AutoscaleSpec::Metric::utilization && unlimited) {
        return usage_error(
            fmt::format("the autoscaler of `{}` looks at the utilization of endpoints that have "
                        "no limit",
                        workload.name),
            "give the workload a `concurrency` or `processors`, or scale by `rate`");
      }
    }
  }
  return {};
}

Result<void> WorldBuilder::plan_rollout(FaultSpec& planned, const ChangeSpec::Rollout& rollout) {
  if (planned.name.empty()) planned.name = "rollout " + rollout.service;
  ServiceSpec* service = find_service(scenario_, rollout.service);
  if (service == nullptr) return no_service(scenario_, planned, rollout.service);
  auto fresh = successor(*service, rollout, planned);
  if (!fresh) return tl::unexpected(fresh.error());
  std::uint32_t wanted = 0;
  std::vector<ZoneCount> places;
  for (WorkloadSpec& old : service->workloads) {
    if (&old == *fresh || old.arrives_later || !has_labels(rollout.from, old.labels)) continue;
    if (old.autoscale || (*fresh)->autoscale) {
      return usage_error(
          fmt::format("{}change `{}`: `{}` has an autoscaler, and a rollout needs a "
                      "number of endpoints that stays",
                      before_message(planned.where), planned.name, old.name));
    }
    wanted += size_of(old);
    places.insert(places.end(), old.endpoints.begin(), old.endpoints.end());
  }
  if (wanted == 0) {
    return usage_error(fmt::format("{}change `{}`: no endpoint of `{}` has the labels of `from`",
                                   before_message(planned.where), planned.name, service->name));
  }
  (*fresh)->arrives_later = true;
  if (size_of(**fresh) != wanted) (*fresh)->endpoints = places;
  RolloutInfo& info = world_.rollouts[planned.change];
  info.service = static_cast<std::uint32_t>(service - scenario_.services.data());
  info.successor = (*fresh)->name;
  info.wanted = wanted;
  info.surge = rollout.surge.of(wanted, true);
  info.missing = rollout.unavailable.of(wanted, false);
  // Shares that come to nothing would never begin (Deployment's validation resolves them so).
  if (info.surge == 0 && info.missing == 0) info.missing = 1;
  if (planned.length <= 0) {
    planned.length =
        std::min(estimate(wanted, info.surge, info.missing, **fresh, scenario_.discovery),
                 std::max<Time>(scenario_.duration - planned.at, 1));
  }
  return {};
}

Result<void> WorldBuilder::plan_canary(FaultSpec& planned, const ChangeSpec::Canary& canary) {
  if (planned.name.empty()) planned.name = "canary " + canary.service;
  if (find_service(scenario_, canary.service) == nullptr) {
    return no_service(scenario_, planned, canary.service);
  }
  Time length = 0;
  for (const ChangeSpec::Canary::Step& step : canary.steps) length += step.length;
  const bool open = canary.steps.empty() || canary.steps.back().length == 0;
  const Time left = scenario_.duration - planned.at;
  if (planned.length <= 0) planned.length = open ? std::max<Time>(left, 1) : length;
  return {};
}

void WorldBuilder::find_fleets() {
  for (std::uint32_t w = 0; w < world_.workloads.size(); ++w) {
    const WorkloadSpec& spec = *world_.workloads[w].spec;
    const auto is_old = [&](const ChangeSpec& change) {
      return change.rollout &&
             change.rollout->service == world_.services[world_.workloads[w].service].spec->name &&
             has_labels(change.rollout->from, spec.labels);
    };
    const bool rolls = std::any_of(scenario_.changes.begin(), scenario_.changes.end(), is_old);
    if (!spec.autoscale && !spec.arrives_later && !rolls) continue;
    const auto mine = [&](const EndpointInfo& e) { return e.workload == w; };
    const auto first = std::find_if(world_.endpoints.begin(), world_.endpoints.end(), mine);
    const auto count = std::count_if(first, world_.endpoints.end(), mine);
    const auto spare =
        std::count_if(first, first + count, [](const EndpointInfo& e) { return e.spare; });
    world_.fleets.push_back({w, static_cast<std::uint32_t>(first - world_.endpoints.begin()),
                             static_cast<std::uint32_t>(count),
                             static_cast<std::uint32_t>(count - spare)});
  }
}

void WorldBuilder::find_rollouts() {
  for (std::uint32_t c = 0; c < scenario_.changes.size(); ++c) {
    RolloutInfo& info = world_.rollouts[c];
    for (std::uint32_t f = 0; info.service != kNone && f < world_.fleets.size(); ++f) {
      const WorkloadInfo& workload = world_.workloads[world_.fleets[f].workload];
      if (workload.service != info.service) continue;
      if (workload.spec->name == info.successor) {
        info.fresh = f;
      } else if (has_labels(scenario_.changes[c].rollout->from, workload.spec->labels)) {
        info.old.push_back(f);
      }
    }
  }
}

namespace {

/// The route's weights with `share` for one destination and the rest for the others, as they were
/// among themselves; in whole thousandths.
std::vector<std::uint32_t> shifted(const Route& route, std::size_t canary, double share) {
  constexpr double kWhole = 100'000;
  double others = 0;
  for (std::size_t i = 0; i < route.destinations.size(); ++i) {
    if (i != canary) others += route.destinations[i].weight;
  }
  std::vector<std::uint32_t> out;
  double sum = 0;
  for (std::size_t i = 0; i < route.destinations.size(); ++i) {
    const double n = static_cast<double>(route.destinations.size()) - 1;
    const double own = others > 0 ? route.destinations[i].weight / others : 1 / n;
    sum += i == canary ? share : (1 - share) * own;
    out.push_back(static_cast<std::uint32_t>(std::lround(sum * kWhole)));
  }
  return out;
}

}  // namespace

Result<void> WorldBuilder::find_canaries() {
  for (const FaultSpec& planned : scenario_.faults) {
    if (planned.effect != FaultSpec::Effect::change) continue;
    const auto& canary = scenario_.changes[planned.change].canary;
    if (!canary) continue;
    bool any = false;
    for (Caller& caller : world_.callers) {
      for (Plan& plan : caller.plans) {
        const auto& to = plan.route->destinations;
        const auto found = std::find_if(to.begin(), to.end(), [&](const Destination& d) {
          return d.service == canary->service && d.subset == canary->subset;
        });
        if (found == to.end() || to.size() < 2) continue;
        any = true;
        Time at = planned.at;
        for (const ChangeSpec::Canary::Step& step : canary->steps) {
          plan.stages.push_back(
              {at,
               shifted(*plan.route, static_cast<std::size_t>(found - to.begin()), step.weight)});
          at += step.length;
        }
        // A last step with an end gives way to what the mesh says.
        if (at < scenario_.duration && !canary->steps.empty() && canary->steps.back().length > 0) {
          plan.stages.push_back({at, plan.cumulative});
        }
        std::stable_sort(plan.stages.begin(), plan.stages.end(),
                         [](const auto& a, const auto& b) { return a.from < b.from; });
      }
    }
    if (any) continue;
    return usage_error(
        fmt::format(
            "{}change `{}`: no route shares requests between subset `{}` of `{}` and others",
            before_message(planned.where), planned.name, canary->subset, canary->service),
        "the mesh needs a VirtualService with both as weighted destinations (a weight may be 0)");
  }
  return {};
}

}  // namespace meshfn::simulate
