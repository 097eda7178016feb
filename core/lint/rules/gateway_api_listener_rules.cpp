// The listeners of one Gateway or ListenerSet.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/str.h"
#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/gateway_api.h"
#include "lint/rules/gateway_api_families.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using gateways::Gateway;
using gateways::Listener;
using gateways::Route;
using resource::Mesh;
using resource::gateway_api::AllowedKind;
using resource::gateway_api::From;
using resource::gateway_api::kGroup;
using resource::gateway_api::NamespacePolicy;
using resource::gateway_api::Protocol;
using resource::gateway_api::route_kind;

/// Calls `visit(later, earlier)` for every pair of listeners on one port.
template <class Visit>
void each_pair(const Gateway& gateway, Visit visit) {
  std::map<std::int64_t, std::vector<const Listener*>> by_port;
  for (const Listener& listener : gateway.listeners) {
    auto& earlier = by_port[listener.port.value_or(0)];
    for (const Listener* other : earlier) visit(listener, *other);
    earlier.push_back(&listener);
  }
}

void listeners_do_not_conflict(const Gateway& gateway, const Mesh&, Findings& found) {
  const Listener* reported = nullptr;
  each_pair(gateway, [&](const Listener& later, const Listener& earlier) {
    // Equal protocol and hostname are refused by the schema.
    if (&later == reported || later.protocol == earlier.protocol) return;
    const std::string_view reason = gateways::conflict_between(later, earlier);
    if (reason.empty()) return;
    reported = &later;
    const bool protocol = reason == "ProtocolConflict";
    found
        .add(later.protocol_name.where(),
             protocol ? fmt::format("protocol {} cannot share port {} with {}",
                                    later.protocol_name.value, later.port.value,
                                    earlier.protocol_name.value)
                      : fmt::format("{} and {} on port {} need different hostnames",
                                    later.protocol_name.value, earlier.protocol_name.value,
                                    later.port.value))
        .relate(earlier.protocol_name.where(), fmt::format("listener `{}`", earlier.name.value))
        .with_help(protocol ? "give one of them another port"
                            : "both listeners stay out of force (HostnameConflict)");
  });
}

void protocols_are_known(const Gateway& gateway, const Mesh&, Findings& found) {
  const std::vector<std::string_view> known = {"HTTP", "HTTPS", "TLS", "TCP", "UDP"};
  for (const Listener& listener : gateway.listeners) {
    const std::string_view name = listener.protocol_name.value;
    // Implementations write their own with a domain; Istio's waypoints speak HBONE.
    if (listener.protocol != Protocol::other || !listener.protocol_name || name == "HBONE" ||
        name.find('/') != std::string_view::npos) {
      continue;
    }
    const std::string hint = did_you_mean(str::upper(name), known);
    found.add(listener.protocol_name.where(), fmt::format("there is no protocol `{}`", name))
        .with_help(hint.empty() ? "protocols are HTTP, HTTPS, TLS, TCP and UDP" : hint);
  }
}

void route_kinds_fit(const Gateway& gateway, const Mesh&, Findings& found) {
  for (const Listener& listener : gateway.listeners) {
    for (const AllowedKind& allowed : listener.kinds) {
      const auto kind = route_kind(allowed.kind);
      const bool own = allowed.group == kGroup;
      // Routes of other groups are the implementation's business.
      if (own ? kind && routing::carries(listener, *kind) : !kind) continue;
      const yaml::Node at = allowed.node.find(own ? "kind" : "group");
      const std::string problem =
          !own   ? fmt::format("{} belongs to group `{}`, not `{}`", allowed.kind, kGroup,
                               allowed.group)
          : kind ? fmt::format("a listener with protocol {} takes no routes of kind {}",
                               listener.protocol_name.value, allowed.kind)
                 : fmt::format("there is no kind of route `{}`", allowed.kind);
      auto& finding = found.add(at ? at.where() : allowed.node.where(), problem);
      finding.with_help("the listener reports InvalidRouteKinds; remove the entry or correct it");
      // Some implementations let TCPRoutes pass TLS through.
      const bool left_open = own && listener.passes_through && allowed.kind == "TCPRoute";
      if (left_open) finding.with_severity(Severity::info);
    }
  }
}

void check_namespaces(const NamespacePolicy& policy, Findings& found) {
  const bool selects = policy.selector.is_mapping();
  if (policy.from == From::selector && !selects) {
    found
        .add(policy.node.find("from").where(), "`from: Selector` without a selector lets nobody in")
        .with_help("add `selector`, or use All");
  } else if (policy.from != From::selector && selects) {
    found.add(policy.node.find_key("selector").where(),
              "the selector has no effect without `from: Selector`");
  }
}

void namespaces_are_selected(const Gateway& gateway, const Mesh&, Findings& found) {
  for (const Listener& listener : gateway.listeners) check_namespaces(listener.namespaces, found);
  check_namespaces(gateway.listener_sets, found);
}

void https_has_certificates(const Gateway& gateway, const Mesh&, Findings& found) {
  for (const Listener& listener : gateway.listeners) {
    if (listener.protocol != Protocol::https || listener.tls) continue;
    found.add(listener.protocol_name.where(), "an HTTPS listener without `tls` has no certificate")
        .with_help("add `tls` with `certificateRefs`");
  }
}

bool is_address(std::string_view host) {
  const auto parts = str::split(host, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           return !part.empty() && part.size() <= 3 &&
                  part.find_first_not_of("0123456789") == std::string_view::npos;
         });
}

void report_address(const resource::Text& host, Findings& found) {
  if (!is_address(host.value)) return;
  found.add(host.where(), fmt::format("`{}` is an IP address, not a host name", host.value))
      .with_help("remove it: requests to addresses need a listener without hostname");
}

void hostnames_are_names(const Mesh& mesh, Findings& found) {
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    if (gateway.context) continue;
    for (const Listener& listener : gateway.listeners) report_address(listener.hostname, found);
  }
  for (const Route& route : mesh.all<Route>()) {
    // The schema of TLSRoute has this check.
    if (route.context || route.kind.value == "TLSRoute") continue;
    for (const resource::Text& host : route.hostnames) report_address(host, found);
  }
}

bool ends_tls(const Listener& listener) {
  return (listener.protocol == Protocol::https || listener.protocol == Protocol::tls) &&
         !listener.passes_through;
}

void certificates_do_not_overlap(const Gateway& gateway, const Mesh&, Findings& found) {
  each_pair(gateway, [&](const Listener& later, const Listener& earlier) {
    const auto& a = later.hostname;
    const auto& b = earlier.hostname;
    if (!ends_tls(later) || !ends_tls(earlier) || a->empty() || b->empty() || *a == *b) return;
    if (!routing::intersect(*a, *b)) return;
    found
        .add(a.where(),
             fmt::format("`{}` and `{}` share names on port {}", *a, *b, later.port.value))
        .relate(b.where(), fmt::format("listener `{}`", earlier.name.value))
        .with_help(
            "clients that reuse a connection for both names may reach the wrong listener "
            "(OverlappingTLSConfig)");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF2011",
     .name = "listener-conflict",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "Listeners on one port can be told apart",
     .why = "Plain HTTP, TLS and TCP cannot share a port, and HTTPS and TLS need different "
            "hostnames there. No listener wins: all that conflict stay out of force "
            "(Conflicted is True).",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - {name: http, port: 80, protocol: HTTP, hostname: a.example.com}
  - {name: raw, port: 80, protocol: TCP} #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - {name: http, port: 80, protocol: HTTP, hostname: a.example.com}
  - {name: raw, port: 9000, protocol: TCP}
)",
     .aliases = "KIA1503",
     .check = Each<listeners_do_not_conflict>::run},
    {.id = "MF2012",
     .name = "listener-protocol-unknown",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "The protocol of a listener exists",
     .why = "A listener with a protocol that the implementation does not know is refused "
            "(Accepted is False, UnsupportedProtocol). The names are written in capitals; "
            "an implementation's own carry a domain.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: Http}] #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
)",
     .check = Each<protocols_are_known>::run},
    {.id = "MF2013",
     .name = "listener-route-kinds",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "A listener allows kinds of routes that its protocol carries",
     .why = "A kind that cannot be served is left out, and the listener reports "
            "InvalidRouteKinds; when no kind is left, no route attaches.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - name: http
    port: 80
    protocol: HTTP
    allowedRoutes: {kinds: [{kind: TLSRoute}]} #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - name: http
    port: 80
    protocol: HTTP
    allowedRoutes: {kinds: [{kind: HTTPRoute}]}
)",
     .check = Each<route_kinds_fit>::run},
    {.id = "MF2014",
     .name = "allowed-namespaces-selector",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "Namespaces are selected by `from: Selector` with a selector",
     .why = "Each half is without effect alone: `from: Selector` without a selector lets no "
            "namespace in, and a selector beside `All` or `Same` (the default) is not read.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - name: http
    port: 80
    protocol: HTTP
    allowedRoutes:
      namespaces:
        selector: {matchLabels: {team: shop}} #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - name: http
    port: 80
    protocol: HTTP
    allowedRoutes:
      namespaces:
        from: Selector
        selector: {matchLabels: {team: shop}}
)",
     .check = Each<namespaces_are_selected>::run},
    {.id = "MF2015",
     .name = "listener-without-certificate",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "An HTTPS listener has TLS settings",
     .why = "The schema lets an HTTPS listener pass without `tls`, but nothing can be served "
            "without a certificate.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: https, port: 443, protocol: HTTPS}] #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: web}]}}
)",
     .check = Each<https_has_certificates>::run},
    {.id = "MF2016",
     .name = "hostname-is-address",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "Hostnames of listeners and routes are names",
     .why = "The Gateway API forbids addresses as hostnames, although the pattern of the "
            "field lets them pass; whether they match anything is up to the implementation.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}]
  hostnames: [192.0.2.10] #!
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}]
  hostnames: [shop.example.com]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .check = hostnames_are_names},
    {.id = "MF2017",
     .name = "listener-names-overlap",
     .severity = Severity::info,
     .group = "gateway-api",
     .summary = "TLS listeners on one port share no names",
     .why = "A client of HTTP/2 reuses a connection for every name of its certificate. When "
            "listeners share names, requests for one arrive at the other, which answers 404 or "
            "421. Controllers report OverlappingTLSConfig.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - name: all
    port: 443
    protocol: HTTPS
    hostname: "*.example.com"
    tls: {certificateRefs: [{name: wildcard}]}
  - name: shop
    port: 443
    protocol: HTTPS
    hostname: shop.example.com #!
    tls: {certificateRefs: [{name: shop}]}
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - name: shop
    port: 443
    protocol: HTTPS
    hostname: shop.example.com
    tls: {certificateRefs: [{name: shop}]}
)",
     .check = Each<certificates_do_not_overlap>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_listener_rules() { return kRules; }

}  // namespace meshfn::lint
