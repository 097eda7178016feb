// Rules of routes that send requests nowhere.

#include <fmt/format.h>

#include <algorithm>

#include "lint/each.h"
#include "lint/rules/gateway_api.h"
#include "lint/rules/gateway_api_families.h"
#include "lint/rules/linkerd_routes.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Severity;
using gateways::Route;
using resource::Mesh;
using resource::gateway_api::Backend;
using resource::gateway_api::RouteKind;
using RouteRule = resource::gateway_api::Rule;

void weights_choose(const Mesh& mesh, Findings& found) {
  // Linkerd reads weights in its own way, and has a rule for it.
  const linkerd::RouteFilter linkerd_programs(mesh);
  for (const Route& route : mesh.all<Route>()) {
    if (route.context) continue;
    for (const RouteRule& rule : route.rules) {
      const bool none =
          !rule.backends.empty() &&
          std::all_of(rule.backends.begin(), rule.backends.end(), [](const Backend& backend) {
            return backend.weight && backend.share() == 0;
          });
      if (!none || linkerd_programs(route)) continue;
      found
          .add(rule.backends.front().weight.where(),
               "all backends of the rule have weight 0, and its requests fail")
          .with_help("give one of them a weight");
    }
  }
}

/// Whether something other than a backend answers the rule's requests, or may.
bool answers_itself(const RouteRule& rule) {
  return rule.filter("RequestRedirect") != nullptr || rule.filter("ExtensionRef") != nullptr;
}

void rules_have_backends(const Route& route, const Mesh&, Findings& found) {
  const bool requests = route.route_kind == RouteKind::http || route.route_kind == RouteKind::grpc;
  // In a mesh the parent itself is the backend.
  if (!requests || route.parents.empty() || gateways::is_mesh_route(route)) return;
  const bool other_parent = std::any_of(route.parents.begin(), route.parents.end(),
                                        [](const gateways::Reference& parent) {
                                          return parent.group != resource::gateway_api::kGroup;
                                        });
  if (other_parent) return;
  if (route.rules.empty() && route.spec.is_mapping()) {
    found
        .add(route.where(), fmt::format("{} `{}` has no rules, and answers with an error",
                                        route.kind.value, route.name.value))
        .with_help("add `rules` with `backendRefs`");
  }
  for (const RouteRule& rule : route.rules) {
    if (!rule.backends.empty() || answers_itself(rule)) continue;
    found.add(rule.node.where(), "the rule has no backend, and its requests are answered with 500")
        .with_help("add `backendRefs`, or a RequestRedirect filter");
  }
}

constexpr diagnostic::Rule kRules[] = {
    {.id = "MF2211",
     .name = "backend-weights-zero",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "Some backend of a rule has a weight above 0",
     .why = "When all weights are 0 every request of the rule is answered with 500.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - backendRefs:
    - {name: web-v1, port: 80, weight: 0} #!
    - {name: web-v2, port: 80, weight: 0}
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - backendRefs:
    - {name: web-v1, port: 80, weight: 0}
    - {name: web-v2, port: 80, weight: 1}
)",
     .check = weights_choose},
    {.id = "MF2212",
     .name = "rule-without-backend",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A rule of a Gateway's route has a backend or redirects",
     .why = "A rule without backends is admitted and answers 500 (UNAVAILABLE for gRPC). Often "
            "`backendRefs` is indented wrongly, or belongs to the next rule.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {value: /api}}] #!
  - backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {value: /api}}]
    backendRefs: [{name: web, port: 80}]
)",
     .check = Each<rules_have_backends>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_weight_rules() { return kRules; }

}  // namespace meshfn::lint
