// Where calls go when a locality fails, as far as the mesh as a whole decides it.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/str.h"
#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/policies.h"
#include "lint/rules/practice_families.h"
#include "resource/istio/mesh_config.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::DestinationRule;

bool detects(const DestinationRule& rule) {
  const auto uses = policies(rule);
  return std::any_of(uses.begin(), uses.end(), [](const PolicyUse& use) {
    return use.policy->outlier_detection.has_value();
  });
}

/// The failover that the mesh configuration sets; absent when it sets none.
yaml::Node mesh_failover(yaml::Node config) {
  const yaml::Node setting = config.find("localityLbSetting");
  for (const std::string_view field : {"failover", "failoverPriority"}) {
    if (setting.find(field).size() > 0) return setting.find_key(field);
  }
  return {};
}

void failover_of_the_mesh_has_triggers(const Mesh& mesh, Findings& found) {
  const auto& config = mesh.derived<resource::istio::MeshConfig>();
  const yaml::Node key = mesh_failover(config.node());
  const auto& rules = mesh.all<DestinationRule>();
  if (!key || rules.empty() || std::any_of(rules.begin(), rules.end(), detects)) return;
  found
      .add(config.where(key),
           fmt::format("`{}` never acts: no DestinationRule has `outlierDetection`", key.text()))
      .with_help("add outlier detection to the rules of hosts that are to fail over");
}

/// The regions of a host's endpoints, as its ServiceEntries say them.
std::set<std::string_view> regions(const HostLookup& lookup) {
  std::set<std::string_view> regions;
  for (const auto* entry : lookup.entries) {
    for (const auto& endpoint : entry->endpoints) {
      if (endpoint.locality) regions.insert(str::split(endpoint.locality.value, '/').front());
    }
  }
  return regions;
}

void failover_is_meant(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  if (!rule.traffic_policy || !rule.traffic_policy->outlier_detection) return;
  const auto& balancer = rule.traffic_policy->load_balancer;
  const auto& config = mesh.derived<resource::istio::MeshConfig>();
  if ((balancer && balancer->locality) || config.node().find("localityLbSetting")) return;
  const auto places = regions(mesh.derived<References>().host(rule.host.value, rule.scope));
  if (places.size() < 2) return;
  found
      .add(rule.traffic_policy->outlier_detection->node.where(),
           fmt::format("with outlier detection callers prefer their own region of {}",
                       fmt::join(places, ", ")))
      .with_help("say so in `localityLbSetting`, or switch it off there with `enabled: false`");
}

constexpr Rule kRules[] = {
    {.id = "MF5107",
     .name = "mesh-failover-without-detection",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Failover of the mesh has outlier detection to trigger it",
     .why = "Callers leave their locality when endpoints in it are ejected, and without "
            "outlier detection none is. What the mesh configuration says about failover then "
            "has no effect.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    localityLbSetting:
      failover: [{from: us-east, to: us-west}] #!
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    loadBalancer: {simple: LEAST_REQUEST}
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    localityLbSetting:
      failover: [{from: us-east, to: us-west}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5}
)",
     .check = failover_of_the_mesh_has_triggers},
    {.id = "MF5108",
     .name = "detection-turns-on-failover",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Preference of the own region is meant",
     .why = "Istio prefers endpoints near the caller as soon as a host has outlier detection, "
            "although nothing names localities. A region with few endpoints may get more than "
            "it can serve.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: pay, namespace: shop}
spec:
  hosts: [pay.example.com]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints:
  - {address: 192.0.2.7, locality: us-east/a}
  - {address: 192.0.2.8, locality: us-west/a}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: pay, namespace: shop}
spec:
  host: pay.example.com
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: pay, namespace: shop}
spec:
  hosts: [pay.example.com]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints:
  - {address: 192.0.2.7, locality: us-east/a}
  - {address: 192.0.2.8, locality: us-west/a}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: pay, namespace: shop}
spec:
  host: pay.example.com
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5}
    loadBalancer: {localityLbSetting: {enabled: false}}
)",
     .check = Each<failover_is_meant>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family mesh_locality_rules() { return kRules; }

}  // namespace meshfn::lint
