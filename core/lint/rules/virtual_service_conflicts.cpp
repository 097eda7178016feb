// VirtualServices that want the same host.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/families.h"
#include "routing/host.h"
#include "routing/istio_route.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::istio::VirtualService;

/// A host of a VirtualService.
struct Claim {
  const VirtualService* service = nullptr;
  const Text* host = nullptr;
};

using Scopes = std::set<std::string_view>;

/// The namespaces that see the VirtualService; `*` for all.
Scopes scopes_of(const VirtualService& service) {
  Scopes scopes;
  for (const Text& word : service.export_to) {
    scopes.emplace(word.value == "." ? service.scope : word.value);
  }
  if (scopes.empty()) scopes.insert("*");
  return scopes;
}

/// Whether some namespace is in both.
bool meet(const Scopes& a, const Scopes& b) {
  if (a.contains("*") || b.contains("*")) return true;
  return std::any_of(a.begin(), a.end(), [&](const auto& scope) { return b.contains(scope); });
}

std::string name_of(const VirtualService& service) {
  return service.scope.empty() ? std::string(service.name.value)
                               : fmt::format("{}/{}", service.scope, service.name.value);
}

using Claims = std::unordered_map<std::string, std::vector<Claim>>;

/// Claims by host, for the VirtualServices bound to the mesh.
Claims mesh_claims(const Mesh& mesh) {
  Claims claims;
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    const bool bound = service.gateways.empty() ||
                       std::any_of(service.gateways.begin(), service.gateways.end(),
                                   [](const Text& name) { return name.value == "mesh"; });
    if (!bound) continue;
    for (const Text& host : service.hosts) {
      claims[routing::fqdn(host.value, service.scope)].push_back({&service, &host});
    }
  }
  return claims;
}

/// Claims by gateway and host, for the VirtualServices bound to gateways.
Claims gateway_claims(const Mesh& mesh) {
  Claims claims;
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    for (const Text& gateway : service.gateways) {
      if (gateway.value == "mesh") continue;
      for (const Text& host : service.hosts) {
        claims[fmt::format("{} {}", routing::gateway_name(gateway.value, service.scope),
                           routing::fqdn(host.value, service.scope))]
            .push_back({&service, &host});
      }
    }
  }
  return claims;
}

/// The first claim of each object: a file may hold thousands of versions of one.
std::vector<Claim> one_an_object(const std::vector<Claim>& claims) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  std::vector<Claim> firsts;
  for (const Claim& claim : claims) {
    if (seen.emplace(claim.service->scope, claim.service->name.value).second) {
      firsts.push_back(claim);
    }
  }
  return firsts;
}

void a_host_has_one_owner(const Mesh& mesh, Findings& found) {
  for (const auto& [host, claims] : mesh_claims(mesh)) {
    if (claims.size() == 1) continue;
    const std::vector<Claim> owners = one_an_object(claims);
    std::map<const VirtualService*, Scopes> scopes;
    for (const Claim& claim : claims) scopes.emplace(claim.service, scopes_of(*claim.service));
    for (const Claim& claim : claims) {
      if (claim.service->context) continue;
      const Scopes& own = scopes.at(claim.service);
      const auto other = std::find_if(owners.begin(), owners.end(), [&](const Claim& candidate) {
        return !objects::is_same(*claim.service, *candidate.service) &&
               meet(own, scopes.at(candidate.service));
      });
      if (other == owners.end()) continue;
      found
          .add(claim.host->where(), fmt::format("`{}` is also routed by VirtualService `{}`",
                                                claim.host->value, name_of(*other->service)))
          .relate(other->host->where(), "here")
          .with_help("merge the two, use delegates, or export them to different namespaces");
    }
  }
}

/// Whether the result of merging both depends on their order: both have a route for everything,
/// or for the very same requests.
bool order_decides(const VirtualService& a, const VirtualService& b) {
  for (const auto& left : a.http) {
    for (const auto& right : b.http) {
      if (left.match.empty() && right.match.empty()) return true;
      for (const auto& x : left.match) {
        const routing::Match first = routing::http_match(x, a.scope);
        for (const auto& y : right.match) {
          const routing::Match second = routing::http_match(y, b.scope);
          if (covers(first, second) || covers(second, first)) return true;
        }
      }
    }
  }
  return false;
}

void merged_routes_have_an_order(const Mesh& mesh, Findings& found) {
  for (const auto& [key, claims] : gateway_claims(mesh)) {
    if (claims.size() == 1) continue;
    const std::vector<Claim> owners = one_an_object(claims);
    for (const Claim& claim : claims) {
      if (claim.service->context) continue;
      const auto other = std::find_if(owners.begin(), owners.end(), [&](const Claim& candidate) {
        return !objects::is_same(*claim.service, *candidate.service) &&
               order_decides(*claim.service, *candidate.service);
      });
      if (other == owners.end()) continue;
      found
          .add(claim.host->where(),
               fmt::format("on gateway `{}` VirtualService `{}` has routes for the same requests",
                           key.substr(0, key.find(' ')), name_of(*other->service)))
          .relate(other->host->where(), "the same host")
          .with_help("the older object wins; move the routes into one VirtualService");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1151",
     .name = "virtual-service-host-conflict",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A host in the mesh is routed by one VirtualService",
     .why =
         "Sidecars take the routes of the oldest VirtualService of a host and ignore the others. "
         "Which one that is depends on when the objects were created.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews] #!
  http:
  - directResponse: {status: 204}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews-canary, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local] #!
  http:
  - directResponse: {status: 204}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  exportTo: [.]
  http:
  - directResponse: {status: 204}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews-elsewhere, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  exportTo: [store]
  http:
  - directResponse: {status: 204}
)",
     .aliases = "IST0109 KIA1106",
     .check = a_host_has_one_owner},
    {.id = "MF1152",
     .name = "gateway-routes-overlap",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "VirtualServices merged on a gateway match different requests",
     .why =
         "A gateway joins the routes of all VirtualServices for a host, the oldest object first. "
         "When two have routes for the same requests, the order of creation decides, and a "
         "reinstallation can change it.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: pages, namespace: shop}
spec:
  hosts: [shop.example.com] #!
  gateways: [public]
  http:
  - directResponse: {status: 204}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api, namespace: shop}
spec:
  hosts: [shop.example.com] #!
  gateways: [public]
  http:
  - match: [{uri: {prefix: /api}}]
    directResponse: {status: 204}
  - directResponse: {status: 404}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: pages, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [public]
  http:
  - directResponse: {status: 204}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [public]
  http:
  - match: [{uri: {prefix: /api}}]
    directResponse: {status: 204}
)",
     .aliases = "KIA1106",
     .check = merged_routes_have_an_order},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family virtual_service_conflict_rules() { return kRules; }

}  // namespace meshfn::lint
