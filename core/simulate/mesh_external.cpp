// ServiceEntries of a mesh as services of a scenario, and WorkloadEntries as endpoints of what
// selects them.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "routing/host.h"
#include "simulate/from_mesh.h"
#include "simulate/labels.h"
#include "yaml/scalar.h"

namespace meshfn::simulate {

namespace {

namespace istio = resource::istio;

/// One address that answers for a host.
struct Place {
  Labels labels;
  std::string zone;
  std::uint32_t weight = 1;
};

/// Istio takes a weight that is missing or 0 for 1.
std::uint32_t weight_of(std::optional<std::int64_t> weight) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(weight.value_or(1), 1, 1'000'000));
}

Place place_of(const resource::Object& entry) {
  Place place;
  for (const yaml::Entry label : entry.spec.find("labels").entries()) {
    place.labels.emplace(label.key.text(), label.value.text());
  }
  place.zone = entry.spec.find("locality").text();
  place.weight = weight_of(yaml::to_int(entry.spec.find("weight").text()));
  return place;
}

/// WorkloadEntries of the namespace that the selector takes.
std::vector<Place> entries_of(const resource::Mesh& mesh, std::string_view scope,
                              const resource::Labels& selector) {
  std::vector<Place> places;
  if (selector.empty()) return places;
  const Labels wanted = labels_of(selector);
  for (const resource::Object* entry : mesh.of_kind("networking.istio.io", "WorkloadEntry")) {
    if (entry->scope != scope) continue;
    Place place = place_of(*entry);
    if (has_labels(wanted, place.labels)) places.push_back(std::move(place));
  }
  return places;
}

/// Places of equal labels and weights as one workload.
std::vector<WorkloadSpec> workloads_of(const std::string& name, const std::vector<Place>& places,
                                       const WorkloadSpec& like) {
  std::map<std::pair<Labels, std::uint32_t>, std::map<std::string, std::uint32_t>> groups;
  for (const Place& place : places) ++groups[{place.labels, place.weight}][place.zone];
  std::vector<WorkloadSpec> out;
  for (const auto& [key, zones] : groups) {
    WorkloadSpec& spec = out.emplace_back(like);
    spec.name = groups.size() == 1 ? name : fmt::format("{}-{}", name, out.size());
    spec.labels.insert(key.first.begin(), key.first.end());
    spec.weight = key.second;
    spec.endpoints.clear();
    for (const auto& [zone, count] : zones) spec.endpoints.push_back({zone, count});
  }
  return out;
}

ServiceSpec* find_service(Scenario& scenario, std::string_view host, const resource::Mesh& mesh) {
  for (ServiceSpec& service : scenario.services) {
    if (service.name == host || full_name(service.name, mesh) == host) return &service;
  }
  return nullptr;
}

class Externals {
 public:
  Externals(Scenario& scenario, const resource::Mesh& mesh) : scenario_(scenario), mesh_(mesh) {}

  void add(const istio::ServiceEntry& entry) {
    for (const resource::Text& host : entry.hosts) {
      if (routing::is_wildcard(*host)) {
        scenario_.not_modelled.push_back(fmt::format("{}: ServiceEntry `{}`: the hosts of `{}`",
                                                     line_of(entry.root), *entry.name, *host));
      } else {
        add(entry, std::string(*host));
      }
    }
  }

 private:
  void add(const istio::ServiceEntry& entry, const std::string& host) {
    ServiceSpec* service = find_service(scenario_, host, mesh_);
    if (service != nullptr && has_endpoints(*service)) return;
    const WorkloadSpec like = service != nullptr && service->workloads.size() == 1
                                  ? service->workloads[0]
                                  : WorkloadSpec{};
    if (service == nullptr) {
      service = &scenario_.services.emplace_back();
      service->name = host;
      if (!entry.ports.empty() && entry.ports[0].number) {
        service->port = static_cast<std::uint16_t>(*entry.ports[0].number);
      }
    }
    service->workloads = workloads_of(host, places(entry, host), like);
  }

  static bool has_endpoints(const ServiceSpec& service) {
    return std::any_of(service.workloads.begin(), service.workloads.end(),
                       [](const WorkloadSpec& w) { return !w.endpoints.empty(); });
  }

  std::vector<Place> places(const istio::ServiceEntry& entry, const std::string& host) {
    std::vector<Place> out = entries_of(mesh_, entry.scope, entry.workload_selector);
    for (const istio::ServiceEntryEndpoint& endpoint : entry.endpoints) {
      out.push_back({labels_of(endpoint.labels), std::string(*endpoint.locality),
                     weight_of(endpoint.weight ? std::optional(*endpoint.weight) : std::nullopt)});
    }
    if (!out.empty()) return out;
    scenario_.assumptions.push_back(
        fmt::format("`{}` is one endpoint, as {} names none", host, line_of(entry.root)));
    return {Place{}};
  }

  Scenario& scenario_;
  const resource::Mesh& mesh_;
};

/// WorkloadEntries stand beside the pods that a Service selects, or alone.
void add_entries(Scenario& scenario, const resource::kubernetes::Service& from,
                 const resource::Mesh& mesh) {
  const auto places = entries_of(mesh, from.scope, from.selector);
  if (places.empty()) return;
  ServiceSpec* known = find_service(scenario, routing::fqdn(*from.name, from.scope), mesh);
  if (known != nullptr && known->function) return;
  ServiceSpec& service = known == nullptr ? scenario.services.emplace_back() : *known;
  if (known == nullptr) {
    service.name = scenario_name(from, mesh);
    if (!from.ports.empty()) service.port = static_cast<std::uint16_t>(*from.ports[0].port);
  }
  const WorkloadSpec like = service.workloads.empty() ? WorkloadSpec{} : service.workloads[0];
  const bool only_template =
      known != nullptr && service.workloads.size() == 1 && like.endpoints.empty();
  if (only_template) service.workloads.clear();
  WorkloadSpec plain = like;
  plain.labels.clear();
  plain.autoscale.reset();
  for (WorkloadSpec& one : workloads_of(std::string(*from.name) + "-entry", places, plain)) {
    service.workloads.push_back(std::move(one));
  }
}

}  // namespace

void add_external_services_of(Scenario& scenario, const resource::Mesh& mesh) {
  for (const auto& from : mesh.all<resource::kubernetes::Service>()) {
    add_entries(scenario, from, mesh);
  }
  Externals externals(scenario, mesh);
  for (const auto& entry : mesh.all<istio::ServiceEntry>()) externals.add(entry);
}

}  // namespace meshfn::simulate
