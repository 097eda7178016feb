// Gateways that send requests to themselves.

#include <fmt/format.h>

#include <algorithm>

#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/insight_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Labels;
using resource::Mesh;
using resource::Text;
using resource::istio::Gateway;
using resource::istio::VirtualService;

/// The pods of one selector are among those of the other.
bool share_pods(const Labels& a, const Labels& b) {
  return !a.empty() && !b.empty() && (resource::selects(a, b) || resource::selects(b, a));
}

/// Whether some match of the route is for a gateway.
template <class Route>
bool is_for_gateways(const Route& route) {
  if (route.match.empty()) return true;
  return std::any_of(route.match.begin(), route.match.end(), [](const auto& match) {
    return match.gateways.empty() ||
           std::any_of(match.gateways.begin(), match.gateways.end(),
                       [](const Text& name) { return name.value != "mesh"; });
  });
}

void gateways_route_away(const VirtualService& service, const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  std::vector<const Gateway*> gateways;
  for (const Text& name : service.gateways) {
    if (const auto lookup = references.gateway(name.value, service.scope); lookup.istio) {
      gateways.push_back(lookup.istio);
    }
  }
  for (const auto& route : service.http) {
    if (gateways.empty() || !is_for_gateways(route)) continue;
    // Another authority leads to another route when the request comes back.
    if (route.rewrite.find("authority")) continue;
    for (const auto& entry : route.route) {
      const HostLookup& to = references.host(entry.destination.host.value, service.scope);
      if (to.service == nullptr) continue;
      const auto own = std::find_if(gateways.begin(), gateways.end(), [&](const Gateway* one) {
        return share_pods(one->selector, to.service->selector);
      });
      if (own == gateways.end()) continue;
      found
          .add(entry.destination.host.where(),
               fmt::format("the gateway sends these requests to itself: `{}` are its pods",
                           entry.destination.host.value))
          .relate((*own)->where(), "the gateway")
          .with_help("route to the Service behind it, or limit this route to `mesh`");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5364",
     .name = "gateway-routes-to-itself",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A gateway does not route to its own pods",
     .why = "The request comes back to the gateway, meets the same route, and circles until it "
            "times out.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: edge, namespace: shop}
spec:
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
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [reviews.example.com]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.example.com]
  gateways: [web]
  http:
  - route: [{destination: {host: edge}}] #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: edge, namespace: shop}
spec:
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
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [reviews.example.com]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.example.com, edge.shop.svc.cluster.local]
  gateways: [web, mesh]
  http:
  - match: [{gateways: [mesh]}]
    route: [{destination: {host: edge}}]
)",
     .check = Each<gateways_route_away>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_circle_rules() { return kRules; }

}  // namespace meshfn::lint
