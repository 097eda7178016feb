#include "simulate/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "simulate/answer.h"
#include "simulate/parallel.h"
#include "simulate/what_if.h"

namespace meshfn::simulate {

namespace {

using Losses = std::vector<std::vector<FaultSpec>>;

constexpr std::size_t kMostLosses = 10'000;
constexpr std::uint32_t kFull = 100;

Losses lose_zones(const World& world) {
  std::set<std::uint32_t> used;
  for (const EndpointInfo& endpoint : world.endpoints) used.insert(endpoint.zone);
  Losses losses;
  for (const std::uint32_t zone : used) {
    FaultSpec fault;
    fault.name = fault.zone = world.zones[zone];
    if (!fault.zone.empty()) losses.push_back({fault});
  }
  return losses;
}

Losses lose_services(const World& world) {
  Losses losses;
  for (const ServiceInfo& service : world.services) {
    FaultSpec fault;
    fault.name = fault.service = service.spec->name;
    losses.push_back({fault});
  }
  return losses;
}

FaultSpec endpoint_loss(const World& world, const EndpointInfo& endpoint) {
  FaultSpec fault;
  fault.name = fault.endpoint = world.id_of(endpoint);
  return fault;
}

Losses lose_endpoints(const World& world) {
  Losses losses;
  for (const EndpointInfo& endpoint : world.endpoints) {
    losses.push_back({endpoint_loss(world, endpoint)});
  }
  return losses;
}

/// Endpoints of one workload in one zone are alike, so two of each such group stand for all.
Losses lose_pairs(const World& world) {
  std::vector<const EndpointInfo*> some;
  std::vector<std::uint32_t> counts;
  for (const EndpointInfo& endpoint : world.endpoints) {
    const auto alike = std::count_if(some.begin(), some.end(), [&](const EndpointInfo* other) {
      return other->workload == endpoint.workload && other->zone == endpoint.zone;
    });
    if (alike < 2) some.push_back(&endpoint);
  }
  Losses losses;
  std::set<std::string> seen;
  const auto group = [](const EndpointInfo& e) { return fmt::format("{}/{}", e.workload, e.zone); };
  for (std::size_t a = 0; a < some.size(); ++a) {
    for (std::size_t b = a + 1; b < some.size(); ++b) {
      if (!seen.insert(group(*some[a]) + "+" + group(*some[b])).second) continue;
      losses.push_back({endpoint_loss(world, *some[a]), endpoint_loss(world, *some[b])});
      if (losses.size() > kMostLosses) return losses;
    }
  }
  return losses;
}

constexpr SweepKind kKinds[] = {
    {kSweepNames[0], "any one zone", "every zone, one after the other", lose_zones},
    {kSweepNames[1], "any one endpoint", "every endpoint, one after the other", lose_endpoints},
    {kSweepNames[2], "any one service", "all endpoints of every service", lose_services},
    {kSweepNames[3], "any two endpoints", "two endpoints at once, alike ones tried once",
     lose_pairs},
};

std::string name_of(const std::vector<FaultSpec>& loss) {
  std::string name;
  for (const FaultSpec& fault : loss) name += (name.empty() ? "" : " + ") + fault.name;
  return name.empty() ? "nothing" : name;
}

/// The service and zone where requests of a failed run waited: of the endpoints that were up, the
/// group that used most of its slots.
std::string weakest_place(const World& world, const Answer& answer) {
  struct Group {
    double busy = 0;
    double slots = 0;
    std::uint32_t most = 0;
  };

  std::map<std::pair<std::uint32_t, std::uint32_t>, Group> groups;
  for (std::uint32_t e = 0; e < world.endpoints.size(); ++e) {
    const EndpointInfo& info = world.endpoints[e];
    const bool lost = std::any_of(world.faults.begin(), world.faults.end(), [&](const auto& f) {
      return std::binary_search(f.endpoints.begin(), f.endpoints.end(), e);
    });
    const double slots = world.workloads[info.workload].slots();
    if (lost || !std::isfinite(slots)) continue;
    Group& group = groups[{info.service, info.zone}];
    group.busy += to_seconds(answer.record.endpoints[e].busy);
    group.slots += slots;
    group.most += answer.record.endpoints[e].most_busy;
  }
  const auto share = [](const auto& entry) { return entry.second.busy / entry.second.slots; };
  const auto worst =
      std::max_element(groups.begin(), groups.end(),
                       [&](const auto& a, const auto& b) { return share(a) < share(b); });
  if (worst == groups.end()) return {};
  const std::string& zone = world.zones[worst->first.second];
  const bool full = worst->second.most >= worst->second.slots;
  return fmt::format(
      "{}{}{}", world.services[worst->first.first].spec->name, zone.empty() ? "" : " in " + zone,
      full ? fmt::format(" ({:g} of {:g} slots busy)", static_cast<double>(worst->second.most),
                         worst->second.slots)
           : "");
}

/// Whether more capacity would have helped against this cause.
bool is_overload(Cause cause) {
  return cause == Cause::queue_full || cause == Cause::try_timeout ||
         cause == Cause::route_timeout || cause == Cause::overflow || cause == Cause::throttled;
}

/// What failed first in a run: the service with most failures of its own and their cause, or where
/// the slots ran out.
std::string first_to_fail(const World& world, const Answer& answer) {
  std::uint64_t most = 0;
  std::uint32_t service = kNone;
  Cause cause = Cause::queue_full;
  for (std::uint32_t c = 0; c < world.clusters.size(); ++c) {
    Counts sum;
    for (const Counts& counts : answer.record.phases[c]) sum.merge(counts);
    for (std::size_t i = 0; i < kCauses; ++i) {
      if (static_cast<Cause>(i) == Cause::dependency || sum.causes[i] <= most) continue;
      most = sum.causes[i];
      service = world.clusters[c].service;
      cause = static_cast<Cause>(i);
    }
  }
  if (service == kNone || is_overload(cause)) {
    if (std::string place = weakest_place(world, answer); !place.empty()) return place;
  }
  if (service == kNone) return {};
  return fmt::format("{} ({})", world.services[service].spec->name, to_string(cause));
}

/// When a loss happens and how long it lasts: as the scenario's first fault, or the middle third.
void set_times(const Scenario& scenario, FaultSpec& fault) {
  if (!scenario.faults.empty()) {
    fault.at = scenario.faults.front().at;
    fault.length = scenario.faults.front().length;
    return;
  }
  const Time third = (scenario.duration - scenario.warmup) / 3;
  fault.at = scenario.warmup + third;
  fault.length = third;
}

/// Replaces the faults, and points what was expected during them at the loss.
void replace_faults(Scenario& scenario, const std::vector<FaultSpec>& loss) {
  std::vector<FaultSpec> faults = loss;
  for (FaultSpec& fault : faults) set_times(scenario, fault);
  scenario.faults = std::move(faults);
  for (Expectation& e : scenario.expect) {
    if (e.scope == Expectation::Scope::fault && !loss.empty()) e.subject = loss.front().name;
  }
  if (!loss.empty()) return;
  std::erase_if(scenario.expect,
                [](const Expectation& e) { return e.scope == Expectation::Scope::fault; });
}

Result<std::uint32_t> parse_percent_of_load(std::string_view text) {
  const auto factor = parse_scale(text);
  if (!factor) return tl::unexpected(factor.error());
  return static_cast<std::uint32_t>(std::max(1.0, std::round(*factor * kFull)));
}

}  // namespace

std::span<const SweepKind> sweep_kinds() { return kKinds; }

Result<LoadRange> parse_load_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    return usage_error(fmt::format("`{}` is no range of loads", text), "write it like `20%..150%`");
  }
  const auto low = parse_percent_of_load(text.substr(0, dots));
  if (!low) return tl::unexpected(low.error());
  const auto high = parse_percent_of_load(text.substr(dots + 2));
  if (!high) return tl::unexpected(high.error());
  if (*low > *high) {
    return usage_error(fmt::format("`{}` starts above its end", text),
                       "write the lower load first");
  }
  return LoadRange{*low, *high};
}

bool Sweep::passed() const {
  return std::all_of(rows.begin(), rows.end(),
                     [](const SweepRow& row) { return row.at_full.pass; });
}

Result<SweepPlan> SweepPlan::make(Scenario scenario, const SweepKind& kind, LoadRange range) {
  SweepPlan plan;
  if (scenario.expect.empty()) {
    auto usual = parse_expectation("during loss: success-rate >= 99%");
    if (!usual) return tl::unexpected(usual.error());
    scenario.expect.push_back(std::move(*usual));
  }
  Scenario whole = scenario;
  replace_faults(whole, {});
  const auto world = build_world(std::move(whole));
  if (!world) return tl::unexpected(world.error());
  plan.losses_ = kind.losses(**world);
  if (plan.losses_.empty()) {
    return usage_error(
        fmt::format("--sweep {}: the scenario has nothing of that sort to lose", kind.name),
        "zones are written in `endpoints: {region/zone: 3}`");
  }
  if (plan.losses_.size() > kMostLosses) {
    return usage_error(
        fmt::format("--sweep {}: more than {} losses to try", kind.name, kMostLosses),
        "sweep zones or services, or a scenario with fewer endpoints");
  }
  plan.losses_.insert(plan.losses_.begin(), std::vector<FaultSpec>());
  plan.scenario_ = std::move(scenario);
  plan.kind_ = &kind;
  plan.range_ = range;
  return plan;
}

SweepRun SweepPlan::run(std::size_t index, std::uint32_t percent) const {
  Scenario scenario = scenario_;
  const std::vector<FaultSpec>& loss = losses_[index];
  replace_faults(scenario, loss);
  if (percent != kFull) scale_load(scenario, static_cast<double>(percent) / kFull);
  const auto world = build_world(std::move(scenario));
  SweepRun out;
  if (!world) {
    out.pass = false;
    out.missed = world.error().message;
    return out;
  }
  const Answer answer = simulate(**world, (*world)->scenario.seed, 1, 1);
  const Totals* totals = &answer.totals;
  for (const PhaseFigures& phase : answer.phases) {
    if (!loss.empty() && phase.name == loss.front().name) totals = &phase.totals;
  }
  out.success_rate = totals->success_rate;
  out.p99 = totals->latency.p99;
  out.pass = answer.passed();
  for (const ExpectationFigures& e : answer.expectations) {
    if (e.pass) continue;
    out.missed =
        fmt::format("{}  (is {})", e.expectation.text, show(e.expectation.metric, e.actual));
    out.weakest = first_to_fail(**world, answer);
    break;
  }
  return out;
}

SweepRow SweepPlan::row(std::size_t index) const {
  SweepRow row{name_of(losses_[index]), run(index, kFull), {}, {}};
  std::uint32_t good = range_.low - 1;
  std::uint32_t bad = range_.high + 1;
  const auto look = [&](std::uint32_t percent) {
    SweepRun tried = percent == kFull ? row.at_full : run(index, percent);
    if (tried.pass) {
      good = percent;
    } else {
      bad = percent;
      row.beyond = std::move(tried);
    }
  };
  // What was tried first narrows the search; then the ends, for most losses end there.
  if (range_.low <= kFull && kFull <= range_.high) look(kFull);
  if (bad > range_.high && good < range_.high) look(range_.high);
  while (bad - good > 1) look(good + (bad - good) / 2);
  if (good >= range_.low) row.survives = good;
  return row;
}

Sweep SweepPlan::frame() const {
  Sweep sweep;
  sweep.scenario = scenario_.name;
  sweep.kind = kind_->name;
  sweep.any = kind_->any;
  sweep.range = range_;
  for (const Expectation& e : scenario_.expect) sweep.expectations.push_back(e.text);
  return sweep;
}

Sweep run_sweep(const SweepPlan& plan, unsigned threads) {
  Sweep sweep = plan.frame();
  sweep.rows.resize(plan.size());
  for_each_index(plan.size(), threads, [&](std::size_t i) { sweep.rows[i] = plan.row(i); });
  return sweep;
}

std::string conclusion(const Sweep& sweep) {
  const SweepRow* least = nullptr;
  for (const SweepRow& row : sweep.rows) {
    if (least == nullptr || row.survives.value_or(0) < least->survives.value_or(0)) least = &row;
  }
  if (least == nullptr) return {};
  const std::string first = !least->beyond || least->beyond->weakest.empty()
                                ? ""
                                : fmt::format("; first to fail: {}", least->beyond->weakest);
  const std::string when = least == &sweep.rows.front()
                               ? "with nothing lost"
                               : fmt::format("when {} is lost", least->name);
  if (sweep.range.low == kFull && sweep.range.high == kFull) {
    const auto failed = std::count_if(sweep.rows.begin(), sweep.rows.end(),
                                      [](const SweepRow& row) { return !row.at_full.pass; });
    if (failed == 0) return fmt::format("survives {} at this load", sweep.any);
    return fmt::format("does not survive {} at this load: {} of {} runs fail, as {}{}", sweep.any,
                       failed, sweep.rows.size(), when, first);
  }
  if (!least->survives) {
    return fmt::format("does not survive {}: {} it already fails at {} % of this load{}", sweep.any,
                       when, sweep.range.low, first);
  }
  if (!least->beyond) {
    return fmt::format("survives {} up to at least {} % of this load, the most that was tried",
                       sweep.any, *least->survives);
  }
  return fmt::format("survives {} up to {} % of this load{}", sweep.any, *least->survives, first);
}

}  // namespace meshfn::simulate
