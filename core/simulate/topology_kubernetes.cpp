// Kubernetes manifests as a source of topologies: what the mesh would fill in, and who calls whom
// by the environment variables of the containers.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "diagnostic/diagnostic.h"
#include "routing/host.h"
#include "simulate/from_mesh.h"
#include "simulate/topology.h"
#include "source/file.h"
#include "yaml/reader.h"

namespace meshfn::simulate {

namespace {

namespace kubernetes = resource::kubernetes;

/// `http://cart:8080/x`, `cart:8080` or `cart.shop` as the host that it names.
std::string_view host_in(std::string_view value) {
  const std::size_t scheme = value.find("://");
  if (scheme != std::string_view::npos) value.remove_prefix(scheme + 3);
  return value.substr(0, value.find_first_of(":/?"));
}

class Importer {
 public:
  explicit Importer(const resource::Mesh& mesh) : mesh_(mesh) {}

  Topology import() {
    add_services();
    add_calls();
    out_.services.assign(names_.begin(), names_.end());
    for (const auto& pair : edges_) out_.edges.push_back({pair.first, pair.second, 1});
    out_.notes.emplace_back("calls are guessed from environment variables: one for each request");
    return std::move(out_);
  }

 private:
  /// Zones of the Nodes that are given, so that replicas spread over them.
  void add_zones(Scenario& scenario) const {
    for (const resource::Object& object : mesh_.objects()) {
      if (*object.kind != "Node") continue;
      const yaml::Node labels = object.metadata.find("labels");
      const std::string_view region = labels.find("topology.kubernetes.io/region").text();
      const std::string_view zone = labels.find("topology.kubernetes.io/zone").text();
      if (zone.empty()) continue;
      LoadSpec place;
      place.zone = region.empty() ? std::string(zone) : fmt::format("{}/{}", region, zone);
      scenario.load.push_back(std::move(place));
    }
  }

  void add_services() {
    Scenario scenario;
    add_zones(scenario);
    add_services_of(scenario, mesh_);
    for (const ServiceSpec& service : scenario.services) {
      names_.insert(service.name);
      TopologyService detail;
      detail.port = service.port;
      detail.workloads = yaml::Value::list();
      for (const WorkloadSpec& workload : service.workloads) {
        detail.workloads.add(workload_value(workload));
      }
      out_.details[service.name] = std::move(detail);
    }
    out_.notes.insert(out_.notes.end(), scenario.assumptions.begin(), scenario.assumptions.end());
  }

  static yaml::Value workload_value(const WorkloadSpec& workload) {
    yaml::Value labels = yaml::Value::map();
    for (const auto& [key, value] : workload.labels) labels.set(key, value);
    yaml::Value out = yaml::Value::map();
    out.set_unless_empty("labels", std::move(labels));
    const bool placed = workload.endpoints.size() > 1 ||
                        (!workload.endpoints.empty() && !workload.endpoints[0].zone.empty());
    yaml::Value places = yaml::Value::map();
    for (const ZoneCount& place : workload.endpoints) places.set(place.zone, place.count);
    out.set("endpoints",
            placed ? std::move(places)
                   : yaml::Value(workload.endpoints.empty() ? std::uint32_t{1}
                                                            : workload.endpoints[0].count));
    out.set("concurrency", 32);
    out.set("service-time",
            yaml::Value::map({{"exponential", yaml::Value::map({{"mean", "5ms"}})}}));
    return out;
  }

  /// The scenario's name of the Service that a pod in `name_space` means by `host`; "" for others.
  std::string service_at(std::string_view host, std::string_view name_space) const {
    if (host.empty()) return {};
    std::string full(host);
    if (host.find('.') == std::string_view::npos) {
      full = routing::fqdn(host, name_space);
    } else if (!routing::service_of(host)) {
      const std::size_t dot = host.find('.');
      full = routing::fqdn(host.substr(0, dot), host.substr(dot + 1));
    }
    for (const std::string& name : names_) {
      if (full_name(name, mesh_) == full) return name;
    }
    return {};
  }

  void add_calls() {
    for (const kubernetes::Service& from : mesh_.all<kubernetes::Service>()) {
      const std::string caller = service_at(*from.name, from.scope);
      if (caller.empty()) continue;
      for (const kubernetes::Workload* workload : mesh_.workloads(from.scope, from.selector)) {
        for (const kubernetes::Container& container : workload->containers) {
          for (const yaml::Node variable : container.node.find("env").items()) {
            const std::string to = service_at(host_in(variable.find("value").text()), from.scope);
            if (!to.empty() && to != caller) edges_.insert({caller, to});
          }
        }
      }
    }
  }

  const resource::Mesh& mesh_;
  std::set<std::string> names_;
  std::set<std::pair<std::string, std::string>> edges_;
  Topology out_;
};

}  // namespace

Result<Topology> topology_of_kubernetes(std::string_view text, const std::string& path) {
  source::Store store;
  std::vector<diagnostic::Diagnostic> problems;
  const auto tree = yaml::read(store.add(path, std::string(text)), problems);
  resource::MeshSettings settings;
  settings.default_namespace = "default";
  resource::Mesh mesh(std::move(settings));
  mesh.load(*tree);
  Topology out = Importer(mesh).import();
  if (!out.services.empty()) return out;
  return fail(fmt::format("`{}` has no Service with pods behind it", path),
              "give the Services together with their Deployments");
}

}  // namespace meshfn::simulate
