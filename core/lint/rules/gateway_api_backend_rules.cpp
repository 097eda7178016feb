// Backends of routes: that they exist, have the port, and speak the protocol.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/gateway_api_families.h"
#include "lint/rules/gateway_api_grants.h"
#include "lint/rules/linkerd_objects.h"
#include "lint/rules/linkerd_routes.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using gateways::Purpose;
using gateways::Reference;
using gateways::Route;
using resource::Mesh;
using resource::gateway_api::Backend;
using resource::gateway_api::kGroup;
using resource::gateway_api::RouteKind;
using resource::kubernetes::Service;
using resource::kubernetes::ServicePort;

/// Calls `visit(use)` for every backend, mirror and authorization service of a route that is to be
/// judged.
template <class Visit>
void each_backend(const Mesh& mesh, Visit visit) {
  gateways::each_use(mesh, [&](const gateways::Use& use) {
    const bool backend = use.purpose == Purpose::backend || use.purpose == Purpose::mirror ||
                         use.purpose == Purpose::authorization;
    if (backend && !use.from->context) visit(use);
  });
}

std::string hint(const Mesh& mesh, const Reference& reference) {
  if (reference.name.find('.') != std::string_view::npos) {
    return "write the bare name, and the namespace in a field of its own";
  }
  return objects::service_hint(mesh, reference.scope, reference.name);
}

void backends_exist(const Mesh& mesh, Findings& found) {
  each_backend(mesh, [&](const gateways::Use& use) {
    const Reference& to = *use.to;
    if (!to.is_service()) return;
    if (objects::find_service(mesh, to.scope, to.name) != Found::missing) return;
    found
        .add(to.where(),
             fmt::format("the {} {} does not exist", describe(use.purpose), describe(to)))
        .with_help(hint(mesh, to));
  });
}

void backends_have_the_port(const Mesh& mesh, Findings& found) {
  each_backend(mesh, [&](const gateways::Use& use) {
    const Reference& to = *use.to;
    const Service* const service = to.is_service() ? mesh.service(to.scope, to.name) : nullptr;
    if (service == nullptr || !to.port || service->ports.empty()) return;
    if (service->port(*to.port) != nullptr) return;
    std::vector<std::string> ports;
    for (const ServicePort& port : service->ports) {
      ports.push_back(fmt::format("{}", port.port.value));
    }
    found.add(to.port.where(), fmt::format("{} has no port {}", describe(to), *to.port))
        .relate(service->where(), "the Service")
        .with_help(fmt::format("its ports are {}; a backend names the port of the Service, not "
                               "of the container",
                               str::join(ports, ", ")));
  });
}

/// Groups whose kinds are all known: a kind that is not listed is no backend.
std::string kind_problem(const Reference& to) {
  // The schema refuses what is no name of a kind.
  if (to.kind.find_first_of("*./ ") != std::string_view::npos) return "";
  if (to.group.empty() && to.kind != "Service") {
    return fmt::format("a {} cannot be a backend", to.kind);
  }
  if (to.group == "core") return "the group of Services is empty, not `core`";
  if (to.group == kGroup)
    return fmt::format("a {} of the Gateway API cannot be a backend", to.kind);
  return "";
}

/// Kinds of other groups that some implementation takes as a backend.
constexpr std::array<std::string_view, 8> kBackendGroups = {
    "multicluster.x-k8s.io",       "networking.istio.io",
    "inference.networking.k8s.io", "inference.networking.x-k8s.io",
    "gateway.networking.x-k8s.io", "gateway.envoyproxy.io",
    "policy.linkerd.io",           "traefik.io"};

bool is_known_group(std::string_view group) {
  return std::find(kBackendGroups.begin(), kBackendGroups.end(), group) != kBackendGroups.end();
}

void report_unknown_kind(const Reference& to, Findings& found) {
  if (to.group.empty() || is_known_group(to.group)) return;
  found
      .add(to.where("group"), fmt::format("a {} of group `{}` is a backend only where an "
                                          "implementation brings this kind",
                                          to.kind, to.group))
      .with_help("others refuse it (ResolvedRefs is False, InvalidKind)")
      .with_severity(Severity::info);
}

void backends_have_known_kinds(const Mesh& mesh, Findings& found) {
  // What Linkerd takes is said by its own rules.
  const linkerd::RouteFilter linkerd_programs(mesh);
  each_backend(mesh, [&](const gateways::Use& use) {
    if (use.to->is_service() || linkerd_programs(*use.from)) return;
    const std::string problem = kind_problem(*use.to);
    if (problem.empty()) {
      report_unknown_kind(*use.to, found);
      return;
    }
    auto& finding = found.add(use.to->where(use.to->group.empty() ? "kind" : "group"), problem);
    finding.with_help("leave `group` and `kind` out to mean a Service");
    // Linkerd and others read it as the empty group.
    if (use.to->group == "core") finding.with_severity(Severity::warning);
  });
}

/// Values of `appProtocol` that carry no HTTP requests.
constexpr std::array<std::string_view, 8> kStreams = {"tcp",   "tls",      "mysql", "redis",
                                                      "mongo", "postgres", "amqp",  "kafka"};

/// Why a port cannot serve a route of this kind; empty when it can.
std::string protocol_problem(RouteKind kind, const ServicePort& port) {
  const std::string_view transport = port.protocol.value_or("TCP");
  if ((transport == "UDP") != (kind == RouteKind::udp)) {
    return fmt::format("port {} is a {} port", port.port.value, transport);
  }
  const std::string application = str::lower(port.app_protocol.value);
  const bool requests = kind == RouteKind::http || kind == RouteKind::grpc;
  if (requests && std::find(kStreams.begin(), kStreams.end(), application) != kStreams.end()) {
    return fmt::format("port {} speaks {}", port.port.value, application);
  }
  const bool one_to_one = application == "kubernetes.io/ws" || application == "kubernetes.io/wss" ||
                          application == "http";
  if (kind == RouteKind::grpc && one_to_one) {
    return fmt::format("port {} speaks {}, which cannot carry gRPC", port.port.value, application);
  }
  return "";
}

void backends_speak_the_protocol(const Mesh& mesh, Findings& found) {
  each_backend(mesh, [&](const gateways::Use& use) {
    const Reference& to = *use.to;
    const Service* const service = to.is_service() ? mesh.service(to.scope, to.name) : nullptr;
    const ServicePort* const port =
        service != nullptr && to.port ? service->port(*to.port) : nullptr;
    if (port == nullptr || use.purpose == Purpose::authorization) return;
    const auto kind = resource::gateway_api::route_kind(use.from->kind.value);
    const std::string problem = protocol_problem(kind.value_or(RouteKind::http), *port);
    if (problem.empty()) return;
    found
        .add(to.port.where(),
             fmt::format("a {} cannot use {}: {}", use.from->kind.value, describe(to), problem))
        .relate(port->node.where(), "the port")
        .with_help("name another port, or correct `protocol` or `appProtocol` of the Service");
  });
}

void backends_are_no_aliases(const Mesh& mesh, Findings& found) {
  each_backend(mesh, [&](const gateways::Use& use) {
    const Reference& to = *use.to;
    const Service* const service = to.is_service() ? mesh.service(to.scope, to.name) : nullptr;
    if (service == nullptr || service->type.value != "ExternalName") return;
    found.add(to.where(), fmt::format("{} is an alias (ExternalName)", describe(to)))
        .relate(service->type.where(), "its type")
        .with_help("implementations should refuse aliases, which can lead anywhere");
  });
}

void backends_are_named_once(const Route& route, const Mesh&, Findings& found) {
  for (const auto& rule : route.rules) {
    std::map<std::tuple<std::string_view, std::string_view, std::string_view, std::int64_t>,
             const Backend*>
        seen;
    for (const Backend& backend : rule.backends) {
      if (!backend.filters.empty()) continue;
      const auto [first, is_new] = seen.emplace(
          std::tuple(backend.kind, backend.scope, backend.name, backend.port.value), &backend);
      if (is_new) continue;
      found.add(backend.where(), fmt::format("{} is named twice", describe(backend)))
          .relate(first->second->where(), "first here")
          .with_help("add the weights up, or correct the name");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF2201",
     .name = "backend-missing",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "The Service behind a route exists",
     .why = "The share of requests that goes to a missing backend is answered with 500 "
            "(ResolvedRefs is False, BackendNotFound); a mirror gets nothing. Said only where "
            "the input shows Services of the namespace.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: webb, port: 80}]}] #!
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
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .aliases = "KIA1402",
     .check = backends_exist},
    {.id = "MF2202",
     .name = "backend-port-missing",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "The port of a backend is one of its Service's ports",
     .why = "A backend without such a port has no endpoints: requests are answered with 500 or "
            "503. The port is that of the Service, not its `targetPort`.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: web, port: 8080}]}] #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)",
     .check = backends_have_the_port},
    {.id = "MF2203",
     .name = "backend-kind",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "Backends are Services, or of a kind that an implementation brings",
     .why = "A backend of another kind is refused (ResolvedRefs is False, InvalidKind), and "
            "its share of requests is answered with 500. Services have the empty group.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{kind: Pod, name: web, port: 80}]}] #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{kind: Service, name: web, port: 80}]}]
)",
     .check = backends_have_known_kinds},
    {.id = "MF2204",
     .name = "backend-protocol",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "The port of a backend speaks what its route carries",
     .why = "Requests to a port of another protocol fail, or the backend is refused "
            "(ResolvedRefs is False, UnsupportedProtocol).",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: dns, namespace: shop}
spec: {selector: {app: dns}, ports: [{name: dns, port: 53, protocol: UDP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: dns, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: dns, port: 53}]}] #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: dns, namespace: shop}
spec: {selector: {app: dns}, ports: [{name: dns, port: 53, protocol: UDP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: UDPRoute
metadata: {name: dns, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: dns, port: 53}]}]
)",
     .check = backends_speak_the_protocol},
    {.id = "MF2205",
     .name = "backend-external-name",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A backend is no alias of an outside name",
     .why = "The Gateway API advises implementations not to follow ExternalName Services, "
            "because whoever may write one could reach any host through the gateway.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {type: ExternalName, externalName: pay.example.com, ports: [{name: http, port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: pay, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: pay, port: 80}]}] #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {selector: {app: pay}, ports: [{name: http, port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: pay, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: pay, port: 80}]}]
)",
     .check = backends_are_no_aliases},
    {.id = "MF2206",
     .name = "backend-twice",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A rule names each backend once",
     .why = "The shares of a backend that is named twice add up, which is seldom what a canary "
            "was meant to do; usually one of the names was copied and not changed.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - backendRefs:
    - {name: web-v1, port: 80, weight: 90}
    - {name: web-v1, port: 80, weight: 10} #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - backendRefs:
    - {name: web-v1, port: 80, weight: 90}
    - {name: web-v2, port: 80, weight: 10}
)",
     .check = Each<backends_are_named_once>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_backend_rules() { return kRules; }

}  // namespace meshfn::lint
