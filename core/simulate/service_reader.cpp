// Services of a scenario: workloads, endpoints, functions and what they call.

#include <fmt/format.h>

#include <algorithm>

#include "simulate/function_reader.h"

namespace meshfn::simulate {

namespace {

using yaml::MapReader;

constexpr std::int64_t kMostEndpoints = 10'000'000;

/// `{eu-west-1/a: 3}`, or a number when zones do not matter.
std::vector<ZoneCount> read_endpoints(MapReader& map) {
  std::vector<ZoneCount> places;
  const yaml::Node node = map.find("endpoints");
  if (!node) return places;
  if (node.is_scalar()) {
    if (const auto count = map.integer("endpoints", 0, kMostEndpoints)) {
      places.push_back({"", static_cast<std::uint32_t>(*count)});
    }
    return places;
  }
  for (const yaml::Entry entry : map.entries("endpoints")) {
    const auto count = entry.value.is_scalar() ? yaml::to_int(entry.value.text()) : std::nullopt;
    if (!count || *count < 0 || *count > kMostEndpoints) {
      yaml::bad_value(
          map.problems(), entry.value.where(),
          fmt::format("the number of endpoints in `{}` must be a whole number of 0 or more",
                      entry.key.text()));
      continue;
    }
    places.push_back({std::string(entry.key.text()), static_cast<std::uint32_t>(*count)});
  }
  return places;
}

/// The fields that a workload has, and a service without `workloads` as well.
WorkloadSpec read_workload(MapReader& map, const std::string& service, ReadContext& context) {
  WorkloadSpec workload;
  workload.labels = read_labels(map, "labels");
  const auto version = workload.labels.find("version");
  workload.name = version == workload.labels.end() ? service : service + "-" + version->second;
  if (const auto name = map.string("name")) workload.name = *name;
  workload.endpoints = read_endpoints(map);
  if (const auto n = map.integer("concurrency", 1, 1'000'000)) {
    workload.concurrency = static_cast<std::uint32_t>(*n);
  }
  if (const auto n = map.integer("queue", 0, 100'000'000)) {
    workload.queue = static_cast<std::uint32_t>(*n);
  }
  workload.service_time = read_distribution(map.find("service-time"), context);
  workload.errors = map.percent("errors").value_or(0);
  if (const auto n = map.number("processors")) {
    workload.processors = *n;
    if (*n <= 0) {
      yaml::bad_value(map.problems(), map.where("processors"), "`processors` must be above 0",
                      "leave it out for a service whose requests do not share processors");
    }
  }
  workload.rate_limit = read_rate_limit(map.find("rate-limit"), map.problems());
  if (const auto n = map.integer("weight", 1, 1'000'000)) {
    workload.weight = static_cast<std::uint32_t>(*n);
  }
  workload.autoscale = read_autoscale(map.find("autoscale"), map.problems());
  if (const yaml::Node startup = map.find("startup")) {
    workload.startup = read_distribution(startup, context);
  }
  if (const auto t = map.duration("drain")) workload.drain = t->count();
  return workload;
}

/// `{need: 2, of: [a, b, c]}`: the calls at the same time, and so many of them have to succeed.
Step read_some_of(yaml::Node node, ReadContext& context) {
  MapReader map(node, "step", context.problems);
  Step step;
  for (const yaml::Node command : map.list("of")) {
    step.push_back(read_call(command, context));
    if (!step.back().to.empty()) continue;
    yaml::bad_value(context.problems, command.where(), "a pause cannot succeed or fail",
                    "put it into a step of its own");
  }
  map.require("need");
  const auto most = static_cast<std::int64_t>(step.size());
  if (const auto n = map.integer("need", 1, std::max<std::int64_t>(most, 1))) {
    step.need = static_cast<std::uint32_t>(*n);
  }
  map.done();
  return step;
}

Step read_step(yaml::Node node, ReadContext& context) {
  if (node.is_mapping() && node.find("of")) return read_some_of(node, context);
  Step step;
  if (!node.is_sequence()) {
    step.push_back(read_call(node, context));
    return step;
  }
  for (const yaml::Node command : node.items()) step.push_back(read_call(command, context));
  return step;
}

ServiceSpec read_service(const yaml::Entry& entry, ReadContext& context) {
  ServiceSpec service;
  service.name = entry.key.text();
  MapReader map(entry.value, "service `" + service.name + "`", context.problems);
  if (const auto port = map.integer("port", 1, 65535)) {
    service.port = static_cast<std::uint16_t>(*port);
  }
  if (const auto n = map.integer("workers", 1, 255))
    service.workers = static_cast<std::uint32_t>(*n);
  if (const yaml::Node function = map.find("function")) {
    service.function = read_function(function, context);
  }
  for (const yaml::Node item : map.list("workloads")) {
    MapReader workload(item, "workload", context.problems);
    service.workloads.push_back(read_workload(workload, service.name, context));
    workload.done();
  }
  for (const yaml::Node item : map.list("calls")) {
    service.script.push_back(read_step(item, context));
  }
  if (service.workloads.empty()) {
    service.workloads.push_back(read_workload(map, service.name, context));
  }
  if (service.function) settle_function(service);
  service.own = read_policy(map);
  apply(service.own, service.policy);
  map.done();
  return service;
}

}  // namespace

Labels read_labels(MapReader& map, std::string_view key) {
  Labels labels;
  for (const yaml::Entry entry : map.entries(key)) {
    labels.emplace(entry.key.text(), entry.value.text());
  }
  return labels;
}

void read_call_fields(MapReader& map, Call& call) {
  if (const yaml::Node to = map.require("to")) {
    call.to = to.text();
    call.where = place(to);
  }
  if (const auto path = map.string("path")) call.path = *path;
  if (const auto method = map.string("method")) call.method = *method;
  for (const yaml::Entry entry : map.entries("headers")) {
    call.headers.emplace_back(entry.key.text(), entry.value.text());
  }
  call.async = read_invoke(map);
  call.policy = read_call_policy(map);
}

Call read_call(yaml::Node node, ReadContext& context) {
  Call call;
  if (node.is_scalar() && !node.is_null()) {
    call.to = node.text();
    call.where = place(node);
    return call;
  }
  MapReader map(node, "call", context.problems);
  if (node.find("sleep")) {
    call.sleep = read_distribution(map.find("sleep"), context);
  } else {
    read_call_fields(map, call);
    if (const auto optional = map.boolean("optional")) call.optional = *optional;
  }
  if (const auto share = map.percent("probability")) call.probability = *share;
  map.done();
  return call;
}

std::vector<ServiceSpec> read_services(const std::vector<yaml::Entry>& entries,
                                       ReadContext& context) {
  std::vector<ServiceSpec> services;
  for (const yaml::Entry& entry : entries) services.push_back(read_service(entry, context));
  return services;
}

}  // namespace meshfn::simulate
