// Routes for a protocol that their host or gateway does not speak.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/str.h"
#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/insight_families.h"
#include "lint/rules/listeners.h"
#include "resource/kubernetes/traffic.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::istio::Server;
using resource::istio::VirtualService;
using resource::kubernetes::Traffic;
using resource::kubernetes::traffic_of;

void hosts_speak_http(const VirtualService& service, const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  if (!service.is_for_mesh() || service.http.empty()) return;
  for (const Text& host : service.hosts) {
    const HostLookup& lookup = references.host(host.value, service.scope);
    if (lookup.service == nullptr || lookup.service->ports.empty()) continue;
    const auto& ports = lookup.service->ports;
    const bool opaque = std::all_of(ports.begin(), ports.end(),
                                    [](const auto& port) { return is_opaque(traffic_of(port)); });
    if (!opaque) continue;
    found
        .add(host.where(), fmt::format("the proxy sees no requests to `{}`, so these http routes "
                                       "do nothing",
                                       host.value))
        .relate(ports.front().node.where(), "its ports carry bytes")
        .with_help("name the port `http-…`, or route with `tcp` or `tls`");
  }
}

/// What servers of the gateways let through: HTTP requests, TLS unopened, or bytes.
struct Kinds {
  bool http = false;
  bool tls = false;
  bool tcp = false;
  bool known = true;
};

void add(Kinds& kinds, const Server& server) {
  const Traffic traffic = traffic_of(server.protocol.value);
  const bool passes = passes_through(server.tls_mode.value);
  const bool is_https = str::equals_ignore_case(server.protocol.value, "HTTPS");
  if (is_http(traffic) || (is_https && !passes)) {
    kinds.http = true;
  } else if (traffic == Traffic::tls && passes) {
    kinds.tls = true;
  } else if (traffic != Traffic::unknown) {
    kinds.tcp = true;
  } else {
    kinds.known = false;
  }
}

Kinds kinds_of(const VirtualService& service, const References& references) {
  Kinds kinds;
  for (const Text& name : service.gateways) {
    const auto lookup = references.gateway(name.value, service.scope);
    if (lookup.istio == nullptr || lookup.istio->servers.empty()) {
      kinds.known = false;
      return kinds;
    }
    for (const Server& server : lookup.istio->servers) add(kinds, server);
  }
  return kinds;
}

void gateways_serve_the_routes(const VirtualService& service, const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  if (service.is_for_mesh()) return;
  const Kinds kinds = kinds_of(service, references);
  if (!kinds.known) return;
  const std::tuple<std::string_view, bool, bool, std::string_view> lists[] = {
      {"http", !service.http.empty(), kinds.http, "HTTP, or HTTPS that it decrypts"},
      {"tls", !service.tls.empty(), kinds.tls, "TLS that it passes on"},
      {"tcp", !service.tcp.empty(), kinds.tcp || kinds.tls, "TCP, or TLS"}};
  for (const auto& [field, used, served, what] : lists) {
    if (!used || served) continue;
    found
        .add(service.spec.find_key(field).where(),
             fmt::format("no server of the gateways takes {} routes", field))
        .relate(service.gateways.front().where(), "the gateways")
        .with_help(fmt::format("they need a server for {}", what));
  }
}

/// A server name that a tls route of one gateway waits for.
using SniKey = std::tuple<std::string, std::string, std::int64_t>;

struct SniUse {
  const VirtualService* service = nullptr;
  Text host;
};

void server_names_are_routed_once(const Mesh& mesh, Findings& found) {
  std::map<SniKey, SniUse> seen;
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    for (const auto& route : service.tls) {
      for (const auto& match : route.match) {
        const auto& gateways = match.gateways.empty() ? service.gateways : match.gateways;
        const bool narrow = !match.source_labels.empty() || match.source_namespace ||
                            !match.destination_subnets.empty();
        if (narrow) continue;
        for (const Text& name : gateways) {
          if (name.value == "mesh") continue;
          for (const Text& host : match.sni_hosts) {
            const SniKey key{routing::gateway_name(name.value, service.scope),
                             str::lower(host.value), match.port.value};
            const auto [first, is_new] = seen.emplace(key, SniUse{&service, host});
            // Within one VirtualService it is a shadowed route.
            if (is_new || service.context || first->second.service == &service) continue;
            found
                .add(host.where(), fmt::format("`{}` is routed by another VirtualService of `{}`",
                                               host.value, name.value))
                .relate(first->second.host.where(), "here")
                .with_help("only one of them is used; merge the two");
          }
        }
      }
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5361",
     .name = "http-routes-of-opaque-host",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Http routes are for hosts with an HTTP port",
     .why = "On a port that carries TCP or TLS the proxy sees bytes. Http routes, timeouts, "
            "retries and faults of the host are then ignored.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: shop}
spec:
  ports: [{name: tcp-db, port: 5432}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ledger, namespace: shop}
spec:
  hosts: [ledger.shop.svc.cluster.local] #!
  http:
  - route: [{destination: {host: ledger}}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: shop}
spec:
  ports: [{name: tcp-db, port: 5432}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ledger, namespace: shop}
spec:
  hosts: [ledger.shop.svc.cluster.local]
  tcp:
  - route: [{destination: {host: ledger}}]
)",
     .check = Each<hosts_speak_http>::run},
    {.id = "MF5362",
     .name = "routes-of-other-server",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A gateway has a server for the kind of its routes",
     .why = "Http routes need a server that sees requests, tls routes one that passes TLS on, tcp "
            "routes one for bytes. Routes of another kind are dropped, and connections are closed "
            "or answered with 404.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: tls, protocol: TLS}
    tls: {mode: PASSTHROUGH}
    hosts: [reviews.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.example.com]
  gateways: [web]
  http: #!
  - route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: tls, protocol: TLS}
    tls: {mode: PASSTHROUGH}
    hosts: [reviews.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.example.com]
  gateways: [web]
  tls:
  - match: [{sniHosts: [reviews.example.com]}]
    route: [{destination: {host: reviews}}]
)",
     .check = Each<gateways_serve_the_routes>::run},
    {.id = "MF5363",
     .name = "server-name-routed-twice",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A server name of a gateway is routed by one VirtualService",
     .why = "A TLS connection is chosen by its server name alone. Of two tls routes for one name "
            "on a gateway istiod drops the second, with a line in its log.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.example.com]
  gateways: [web]
  tls:
  - match: [{sniHosts: [reviews.example.com]}]
    route: [{destination: {host: reviews}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews-next, namespace: shop}
spec:
  hosts: ["*.example.com"]
  gateways: [web]
  tls:
  - match: [{sniHosts: [reviews.example.com]}] #!
    route: [{destination: {host: reviews-next}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.example.com]
  gateways: [web]
  tls:
  - match: [{sniHosts: [reviews.example.com]}]
    route: [{destination: {host: reviews}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews-next, namespace: shop}
spec:
  hosts: ["*.example.com"]
  gateways: [web]
  tls:
  - match: [{sniHosts: [next.example.com]}]
    route: [{destination: {host: reviews-next}}]
)",
     .check = server_names_are_routed_once},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family route_protocol_rules() { return kRules; }

}  // namespace meshfn::lint
