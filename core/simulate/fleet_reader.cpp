// Autoscalers and planned changes of a scenario.

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "simulate/scenario_reader.h"
#include "yaml/scalar.h"

namespace meshfn::simulate {

namespace {

using yaml::MapReader;

constexpr std::int64_t kMostPods = 100'000;

void set_positive(MapReader& map, std::string_view key, Time& out) {
  const auto value = map.duration(key);
  if (!value) return;
  out = value->count();
  if (out <= 0) {
    yaml::bad_value(map.problems(), map.where(key), fmt::format("`{}` must be above 0", key));
    out = kSecond;
  }
}

ScalingRules::Limit read_limit(yaml::Node node, yaml::Problems& problems) {
  MapReader map(node, "limit", problems);
  ScalingRules::Limit limit;
  const auto share = map.find("share") ? parse_percent(map.find("share").text()) : std::nullopt;
  if (share && *share > 0) limit.share = *share;
  if (const auto n = map.integer("pods", 1, kMostPods))
    limit.count = static_cast<std::uint32_t>(*n);
  set_positive(map, "per", limit.period);
  if ((limit.share > 0) == (limit.count > 0)) {
    yaml::bad_value(problems, node.where(), "a limit is either a `share` or a number of `pods`",
                    "write `{share: 100%, per: 15s}` or `{pods: 4, per: 15s}`");
  }
  map.done();
  return limit;
}

void read_rules(yaml::Node node, ScalingRules& rules, yaml::Problems& problems) {
  if (!node) return;
  MapReader map(node, "scaling rules", problems);
  if (const auto window = map.duration("window")) rules.window = window->count();
  constexpr std::string_view kSelect[] = {"most", "least", "disabled"};
  if (const auto word = map.choice("select", kSelect)) {
    rules.select = static_cast<ScalingRules::Select>(
        std::find(std::begin(kSelect), std::end(kSelect), *word) - std::begin(kSelect));
  }
  if (map.find("limits")) {
    rules.limits.clear();
    for (const yaml::Node item : map.list("limits")) {
      rules.limits.push_back(read_limit(item, problems));
    }
  }
  map.done();
}

/// Exactly one of `utilization`, `concurrency` and `rate`.
void read_metric(MapReader& map, AutoscaleSpec& spec) {
  using Metric = AutoscaleSpec::Metric;
  int given = 0;
  const auto take = [&](Metric metric, double target, std::string_view key) {
    ++given;
    spec.metric = metric;
    spec.target = target;
    if (target <= 0) {
      yaml::bad_value(map.problems(), map.where(key), fmt::format("`{}` must be above 0", key));
    }
  };
  if (map.node().find("utilization")) {
    take(Metric::utilization, map.percent("utilization").value_or(1), "utilization");
  }
  if (map.node().find("concurrency")) {
    take(Metric::concurrency, map.number("concurrency").value_or(1), "concurrency");
  }
  if (const yaml::Node rate = map.find("rate")) {
    take(Metric::rate, parse_rate(rate.text()).value_or(0), "rate");
  }
  if (given != 1) {
    yaml::bad_value(map.problems(), map.node().where(),
                    "an autoscaler looks at one of `utilization`, `concurrency` and `rate`",
                    "write `utilization: 80%`, `concurrency: 10` or `rate: 50/s`");
  }
}

PodCount read_pods(MapReader& map, std::string_view key) {
  PodCount out;
  const yaml::Node node = map.find(key);
  if (!node) return out;
  if (node.text().ends_with('%')) {
    out.share = map.percent(key).value_or(out.share);
  } else if (const auto n = map.integer(key, 0, kMostPods)) {
    out.count = static_cast<std::uint32_t>(*n);
  }
  return out;
}

ChangeSpec::Rollout read_rollout(yaml::Node node, yaml::Problems& problems) {
  MapReader map(node, "rollout", problems);
  ChangeSpec::Rollout rollout;
  rollout.service = map.require("service").text();
  rollout.from = read_labels(map, "from");
  rollout.to = read_labels(map, "to");
  rollout.surge = read_pods(map, "max-surge");
  rollout.unavailable = read_pods(map, "max-unavailable");
  if (rollout.surge.of(100, true) == 0 && rollout.unavailable.of(100, false) == 0) {
    yaml::bad_value(problems, node.where(),
                    "the rollout cannot begin: `max-surge` and `max-unavailable` are both 0");
  }
  map.done();
  return rollout;
}

ChangeSpec::Canary read_canary(yaml::Node node, yaml::Problems& problems) {
  MapReader map(node, "canary", problems);
  ChangeSpec::Canary canary;
  canary.service = map.require("service").text();
  canary.subset = map.require("subset").text();
  map.require("steps");
  const std::vector<yaml::Node> items = map.list("steps");
  for (const yaml::Node item : items) {
    MapReader step(item, "step", problems);
    step.require("weight");
    const double weight = step.percent("weight").value_or(0);
    const auto length = step.duration("for");
    canary.steps.push_back({weight, length ? length->count() : 0});
    step.done();
    if (canary.steps.back().length > 0 || item == items.back()) continue;
    yaml::bad_value(problems, item.where(), "only the last step may go on without an end",
                    "add `for: 30s`");
  }
  map.done();
  return canary;
}

}  // namespace

std::optional<AutoscaleSpec> read_autoscale(yaml::Node node, yaml::Problems& problems) {
  if (!node) return std::nullopt;
  MapReader map(node, "autoscaler", problems);
  AutoscaleSpec spec;
  if (const auto n = map.integer("min", 1, kMostPods)) spec.least = static_cast<std::uint32_t>(*n);
  map.require("max");
  if (const auto n = map.integer("max", 1, kMostPods)) spec.most = static_cast<std::uint32_t>(*n);
  if (spec.most < spec.least) {
    yaml::bad_value(problems, map.where("max"), "`max` must not be below `min`");
  }
  read_metric(map, spec);
  set_positive(map, "interval", spec.interval);
  if (const auto share = map.percent("tolerance")) spec.tolerance = *share;
  read_rules(map.find("up"), spec.up, problems);
  read_rules(map.find("down"), spec.down, problems);
  map.done();
  return spec;
}

FaultSpec read_change(yaml::Node node, std::vector<ChangeSpec>& changes, yaml::Problems& problems) {
  MapReader map(node, "change", problems);
  FaultSpec planned;
  planned.where = place(node);
  planned.effect = FaultSpec::Effect::change;
  planned.change = static_cast<std::uint32_t>(changes.size());
  if (const auto name = map.string("name")) planned.name = *name;
  map.require("at");
  if (const auto at = map.duration("at")) planned.at = at->count();
  if (const auto length = map.duration("for")) planned.length = length->count();
  ChangeSpec change;
  if (const yaml::Node rollout = map.find("rollout")) {
    change.rollout = read_rollout(rollout, problems);
  }
  if (const yaml::Node canary = map.find("canary")) change.canary = read_canary(canary, problems);
  if (change.rollout.has_value() == change.canary.has_value() && node.is_mapping()) {
    yaml::bad_value(problems, node.where(), "a change is either a `rollout` or a `canary`");
  }
  changes.push_back(std::move(change));
  map.done();
  return planned;
}

}  // namespace meshfn::simulate
