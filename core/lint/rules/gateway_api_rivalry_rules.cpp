// Routes that stand in each other's way although each is well formed.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/gateway_api_crowds.h"
#include "lint/rules/gateway_api_families.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using gateways::Attached;
using gateways::Crowd;
using gateways::is_same_object;
using gateways::Reference;
using gateways::Route;
using resource::Mesh;
using resource::gateway_api::RouteKind;
using resource::istio::VirtualService;

/// The hostname itself, the wildcards above it, and "" for every host: whatever covers it.
std::vector<std::string> covering(const std::string& name) {
  std::vector<std::string> all = {""};
  if (name.empty()) return all;
  all.push_back(name);
  std::size_t dot = name.find('.', name.starts_with("*.") ? 2 : 0);
  for (; dot != std::string::npos; dot = name.find('.', dot + 1)) {
    all.push_back("*" + name.substr(dot));
  }
  return all;
}

/// The hostnames that the routes of one kind have on a listener.
class Hostnames {
 public:
  void add(const Attached& attached) {
    for (const std::string& name : attached.names()) {
      names_.emplace(name, &attached);
      for (const std::string& wider : covering(name)) below_.emplace(wider, &attached);
    }
  }

  /// A route that shares a name with `attached`; null when there is none.
  const Attached* rival_of(const Attached& attached) const {
    for (const std::string& name : attached.names()) {
      if (const auto narrower = below_.find(name); narrower != below_.end()) {
        return narrower->second;
      }
      for (const std::string& wider : covering(name)) {
        if (const auto found = names_.find(wider); found != names_.end()) return found->second;
      }
    }
    return nullptr;
  }

 private:
  std::map<std::string, const Attached*, std::less<>> names_;
  std::map<std::string, const Attached*, std::less<>> below_;  ///< what covers some name
};

void report_mixed_kinds(const Crowd& crowd, Findings& found) {
  // The younger route of the other kind loses.
  Hostnames http;
  Hostnames grpc;
  for (const Attached& attached : crowd.routes) {
    const RouteKind kind = attached.route->route_kind;
    if (kind != RouteKind::http && kind != RouteKind::grpc) continue;
    const bool is_http = kind == RouteKind::http;
    const Attached* const rival = (is_http ? grpc : http).rival_of(attached);
    if (rival == nullptr) {
      (is_http ? http : grpc).add(attached);
    } else if (!attached.route->context) {
      found
          .add(attached.parent->where(),
               fmt::format("{} `{}` has a hostname of this {} on {}", rival->route->kind.value,
                           rival->route->name.value, attached.route->kind.value, crowd.place))
          .relate(rival->route->where(), "the other route")
          .with_help("give the two kinds different hostnames or listeners");
    }
  }
}

void kinds_have_their_own_hostnames(const Mesh& mesh, Findings& found) {
  for (const Crowd& crowd : mesh.derived<gateways::ListenerCrowds>().all())
    report_mixed_kinds(crowd, found);
}

void report_shadowed_streams(const Crowd& crowd, Findings& found) {
  std::map<std::string, const Attached*> first;
  for (const Attached& attached : crowd.routes) {
    const RouteKind kind = attached.route->route_kind;
    if (kind == RouteKind::http || kind == RouteKind::grpc) continue;
    for (const std::string& name : attached.names()) {
      const auto [older, is_new] = first.emplace(name, &attached);
      const Route& other = *older->second->route;
      if (is_new || attached.route->context || is_same_object(other, *attached.route)) continue;
      const std::string share = name.empty() ? std::string() : fmt::format(" with `{}`", name);
      found
          .add(attached.parent->where(),
               fmt::format("{} `{}` has all traffic of listener `{}`{}", other.kind.value,
                           other.name.value, crowd.listener->name.value, share))
          .relate(other.where(), "the route that comes first")
          .with_help("only the oldest route gets traffic, and at equal age the first by name");
      break;
    }
  }
}

void streams_have_their_own_listener(const Mesh& mesh, Findings& found) {
  for (const Crowd& crowd : mesh.derived<gateways::ListenerCrowds>().all())
    report_shadowed_streams(crowd, found);
}

/// Services for which a VirtualService configures sidecars.
std::map<std::pair<std::string, std::string>, const resource::Text*> virtual_hosts(
    const Mesh& mesh) {
  std::map<std::pair<std::string, std::string>, const resource::Text*> hosts;
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    const bool in_mesh = service.gateways.empty() ||
                         std::any_of(service.gateways.begin(), service.gateways.end(),
                                     [](const resource::Text& name) { return *name == "mesh"; });
    if (!in_mesh) continue;
    for (const resource::Text& host : service.hosts) {
      const auto name = routing::service_of(routing::fqdn(host.value, service.scope));
      if (name) hosts.try_emplace({name->name_space, name->name}, &host);
    }
  }
  return hosts;
}

void services_are_routed_once(const Mesh& mesh, Findings& found) {
  const auto hosts = virtual_hosts(mesh);
  if (hosts.empty()) return;
  for (const Route& route : mesh.all<Route>()) {
    if (route.context) continue;
    for (const Reference& parent : route.parents) {
      if (parent.kind != "Service") continue;
      const auto host = hosts.find({std::string(parent.scope), std::string(parent.name)});
      if (host == hosts.end()) continue;
      found
          .add(parent.where(),
               fmt::format("a VirtualService routes {} in the mesh too", describe(parent)))
          .relate(host->second->where(), "its host")
          .with_help("keep one of the two: Istio does not merge them");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF2121",
     .name = "http-and-grpc-route",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A hostname of a listener is served by one kind of route",
     .why = "When an HTTPRoute and a GRPCRoute share a hostname on one listener, only the "
            "older one is accepted; the requests of the other are lost.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: orders, namespace: shop}
spec:
  parentRefs: [{name: web}]
  hostnames: [shop.example.com]
  rules: [{backendRefs: [{name: orders, port: 7000}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}] #!
  hostnames: [shop.example.com]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: orders, namespace: shop}
spec:
  parentRefs: [{name: web}]
  hostnames: [orders.example.com]
  rules: [{backendRefs: [{name: orders, port: 7000}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}]
  hostnames: [shop.example.com]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .check = kinds_have_their_own_hostnames},
    {.id = "MF2122",
     .name = "stream-route-shadowed",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A listener for streams has one route",
     .why = "TCP and UDP have nothing to tell routes apart by, and TLS only the server name. "
            "All routes are accepted, and the oldest gets all the traffic.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: db, namespace: shop}
spec:
  gatewayClassName: edge
  listeners: [{name: sql, port: 5432, protocol: TCP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: a, namespace: shop}
spec:
  parentRefs: [{name: db}]
  rules: [{backendRefs: [{name: sql, port: 5432}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: b, namespace: shop}
spec:
  parentRefs: [{name: db}] #!
  rules: [{backendRefs: [{name: sql-v2, port: 5432}]}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: db, namespace: shop}
spec:
  gatewayClassName: edge
  listeners: [{name: sql, port: 5432, protocol: TCP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: a, namespace: shop}
spec:
  parentRefs: [{name: db}]
  rules: [{backendRefs: [{name: sql, port: 5432}, {name: sql-v2, port: 5432}]}]
)",
     .check = streams_have_their_own_listener},
    {.id = "MF2123",
     .name = "route-and-virtual-service",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A Service in the mesh is routed by a route or a VirtualService",
     .why = "Istio turns routes of a Service into VirtualServices of its host. Of two for one "
            "host sidecars use only the older, so that one of them has no effect.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  hosts: [web]
  http: [{route: [{destination: {host: web}}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: web, port: 80}] #!
  rules: [{backendRefs: [{name: web-v2, port: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web-v2, namespace: shop}
spec: {selector: {app: web, version: v2}, ports: [{name: http, port: 80}]}
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: web, port: 80}]
  rules: [{backendRefs: [{name: web-v2, port: 80}]}]
)",
     .check = services_are_routed_once},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_rivalry_rules() { return kRules; }

}  // namespace meshfn::lint
