#include "simulate/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "simulate/function_checks.h"
#include "simulate/world_builder.h"

namespace meshfn::simulate {

namespace {

/// Steps of a time series that people can read: about 120 of them, at a round length.
Time series_step(Time duration) {
  constexpr Time kSteps[] = {
      10 * kMillisecond, 100 * kMillisecond, 250 * kMillisecond, 500 * kMillisecond, kSecond,
      2 * kSecond,       5 * kSecond,        10 * kSecond,       30 * kSecond,       60 * kSecond,
      300 * kSecond,     600 * kSecond,      3600 * kSecond};
  for (const Time step : kSteps) {
    if (duration / step <= 240) return step;
  }
  return duration / 240;
}

}  // namespace

double WorkloadInfo::slots() const {
  if (function != nullptr) return function->concurrency;
  if (spec->processors > 0) return spec->processors;
  if (spec->concurrency == CircuitBreaker::kUnlimited) {
    return std::numeric_limits<double>::infinity();
  }
  return spec->concurrency;
}

Result<void> WorldBuilder::find_scripts() {
  for (ServiceInfo& service : world_.services) {
    std::uint32_t number = 0;
    for (const Step& step : service.spec->script) {
      service.script.push_back({{}, step.need});
      for (const Call& call : step) {
        const bool pause = call.to.empty();
        service.script.back().commands.push_back({pause ? kNone : number++, call.probability,
                                                  call.optional,
                                                  pause ? delay_of(call.sleep) : Delay{}});
      }
    }
  }
  return {};
}

namespace {

enum class Mark : std::uint8_t { unseen, open, done };

/// Depth-first over calls that are certain; the name of a service on a cycle, or "".
std::string find_cycle(const World& world, std::uint32_t service, std::vector<Mark>& marks) {
  if (marks[service] == Mark::done) return {};
  if (marks[service] == Mark::open) return world.services[service].spec->name;
  marks[service] = Mark::open;
  for (const WorkloadInfo& workload : world.workloads) {
    if (workload.service != service || workload.caller == kNone) continue;
    const Caller& caller = world.callers[workload.caller];
    for (const ScriptStep& step : world.services[service].script) {
      for (const Command& command : step.commands) {
        if (command.plan_index == kNone || command.probability < 1) continue;
        for (const std::uint32_t slot : caller.plans[command.plan_index].slots) {
          const std::uint32_t next = world.clusters[caller.slots[slot].cluster].service;
          if (auto name = find_cycle(world, next, marks); !name.empty()) return name;
        }
      }
    }
  }
  marks[service] = Mark::done;
  return {};
}

}  // namespace

Result<void> WorldBuilder::check_cycles() const {
  std::vector<Mark> marks(world_.services.size(), Mark::unseen);
  for (std::uint32_t s = 0; s < world_.services.size(); ++s) {
    const std::string name = find_cycle(world_, s, marks);
    if (name.empty()) continue;
    return usage_error(
        fmt::format("calls never end: `{}` calls itself, directly or through others", name),
        "give one call of the cycle a probability below 100%");
  }
  return {};
}

Result<void> WorldBuilder::build() {
  ring_of(0);
  if (const auto planned = plan_changes(); !planned) return planned;
  find_zones();
  find_links();
  find_endpoints();
  find_fleets();
  find_rollouts();
  if (const auto found = find_faults(); !found) return found;
  if (const auto checked = check_expectations(); !checked) return checked;
  if (const auto found = find_callers(); !found) return found;
  if (const auto found = find_canaries(); !found) return found;
  if (const auto found = find_scripts(); !found) return found;
  if (const auto checked = check_cycles(); !checked) return checked;
  if (auto checked = check_functions(scenario_); !checked) return checked;
  find_segments();
  world_.step = series_step(scenario_.duration);
  world_.step_ring = ring_of(world_.step);
  return {};
}

Result<std::unique_ptr<World>> build_world(Scenario scenario) {
  auto world = std::make_unique<World>();
  world->scenario = std::move(scenario);
  WorldBuilder builder(*world);
  if (const auto built = builder.build(); !built) return tl::unexpected(built.error());
  return world;
}

double mean_rate(const Arrivals& arrivals, Time duration) {
  switch (arrivals.kind) {
    case Arrivals::Kind::constant:
    case Arrivals::Kind::poisson:
    case Arrivals::Kind::diurnal:
      return arrivals.rate;
    case Arrivals::Kind::ramp:
      return (arrivals.rate + arrivals.low_rate) / 2;
    case Arrivals::Kind::burst: {
      const double on = to_seconds(arrivals.on);
      const double off = to_seconds(arrivals.off);
      return (arrivals.rate * on + arrivals.low_rate * off) / (on + off);
    }
    case Arrivals::Kind::trace:
      return static_cast<double>(arrivals.trace.size()) / to_seconds(duration);
    case Arrivals::Kind::closed:
      return 0;  // bounded by its users: never more than capacity
  }
  return 0;
}

namespace {

/// Adds the flow of one plan to the services it reaches.
void spread(const World& world, const Caller& caller, const Plan& plan, double rate,
            std::vector<double>& out) {
  if (plan.cumulative.empty()) return;
  double before = 0;
  for (std::size_t i = 0; i < plan.slots.size(); ++i) {
    const double share = (plan.cumulative[i] - before) / plan.cumulative.back();
    before = plan.cumulative[i];
    out[world.clusters[caller.slots[plan.slots[i]].cluster].service] += rate * share;
  }
}

/// What the services call when `arriving` requests per second reach each of them.
std::vector<double> next_hop(const World& world, const std::vector<double>& arriving) {
  std::vector<double> next(arriving.size(), 0);
  std::vector<double> endpoints(arriving.size(), 0);
  for (const EndpointInfo& e : world.endpoints) endpoints[e.service] += 1;
  for (const EndpointInfo& e : world.endpoints) {
    const std::uint32_t caller_id = world.workloads[e.workload].caller;
    if (caller_id == kNone) continue;
    const double own = arriving[e.service] / endpoints[e.service];
    for (const ScriptStep& step : world.services[e.service].script) {
      for (const Command& command : step.commands) {
        if (command.plan_index == kNone) continue;
        const Caller& caller = world.callers[caller_id];
        spread(world, caller, caller.plans[command.plan_index], own * command.probability, next);
      }
    }
  }
  return next;
}

}  // namespace

std::string World::id_of(const EndpointInfo& endpoint) const {
  return fmt::format("{}-{}", workloads[endpoint.workload].spec->name, endpoint.number);
}

std::vector<double> offered_load(const World& world) {
  std::vector<double> wave(world.services.size(), 0);
  for (const LoadInfo& load : world.loads) {
    const Caller& caller = world.callers[world.proxies[load.first_proxy].caller];
    const double rate = mean_rate(load.spec->arrivals, world.scenario.duration);
    spread(world, caller, caller.plans[0], rate, wave);
  }
  std::vector<double> total = wave;
  for (int depth = 0; depth < 64; ++depth) {
    wave = next_hop(world, wave);
    double sum = 0;
    for (std::size_t s = 0; s < wave.size(); ++s) sum += wave[s];
    if (sum < 1e-9) break;
    for (std::size_t s = 0; s < wave.size(); ++s) total[s] += wave[s];
  }
  return total;
}

}  // namespace meshfn::simulate
