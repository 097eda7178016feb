// What Istio's controller does not honour although the API server admits it.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/gateway_api.h"
#include "lint/rules/gateway_api_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Severity;
using gateways::Gateway;
using gateways::Listener;
using gateways::Parents;
using gateways::Reference;
using gateways::Route;
using resource::Mesh;
using resource::Object;
using resource::gateway_api::Backend;
using resource::gateway_api::Filter;
using resource::gateway_api::kExperimentalGroup;
using resource::gateway_api::Protocol;
using resource::gateway_api::RouteKind;
using RouteRule = resource::gateway_api::Rule;

/// Whether a route is attached to a Gateway of Istio that the input shows.
bool is_for_istio(const Route& route, const Parents& parents) {
  return std::any_of(route.parents.begin(), route.parents.end(), [&](const Reference& parent) {
    const Gateway* const gateway = parents.find(parent);
    return gateway != nullptr && gateways::is_istio_class(parents.class_of(*gateway));
  });
}

/// Calls `visit(route)` for every route of Istio that is to be judged.
template <class Visit>
void each_route(const Mesh& mesh, Visit visit) {
  const auto& parents = mesh.derived<Parents>();
  for (const Route& route : mesh.all<Route>()) {
    if (!route.context && is_for_istio(route, parents)) visit(route);
  }
}

void report_filter(const Filter& filter, bool of_backend, Findings& found) {
  found
      .add(filter.type.where(), fmt::format("Istio has no filter {}{}", filter.type.value,
                                            of_backend ? " for a single backend" : ""))
      .with_help(of_backend ? "a backend can have RequestHeaderModifier and ResponseHeaderModifier"
                            : "the rule is refused; use an Istio API for it, such as "
                              "AuthorizationPolicy or EnvoyFilter");
}

void filters_are_known(const Mesh& mesh, Findings& found) {
  each_route(mesh, [&](const Route& route) {
    for (const RouteRule& rule : route.rules) {
      for (const Filter& filter : rule.filters) {
        const std::string_view type = filter.type.value;
        if (type == "ExtensionRef" || type == "ExternalAuth") report_filter(filter, false, found);
      }
      for (const Backend& backend : rule.backends) {
        for (const Filter& filter : backend.filters) {
          if (!filter.type.value.ends_with("HeaderModifier")) report_filter(filter, true, found);
        }
      }
    }
  });
}

void protocols_are_served(const Gateway& gateway, const Mesh& mesh, Findings& found) {
  const auto& parents = mesh.derived<Parents>();
  if (!gateways::is_istio_class(parents.class_of(gateway))) return;
  for (const Listener& listener : gateway.listeners) {
    if (listener.protocol != Protocol::udp) continue;
    found.add(listener.protocol_name.where(), "Istio serves no UDP")
        .with_help("use a Gateway of another class for it");
  }
}

void sessions_are_kept(const Mesh& mesh, Findings& found) {
  each_route(mesh, [&](const Route& route) {
    for (const RouteRule& rule : route.rules) {
      if (!rule.session_persistence) continue;
      found
          .add(rule.node.find_key("sessionPersistence").where(), "Istio keeps no sessions by route")
          .with_help("use `consistentHash` with a cookie in a DestinationRule of the backend");
    }
  });
}

void addresses_are_understood(const Gateway& gateway, const Mesh&, Findings& found) {
  if (!gateways::is_istio_class(gateway.class_name.value)) return;
  for (const yaml::Node address : gateway.spec.find("addresses").items()) {
    const auto type = resource::text(address.find("type"));
    if (!type || *type == "IPAddress" || *type == "Hostname") continue;
    found.add(type.where(), fmt::format("Istio does not understand addresses of type {}", *type))
        .with_help("use IPAddress, or Hostname with the name of a gateway's Service");
  }
}

bool uses_istio(const Mesh& mesh) {
  const auto& all = mesh.all<Gateway>();
  return std::any_of(mesh.kinds().begin(), mesh.kinds().end(),
                     [](const auto& kind) { return kind.first.first.ends_with("istio.io"); }) ||
         std::any_of(all.begin(), all.end(), [](const Gateway& gateway) {
           return gateways::is_istio_class(gateway.class_name.value);
         });
}

void traffic_policies_are_honoured(const Mesh& mesh, Findings& found) {
  std::optional<bool> istio;
  objects::each(mesh, kExperimentalGroup, "XBackendTrafficPolicy", [&](const Object& policy) {
    if (!istio) istio = uses_istio(mesh);
    if (!*istio) return;
    const yaml::Node sessions = policy.spec.find_key("sessionPersistence");
    if (sessions) found.add(sessions.where(), "Istio does not read `sessionPersistence`");
    const yaml::Node rate = policy.spec.at("retryConstraint", "minRetryRate");
    const yaml::Node interval = rate.find_key("interval");
    if (interval) {
      found
          .add(interval.where(),
               "Istio takes `count` as a number of retries at a time and ignores the interval")
          .relate(rate.find("count") ? rate.find("count").where() : rate.where(), "the count");
    }
  });
}

constexpr diagnostic::Rule kRules[] = {
    {.id = "MF2501",
     .name = "istio-filter-unsupported",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "Routes of Istio's Gateways use filters that Istio has",
     .why = "Istio refuses a rule with ExtensionRef or ExternalAuth, and with any other filter "
            "than the two header modifiers on a single backend (Accepted is False).",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters:
    - {type: ExtensionRef, extensionRef: {group: example.com, kind: Limit, name: slow}} #!
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - backendRefs: [{name: web, port: 80}]
)",
     .check = filters_are_known},
    {.id = "MF2502",
     .name = "istio-udp",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "Listeners of Istio's Gateways do not use UDP",
     .why = "Istio refuses a listener with UDP (Accepted is False, UnsupportedProtocol), and "
            "no UDPRoute attaches to it.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: dns, port: 53, protocol: UDP}] #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: dns, port: 53, protocol: TCP}]
)",
     .check = Each<protocols_are_served>::run},
    {.id = "MF2503",
     .name = "istio-session-persistence",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "Sessions are kept by means that Istio has",
     .why = "Istio does not read `sessionPersistence` of a route: requests of a session reach "
            "different pods.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - backendRefs: [{name: web, port: 80}]
    sessionPersistence: {type: Cookie, cookie: {name: session}} #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - backendRefs: [{name: web, port: 80}]
)",
     .check = sessions_are_kept},
    {.id = "MF2504",
     .name = "istio-address-type",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "Istio's Gateways ask for IP addresses or hostnames",
     .why = "Istio refuses a Gateway with an address of another type (Accepted is False, "
            "UnsupportedAddress).",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  addresses: [{type: NamedAddress, value: edge}] #!
  listeners: [{name: http, port: 80, protocol: HTTP}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  addresses: [{type: IPAddress, value: 192.0.2.10}]
  listeners: [{name: http, port: 80, protocol: HTTP}]
)",
     .check = Each<addresses_are_understood>::run},
    {.id = "MF2505",
     .name = "istio-traffic-policy",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "Of an XBackendTrafficPolicy Istio reads the retry budget only",
     .why = "Istio turns the budget into one of retries at a time: `minRetryRate.count` is that "
            "number whatever the interval, and `sessionPersistence` is ignored.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackendTrafficPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: web}]
  retryConstraint:
    minRetryRate:
      count: 10
      interval: 1m #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackendTrafficPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: web}]
  retryConstraint: {budget: {percent: 20}}
)",
     .check = traffic_policies_are_honoured},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_support_rules() { return kRules; }

}  // namespace meshfn::lint
