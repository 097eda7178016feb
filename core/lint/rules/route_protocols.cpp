// Routes for a protocol that their host or gateway does not speak.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/str.h"
#include "lint/each.h"
#include "lint/gateway_pods.h"
#include "lint/references.h"
#include "lint/rules/insight_families.h"
#include "lint/rules/listeners.h"
#include "resource/kubernetes/traffic.h"
#include "routing/host.h"
#include "routing/istio.h"

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

/// The first of the host's ports when none of them lets the proxy see requests.
yaml::Node opaque_port(const HostLookup& lookup) {
  std::vector<yaml::Node> ports;
  bool opaque = true;
  const auto look = [&](yaml::Node node, Traffic traffic) {
    ports.push_back(node);
    opaque = opaque && is_opaque(traffic);
  };
  if (lookup.service != nullptr) {
    for (const auto& port : lookup.service->ports) look(port.node, traffic_of(port));
  } else {
    for (const auto* entry : lookup.entries) {
      for (const auto& port : entry->ports) look(port.node, traffic_of(port.protocol.value));
    }
  }
  return opaque && !ports.empty() ? ports.front() : yaml::Node();
}

void hosts_speak_http(const VirtualService& service, const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  if (!service.is_for_mesh() || service.http.empty()) return;
  for (const Text& host : service.hosts) {
    const HostLookup& lookup = references.host(host.value, service.scope);
    const yaml::Node port = opaque_port(lookup);
    if (!port) continue;
    found
        .add(host.where(), fmt::format("the proxy sees no requests to `{}`, so these http routes "
                                       "do nothing",
                                       host.value))
        .relate(port.where(), "its ports carry bytes")
        .with_help(lookup.service != nullptr
                       ? "name the port `http-…`, or route with `tcp` or `tls`"
                       : "route with `tls`, or declare the port as HTTP");
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

/// Whether some server of the gateways serves `name`; yes when not all of them are known.
bool is_served(const VirtualService& service, const References& references, std::string_view name) {
  for (const Text& gateway : service.gateways) {
    const auto lookup = references.gateway(gateway.value, service.scope);
    if (lookup.istio == nullptr) return true;
    for (const Server& server : lookup.istio->servers) {
      for (const Text& host : server.hosts) {
        const std::string_view own = host.value.substr(host.value.find('/') + 1);
        if (routing::overlaps(own, name)) return true;
      }
    }
  }
  return false;
}

void server_names_are_served(const VirtualService& service, const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  if (service.is_for_mesh()) return;
  for (const auto& route : service.tls) {
    for (const auto& match : route.match) {
      for (const Text& name : match.sni_hosts) {
        if (is_served(service, references, name.value)) continue;
        found
            .add(name.where(),
                 fmt::format("no server of the gateways has a host for `{}`", name.value))
            .relate(service.gateways.front().where(), "the gateways")
            .with_help("add it to the hosts of a server that passes TLS on");
      }
    }
  }
}

void gateways_get_their_routes(const VirtualService& service, const Mesh& mesh, Findings& found) {
  if (service.export_to.empty()) return;
  const auto& references = mesh.derived<References>();
  const auto& pods = mesh.derived<GatewayPods>();
  for (const Text& name : service.gateways) {
    const auto lookup = references.gateway(name.value, service.scope);
    if (lookup.istio == nullptr || lookup.istio->selector.empty()) continue;
    const auto selected = pods.selected(lookup.istio->selector);
    const bool seen = std::any_of(selected.begin(), selected.end(), [&](const auto* pod) {
      return routing::is_visible(service.export_to, service.scope, pod->scope);
    });
    if (seen || selected.empty()) continue;
    found
        .add(service.export_to.front().where(),
             fmt::format("the pods of gateway `{}` in `{}` do not get these routes",
                         lookup.istio->name.value, selected.front()->scope))
        .relate(selected.front()->where(), "the gateway's pods")
        .with_help(fmt::format("add `{}` to `exportTo`", selected.front()->scope));
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
    {.id = "MF5365",
     .name = "server-name-not-served",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Server names of tls routes are hosts of their gateway",
     .why = "A gateway opens its port for the hosts of its servers. Connections that ask for "
            "another name find no listener, and the route waits for them in vain.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: tls, protocol: TLS}
    hosts: ["*.example.com"]
    tls: {mode: PASSTHROUGH}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com, shop.example.org]
  gateways: [istio-system/edge]
  tls:
  - match: [{port: 443, sniHosts: [shop.example.com]}]
    route: [{destination: {host: reviews}}]
  - match: [{port: 443, sniHosts: [shop.example.org]}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: tls, protocol: TLS}
    hosts: ["*.example.com"]
    tls: {mode: PASSTHROUGH}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [istio-system/edge]
  tls:
  - match: [{port: 443, sniHosts: [shop.example.com]}]
    route: [{destination: {host: reviews}}]
)",
     .check = Each<server_names_are_served>::run},
    {.id = "MF5366",
     .name = "routes-hidden-from-gateway",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A VirtualService is exported to the pods of its gateways",
     .why = "A gateway takes routes that are exported to the namespace of its pods. With "
            "`exportTo: [.]` in another namespace it gets none, and answers 404.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: istio-ingressgateway, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  template:
    metadata: {labels: {istio: ingressgateway}}
    spec: {containers: [{name: istio-proxy, image: auto}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: ["shop.example.com"]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [istio-system/edge]
  exportTo: ["."] #!
  http:
  - route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: istio-ingressgateway, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  template:
    metadata: {labels: {istio: ingressgateway}}
    spec: {containers: [{name: istio-proxy, image: auto}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: ["shop.example.com"]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [istio-system/edge]
  exportTo: [".", istio-system]
  http:
  - route: [{destination: {host: reviews}}]
)",
     .check = Each<gateways_get_their_routes>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family route_protocol_rules() { return kRules; }

}  // namespace meshfn::lint
