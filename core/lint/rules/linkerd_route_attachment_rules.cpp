// Routes and what they are attached to: weaker kinds, unread versions, Servers without requests.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_routes.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::each_route;
using linkerd::ParentKind;
using linkerd::Reference;
using linkerd::RouteKind;
using objects::KindIndex;
using resource::Mesh;
using resource::Object;

/// Which kind wins on a parent: GRPCRoute, HTTPRoute, TLSRoute, TCPRoute.
int rank(RouteKind kind) {
  switch (kind) {
    case RouteKind::grpc:
      return 0;
    case RouteKind::policy_http:
    case RouteKind::http:
      return 1;
    case RouteKind::tls:
      return 2;
    case RouteKind::tcp:
      return 3;
  }
  return 3;
}

void kinds_do_not_conflict(const Mesh& mesh, Findings& found) {
  using Key = std::tuple<ParentKind, std::string_view, std::string_view, std::int64_t>;

  struct Attached {
    const Object* route;
    int rank;
    Reference parent;
  };

  std::map<Key, std::vector<Attached>> by_parent;
  each_route(mesh, [&](const Object& route, RouteKind kind) {
    for (const Reference& parent : linkerd::parents(route)) {
      if (parent.target == ParentKind::other) continue;
      by_parent[{parent.target, parent.scope, parent.name, parent.port.value_or(0)}].push_back(
          {&route, rank(kind), parent});
    }
  });
  for (const auto& [key, attached] : by_parent) {
    const auto best =
        std::min_element(attached.begin(), attached.end(),
                         [](const Attached& a, const Attached& b) { return a.rank < b.rank; });
    for (const Attached& one : attached) {
      if (one.rank == best->rank) continue;
      found
          .add(one.parent.where(),
               fmt::format("{} `{}` of the same parent puts this {} out of force",
                           best->route->kind.value, best->route->name.value, one.route->kind.value))
          .relate(best->parent.where(), "attached here")
          .with_help("use one kind of route for a port");
    }
  }
}

/// Whether the definition of a kind, as the input shows it, serves a version; true when it does not
/// show it.
bool is_served(const KindIndex& definitions, std::string_view name, std::string_view version) {
  const Object* const definition = definitions.find("", name);
  if (definition == nullptr) return true;
  for (const yaml::Node known : definition->spec.find("versions").items()) {
    const auto served = resource::boolean(known.find("served"));
    if (known.find("name").text() == version && served.value_or(true)) return true;
  }
  return false;
}

void versions_are_read(const Mesh& mesh, Findings& found) {
  const KindIndex definitions(mesh, "apiextensions.k8s.io", "CustomResourceDefinition");
  each_route(mesh, [&](const Object& route, RouteKind kind) {
    if (kind != RouteKind::tls && kind != RouteKind::tcp) return;
    const std::string_view definition = kind == RouteKind::tls
                                            ? "tlsroutes.gateway.networking.k8s.io"
                                            : "tcproutes.gateway.networking.k8s.io";
    if (is_served(definitions, definition, "v1alpha2")) return;
    found
        .add(route.kind.where(), fmt::format("Linkerd reads {}s in version v1alpha2, which the "
                                             "cluster does not serve",
                                             route.kind.value))
        .relate(definitions.find("", definition)->where(), "the definition")
        .with_help("install the Gateway API's CRDs of a release that serves v1alpha2");
  });
}

/// Whether requests on a port of this protocol are matched against routes of a kind.
bool protocol_has_routes(std::string_view protocol, RouteKind kind) {
  if (protocol == "gRPC") return kind == RouteKind::grpc;
  if (protocol == "opaque" || protocol == "TLS") return false;
  return protocol == "HTTP/1" ? kind != RouteKind::grpc : true;
}

void servers_have_requests(const Mesh& mesh, Findings& found) {
  const KindIndex servers(mesh, linkerd::kPolicy, "Server");
  each_route(mesh, [&](const Object& route, RouteKind kind) {
    for (const Reference& parent : linkerd::parents(route)) {
      if (parent.target != ParentKind::server) continue;
      const Object* const server = servers.find(parent.scope, parent.name);
      if (server == nullptr) continue;
      const auto protocol = resource::text(server->spec.find("proxyProtocol"));
      if (!protocol || protocol_has_routes(*protocol, kind)) continue;
      found
          .add(parent.where(), fmt::format("Server `{}` speaks {}, to which no {} applies",
                                           parent.name, *protocol, route.kind.value))
          .relate(protocol.where(), "the protocol");
    }
  });
}

constexpr Rule kRules[] = {
    {.id = "MF3230",
     .name = "linkerd-route-kinds-conflict",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Routes of a parent are of one kind",
     .why = "On one parent and port GRPCRoute beats HTTPRoute, which beats TLSRoute and "
            "TCPRoute. The routes of the weaker kind are not accepted "
            "(RouteReasonConflicted).",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: TLSRoute
metadata: {name: web, namespace: shop}
spec:
  hostnames: [api.example.com]
  parentRefs:
  - {group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443} #!
  rules:
  - backendRefs: [{name: web, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - backendRefs: [{name: web, port: 80}]
)",
     .check = kinds_do_not_conflict},
    {.id = "MF3231",
     .name = "linkerd-route-version",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "The cluster serves the version of a route that Linkerd reads",
     .why =
         "Linkerd watches TLSRoute and TCPRoute in v1alpha2, which later releases of the Gateway "
         "API serve no more. It then sees none of these routes. Reported only where the input "
         "holds the definition of the kind.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: TLSRoute #!
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  hostnames: [api.example.com]
  rules:
  - backendRefs: [{name: web, port: 80}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tlsroutes.gateway.networking.k8s.io}
spec:
  group: gateway.networking.k8s.io
  scope: Namespaced
  names: {kind: TLSRoute, plural: tlsroutes}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: TLSRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  hostnames: [api.example.com]
  rules:
  - backendRefs: [{name: web, port: 80}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tlsroutes.gateway.networking.k8s.io}
spec:
  group: gateway.networking.k8s.io
  scope: Namespaced
  names: {kind: TLSRoute, plural: tlsroutes}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
  - {name: v1alpha2, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}
)",
     .check = versions_are_read},
    {.id = "MF3232",
     .name = "linkerd-server-without-requests",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Routes are attached to Servers that speak their protocol",
     .why = "An opaque or TLS port carries no requests that Linkerd can see, and one of "
            "gRPC only those of GRPCRoutes: the route and the policies that target it never "
            "apply.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs:
  - {group: policy.linkerd.io, kind: Server, name: web} #!
  rules:
  - matches: [{path: {value: /}}]
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
  proxyProtocol: opaque
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}]
  rules:
  - matches: [{path: {value: /}}]
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
  proxyProtocol: HTTP/1
)",
     .check = servers_have_requests},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_route_attachment_rules() { return kRules; }

}  // namespace meshfn::lint
