// Kubernetes Services and workloads of a mesh as services of a scenario.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "routing/host.h"
#include "simulate/from_mesh.h"
#include "simulate/labels.h"
#include "yaml/scalar.h"

namespace meshfn::simulate {

namespace kubernetes = resource::kubernetes;

std::string namespace_of(std::string_view service, const resource::Mesh& mesh) {
  const auto full = routing::service_of(service);
  if (full) return full->name_space;
  const std::size_t dot = service.find('.');
  if (dot != std::string_view::npos) return std::string(service.substr(dot + 1));
  return mesh.settings().default_namespace;
}

namespace {

/// Hosts that ServiceEntries bring, as they are written.
class ExternalHosts {
 public:
  explicit ExternalHosts(const resource::Mesh& mesh) {
    for (const auto& entry : mesh.all<resource::istio::ServiceEntry>()) {
      for (const resource::Text& host : entry.hosts) hosts_.emplace(*host);
    }
  }

  bool contains(std::string_view host) const { return hosts_.contains(host); }

 private:
  std::set<std::string, std::less<>> hosts_;
};

}  // namespace

std::string full_name(std::string_view service, const resource::Mesh& mesh) {
  if (mesh.derived<ExternalHosts>().contains(service)) return std::string(service);
  if (routing::service_of(service)) return std::string(service);
  return routing::fqdn(service.substr(0, service.find('.')), namespace_of(service, mesh));
}

Labels labels_of(const resource::Labels& from) {
  Labels out;
  for (const resource::Label& label : from) out.emplace(*label.key, *label.value);
  return out;
}

std::string line_of(yaml::Node node) {
  const source::Location where = node.where();
  if (where.file == nullptr) return {};
  return fmt::format("{}:{}", where.file->path(), where.file->position(where.span.begin).line);
}

namespace {

/// Zones that the scenario names anywhere, in order; the unnamed zone when it names none.
std::vector<std::string> zones_of(const Scenario& scenario) {
  std::set<std::string> zones;
  for (const ServiceSpec& service : scenario.services) {
    for (const WorkloadSpec& workload : service.workloads) {
      for (const ZoneCount& place : workload.endpoints) zones.insert(place.zone);
    }
  }
  for (const LoadSpec& load : scenario.load) zones.insert(load.zone);
  zones.erase("");
  if (zones.empty()) zones.insert("");
  return {zones.begin(), zones.end()};
}

/// Where the YAML itself pins the pods: Istio's label, or a node selector. Empty when it does not.
std::string pinned_zone(const kubernetes::Workload& workload) {
  std::string zone(resource::label(workload.pod_labels, "istio-locality"));
  std::replace(zone.begin(), zone.end(), '.', '/');
  if (!zone.empty()) return zone;
  const yaml::Node selector = workload.pod_spec.find("nodeSelector");
  const std::string_view region = selector.find("topology.kubernetes.io/region").text();
  const std::string_view name = selector.find("topology.kubernetes.io/zone").text();
  if (name.empty()) return std::string(region);
  return region.empty() ? std::string(name) : fmt::format("{}/{}", region, name);
}

/// Replicas over zones in turn, as the scheduler's default spreading does.
std::vector<ZoneCount> spread(std::uint32_t replicas, const std::vector<std::string>& zones) {
  std::vector<ZoneCount> places;
  const auto n = static_cast<std::uint32_t>(zones.size());
  for (std::uint32_t i = 0; i < n; ++i) {
    places.push_back({zones[i], replicas / n + (i < replicas % n ? 1 : 0)});
  }
  return places;
}

/// The HorizontalPodAutoscaler of a workload; null when there is none.
const resource::Object* scaler_of(const kubernetes::Workload& workload,
                                  const resource::Mesh& mesh) {
  for (const resource::Object& object : mesh.objects()) {
    if (*object.kind != "HorizontalPodAutoscaler" || object.scope != workload.scope) continue;
    const yaml::Node target = object.spec.find("scaleTargetRef");
    if (target.find("name").text() == *workload.name &&
        target.find("kind").text() == *workload.kind)
      return &object;
  }
  return nullptr;
}

/// Where the number of replicas stands.
std::string origin_of(const kubernetes::Workload& workload, const resource::Mesh& mesh) {
  const resource::Object* scaler = scaler_of(workload, mesh);
  const std::string own = line_of(workload.root);
  if (scaler == nullptr) return own;
  return fmt::format("{} within the bounds of {}", own, line_of(scaler->root));
}

/// Replicas to start with: what the workload says, within the bounds of its autoscaler.
std::int64_t replicas_of(const kubernetes::Workload& workload, const resource::Mesh& mesh) {
  const std::int64_t own = workload.replicas.value_or(1);
  const resource::Object* scaler = scaler_of(workload, mesh);
  if (scaler == nullptr) return own;
  const std::int64_t least = yaml::to_int(scaler->spec.find("minReplicas").text()).value_or(1);
  const std::int64_t most = yaml::to_int(scaler->spec.find("maxReplicas").text()).value_or(own);
  return std::max(least, std::min(own, most));
}

std::vector<ZoneCount> places_of(const kubernetes::Workload& workload,
                                 const std::vector<std::string>& zones,
                                 const resource::Mesh& mesh) {
  const auto replicas =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(replicas_of(workload, mesh), 0, 100'000));
  const std::string pinned = pinned_zone(workload);
  if (!pinned.empty()) return {{pinned, replicas}};
  return spread(replicas, zones);
}

/// How the workload's number of pods changes: its autoscaler, how long a pod takes to be ready, how
/// long one that is stopped goes on. The scenario's own words go first.
void complete_scaling(WorkloadSpec& spec, const kubernetes::Workload& workload,
                      const resource::Mesh& mesh, Scenario& scenario) {
  const std::int64_t grace =
      yaml::to_int(workload.pod_spec.find("terminationGracePeriodSeconds").text()).value_or(30);
  spec.drain = std::max<std::int64_t>(grace, 0) * kSecond;
  const resource::Object* scaler = scaler_of(workload, mesh);
  if (spec.autoscale || scaler == nullptr) return;
  const std::string where = line_of(scaler->root);
  std::string why;
  spec.autoscale = autoscale_of(*scaler, spec, why);
  if (spec.autoscale) return;
  scenario.not_modelled.push_back(
      fmt::format("{}: HorizontalPodAutoscaler `{}`: {}", where, *scaler->name, why));
}

/// Fills what a workload of the scenario leaves out from the deployment that fits its labels.
void complete_workload(WorkloadSpec& spec, const std::vector<const kubernetes::Workload*>& found,
                       const std::vector<std::string>& zones, const resource::Mesh& mesh,
                       Scenario& scenario) {
  for (const kubernetes::Workload* workload : found) {
    const Labels labels = labels_of(workload->pod_labels);
    if (!has_labels(spec.labels, labels)) continue;
    spec.labels.insert(labels.begin(), labels.end());
    complete_scaling(spec, *workload, mesh, scenario);
    if (spec.endpoints.empty()) {
      spec.endpoints = places_of(*workload, zones, mesh);
      scenario.assumptions.push_back(
          fmt::format("replicas of `{}` from {}", spec.name, origin_of(*workload, mesh)));
    }
    return;
  }
}

WorkloadSpec workload_of(const kubernetes::Workload& from, const std::vector<std::string>& zones,
                         const resource::Mesh& mesh) {
  WorkloadSpec spec;
  spec.name = *from.name;
  spec.labels = labels_of(from.pod_labels);
  spec.endpoints = places_of(from, zones, mesh);
  return spec;
}

/// What the scenario says about all workloads of a service, given for one without labels.
bool is_template(const ServiceSpec& service) {
  return service.workloads.size() == 1 && service.workloads[0].labels.empty() &&
         service.workloads[0].endpoints.empty() && !service.function;
}

void expand(ServiceSpec& service, const std::vector<const kubernetes::Workload*>& found,
            const std::vector<std::string>& zones, const resource::Mesh& mesh, Scenario& scenario) {
  const WorkloadSpec common = service.workloads[0];
  service.workloads.clear();
  for (const kubernetes::Workload* workload : found) {
    const WorkloadSpec own = workload_of(*workload, zones, mesh);
    WorkloadSpec& spec = service.workloads.emplace_back(common);
    spec.name = own.name;
    spec.labels = own.labels;
    spec.endpoints = own.endpoints;
    complete_scaling(spec, *workload, mesh, scenario);
    scenario.assumptions.push_back(
        fmt::format("replicas of `{}` from {}", *workload->name, origin_of(*workload, mesh)));
  }
}

/// A load from a workload of the mesh has the labels of its pods: routes and failovers ask for
/// them. The scenario's own go first.
void complete_clients(Scenario& scenario, const resource::Mesh& mesh) {
  for (LoadSpec& load : scenario.load) {
    if (!load.labels.empty() || !load.gateway.empty()) continue;
    const auto* from =
        mesh.find<kubernetes::Workload>(mesh.settings().default_namespace, load.from);
    if (from == nullptr || from->pod_labels.empty()) continue;
    load.labels = labels_of(from->pod_labels);
    scenario.assumptions.push_back(
        fmt::format("labels of the client `{}` from {}", load.from, line_of(from->root)));
  }
}

ServiceSpec* find_service(Scenario& scenario, const std::string& full, const resource::Mesh& mesh) {
  for (ServiceSpec& service : scenario.services) {
    if (full_name(service.name, mesh) == full) return &service;
  }
  return nullptr;
}

}  // namespace

std::string scenario_name(const kubernetes::Service& service, const resource::Mesh& mesh) {
  if (service.scope == mesh.settings().default_namespace) return std::string(*service.name);
  return fmt::format("{}.{}", *service.name, service.scope);
}

void add_services_of(Scenario& scenario, const resource::Mesh& mesh) {
  complete_clients(scenario, mesh);
  const std::vector<std::string> zones = zones_of(scenario);
  for (const kubernetes::Service& from : mesh.all<kubernetes::Service>()) {
    const auto found = mesh.workloads(from.scope, from.selector);
    ServiceSpec* service = find_service(scenario, routing::fqdn(*from.name, from.scope), mesh);
    if (service != nullptr && !service->workers && !found.empty()) {
      service->workers = workers_of(*found.front(), mesh);
    }
    if (service == nullptr) {
      if (found.empty()) continue;
      ServiceSpec added;
      added.name = scenario_name(from, mesh);
      if (!from.ports.empty()) added.port = static_cast<std::uint16_t>(*from.ports[0].port);
      for (const kubernetes::Workload* workload : found) {
        added.workloads.push_back(workload_of(*workload, zones, mesh));
        complete_scaling(added.workloads.back(), *workload, mesh, scenario);
      }
      added.workers = workers_of(*found.front(), mesh);
      scenario.services.push_back(std::move(added));
      continue;
    }
    if (is_template(*service) && !found.empty()) {
      expand(*service, found, zones, mesh, scenario);
      continue;
    }
    for (WorkloadSpec& workload : service->workloads) {
      complete_workload(workload, found, zones, mesh, scenario);
    }
  }
}

}  // namespace meshfn::simulate
