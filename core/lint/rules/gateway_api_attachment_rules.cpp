// Routes that their parents refuse, in whole or in part.

#include <fmt/format.h>

#include <algorithm>
#include <set>

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
using gateways::Parents;
using gateways::Reference;
using gateways::Route;
using resource::Mesh;
using routing::Attachment;
using routing::AttachReason;
using routing::ListenerAttachment;

/// Calls `visit(route, parent, gateway, attachment)` for references that end with one of `reasons`.
template <class Visit>
void each_refusal(const Mesh& mesh, std::initializer_list<AttachReason> reasons, Visit visit) {
  gateways::each_attachment(mesh, [&](const Route& route, const Reference& parent,
                                      const Gateway& gateway, const Attachment& attachment) {
    const bool listed =
        std::find(reasons.begin(), reasons.end(), attachment.reason) != reasons.end();
    if (!route.context && listed) visit(route, parent, gateway, attachment);
  });
}

/// The first listener that refused for this reason.
const Listener& refuser(const Attachment& attachment, AttachReason reason) {
  const auto found =
      std::find_if(attachment.listeners.begin(), attachment.listeners.end(),
                   [reason](const ListenerAttachment& one) { return one.reason == reason; });
  return *found->listener;
}

std::string listener_names(const Gateway& gateway) {
  std::vector<std::string> names;
  for (const Listener& listener : gateway.listeners) {
    names.push_back(fmt::format("`{}` (port {})", listener.name.value, listener.port.value));
  }
  return "listeners are " + str::join(names, ", ");
}

void sections_exist(const Mesh& mesh, Findings& found) {
  const auto report = [&](const Route&, const Reference& parent, const Gateway& gateway,
                          const Attachment& attachment) {
    if (gateway.listeners.empty()) return;
    std::string problem =
        fmt::format("{} has no listener `{}`", describe(parent), parent.section.value);
    source::Location where = parent.where("sectionName");
    if (attachment.reason == AttachReason::other_port) {
      where = parent.where("port");
      problem =
          parent.section
              ? fmt::format("listener `{}` of {} has another port than {}", parent.section.value,
                            describe(parent), parent.port.value)
              : fmt::format("{} has no listener on port {}", describe(parent), parent.port.value);
    }
    found.add(where, problem)
        .relate(gateway.where(), "its definition")
        .with_help(listener_names(gateway));
  };
  each_refusal(mesh, {AttachReason::other_section, AttachReason::other_port}, report);
}

void kinds_are_allowed(const Mesh& mesh, Findings& found) {
  each_refusal(
      mesh, {AttachReason::kind_not_allowed},
      [&](const Route& route, const Reference& parent, const Gateway&,
          const Attachment& attachment) {
        const Listener& listener = refuser(attachment, AttachReason::kind_not_allowed);
        auto& finding =
            found.add(parent.where(), fmt::format("no listener of {} takes routes of kind {}",
                                                  describe(parent), route.kind.value));
        finding
            .relate(listener.protocol_name ? listener.protocol_name.where() : listener.node.where(),
                    fmt::format("listener `{}`", listener.name.value))
            .with_help("check the protocol of the listener and its `allowedRoutes.kinds`");
        // Some implementations let TCPRoutes pass TLS through.
        const bool left_open = listener.passes_through && listener.kinds.empty();
        if (left_open && route.kind.value == "TCPRoute") finding.with_severity(Severity::info);
      });
}

void namespaces_are_allowed(const Mesh& mesh, Findings& found) {
  each_refusal(
      mesh, {AttachReason::namespace_not_allowed},
      [&](const Route& route, const Reference& parent, const Gateway&,
          const Attachment& attachment) {
        const Listener& listener = refuser(attachment, AttachReason::namespace_not_allowed);
        const yaml::Node policy = listener.namespaces.node;
        found
            .add(parent.where(),
                 fmt::format("{} takes no routes of namespace `{}`", describe(parent), route.scope))
            .relate(policy ? policy.where() : listener.node.where(),
                    policy ? "it takes these"
                           : "it takes those of its own namespace, which is the default")
            .with_help("set `allowedRoutes.namespaces.from` of the listener");
      });
}

void hostnames_meet(const Mesh& mesh, Findings& found) {
  each_refusal(mesh, {AttachReason::hostname_disjoint},
               [&](const Route& route, const Reference& parent, const Gateway&,
                   const Attachment& attachment) {
                 const Listener& listener = refuser(attachment, AttachReason::hostname_disjoint);
                 found
                     .add(route.hostnames.front().where(),
                          fmt::format("no hostname of the route is one of {}", describe(parent)))
                     .relate(listener.hostname.where(),
                             fmt::format("listener `{}`", listener.name.value))
                     .relate(parent.where(), "attached here");
               });
}

/// Hostnames that are in force on no listener although others of the route are.
void report_idle_hostnames(const Route& route, const Parents& parents, Findings& found) {
  std::set<const resource::Text*> used;
  for (const Reference& parent : route.parents) {
    const Gateway* const gateway = parents.find(parent);
    // What is not in the input may have any hostname.
    if (gateway == nullptr) return;
    const Attachment attachment =
        routing::attach(route, parent, *gateway, parents.labels(route.scope));
    if (!attachment.accepted()) return;
    for (const ListenerAttachment& one : attachment.listeners) {
      if (one.reason != AttachReason::accepted) continue;
      for (const resource::Text& name : route.hostnames) {
        if (routing::intersect(one.listener->hostname.value, name.value)) used.insert(&name);
      }
    }
  }
  for (const resource::Text& name : route.hostnames) {
    if (used.contains(&name)) continue;
    found.add(name.where(), fmt::format("no listener of the route serves `{}`", name.value))
        .with_help("remove it, or give a listener a hostname that covers it");
  }
}

void every_hostname_is_served(const Route& route, const Mesh& mesh, Findings& found) {
  const auto& parents = mesh.derived<Parents>();
  const bool judged = !route.parents.empty();
  if (judged && route.hostnames.size() > 1) report_idle_hostnames(route, parents, found);
}

constexpr Rule kRules[] = {
    {.id = "MF2111",
     .name = "parent-listener-missing",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "The listener that a route is attached to exists",
     .why = "`sectionName` and `port` of a parent choose among its listeners, both at once when "
            "both are given. Where none is left the route is refused (Accepted is False, "
            "NoMatchingParent).",
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
  parentRefs: [{name: web, sectionName: https}] #!
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
  parentRefs: [{name: web, sectionName: http}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .check = sections_exist},
    {.id = "MF2112",
     .name = "route-kind-not-allowed",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "A listener takes routes of this kind",
     .why = "A listener takes the kinds that its protocol carries, or fewer if "
            "`allowedRoutes.kinds` says so. Others are refused (Accepted is False, "
            "NotAllowedByListeners).",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - {name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}] #!
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - {name: tls, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: web}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .check = kinds_are_allowed},
    {.id = "MF2113",
     .name = "route-namespace-not-allowed",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "A listener takes routes of this namespace",
     .why = "A listener takes routes of its own namespace unless `allowedRoutes.namespaces` "
            "says otherwise. Others are refused (Accepted is False, NotAllowedByListeners); a "
            "ReferenceGrant does not help here.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: infra}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web, namespace: infra}] #!
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: infra}
spec:
  gatewayClassName: istio
  listeners:
  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web, namespace: infra}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .aliases = "KIA1401",
     .check = namespaces_are_allowed},
    {.id = "MF2114",
     .name = "route-hostnames-disjoint",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "A route and its listener have a hostname in common",
     .why = "A route is in force for the hostnames that are on both sides; `*.x` stands for "
            "names below `x`, never for `x` itself. Without any the route is refused (Accepted "
            "is False, NoMatchingListenerHostname).",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP, hostname: "*.example.com"}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}]
  hostnames: [example.com] #!
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP, hostname: "*.example.com"}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}]
  hostnames: [shop.example.com]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .check = hostnames_meet},
    {.id = "MF2115",
     .name = "route-hostname-idle",
     .severity = Severity::info,
     .group = "gateway-api",
     .summary = "Every hostname of a route is served by a listener",
     .why = "Of a route's hostnames only those that a listener has too are in force. The rest "
            "are ignored, which no status shows.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP, hostname: "*.example.com"}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}]
  hostnames:
  - shop.example.com
  - shop.example.org #!
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP, hostname: "*.example.com"}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}]
  hostnames: [shop.example.com]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .check = Each<every_hostname_is_served>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_attachment_rules() { return kRules; }

}  // namespace meshfn::lint
