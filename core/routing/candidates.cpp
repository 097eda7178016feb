#include "routing/candidates.h"

#include <algorithm>

#include "resource/located.h"
#include "routing/host.h"
#include "routing/policy.h"

namespace meshfn::routing {

namespace {

using resource::Mesh;
using resource::Object;
using resource::kubernetes::Service;
using resource::kubernetes::Workload;
using yaml::Node;
using Endpoints = std::vector<Candidate>;

constexpr std::string_view kNetworking = "networking.istio.io";
constexpr std::string_view kRegion = "topology.kubernetes.io/region";
constexpr std::string_view kZone = "topology.kubernetes.io/zone";

void add(Endpoints& out, std::string_view name, std::string_view locality, source::Location where) {
  if (!locality.empty()) out.push_back({std::string(name), std::string(locality), 0, where});
}

void add_entries(const Mesh& mesh, const Destination& to, Endpoints& out) {
  for (const Object* entry : mesh.of_kind(kNetworking, "ServiceEntry")) {
    const auto hosts = resource::texts(entry->spec.find("hosts"));
    const bool meant =
        std::any_of(hosts.begin(), hosts.end(), [&](const auto& host) { return *host == to.host; });
    if (!meant) continue;
    for (const Node endpoint : entry->spec.find("endpoints").items()) {
      add(out, endpoint.find("address").text(), endpoint.find("locality").text(), endpoint.where());
    }
    const auto selector = resource::labels(entry->spec.at("workloadSelector", "labels"));
    if (selector.empty()) continue;
    for (const Object* workload : mesh.of_kind(kNetworking, "WorkloadEntry")) {
      const auto labels = resource::labels(workload->spec.find("labels"));
      if (workload->scope != entry->scope || !resource::selects(selector, labels)) continue;
      add(out, *workload->name, workload->spec.find("locality").text(), workload->where());
    }
  }
}

/// The region of a zone by the Nodes of the input; empty when none says it.
std::string region_of(const Mesh& mesh, std::string_view zone) {
  for (const Object* node : mesh.of_kind("", "Node")) {
    if (node->label(kZone).value == zone) return std::string(node->label(kRegion).value);
  }
  return {};
}

std::string join(std::string_view region, std::string_view zone) {
  if (region.empty()) return std::string(zone);
  return std::string(region) + "/" + std::string(zone);
}

void add_slices(const Mesh& mesh, const Service& service, Endpoints& out) {
  for (const Object* slice : mesh.of_kind("discovery.k8s.io", "EndpointSlice")) {
    const bool meant = slice->scope == service.scope &&
                       slice->label("kubernetes.io/service-name").value == service.name.value;
    if (!meant) continue;
    for (const Node endpoint : slice->root.find("endpoints").items()) {
      const std::string_view zone = endpoint.find("zone").text();
      if (zone.empty()) continue;
      add(out, endpoint.find("addresses").item(0).text(), join(region_of(mesh, zone), zone),
          endpoint.where());
    }
  }
}

/// Where pods run: on a Node with labels, or where their node selector sends them.
std::string locality_of(const Mesh& mesh, const Workload& workload) {
  const Node selector = workload.pod_spec.find("nodeSelector");
  if (const Node zone = selector.find(kZone)) {
    const std::string_view region = selector.find(kRegion).text();
    return join(region.empty() ? region_of(mesh, zone.text()) : std::string(region), zone.text());
  }
  const Object* node = mesh.find("Node", "", workload.pod_spec.find("nodeName").text());
  if (node == nullptr || node->label(kZone).value.empty()) return {};
  return join(node->label(kRegion).value, node->label(kZone).value);
}

void add_pods(const Mesh& mesh, const Service& service, const Policy& policy, Endpoints& out) {
  for (const Workload* workload : mesh.workloads(service.scope, service.selector)) {
    if (policy.subset != nullptr &&
        !resource::selects(policy.subset->labels, workload->pod_labels)) {
      continue;
    }
    add(out, *workload->name, locality_of(mesh, *workload), workload->where());
  }
}

std::string_view part(std::string_view locality, std::size_t index) {
  for (; index > 0; --index) {
    const std::size_t slash = locality.find('/');
    if (slash == locality.npos) return {};
    locality.remove_prefix(slash + 1);
  }
  return locality.substr(0, locality.find('/'));
}

/// A bare zone is completed from an endpoint that lies in it.
std::string complete(std::string_view from, const Endpoints& endpoints) {
  if (from.find('/') != from.npos) return std::string(from);
  for (const Candidate& endpoint : endpoints) {
    if (part(endpoint.locality, 1) == from) return endpoint.locality;
  }
  return std::string(from);
}

unsigned distance(std::string_view from, std::string_view to) {
  if (part(from, 0) != part(to, 0)) return 2;
  return part(from, 1) == part(to, 1) ? 0 : 1;
}

/// The priorities in use, without gaps.
void close_gaps(Endpoints& endpoints) {
  unsigned next = 0;
  for (std::size_t i = 0; i < endpoints.size();) {
    const unsigned old = endpoints[i].priority;
    for (; i < endpoints.size() && endpoints[i].priority == old; ++i) endpoints[i].priority = next;
    ++next;
  }
}

}  // namespace

Candidates candidates_of(const Mesh& mesh, const Destination& to, std::optional<std::uint32_t> port,
                         std::string_view client_namespace, std::string_view from) {
  Candidates out;
  const Policy policy = effective_policy(mesh, to.host, to.subset, port, client_namespace);
  add_entries(mesh, to, out.endpoints);
  const auto name = service_of(to.host);
  if (const Service* service = name ? mesh.service(name->name_space, name->name) : nullptr) {
    add_slices(mesh, *service, out.endpoints);
    if (out.endpoints.empty()) add_pods(mesh, *service, policy, out.endpoints);
  }
  const auto* locality = policy.load_balancer == nullptr || !policy.load_balancer->locality
                             ? nullptr
                             : &*policy.load_balancer->locality;
  const bool on = locality == nullptr || locality->enabled.value_or(true);
  out.by_locality = on && policy.outlier_detection != nullptr;
  const std::string here = complete(from, out.endpoints);
  for (Candidate& endpoint : out.endpoints) endpoint.priority = distance(here, endpoint.locality);
  std::stable_sort(out.endpoints.begin(), out.endpoints.end(),
                   [](const Candidate& a, const Candidate& b) { return a.priority < b.priority; });
  close_gaps(out.endpoints);
  if (!out.by_locality) {
    for (Candidate& endpoint : out.endpoints) endpoint.priority = 0;
  }
  return out;
}

}  // namespace meshfn::routing
