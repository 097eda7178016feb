// Addresses that policies at a gateway compare: those of connections, and those that proxies before
// the gateway tell of.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lint/each.h"
#include "lint/gateway_pods.h"
#include "lint/references.h"
#include "lint/rules/authorization_policy.h"
#include "lint/rules/practice_families.h"
#include "lint/rules/service_index.h"
#include "resource/istio/mesh_config.h"
#include "routing/host.h"
#include "routing/policy.h"
#include "yaml/embedded.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Labels;
using resource::Mesh;
using resource::Object;
using resource::istio::Gateway;
using resource::kubernetes::Workload;

using Fields = std::array<std::string_view, 2>;
constexpr Fields kConnection = {"ipBlocks", "notIpBlocks"};
constexpr Fields kForwarded = {"remoteIpBlocks", "notRemoteIpBlocks"};

/// The key of the first of these lists of addresses.
yaml::Node first_list(const Object& policy, const Fields& fields) {
  yaml::Node first;
  istio::each_source(policy, [&](yaml::Node source) {
    for (const std::string_view field : fields) {
      if (!first) first = source.find_key(field);
    }
  });
  return first;
}

/// The pods of the Istio gateways that a policy selects.
istio::Selections::Workloads gateway_pods(const Mesh& mesh, const Object& policy) {
  const Labels labels = istio::selector_of(policy);
  istio::Selections::Workloads pods;
  if (labels.empty()) return pods;
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    if (gateway.selector.empty()) continue;
    for (const Workload* one : mesh.derived<GatewayPods>().selected(gateway.selector)) {
      const bool selected = one->scope == policy.scope && selects(labels, one->pod_labels);
      if (selected && std::find(pods.begin(), pods.end(), one) == pods.end()) pods.push_back(one);
    }
  }
  return pods;
}

/// The first Service of the pods; null when one of them hands on the address of clients, or none is
/// reached from outside.
const Object* hides_addresses(const Mesh& mesh, const istio::Selections::Workloads& pods) {
  const Object* hiding = nullptr;
  for (const Workload* one : pods) {
    for (const auto* service : mesh.derived<ServiceIndex>().of(*one)) {
      if (service->spec.find("externalTrafficPolicy").text() == "Local") return nullptr;
      const bool outside =
          service->type.value == "LoadBalancer" || service->type.value == "NodePort";
      if (outside && hiding == nullptr) hiding = service;
    }
  }
  return hiding;
}

void addresses_are_those_of_clients(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    const yaml::Node key = first_list(policy, kConnection);
    if (!key) return;
    const Object* service = hides_addresses(mesh, gateway_pods(mesh, policy));
    if (service == nullptr) return;
    found
        .add(key.where(),
             fmt::format("`{}` are compared with the address of a node or load balancer, not of "
                         "the client",
                         key.text()))
        .relate(service->where(), "this Service does not keep the address of clients")
        .with_help(
            "set `externalTrafficPolicy: Local` on the Service, or use `remoteIpBlocks` and tell "
            "the gateway how many proxies stand before it");
  });
}

/// Whether a configuration of proxies says how far what a request tells of its way is to be
/// trusted.
bool knows_topology(yaml::Node proxy_config) {
  const yaml::Node topology = proxy_config.find("gatewayTopology");
  return resource::integer(topology.find("numTrustedProxies")).value > 0 ||
         topology.find("proxyProtocol").is_mapping();
}

bool knows_topology(const Mesh& mesh, const Workload& pods) {
  const auto& config = mesh.derived<resource::istio::MeshConfig>();
  if (knows_topology(config.node().find("defaultConfig"))) return true;
  const resource::Text annotation = pods.pod_annotation("proxy.istio.io/config");
  return annotation && knows_topology(yaml::Embedded(annotation.node).root());
}

void forwarded_addresses_are_trusted(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    const yaml::Node key = first_list(policy, kForwarded);
    if (!key) return;
    const auto pods = gateway_pods(mesh, policy);
    const Object* service = hides_addresses(mesh, pods);
    const bool told = std::any_of(pods.begin(), pods.end(),
                                  [&](const Workload* one) { return knows_topology(mesh, *one); });
    if (service == nullptr || told) return;
    found
        .add(key.where(),
             fmt::format("the gateway trusts no proxy before it, so `{}` are compared with the "
                         "address of a node or load balancer",
                         key.text()))
        .relate(service->where(), "this Service does not keep the address of clients")
        .with_help(
            "set `gatewayTopology: {numTrustedProxies: …}` for the gateway's pods, or "
            "`externalTrafficPolicy: Local` on the Service when no proxy stands before it");
  });
}

/// A gateway-bound route to a host whose policy hashes the address of the caller.
struct HashedRoute {
  const resource::istio::ConsistentHash* hash = nullptr;
  yaml::Node destination;
};

HashedRoute hashed_route(const Mesh& mesh, const resource::istio::VirtualService& service) {
  const auto& rules = mesh.derived<routing::RuleIndex>();
  for (const auto& route : service.http) {
    for (const auto& entry : route.route) {
      const auto& to = entry.destination;
      const auto policy = rules.policy(routing::fqdn(to.host.value, service.scope), to.subset.value,
                                       std::nullopt, service.scope);
      if (policy.load_balancer == nullptr || !policy.load_balancer->consistent_hash) continue;
      const auto& hash = *policy.load_balancer->consistent_hash;
      if (hash.use_source_ip.value) return {&hash, to.host.node};
    }
  }
  return {};
}

void hashes_tell_clients_apart(const Mesh& mesh, Findings& found) {
  for (const auto& service : mesh.all<resource::istio::VirtualService>()) {
    const HashedRoute route = service.is_for_mesh() ? HashedRoute() : hashed_route(mesh, service);
    if (route.hash == nullptr || service.context) continue;
    for (const auto& name : service.gateways) {
      const auto lookup = mesh.derived<References>().gateway(name.value, service.scope);
      if (lookup.istio == nullptr || lookup.istio->selector.empty()) continue;
      const auto pods = mesh.derived<GatewayPods>().selected(lookup.istio->selector);
      const Object* hiding = hides_addresses(mesh, pods);
      if (hiding == nullptr || knows_topology(mesh, *pods.front())) continue;
      found
          .add(route.hash->use_source_ip.where(),
               "behind a gateway this hashes the address of a node or load balancer")
          .relate(route.destination.where(), "a route of a gateway")
          .relate(hiding->where(), "this Service does not keep the address of clients")
          .with_help("hash a header or cookie, or tell the gateway of the proxies before it");
      break;
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5136",
     .name = "hash-of-load-balancer",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A hash of addresses is one of the addresses of clients",
     .why = "A gateway behind a load balancer sees the address of a node or of the balancer. "
            "All clients then hash alike, and few of the endpoints get all requests.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: edge, namespace: istio-system}
spec:
  type: LoadBalancer
  selector: {istio: ingressgateway}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  template:
    metadata: {labels: {istio: ingressgateway, sidecar.istio.io/inject: "true"}}
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
  http:
  - route: [{destination: {host: reviews}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    loadBalancer:
      consistentHash: {useSourceIp: true} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: edge, namespace: istio-system}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  selector: {istio: ingressgateway}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  template:
    metadata: {labels: {istio: ingressgateway, sidecar.istio.io/inject: "true"}}
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
  http:
  - route: [{destination: {host: reviews}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    loadBalancer:
      consistentHash: {useSourceIp: true}
)",
     .check = hashes_tell_clients_apart},
    {.id = "MF5562",
     .name = "client-address-hidden",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Addresses at a gateway are compared where they are seen",
     .why = "`ipBlocks` is about the other end of the connection. Behind a load balancer or a node "
            "port that is not the client, unless the Service hands its address on.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: edge, namespace: shop}
spec:
  type: LoadBalancer
  selector: {istio: edge}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: shop}
spec:
  selector: {matchLabels: {istio: edge}}
  template:
    metadata: {labels: {istio: edge}}
    spec:
      containers: [{name: istio-proxy, image: auto}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: edge}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: office, namespace: shop}
spec:
  selector: {matchLabels: {istio: edge}}
  rules:
  - from: [{source: {ipBlocks: [203.0.113.0/24]}}] #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: edge, namespace: shop}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  selector: {istio: edge}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: shop}
spec:
  selector: {matchLabels: {istio: edge}}
  template:
    metadata: {labels: {istio: edge}}
    spec:
      containers: [{name: istio-proxy, image: auto}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: edge}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: office, namespace: shop}
spec:
  selector: {matchLabels: {istio: edge}}
  rules:
  - from: [{source: {ipBlocks: [203.0.113.0/24]}}]
)",
     .check = addresses_are_those_of_clients},
    {.id = "MF5565",
     .name = "forwarded-address-untrusted",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Forwarded addresses are compared where some proxy is trusted",
     .why =
         "`remoteIpBlocks` is about the address that X-Forwarded-For or the PROXY protocol tells. "
         "A gateway that has not been told how many proxies stand before it believes none, and "
         "takes the other end of the connection for the client.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: edge, namespace: shop}
spec:
  type: LoadBalancer
  selector: {istio: edge}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: shop}
spec:
  selector: {matchLabels: {istio: edge}}
  template:
    metadata: {labels: {istio: edge}}
    spec:
      containers: [{name: istio-proxy, image: auto}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: edge}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: office, namespace: shop}
spec:
  selector: {matchLabels: {istio: edge}}
  rules:
  - from: [{source: {remoteIpBlocks: [203.0.113.0/24]}}] #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: edge, namespace: shop}
spec:
  type: LoadBalancer
  selector: {istio: edge}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: shop}
spec:
  selector: {matchLabels: {istio: edge}}
  template:
    metadata:
      labels: {istio: edge}
      annotations:
        proxy.istio.io/config: |
          gatewayTopology: {numTrustedProxies: 1}
    spec:
      containers: [{name: istio-proxy, image: auto}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: edge}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: office, namespace: shop}
spec:
  selector: {matchLabels: {istio: edge}}
  rules:
  - from: [{source: {remoteIpBlocks: [203.0.113.0/24]}}]
)",
     .check = forwarded_addresses_are_trusted},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family client_address_rules() { return kRules; }

}  // namespace meshfn::lint
