// Settings that have nothing to work on, that a closer one takes the place of, or that do not reach
// the proxy they are for.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lint/destinations.h"
#include "lint/each.h"
#include "lint/gateway_pods.h"
#include "lint/references.h"
#include "lint/rules/practice_families.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::istio::DestinationRule;
using resource::istio::TrafficPolicy;
using resource::istio::VirtualService;
using resource::kubernetes::Workload;

bool heeds_locality(const TrafficPolicy& policy) {
  const bool own =
      policy.outlier_detection || (policy.load_balancer && policy.load_balancer->locality);
  return own || std::any_of(policy.ports.begin(), policy.ports.end(), heeds_locality);
}

bool heeds_locality(const DestinationRule& rule) {
  if (rule.traffic_policy && heeds_locality(*rule.traffic_policy)) return true;
  return std::any_of(rule.subsets.begin(), rule.subsets.end(), [](const auto& subset) {
    return subset.traffic_policy && heeds_locality(*subset.traffic_policy);
  });
}

void retries_have_other_localities(const VirtualService& service, const Mesh& mesh,
                                   Findings& found) {
  for (const auto& route : service.http) {
    if (!route.retries || !route.retries->retry_remote_localities.value) continue;
    const bool heeded = std::any_of(route.route.begin(), route.route.end(), [&](const auto& to) {
      const std::string host = routing::fqdn(to.destination.host.value, service.scope);
      const auto rules = mesh.derived<References>().rules_for(host);
      return std::any_of(rules.begin(), rules.end(),
                         [](const DestinationRule* rule) { return heeds_locality(*rule); });
    });
    if (heeded || route.route.empty()) continue;
    found
        .add(route.retries->retry_remote_localities.where(),
             "no destination prefers a locality, so its retries go to all of them anyway")
        .with_help("add `outlierDetection` to a DestinationRule of the destination, or remove it");
  }
}

/// Calls `visit` for the load balancers of a rule that are not those of one port.
template <class Visit>
void each_balancer(const DestinationRule& rule, Visit visit) {
  if (rule.traffic_policy && rule.traffic_policy->load_balancer) {
    visit(*rule.traffic_policy->load_balancer);
  }
  for (const auto& subset : rule.subsets) {
    if (subset.traffic_policy && subset.traffic_policy->load_balancer) {
      visit(*subset.traffic_policy->load_balancer);
    }
  }
}

void balancers_have_a_choice(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  const HostLookup lookup = mesh.derived<References>().host(rule.host.value, rule.scope);
  if (lookup.service == nullptr || lookup.service->cluster_ip.value != "None") return;
  each_balancer(rule, [&](const auto& balancer) {
    found
        .add(balancer.node.where(),
             fmt::format("`{}` is headless: sidecars connect to the pod that "
                         "the client has chosen",
                         rule.host.value))
        .relate(lookup.service->cluster_ip.where(), "the Service has no address")
        .with_help("give clients a Service with an address, or remove the load balancer");
  });
}

/// The namespaces of the pods of the gateways that a VirtualService is bound to.
std::set<std::string_view> gateway_scopes(const VirtualService& service, const Mesh& mesh) {
  std::set<std::string_view> scopes;
  for (const Text& name : service.gateways) {
    if (name.value == "mesh") continue;
    const auto lookup = mesh.derived<References>().gateway(name.value, service.scope);
    if (lookup.istio == nullptr || lookup.istio->selector.empty()) continue;
    for (const Workload* pods : mesh.derived<GatewayPods>().selected(lookup.istio->selector)) {
      scopes.insert(pods->scope);
    }
  }
  return scopes;
}

/// Whether a rule is for callers of its own namespace only.
bool is_private(const DestinationRule& rule) {
  return !rule.export_to.empty() &&
         std::all_of(rule.export_to.begin(), rule.export_to.end(), [&](const Text& word) {
           return word.value == "." || word.value == rule.scope;
         });
}

void gateways_get_the_rule(const VirtualService& service, const Mesh& mesh, Findings& found) {
  if (service.gateways.empty()) return;
  const auto scopes = gateway_scopes(service, mesh);
  if (scopes.empty()) return;
  std::set<const DestinationRule*> seen;
  for (const DestinationUse& use : mesh.derived<Destinations>().of(service)) {
    for (const DestinationRule* rule : mesh.derived<References>().rules_for(use.host)) {
      if (!is_private(*rule) || scopes.contains(rule->scope) || !seen.insert(rule).second) continue;
      found
          .add(use.where(), fmt::format("the gateway's pods in `{}` do not get the DestinationRule "
                                        "of `{}`",
                                        *scopes.begin(), use.destination->host.value))
          .relate(rule->export_to.front().where(), "it is for its own namespace")
          .with_help(fmt::format("export the rule to `{}` too", *scopes.begin()));
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5613",
     .name = "rule-hidden-from-gateway",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A gateway gets the DestinationRules of what it routes to",
     .why =
         "A rule that is exported to its own namespace only does not reach the pods of a gateway "
         "in another one: subsets have no endpoints there, and limits, TLS and load balancing "
         "are the defaults.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: infra}
spec:
  selector: {matchLabels: {istio: edge}}
  template:
    metadata: {labels: {istio: edge}}
    spec:
      containers: [{name: istio-proxy, image: auto}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  selector: {istio: edge}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [infra/edge]
  http:
  - route: [{destination: {host: web}}] #!
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec:
  host: web
  exportTo: ["."]
  trafficPolicy: {loadBalancer: {simple: RANDOM}}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: infra}
spec:
  selector: {matchLabels: {istio: edge}}
  template:
    metadata: {labels: {istio: edge}}
    spec:
      containers: [{name: istio-proxy, image: auto}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  selector: {istio: edge}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [infra/edge]
  http:
  - route: [{destination: {host: web}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec:
  host: web
  trafficPolicy: {loadBalancer: {simple: RANDOM}}
)",
     .check = Each<gateways_get_the_rule>::run},
    {.id = "MF5621",
     .name = "remote-retry-without-locality",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Retries go to other localities where calls prefer one",
     .why = "`retryRemoteLocalities` matters where calls stay in a locality as long as it is "
            "healthy, and that needs `outlierDetection`. Without it all endpoints are tried alike.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  hosts: [web]
  http:
  - timeout: 5s
    retries: {attempts: 2, perTryTimeout: 1s, retryOn: connect-failure, retryRemoteLocalities: true} #!
    route: [{destination: {host: web}}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  hosts: [web]
  http:
  - timeout: 5s
    retries: {attempts: 2, perTryTimeout: 1s, retryOn: connect-failure}
    route: [{destination: {host: web}}]
)",
     .check = Each<retries_have_other_localities>::run},
    {.id = "MF5622",
     .name = "balancer-of-headless-service",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A load balancer is for a Service with an address",
     .why = "Clients of a headless Service look up the addresses of its pods and connect to one of "
            "them. The sidecar keeps to that choice, whatever load balancer the rule names; only "
            "gateways heed it.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec:
  clusterIP: None
  selector: {app: db}
  ports: [{name: tcp, port: 5432}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: db, namespace: shop}
spec:
  host: db
  trafficPolicy:
    loadBalancer: {simple: RANDOM} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec:
  selector: {app: db}
  ports: [{name: tcp, port: 5432}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: db, namespace: shop}
spec:
  host: db
  trafficPolicy:
    loadBalancer: {simple: RANDOM}
)",
     .check = Each<balancers_have_a_choice>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family unheeded_setting_rules() { return kRules; }

}  // namespace meshfn::lint
