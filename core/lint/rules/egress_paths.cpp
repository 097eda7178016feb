// Ways out of the mesh that end half-way.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/str.h"
#include "lint/destinations.h"
#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/istio_objects.h"
#include "lint/rules/practice_families.h"
#include "resource/istio/mesh_config.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::Text;
using resource::istio::VirtualService;
using resource::kubernetes::Workload;

/// The Service of the gateway that a VirtualService for the mesh sends its hosts' requests to.
struct FirstHop {
  const resource::istio::Destination* destination = nullptr;
  std::string_view gateway;  ///< complete name of the Service
};

bool is_egress_gateway(const Mesh& mesh, std::string_view host) {
  const auto service = routing::service_of(host);
  if (!service) return false;
  if (service->name.starts_with("istio-egressgateway")) return true;
  const auto* object = mesh.service(service->name_space, service->name);
  return object != nullptr && resource::label(object->selector, "istio") == "egressgateway";
}

FirstHop first_hop(const VirtualService& service, const Mesh& mesh) {
  for (const DestinationUse& use : mesh.derived<Destinations>().of(service)) {
    if (!use.mirror && is_egress_gateway(mesh, use.host)) return {use.destination, use.host};
  }
  return {};
}

/// The hosts for which some VirtualService bound to a gateway leads on to somewhere that is no
/// egress gateway: Mesh::derived<SecondHops>.
class SecondHops {
 public:
  explicit SecondHops(const Mesh& mesh) {
    for (const VirtualService& service : mesh.all<VirtualService>()) {
      const bool at_gateway = std::any_of(service.gateways.begin(), service.gateways.end(),
                                          [](const Text& name) { return name.value != "mesh"; });
      if (!at_gateway || !leads_on(service, mesh)) continue;
      for (const Text& host : service.hosts) hosts_.insert(str::lower(host.value));
    }
  }

  bool has(std::string_view host) const { return hosts_.contains(str::lower(host)); }

 private:
  static bool leads_on(const VirtualService& service, const Mesh& mesh) {
    const auto all = mesh.derived<Destinations>().of(service);
    return std::any_of(all.begin(), all.end(), [&](const DestinationUse& use) {
      return !use.mirror && !is_egress_gateway(mesh, use.host);
    });
  }

  std::set<std::string> hosts_;
};

/// Whether the name is one that only a ServiceEntry can make known.
bool is_outside(std::string_view host) {
  return host.find('.') != std::string_view::npos && !routing::service_of(host) &&
         !routing::is_wildcard(host);
}

void way_out_is_complete(const VirtualService& service, const Mesh& mesh, Findings& found) {
  if (!service.is_for_mesh()) return;
  const FirstHop hop = first_hop(service, mesh);
  if (hop.destination == nullptr) return;
  for (const Text& host : service.hosts) {
    if (!is_outside(host.value)) continue;
    const HostLookup lookup = mesh.derived<References>().host(host.value, service.scope);
    std::string_view missing;
    if (lookup.entries.empty() && lookup.found != Found::yes) {
      missing = "a ServiceEntry that makes it known";
    } else if (!mesh.derived<SecondHops>().has(host.value)) {
      missing = "a route bound to the gateway that leads on to it";
    } else {
      continue;
    }
    found
        .add(host.where(), fmt::format("requests to `{}` go to the egress gateway, and there is "
                                       "missing {}",
                                       host.value, missing))
        .relate(hop.destination->host.where(), "the egress gateway")
        .with_help(
            "the way out needs a ServiceEntry, a Gateway, a route from `mesh` to the gateway and "
            "one from the gateway to the host");
  }
}

/// Whether all that pods of a namespace may call is what the mesh knows, and where that is said.
source::Location registry_only(const Mesh& mesh, const Workload& pods) {
  for (const Object* sidecar : mesh.of_kind(istio::kNetworking, "Sidecar")) {
    const auto labels = resource::labels(sidecar->spec.at("workloadSelector", "labels"));
    const yaml::Node mode = sidecar->spec.at("outboundTrafficPolicy", "mode");
    if (sidecar->scope != pods.scope || !mode || !selects(labels, pods.pod_labels)) continue;
    return mode.text() == "REGISTRY_ONLY" ? mode.where() : source::Location{};
  }
  const auto& config = mesh.derived<resource::istio::MeshConfig>();
  const yaml::Node mode = config.node().at("outboundTrafficPolicy", "mode");
  return mode.text() == "REGISTRY_ONLY" ? config.where(mode) : source::Location{};
}

/// The host of a URL that is no Service's; empty for other texts.
std::string_view outside_host(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string_view host = url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos)
    host.remove_prefix(at + 1);
  host = host.substr(0, host.find(':'));
  // With fewer dots it may be a Service: `name.namespace`.
  const auto dots = std::count(host.begin(), host.end(), '.');
  const bool address = host.find_first_not_of("0123456789.") == std::string_view::npos;
  const bool name = host.find_first_of("${}[]% ") == std::string_view::npos;
  const bool service = host.find(".svc") != std::string_view::npos || host.ends_with(".local");
  return dots >= 2 && !address && name && !service ? host : std::string_view{};
}

void called_hosts_are_known(const Workload& pods, const Mesh& mesh, Findings& found) {
  std::optional<source::Location> policy;
  for (const auto& container : pods.containers) {
    for (const yaml::Node variable : container.node.find("env").items()) {
      const yaml::Node value = variable.find("value");
      const std::string_view host = outside_host(value.text());
      if (host.empty()) continue;
      if (!policy) policy = registry_only(mesh, pods);
      if (policy->file == nullptr || istio::meshed(mesh, pods) == istio::Meshed::no) return;
      const HostLookup lookup = mesh.derived<References>().host(host, pods.scope);
      if (lookup.found == Found::yes || !lookup.entries.empty()) continue;
      found
          .add(value.where(),
               fmt::format("`{}` is not known to the mesh, and pods may call nothing "
                           "else",
                           host))
          .relate(*policy, "what is not known is refused")
          .with_help("add a ServiceEntry for the host");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5611",
     .name = "called-host-unknown",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Where only known hosts may be called, those that are called are known",
     .why =
         "With `outboundTrafficPolicy: REGISTRY_ONLY` sidecars refuse every host that no Service "
         "or ServiceEntry makes known. The hosts are read from URLs in the `env` of containers.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  outboundTrafficPolicy: {mode: REGISTRY_ONLY}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: "web:1"
        env: [{name: PAYMENTS, value: "https://api.payments.example.com/v1"}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  outboundTrafficPolicy: {mode: REGISTRY_ONLY}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: payments, namespace: shop}
spec:
  hosts: [api.payments.example.com]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 443, name: tls, protocol: TLS}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: "web:1"
        env: [{name: PAYMENTS, value: "https://api.payments.example.com/v1"}]
)",
     .check = Each<called_hosts_are_known>::run},
    {.id = "MF5612",
     .name = "egress-incomplete",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Requests that are sent to an egress gateway are led on from there",
     .why =
         "The way out through a gateway is made of several objects. Without the ServiceEntry the "
         "gateway cannot reach the host, and without a route bound to the gateway it answers "
         "with 404.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: istio-egressgateway, namespace: istio-system}
spec:
  selector: {istio: egressgateway}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: payments, namespace: shop}
spec:
  hosts: [payments.example.com]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: payments, namespace: shop}
spec:
  hosts: [payments.example.com] #!
  http:
  - route:
    - destination: {host: istio-egressgateway.istio-system.svc.cluster.local, port: {number: 80}}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: istio-egressgateway, namespace: istio-system}
spec:
  selector: {istio: egressgateway}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: payments, namespace: shop}
spec:
  hosts: [payments.example.com]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: way-out, namespace: shop}
spec:
  selector: {istio: egressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [payments.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: payments, namespace: shop}
spec:
  hosts: [payments.example.com]
  gateways: [mesh, way-out]
  http:
  - match: [{gateways: [mesh], port: 80}]
    route:
    - destination: {host: istio-egressgateway.istio-system.svc.cluster.local, port: {number: 80}}
  - match: [{gateways: [way-out], port: 80}]
    route:
    - destination: {host: payments.example.com, port: {number: 80}}
)",
     .check = Each<way_out_is_complete>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family egress_path_rules() { return kRules; }

}  // namespace meshfn::lint
