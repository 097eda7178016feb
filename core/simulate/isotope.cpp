// Isotope topology files (istio/tools, isotope/convert/pkg/graph) as they are: services with
// scripts of calls, sleeps and parallel commands. They name no load and no service times.

#include <fmt/format.h>

#include "base/units.h"
#include "simulate/scenario_reader.h"

namespace meshfn::simulate {

namespace {

struct Defaults {
  double errors = 0;
  std::uint32_t replicas = 1;
  yaml::Node script;
};

/// A share as a number 0-1 or "x%".
double read_share(yaml::Node node, double fallback, yaml::Problems& problems) {
  if (!node) return fallback;
  const auto percent = parse_percent(node.text());
  const auto number = percent ? percent : yaml::to_double(node.text());
  if (number && *number >= 0 && *number <= 1) return *number;
  yaml::bad_value(problems, node.where(), fmt::format("`{}` is no share", node.text()),
                  "write 0.01 or `1%`");
  return fallback;
}

std::uint32_t read_count(yaml::Node node, std::uint32_t fallback, yaml::Problems& problems) {
  if (!node) return fallback;
  const auto number = node.is_scalar() ? yaml::to_int(node.text()) : std::nullopt;
  if (number && *number >= 0 && *number <= 1'000'000) return static_cast<std::uint32_t>(*number);
  yaml::bad_value(problems, node.where(), "must be a whole number of 0 or more");
  return fallback;
}

Call read_command(yaml::Node node, yaml::Problems& problems) {
  Call call;
  if (!node.is_mapping() || node.size() != 1) {
    yaml::bad_value(problems, node.where(), "a command has exactly one key",
                    "write `call: NAME` or `sleep: 10ms`");
    return call;
  }
  if (const yaml::Node sleep = node.find("sleep")) {
    const auto length = parse_duration(sleep.text());
    if (!length) {
      yaml::bad_value(problems, sleep.where(), fmt::format("`{}` is no duration", sleep.text()));
    } else {
      call.sleep = Distribution::constant(length->count());
    }
    return call;
  }
  const yaml::Node target = node.find("call");
  if (!target) {
    yaml::bad_value(problems, node.where(), "unknown command", "commands are `call` and `sleep`");
    return call;
  }
  const yaml::Node name = target.is_mapping() ? target.find("service") : target;
  call.to = name.text();
  call.where = place(name ? name : target);
  if (const yaml::Node probability = target.find("probability")) {
    const std::uint32_t percent = read_count(probability, 0, problems);
    // 0 stands for "always", as absence does.
    if (percent > 0 && percent <= 100) call.probability = percent / 100.0;
  }
  return call;
}

std::vector<Step> read_script(yaml::Node script, yaml::Problems& problems) {
  std::vector<Step> steps;
  for (const yaml::Node item : script.items()) {
    Step step;
    if (item.is_sequence()) {
      for (const yaml::Node command : item.items()) step.push_back(read_command(command, problems));
    } else {
      step.push_back(read_command(item, problems));
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace

void read_isotope(yaml::Node root, double rate, Scenario& out, yaml::Problems& problems) {
  const yaml::Node given = root.find("defaults");
  Defaults defaults;
  defaults.errors = read_share(given.find("errorRate"), 0, problems);
  defaults.replicas = read_count(given.find("numReplicas"), 1, problems);
  defaults.script = given.find("script");
  for (const yaml::Node node : root.find("services").items()) {
    ServiceSpec service;
    const yaml::Node name = node.find("name");
    if (!name) {
      yaml::bad_value(problems, node.where(), "a service has no `name`");
      continue;
    }
    service.name = name.text();
    service.port = 8080;
    WorkloadSpec workload;
    workload.name = service.name;
    for (const yaml::Entry label : node.find("labels").entries()) {
      workload.labels.emplace(label.key.text(), label.value.text());
    }
    workload.errors = read_share(node.find("errorRate"), defaults.errors, problems);
    workload.endpoints = {{"", read_count(node.find("numReplicas"), defaults.replicas, problems)}};
    service.workloads.push_back(std::move(workload));
    const yaml::Node script = node.find("script");
    service.script = read_script(script ? script : defaults.script, problems);
    if (node.find("isEntrypoint").text() == "true" && rate > 0) {
      LoadSpec load;
      load.call.to = service.name;
      load.call.where = place(name);
      load.arrivals.rate = rate;
      out.load.push_back(std::move(load));
    }
    out.services.push_back(std::move(service));
  }
}

}  // namespace meshfn::simulate
