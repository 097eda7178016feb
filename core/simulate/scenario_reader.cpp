#include "simulate/scenario_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "simulate/function_reader.h"
#include "yaml/reader.h"

namespace meshfn::simulate {

namespace {

using yaml::MapReader;

constexpr std::string_view kApiVersion = "meshfn.dev/v1";
/// What an isotope file is run with; it says nothing about load.
constexpr double kIsotopeRate = 100;

void read_network(yaml::Node node, NetworkSpec& network, ReadContext& context) {
  if (!node) return;
  MapReader map(node, "network", context.problems);
  network.same_zone = read_distribution(map.find("same-zone"), context);
  network.cross_zone = read_distribution(map.find("cross-zone"), context);
  network.cross_region = read_distribution(map.find("cross-region"), context);
  for (const yaml::Node item : map.list("links")) {
    MapReader link(item, "link", context.problems);
    LinkSpec spec;
    spec.from = link.require("from").text();
    spec.to = link.require("to").text();
    spec.latency = read_distribution(link.require("latency"), context);
    spec.loss = link.percent("loss").value_or(0);
    link.done();
    network.links.push_back(std::move(spec));
  }
  map.done();
}

void read_discovery(yaml::Node node, DiscoverySpec& discovery, yaml::Problems& problems) {
  if (!node) return;
  MapReader map(node, "discovery", problems);
  if (const auto t = map.duration("remove-after")) discovery.remove_after = t->count();
  if (const auto t = map.duration("add-after")) discovery.add_after = t->count();
  map.done();
}

/// Services and calls from an isotope file that the scenario names.
void read_topology(MapReader& map, Scenario& scenario, ReadContext& context) {
  const auto name = map.string("topology");
  if (!name) return;
  const std::string path = path::join(context.directory, *name);
  auto text = context.files.read(path);
  if (!text) {
    yaml::bad_value(context.problems, map.where("topology"), text.error().message);
    return;
  }
  const auto tree = yaml::read(context.store.add(path, std::move(*text)), context.problems);
  for (const yaml::Document& document : tree->documents()) {
    read_isotope(document.root, 0, scenario, context.problems);
  }
}

void read_times(MapReader& map, Scenario& scenario) {
  if (const auto seed = map.integer("seed", 0, INT64_MAX)) {
    scenario.seed = static_cast<std::uint64_t>(*seed);
  }
  if (const auto t = map.duration("duration")) scenario.duration = t->count();
  if (const auto t = map.duration("warmup")) scenario.warmup = t->count();
  if (scenario.duration <= 0) {
    yaml::bad_value(map.problems(), map.where("duration"), "`duration` must be above 0");
  } else if (scenario.warmup >= scenario.duration) {
    yaml::bad_value(map.problems(), map.where("warmup"),
                    "`warmup` leaves nothing to measure: it must be shorter than `duration`");
  }
}

/// `- during zone-loss: success-rate >= 99%` without quotes is a mapping to YAML, and what its
/// author means is clear.
std::string expectation_text(yaml::Node item) {
  if (!item.is_mapping() || item.size() != 1) return std::string(item.text());
  const yaml::Entry only = *item.entries().begin();
  return std::string(only.key.text()) + ": " + std::string(only.value.text());
}

void read_expectations(MapReader& map, Scenario& scenario) {
  for (const yaml::Node item : map.list("expect")) {
    auto read = parse_expectation(expectation_text(item));
    if (!read) {
      yaml::bad_value(map.problems(), item.where(), read.error().message, read.error().hint);
      continue;
    }
    read->where = place(item);
    scenario.expect.push_back(std::move(*read));
  }
}

/// A later service of the same name replaces one from the topology.
void add_services(std::vector<ServiceSpec> services, Scenario& scenario) {
  for (ServiceSpec& service : services) {
    const auto same = std::find_if(scenario.services.begin(), scenario.services.end(),
                                   [&](const ServiceSpec& s) { return s.name == service.name; });
    if (same == scenario.services.end()) {
      scenario.services.push_back(std::move(service));
      continue;
    }
    if (service.script.empty()) service.script = std::move(same->script);
    *same = std::move(service);
  }
}

/// `data-plane`: the defaults of every client, before what services say themselves.
void read_data_plane(MapReader& map, Scenario& scenario) {
  std::vector<std::string_view> names;
  for (const DataPlaneRow& row : data_planes()) names.push_back(row.name);
  const auto name = map.choice("data-plane", names);
  for (const DataPlaneRow& row : data_planes()) {
    if (name && row.name == *name) scenario.data_plane = row.plane;
  }
  for (ServiceSpec& service : scenario.services) {
    service.policy = row_of(scenario.plane()).policy();
    apply(service.own, service.policy);
  }
}

ScenarioFile read_root(yaml::Node root, ReadContext& context) {
  ScenarioFile out;
  Scenario& scenario = out.scenario;
  MapReader map(root, "scenario", context.problems);
  const std::string_view versions[] = {kApiVersion};
  map.choice("apiVersion", versions);
  const std::string_view kinds[] = {"Scenario"};
  map.choice("kind", kinds);
  if (const auto name = map.string("name")) scenario.name = *name;
  map.string("description");
  read_times(map, scenario);
  for (const std::string& path : map.strings("mesh")) {
    out.mesh.push_back(path::join(context.directory, path));
  }
  read_network(map.find("network"), scenario.network, context);
  read_discovery(map.find("discovery"), scenario.discovery, context.problems);
  read_topology(map, scenario, context);
  add_services(read_services(map.entries("services"), context), scenario);
  read_account(map.find("functions"), scenario, context);
  read_data_plane(map, scenario);
  for (const yaml::Node item : map.list("load")) scenario.load.push_back(read_load(item, context));
  for (const yaml::Node item : map.list("faults")) {
    scenario.faults.push_back(read_fault(item, context.problems));
  }
  for (const yaml::Node item : map.list("changes")) {
    scenario.faults.push_back(read_change(item, scenario.changes, context.problems));
  }
  read_expectations(map, scenario);
  if (scenario.load.empty() && root.is_mapping()) {
    yaml::bad_value(context.problems, root.where(), "the scenario has no load",
                    "add `load: [{to: SERVICE, arrivals: {poisson: 100/s}}]`");
  }
  map.done();
  return out;
}

bool is_isotope(yaml::Node root) {
  return root.find("services").is_sequence() && root.find("kind").text() != "Scenario";
}

}  // namespace

std::string place(yaml::Node node) { return source::to_string(node.where()); }

std::optional<ScenarioFile> read_scenario(const source::File& file, const Files& files,
                                          source::Store& store, yaml::Problems& problems) {
  const auto tree = yaml::read(file, problems);
  if (!problems.empty()) return std::nullopt;
  ReadContext context{files, store, path::parent(file.path()), problems};
  if (tree->documents().size() != 1) {
    yaml::bad_value(
        problems, {&file, {0, 0}},
        fmt::format("a scenario is one YAML document, not {}", tree->documents().size()));
    return std::nullopt;
  }
  const yaml::Node root = tree->documents().front().root;
  ScenarioFile out;
  if (is_isotope(root)) {
    read_isotope(root, kIsotopeRate, out.scenario, problems);
    out.scenario.assumptions.push_back(fmt::format(
        "an isotope topology names no load: {:g} requests/s at each entry point for {:g} s",
        kIsotopeRate, to_seconds(out.scenario.duration)));
  } else {
    out = read_root(root, context);
  }
  if (out.scenario.name.empty()) {
    const std::string_view name = path::name(file.path());
    out.scenario.name = name.substr(0, name.rfind('.'));
  }
  if (!problems.empty()) return std::nullopt;
  return out;
}

}  // namespace meshfn::simulate
