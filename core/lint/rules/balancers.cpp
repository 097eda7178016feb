// Load balancing that cannot do what it was chosen for.

#include <fmt/format.h>

#include "lint/each.h"
#include "lint/rules/insight_families.h"
#include "lint/rules/policies.h"
#include "routing/host.h"
#include "routing/policy.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::DestinationRule;
using resource::istio::LoadBalancer;
using resource::istio::VirtualService;
using resource::istio::WeightedDestination;

/// The consistent hash of the destination's policy; null when it has none.
const resource::istio::ConsistentHash* hash_of(const routing::RuleIndex& rules,
                                               const VirtualService& service,
                                               const WeightedDestination& entry) {
  const std::string host = routing::fqdn(entry.destination.host.value, service.scope);
  const auto policy =
      rules.policy(host, entry.destination.subset.value, std::nullopt, service.scope);
  if (policy.load_balancer == nullptr || !policy.load_balancer->consistent_hash) return nullptr;
  return &*policy.load_balancer->consistent_hash;
}

/// The first other destination of the same host that takes a share of the route.
const WeightedDestination* rival_of(const std::vector<WeightedDestination>& route,
                                    const WeightedDestination& entry) {
  for (const WeightedDestination& other : route) {
    if (&other != &entry && other.weight.value > 0 &&
        other.destination.host.value == entry.destination.host.value) {
      return &other;
    }
  }
  return nullptr;
}

void affinity_is_not_split(const VirtualService& service, const Mesh& mesh, Findings& found) {
  const auto& rules = mesh.derived<routing::RuleIndex>();
  for (const auto& route : service.http) {
    for (const WeightedDestination& entry : route.route) {
      const WeightedDestination* rival = rival_of(route.route, entry);
      if (entry.weight.value <= 0 || rival == nullptr) continue;
      const auto* hash = hash_of(rules, service, entry);
      if (hash == nullptr) continue;
      found
          .add(entry.destination.host.where(),
               fmt::format("requests that hash alike are spread over the subsets of `{}`",
                           entry.destination.host.value))
          .relate(hash->node.where(), "the hash chooses within a subset only")
          .with_help("split by a header or cookie in `match` instead of by weight");
      break;
    }
  }
}

void warmup_is_used(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    if (!use.policy->load_balancer) continue;
    const LoadBalancer& balancer = *use.policy->load_balancer;
    yaml::Node warmup = balancer.node.find_key("warmup");
    if (!warmup) warmup = balancer.node.find_key("warmupDurationSecs");
    const std::string_view simple = balancer.simple.value;
    const bool unused = balancer.consistent_hash || simple == "RANDOM" || simple == "PASSTHROUGH";
    if (!warmup || !unused) continue;
    found
        .add(warmup.where(), fmt::format("{} does not warm endpoints up",
                                         balancer.consistent_hash ? "a consistent hash" : simple))
        .with_help("only ROUND_ROBIN and LEAST_REQUEST do");
  }
}

void the_balancer_is_current(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    if (!use.policy->load_balancer || use.policy->load_balancer->simple.value != "LEAST_CONN") {
      continue;
    }
    const auto where = use.policy->load_balancer->simple.where();
    found.add(where, "LEAST_CONN is the old name of LEAST_REQUEST")
        .with_help("write LEAST_REQUEST")
        .with_fix({"replace it with LEAST_REQUEST", {{where, "LEAST_REQUEST"}}});
  }
}

/// The first policy that leaves the choice of an endpoint to the address that was asked for.
const LoadBalancer* passthrough_of(const DestinationRule& rule) {
  for (const PolicyUse& use : policies(rule)) {
    const auto& balancer = use.policy->load_balancer;
    if (balancer && balancer->simple.value == "PASSTHROUGH") return &*balancer;
  }
  return nullptr;
}

void somebody_chooses_the_endpoint(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  const LoadBalancer* balancer = passthrough_of(rule);
  const auto name = routing::service_of(routing::fqdn(rule.host.value, rule.scope));
  if (balancer == nullptr || !name) return;
  const auto* service = mesh.service(name->name_space, name->name);
  const bool balanced =
      service != nullptr && !service->selector.empty() && service->cluster_ip.value != "None";
  if (!balanced) return;
  found
      .add(balancer->simple.where(),
           fmt::format("requests go to the address of Service `{}` as they are, and kube-proxy "
                       "chooses the pod",
                       *service->name))
      .relate(service->where(), "the Service has pods to choose from")
      .with_help("use LEAST_REQUEST; PASSTHROUGH is for callers that name a pod");
}

void hashes_choose_among_all(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    if (!use.policy->load_balancer) continue;
    const LoadBalancer& balancer = *use.policy->load_balancer;
    if (!balancer.consistent_hash || !balancer.locality) continue;
    const auto& locality = *balancer.locality;
    const bool divides = !locality.distribute.empty() || !locality.failover.empty() ||
                         !locality.failover_priority.empty();
    if (!divides || (locality.enabled && !locality.enabled.value)) continue;
    found
        .add(balancer.consistent_hash->node.where(),
             "what hashes alike goes to another endpoint for callers of another locality")
        .relate(locality.node.where(), "the locality is chosen first")
        .with_help("leave one of them out, or keep what is hashed within one locality");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5131",
     .name = "affinity-split",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "What a consistent hash keeps together is not split by weight",
     .why = "Weights are drawn for every request before the hash chooses an endpoint, so a user "
            "changes between subsets, and between endpoints, from request to request.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy: {loadBalancer: {consistentHash: {httpHeaderName: x-user}}}
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: v2, labels: {version: v2}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route:
    - {destination: {host: reviews, subset: v1}, weight: 50} #!
    - {destination: {host: reviews, subset: v2}, weight: 50}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy: {loadBalancer: {consistentHash: {httpHeaderName: x-user}}}
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: v2, labels: {version: v2}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {x-group: {exact: b}}}]
    route: [{destination: {host: reviews, subset: v2}}]
  - route: [{destination: {host: reviews, subset: v1}}]
)",
     .check = Each<affinity_is_not_split>::run},
    {.id = "MF5132",
     .name = "warmup-idle",
     .severity = Severity::info,
     .group = "istio",
     .summary = "New endpoints are warmed up by a balancer that can",
     .why = "Envoy starts endpoints slowly only with ROUND_ROBIN and LEAST_REQUEST; other "
            "balancers send a new endpoint its full share at once.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      simple: RANDOM
      warmup: {duration: 60s} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      simple: LEAST_REQUEST
      warmup: {duration: 60s}
)",
     .check = Each<warmup_is_used>::run},
    {.id = "MF5133",
     .name = "least-conn-old",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The balancer of fewest requests is called LEAST_REQUEST",
     .why = "LEAST_CONN is deprecated and now means the same as LEAST_REQUEST: requests are "
            "counted, not connections.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy: {loadBalancer: {simple: LEAST_CONN}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy: {loadBalancer: {simple: LEAST_REQUEST}}
)",
     .check = Each<the_balancer_is_current>::run},
    {.id = "MF5134",
     .name = "passthrough-unbalanced",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A Service with pods is balanced by the proxy",
     .why = "With PASSTHROUGH the proxy knows no endpoints: subsets, locality, outlier detection "
            "and retries on another host have nothing to choose from.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy: {loadBalancer: {simple: PASSTHROUGH}} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy: {loadBalancer: {simple: LEAST_REQUEST}}
)",
     .check = Each<somebody_chooses_the_endpoint>::run},
    {.id = "MF5135",
     .name = "hash-within-locality",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A consistent hash chooses among all endpoints",
     .why = "Envoy chooses the locality first and hashes among its endpoints. Requests of one "
            "user that arrive in two zones, or while a zone fails over, meet two endpoints.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5}
    loadBalancer:
      consistentHash: {httpHeaderName: x-user} #!
      localityLbSetting:
        failover: [{from: us-east, to: us-west}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5}
    loadBalancer:
      consistentHash: {httpHeaderName: x-user}
)",
     .check = Each<hashes_choose_among_all>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family balancer_rules() { return kRules; }

}  // namespace meshfn::lint
