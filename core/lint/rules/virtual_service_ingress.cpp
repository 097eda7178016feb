// What a VirtualService on a gateway does not get: the routes of the mesh, and verified claims.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/places.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::Text;
using resource::istio::VirtualService;
using resource::kubernetes::Workload;

/// Calls `visit(destination)` for every destination of http routes, mirrors left out.
template <class Visit>
void each_http_destination(const VirtualService& service, const Visit& visit) {
  for (const auto& route : service.http) {
    for (const auto& entry : route.route) visit(entry.destination);
  }
}

/// VirtualServices of the mesh that route their own host to subsets of it, by that host.
std::map<std::string, const VirtualService*> subset_routes(const Mesh& mesh) {
  std::map<std::string, const VirtualService*> routes;
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    if (!service.is_for_mesh()) continue;
    std::set<std::string> own;
    for (const Text& host : service.hosts) own.insert(routing::fqdn(host.value, service.scope));
    each_http_destination(service, [&](const auto& destination) {
      const std::string host = routing::fqdn(destination.host.value, service.scope);
      if (destination.subset && own.contains(host)) routes.emplace(host, &service);
    });
  }
  return routes;
}

/// Whether all workloads of the host are in one subset that `service` routes to, so that it does
/// not matter who chooses.
bool has_one_version(const Mesh& mesh, const References& references, const std::string& host,
                     const VirtualService& service) {
  const HostLookup& lookup = references.host(host, service.scope);
  if (lookup.service == nullptr) return false;
  const auto workloads = mesh.workloads(lookup.service->scope, lookup.service->selector);
  const auto takes_all = [&](const resource::Labels& labels) {
    return std::all_of(workloads.begin(), workloads.end(), [&](const Workload* workload) {
      return selects(labels, workload->pod_labels);
    });
  };
  bool found = false;
  each_http_destination(service, [&](const auto& destination) {
    for (const auto* rule : references.rules_for(host)) {
      const auto* subset = rule->subset(destination.subset.value);
      found = found || (subset != nullptr && takes_all(subset->labels));
    }
  });
  return found && !workloads.empty();
}

void gateways_choose_subsets(const Mesh& mesh, Findings& found) {
  const auto routes = subset_routes(mesh);
  if (routes.empty()) return;
  const auto& references = mesh.derived<References>();
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    if (service.context || service.is_for_mesh()) continue;
    each_http_destination(service, [&](const auto& destination) {
      if (destination.subset || !destination.host) return;
      const std::string host = routing::fqdn(destination.host.value, service.scope);
      const auto other = routes.find(host);
      if (other == routes.end()) return;
      if (has_one_version(mesh, references, host, *other->second)) return;
      found
          .add(destination.host.where(),
               fmt::format("requests from this gateway go to all of `{}`: the routes of "
                           "VirtualService `{}` are for sidecars",
                           destination.host.value, other->second->name.value))
          .relate(other->second->where(), "its subsets are chosen here")
          .with_help(
              "choose a subset here too, or bind that VirtualService to this gateway as "
              "well");
    });
  }
}

/// The first match by a claim; nothing when there is none.
yaml::Node claim_of(const VirtualService& service) {
  yaml::Node first;
  for (const std::string_view path :
       {"http[].match[].headers<>", "http[].match[].withoutHeaders<>"}) {
    each_at(service.spec, path, [&](yaml::Node name) {
      if (!first && istio::is_claim(name.text())) first = name;
    });
  }
  return first;
}

/// RequestAuthentications by namespace.
using Authentications = std::map<std::string_view, std::vector<const Object*>>;

Authentications authentications(const Mesh& mesh) {
  Authentications by_scope;
  for (const Object* policy : mesh.of_kind("security.istio.io", "RequestAuthentication")) {
    by_scope[policy->scope].push_back(policy);
  }
  return by_scope;
}

bool is_authenticated(const Authentications& known, const Mesh& mesh, std::string_view scope,
                      const resource::Labels& pod) {
  for (const std::string_view place : {std::string_view(mesh.settings().istio_namespace), scope}) {
    const auto list = known.find(place);
    if (list == known.end()) continue;
    for (const Object* object : list->second) {
      const auto wanted = resource::labels(object->spec.at("selector", "matchLabels"));
      if (selects(wanted, pod)) return true;
    }
  }
  return false;
}

/// The pods of a gateway whose claims nobody verifies, as text; empty when all are verified.
std::string unverified(const Mesh& mesh, const Authentications& known,
                       const resource::istio::Gateway& gateway) {
  bool any_pod = false;
  for (const Workload& workload : mesh.all<Workload>()) {
    if (!selects(gateway.selector, workload.pod_labels)) continue;
    any_pod = true;
    if (is_authenticated(known, mesh, workload.scope, workload.pod_labels)) continue;
    return fmt::format("the pods of `{}`", workload.name.value);
  }
  if (any_pod) return {};
  // The pods are not in the input, but they have the labels that the gateway selects, and their
  // namespace is the installation's as a rule.
  const bool verified =
      is_authenticated(known, mesh, mesh.settings().istio_namespace, gateway.selector);
  return verified ? std::string() : std::string("its pods");
}

void claims_are_verified(const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  const Authentications known = authentications(mesh);
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    if (service.context) continue;
    const yaml::Node claim = claim_of(service);
    if (!claim) continue;
    for (const Text& name : service.gateways) {
      const auto* gateway = references.gateway(name.value, service.scope).istio;
      const std::string pods = gateway == nullptr ? "" : unverified(mesh, known, *gateway);
      if (pods.empty()) continue;
      auto& finding = found.add(
          claim.where(), fmt::format("no RequestAuthentication verifies claims at gateway `{}`: "
                                     "none selects {}",
                                     name.value, pods));
      finding.relate(gateway->where(), "the gateway")
          .with_help("add a RequestAuthentication for the gateway's pods");
      if (known.empty()) finding.with_severity(Severity::info);
      break;
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1155",
     .name = "gateway-without-subset",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A gateway's route chooses a subset where the mesh's routes do",
     .why = "Routes that are bound to the mesh apply to sidecars. A gateway that sends requests to "
            "the host without a subset reaches all its versions.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [edge/front]
  http:
  - route: [{destination: {host: reviews}}] #!
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route: [{destination: {host: reviews, subset: v1}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets: [{name: v1, labels: {version: v1}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [edge/front]
  http:
  - route: [{destination: {host: reviews, subset: v1}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route: [{destination: {host: reviews, subset: v1}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets: [{name: v1, labels: {version: v1}}]
)",
     .aliases = "IST0140",
     .check = gateways_choose_subsets},
    {.id = "MF1156",
     .name = "claim-unverified",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A gateway that routes by claims verifies them",
     .why = "Claims are known only after a RequestAuthentication has verified the token at the "
            "gateway; without one the route never applies. Where the input has no "
            "RequestAuthentication at all, this is said as an info.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens, namespace: shop}
spec:
  jwtRules: [{issuer: "https://issuer.example.com"}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: front, namespace: edge}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [edge/front]
  http:
  - match: [{headers: {"@request.auth.claims.group": {exact: beta}}}] #!
    directResponse: {status: 204}
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  jwtRules: [{issuer: "https://issuer.example.com"}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: front, namespace: edge}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [edge/front]
  http:
  - match: [{headers: {"@request.auth.claims.group": {exact: beta}}}]
    directResponse: {status: 204}
)",
     .aliases = "IST0149",
     .check = claims_are_verified},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family virtual_service_ingress_rules() { return kRules; }

}  // namespace meshfn::lint
