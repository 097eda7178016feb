// What routes of the Gateway API refer to as their parents.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "lint/each.h"
#include "lint/rules/gateway_api.h"
#include "lint/rules/gateway_api_families.h"
#include "lint/rules/linkerd_objects.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using gateways::Gateway;
using gateways::Parents;
using gateways::Reference;
using gateways::Route;
using resource::Mesh;
using resource::gateway_api::kGroup;
using resource::gateway_api::RouteKind;
using resource::kubernetes::Service;

bool is_core(std::string_view group) { return group.empty() || group == "core"; }

void report_service_parent(const Reference& parent, Findings& found) {
  if (parent.group == kGroup) {
    found
        .add(parent.where("kind"),
             "without `group` this is a Service of the Gateway API, which does not exist")
        .with_help("add `group: \"\"`, the group of Services");
  } else if (parent.group == "core") {
    found.add(parent.where("group"), "the group of Services is empty, not `core`")
        .with_help("write `group: \"\"`; only Linkerd takes `core` for it");
  }
}

void parents_have_known_kinds(const Mesh& mesh, Findings& found) {
  std::optional<bool> linkerd;
  for (const Route& route : mesh.all<Route>()) {
    if (route.context) continue;
    for (const Reference& parent : route.parents) {
      if (parent.kind == "Service") {
        if (parent.group == "core" && !linkerd) linkerd = linkerd::uses_linkerd(mesh);
        if (parent.group != "core" || !*linkerd) report_service_parent(parent, found);
        continue;
      }
      // Linkerd's own kinds are the business of Linkerd's rules.
      if (parent.kind == "Server" || parent.kind == "EgressNetwork") continue;
      const bool known = parent.kind == "Gateway" || parent.kind == "ListenerSet";
      const bool own = parent.group == kGroup;
      if (own == known) continue;
      if (own) {
        found
            .add(parent.where("kind"),
                 fmt::format("the Gateway API has no parents of kind {}", parent.kind))
            .with_help("parents are Gateway and ListenerSet, and Service with `group: \"\"`");
      } else if (is_core(parent.group) || parent.group == "networking.istio.io") {
        found
            .add(parent.where("group"),
                 fmt::format("a route cannot be attached to a {} of group `{}`", parent.kind,
                             parent.group))
            .with_help("leave `group` out to mean the Gateway API's Gateway");
      }
    }
  }
}

std::string service_hint(const Mesh& mesh, const Reference& reference) {
  if (reference.name.find('.') != std::string_view::npos) {
    return "a reference takes the bare name; the namespace has a field of its own";
  }
  return objects::service_hint(mesh, reference.scope, reference.name);
}

void parents_exist(const Route& route, const Mesh& mesh, Findings& found) {
  const auto& parents = mesh.derived<Parents>();
  for (const Reference& parent : route.parents) {
    const bool service = is_core(parent.group) && parent.kind == "Service";
    const Found state =
        service ? objects::find_service(mesh, parent.scope, parent.name) : parents.found(parent);
    if (state != Found::missing) continue;
    found.add(parent.where(), fmt::format("{} does not exist", describe(parent)))
        .with_help(service ? service_hint(mesh, parent) : parents.hint(parent));
  }
}

void service_parents_have_the_port(const Route& route, const Mesh& mesh, Findings& found) {
  for (const Reference& parent : route.parents) {
    if (!is_core(parent.group) || parent.kind != "Service" || !parent.port) continue;
    const Service* const service = mesh.service(parent.scope, parent.name);
    if (service == nullptr || service->ports.empty() || service->port(*parent.port) != nullptr) {
      continue;
    }
    found.add(parent.port.where(), fmt::format("{} has no port {}", describe(parent), *parent.port))
        .relate(service->where(), "the Service");
  }
}

void routes_have_parents(const Route& route, const Mesh&, Findings& found) {
  if (!route.parents.empty() || !route.spec.is_mapping()) return;
  if (route.spec.find("useDefaultGateways").text() == "All") return;
  found
      .add(route.where(),
           fmt::format("{} `{}` is attached to nothing", route.kind.value, route.name.value))
      .with_help("add `parentRefs`");
}

void mesh_routes_have_no_hostnames(const Route& route, const Mesh&, Findings& found) {
  const bool only_services =
      !route.parents.empty() &&
      std::all_of(route.parents.begin(), route.parents.end(), [](const Reference& parent) {
        return is_core(parent.group) && parent.kind == "Service";
      });
  const bool requests = route.route_kind == RouteKind::http || route.route_kind == RouteKind::grpc;
  if (!only_services || !requests || route.hostnames.empty()) return;
  found
      .add(route.hostnames.front().where(),
           "hostnames have no effect on a route whose parents are Services")
      .with_help("match the header `Host`, or attach the route to a Gateway");
}

constexpr Rule kRules[] = {
    {.id = "MF2101",
     .name = "parent-kind",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "The parents of a route are of a kind that routes attach to",
     .why = "An absent group of a parent is the Gateway API's own, so a Service as parent needs "
            "`group: \"\"`. A parent of another kind is looked at by no controller: the "
            "route gets no status and no traffic.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{kind: Service, name: web, port: 80}] #!
  rules: [{backendRefs: [{name: web-v2, port: 80}]}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: web, port: 80}]
  rules: [{backendRefs: [{name: web-v2, port: 80}]}]
)",
     .check = parents_have_known_kinds},
    {.id = "MF2102",
     .name = "parent-missing",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "The Gateway or Service that a route is attached to exists",
     .why = "A route whose parent does not exist takes no traffic and gets no status that "
            "would say so. Said only where the input shows others of the kind and namespace.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: wep}] #!
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
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .aliases = "KIA1401 KIA1402",
     .check = Each<parents_exist>::run},
    {.id = "MF2103",
     .name = "parent-service-port",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "The port of a Service as parent is one of its ports",
     .why = "A route of a Service applies to the port it names; without such a port it "
            "applies to nothing (Accepted is False, NoMatchingParent).",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: web, port: 8080}] #!
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: web, port: 80}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .check = Each<service_parents_have_the_port>::run},
    {.id = "MF2104",
     .name = "route-without-parent",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A route is attached to something",
     .why = "Without `parentRefs` a route is admitted, and then applies to nothing.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop} #!
spec:
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .check = Each<routes_have_parents>::run},
    {.id = "MF2105",
     .name = "mesh-route-hostnames",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A route of Services names no hosts",
     .why = "In a mesh the Service decides which requests a route sees; its `hostnames` are "
            "ignored. To tell hosts apart, match the header.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: web, port: 80}]
  hostnames: [web.example.com] #!
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: web, port: 80}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .check = Each<mesh_routes_have_no_hostnames>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_parent_rules() { return kRules; }

}  // namespace meshfn::lint
