// Parents and backends of Linkerd's routes: routes that attach to nothing, and backends that
// answer 500.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_routes.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::each_route;
using linkerd::kPolicy;
using linkerd::ParentKind;
using linkerd::Reference;
using linkerd::RouteKind;
using objects::KindIndex;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Service;

/// What a parent of an unknown kind was meant to be; empty when that is not clear.
std::string parent_help(const Reference& parent) {
  if (!parent.node.find("kind")) return "add `kind:`, which is Gateway when it is absent";
  if (parent.kind == "Service") return "add `group: core`, which is not the default";
  if (parent.kind == "Server" || parent.kind == "EgressNetwork") {
    return "write `group: policy.linkerd.io`";
  }
  return "parents are Server and EgressNetwork (group policy.linkerd.io) and Service (group core)";
}

void parents_are_known(const Mesh& mesh, Findings& found) {
  linkerd::each_possible_route(mesh, [&](const Object& route, RouteKind kind) {
    if (route.context) return;
    for (const Reference& parent : linkerd::parents(route)) {
      if (parent.target != ParentKind::other) continue;
      // Routes of the Gateway API may have parents of other implementations.
      const bool ours = kind == RouteKind::policy_http || parent.kind == "Server" ||
                        parent.kind == "EgressNetwork";
      if (!ours) continue;
      found
          .add(parent.where(),
               fmt::format("Linkerd attaches no route to {}", linkerd::describe(parent)))
          .with_help(parent_help(parent));
    }
  });
}

void check_service_parent(const Mesh& mesh, const Reference& parent, Findings& found) {
  const Service* const service = mesh.service(parent.scope, parent.name);
  if (service == nullptr) {
    if (objects::find_service(mesh, parent.scope, parent.name) != Found::missing) return;
    found
        .add(parent.where(), fmt::format("the parent Service `{}` does not exist in namespace `{}`",
                                         parent.name, parent.scope))
        .with_help(objects::service_hint(mesh, parent.scope, parent.name));
  } else if (parent.port && service->port(*parent.port) == nullptr && !service->ports.empty()) {
    found
        .add(parent.port.where(),
             fmt::format("the parent Service `{}` has no port {}", parent.name, *parent.port))
        .relate(service->where(), "the Service");
  }
}

void parents_exist(const Mesh& mesh, Findings& found) {
  const KindIndex servers(mesh, kPolicy, "Server");
  const KindIndex networks(mesh, kPolicy, "EgressNetwork");
  each_route(mesh, [&](const Object& route, RouteKind kind) {
    for (const Reference& parent : linkerd::parents(route)) {
      if (parent.target == ParentKind::service && kind == RouteKind::policy_http) {
        check_service_parent(mesh, parent, found);
      }
      const bool server = parent.target == ParentKind::server;
      if (!server && parent.target != ParentKind::egress_network) continue;
      const KindIndex& index = server ? servers : networks;
      if (index.found(parent.scope, parent.name) != Found::missing) continue;
      found
          .add(parent.where(), fmt::format("the parent {} `{}` does not exist in namespace `{}`",
                                           parent.kind, parent.name, parent.scope))
          .with_help(index.hint(parent.scope, parent.name));
    }
  });
}

void parents_have_addresses(const Mesh& mesh, Findings& found) {
  each_route(mesh, [&](const Object& route, RouteKind) {
    for (const Reference& parent : linkerd::parents(route)) {
      if (parent.target != ParentKind::service) continue;
      const Service* const service = mesh.service(parent.scope, parent.name);
      if (service == nullptr) continue;
      const bool headless = service->cluster_ip.value == "None";
      if (!headless && service->type.value != "ExternalName") continue;
      found
          .add(parent.where(),
               fmt::format("the parent Service `{}` has no cluster IP", parent.name))
          .relate((headless ? service->cluster_ip : service->type).where(),
                  headless ? "it is headless" : "it is an alias")
          .with_help("attach the route to a Service with a cluster IP");
    }
  });
}

void check_backend(const Object& route, const Reference& backend, Findings& found) {
  if (backend.target == ParentKind::egress_network) {
    const auto parents = linkerd::parents(route);
    const bool own = std::any_of(parents.begin(), parents.end(), [&](const Reference& parent) {
      return parent.target == ParentKind::egress_network && parent.name == backend.name &&
             parent.scope == backend.scope;
    });
    if (own) return;
    found
        .add(backend.where(),
             fmt::format("EgressNetwork `{}` is a backend, and no parent of the route",
                         backend.name))
        .with_help("an EgressNetwork can be a backend only of its own routes");
    return;
  }
  if (backend.target != ParentKind::service) {
    found
        .add(backend.where(),
             fmt::format("Linkerd knows no backend of {}", linkerd::describe(backend)))
        .with_help("backends are Services, and the parent EgressNetwork");
  }
}

void backends_are_known(const Mesh& mesh, Findings& found) {
  linkerd::each_backend(mesh, [&](const Object& route, RouteKind, const Reference& backend) {
    // A Server's requests go to its own pod, whatever the backends say.
    if (!linkerd::has_parent(route, ParentKind::server)) check_backend(route, backend, found);
  });
}

void check_backend_service(const Mesh& mesh, const Reference& backend, Findings& found) {
  const Service* const service = mesh.service(backend.scope, backend.name);
  if (service == nullptr) {
    if (objects::find_service(mesh, backend.scope, backend.name) != Found::missing) return;
    found
        .add(backend.where(), fmt::format("Service `{}` does not exist in namespace `{}`",
                                          backend.name, backend.scope))
        .with_help(objects::service_hint(mesh, backend.scope, backend.name));
  } else if (!backend.port) {
    found.add(backend.where(), fmt::format("Service `{}` needs a port", backend.name))
        .with_help("add `port:`");
  } else if (service->port(*backend.port) == nullptr && !service->ports.empty()) {
    found
        .add(backend.port.where(),
             fmt::format("Service `{}` has no port {}", backend.name, *backend.port))
        .relate(service->where(), "the Service");
  }
}

void backends_exist(const Mesh& mesh, Findings& found) {
  linkerd::each_backend(mesh, [&](const Object&, RouteKind kind, const Reference& backend) {
    // References of the Gateway API's kinds are judged with those of all implementations.
    const bool ours = kind == RouteKind::policy_http && backend.target == ParentKind::service;
    if (ours) check_backend_service(mesh, backend, found);
  });
}

constexpr Rule kRules[] = {
    {.id = "MF3210",
     .name = "linkerd-parent-kind",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A route names parents that Linkerd knows, with kind and group",
     .why = "In Linkerd's HTTPRoute an absent kind is Gateway and an absent group "
            "policy.linkerd.io, neither of which is a parent. The route is accepted and "
            "attached to nothing.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs:
  - {kind: Service, name: web, port: 80} #!
  rules:
  - backendRefs: [{name: web, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs:
  - {group: core, kind: Service, name: web, port: 80}
  rules:
  - backendRefs: [{name: web, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = parents_are_known},
    {.id = "MF3211",
     .name = "linkerd-parent-missing",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "The parents of a route exist",
     .why = "A route without its parent is not accepted (NoMatchingParent): requests go on "
            "as if it were not there.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs:
  - {group: policy.linkerd.io, kind: EgressNetwork, name: outsid, port: 80} #!
  rules:
  - backendRefs: [{name: web, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: policy.linkerd.io/v1alpha1
kind: EgressNetwork
metadata: {name: outside, namespace: shop}
spec: {trafficPolicy: Allow}
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs:
  - {group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 80}
  rules:
  - backendRefs: [{name: web, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: policy.linkerd.io/v1alpha1
kind: EgressNetwork
metadata: {name: outside, namespace: shop}
spec: {trafficPolicy: Allow}
)",
     .check = parents_exist},
    {.id = "MF3212",
     .name = "linkerd-parent-headless",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A parent Service has a cluster IP",
     .why = "Linkerd finds routes by the address that a request is sent to. Headless "
            "Services and aliases have none, and the route is not accepted.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs:
  - {group: core, kind: Service, name: web, port: 80} #!
  rules:
  - backendRefs: [{name: web, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  clusterIP: None
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs:
  - {group: core, kind: Service, name: web, port: 80}
  rules:
  - backendRefs: [{name: web, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = parents_have_addresses},
    {.id = "MF3213",
     .name = "linkerd-backend-kind",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Backends are Services or the parent EgressNetwork",
     .why = "Linkerd replaces other backends with one that answers 500, and keeps their "
            "weight.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs:
  - {group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 80}
  rules:
  - backendRefs:
    - {group: policy.linkerd.io, kind: EgressNetwork, name: inside, port: 80} #!
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs:
  - {group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 80}
  rules:
  - backendRefs:
    - {group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 80}
)",
     .check = backends_are_known},
    {.id = "MF3214",
     .name = "linkerd-backend-missing",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "The backends of Linkerd's HTTPRoutes exist",
     .why = "Linkerd replaces a backend that does not exist, or whose port does not, with "
            "one that answers 500.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs:
  - {group: core, kind: Service, name: web, port: 80}
  rules:
  - backendRefs:
    - {name: wep, port: 80} #!
    - {name: web, port: 8080} #!
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs:
  - {group: core, kind: Service, name: web, port: 80}
  rules:
  - backendRefs:
    - {name: web, port: 80}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = backends_exist},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_route_reference_rules() { return kRules; }

}  // namespace meshfn::lint
