// Subsets that no route uses, that cannot be told apart, or that have no pods left.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "lint/destinations.h"
#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/insight_families.h"
#include "routing/host.h"
#include "routing/policy.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Label;
using resource::Labels;
using resource::Mesh;
using resource::istio::DestinationRule;
using resource::istio::Subset;
using resource::istio::VirtualService;
using resource::kubernetes::Workload;

void policies_of_subsets_are_used(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  for (const Subset& subset : rule.subsets) {
    if (!subset.traffic_policy) continue;
    const auto& used = mesh.derived<UsedSubsets>();
    const std::string host = routing::fqdn(rule.host.value, rule.scope);
    // A host without any route in the input may be routed elsewhere.
    if (!used.leads_to(host) || used.has(host, subset.name.value)) continue;
    found
        .add(subset.name ? subset.name.where() : subset.node.where(),
             fmt::format("no route leads to subset `{}`, so its policy is never applied",
                         subset.name.value))
        .relate(subset.traffic_policy->node.where(), "this policy")
        .with_help("route to the subset, or move the policy to the whole host");
  }
}

bool is_same(const Labels& a, const Labels& b) {
  return a.size() == b.size() && resource::selects(a, b);
}

void subsets_differ(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (std::size_t i = 1; i < rule.subsets.size(); ++i) {
    const Subset& subset = rule.subsets[i];
    if (subset.labels.empty()) continue;
    for (std::size_t k = 0; k < i; ++k) {
      const Subset& other = rule.subsets[k];
      if (other.name.value == subset.name.value || !is_same(other.labels, subset.labels)) continue;
      // With different policies one set of pods is addressed in two ways, which is meant.
      if (subset.traffic_policy || other.traffic_policy) continue;
      found
          .add(subset.node.find("labels").where(),
               fmt::format("subsets `{}` and `{}` are the same pods", other.name.value,
                           subset.name.value))
          .relate(other.node.find("labels").where(), "the same labels")
          .with_help("correct the labels of one of them");
      break;
    }
  }
}

/// The pods of a destination's host and subset, where the input shows them.
std::vector<const Workload*> pods_of(const Mesh& mesh, const References& references,
                                     const routing::RuleIndex& rules, const VirtualService& service,
                                     const resource::istio::Destination& to) {
  const HostLookup& lookup = references.host(to.host.value, service.scope);
  if (lookup.service == nullptr || lookup.service->selector.empty()) return {};
  std::vector<const Workload*> pods =
      mesh.workloads(lookup.service->scope, lookup.service->selector);
  if (!to.subset) return pods;
  const std::string host = routing::fqdn(to.host.value, service.scope);
  const auto policy = rules.policy(host, to.subset.value, std::nullopt, service.scope);
  if (policy.subset == nullptr) return {};
  std::erase_if(pods, [&](const Workload* pod) {
    return !resource::selects(policy.subset->labels, pod->pod_labels);
  });
  return pods;
}

bool is_stopped(const Workload& pods) { return pods.replicas && pods.replicas.value == 0; }

void traffic_goes_to_running_pods(const Mesh& mesh, Findings& found) {
  // Nearly nobody stops anything, and following every route costs more than asking.
  const auto& workloads = mesh.all<Workload>();
  if (std::none_of(workloads.begin(), workloads.end(), is_stopped)) return;
  const auto& references = mesh.derived<References>();
  const auto& rules = mesh.derived<routing::RuleIndex>();
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    if (service.context) continue;
    for (const auto& route : service.http) {
      for (const auto& entry : route.route) {
        const auto& to = entry.destination;
        if (route.route.size() > 1 && entry.weight.value <= 0) continue;
        const auto pods = pods_of(mesh, references, rules, service, to);
        const bool stopped = std::all_of(pods.begin(), pods.end(),
                                         [](const Workload* pod) { return is_stopped(*pod); });
        if (pods.empty() || !stopped) continue;
        found
            .add(to.subset ? to.subset.where() : to.host.where(),
                 fmt::format("traffic is sent to `{}`, which is scaled to 0",
                             pods.front()->name.value))
            .relate(pods.front()->replicas.where(), "no replicas")
            .with_help("start it, or take its share of the traffic away");
      }
    }
  }
}

/// The label of the subset that the Service's own selector rules out; null when none is.
const Label* contradiction(const Subset& subset, const Labels& selector) {
  for (const Label& wanted : subset.labels) {
    for (const Label& own : selector) {
      if (own.key.value == wanted.key.value && own.value.value != wanted.value.value) {
        return &wanted;
      }
    }
  }
  return nullptr;
}

/// Calls `check(service)` for the Service that the rule is about and that has no other endpoints.
template <class Check>
void with_service(const DestinationRule& rule, const Mesh& mesh, Check check) {
  const HostLookup& lookup = mesh.derived<References>().host(rule.host.value, rule.scope);
  if (lookup.service != nullptr && lookup.entries.empty()) check(*lookup.service);
}

void subsets_lie_within_the_service(const DestinationRule& rule, const Mesh& mesh,
                                    Findings& found) {
  with_service(rule, mesh, [&](const resource::kubernetes::Service& service) {
    for (const Subset& subset : rule.subsets) {
      const Label* label = contradiction(subset, service.selector);
      if (label == nullptr) continue;
      found
          .add(label->value.where(),
               fmt::format("no pod of Service `{}` has `{}: {}`", service.name.value,
                           label->key.value, label->value.value))
          .relate(service.spec.find("selector").where(), "its pods have another value")
          .with_help("take a label that tells the pods of the Service apart, such as `version`");
    }
  });
}

/// Whether something but a selector says which pods a Service has.
bool has_listed_endpoints(const resource::kubernetes::Service& service, const Mesh& mesh) {
  if (mesh.find("Endpoints", service.scope, service.name.value) != nullptr) return true;
  const auto& slices = mesh.of_kind("discovery.k8s.io", "EndpointSlice");
  return std::any_of(slices.begin(), slices.end(), [&](const auto* slice) {
    return slice->scope == service.scope &&
           slice->label("kubernetes.io/service-name").value == service.name.value;
  });
}

void subsets_have_labelled_endpoints(const DestinationRule& rule, const Mesh& mesh,
                                     Findings& found) {
  with_service(rule, mesh, [&](const resource::kubernetes::Service& service) {
    if (!service.selector.empty() || has_listed_endpoints(service, mesh)) return;
    for (const Subset& subset : rule.subsets) {
      if (subset.labels.empty()) continue;
      found
          .add(subset.name ? subset.name.where() : subset.node.where(),
               fmt::format("Service `{}` selects no pods, so none has labels to choose by",
                           service.name.value))
          .relate(service.where(), "no `selector`")
          .with_help("select pods in the Service, or declare the endpoints in a ServiceEntry");
    }
  });
}

constexpr Rule kRules[] = {
    {.id = "MF5211",
     .name = "subset-policy-unused",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A subset with a traffic policy is routed to",
     .why = "The policy of a subset holds for requests that a VirtualService sends to the subset. "
            "Requests to the host as a whole reach the same pods without it.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - name: v1 #!
    labels: {version: v1}
    trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - name: v1
    labels: {version: v1}
    trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews, subset: v1}}]
)",
     .check = Each<policies_of_subsets_are_used>::run},
    {.id = "MF5212",
     .name = "subsets-alike",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Two subsets of a host have different labels",
     .why = "Subsets with the same labels are the same pods: a canary that is split between them "
            "is no canary. Most often one of them was copied and not changed.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: v2, labels: {version: v1}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: v2, labels: {version: v2}}
)",
     .check = Each<subsets_differ>::run},
    {.id = "MF5213",
     .name = "destination-scaled-to-zero",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Traffic is sent to pods that run",
     .why = "A route that still gives a share to a workload with 0 replicas answers that share "
            "with 503. It is what is left of a canary that was stopped half-way.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  replicas: 0
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec: {containers: [{name: web, image: web:1, ports: [{containerPort: 80}]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}] #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec: {containers: [{name: web, image: web:1, ports: [{containerPort: 80}]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
)",
     .check = traffic_goes_to_running_pods},
    {.id = "MF5214",
     .name = "subset-outside-service",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The labels of a subset are ones that its Service can have",
     .why = "A subset chooses among the pods that the Service selects. Where both ask for one "
            "label with different values no pod is left, and calls to the subset get 503.",
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
  host: reviews.shop.svc.cluster.local
  subsets:
  - name: v2
    labels: {app: reviews-v2} #!
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
  host: reviews.shop.svc.cluster.local
  subsets:
  - name: v2
    labels: {version: v2}
)",
     .aliases = "KIA0203",
     .check = Each<subsets_lie_within_the_service>::run},
    {.id = "MF5215",
     .name = "subset-of-unselected-pods",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Subsets are of Services that select pods",
     .why = "A Service without selector gets its endpoints as bare addresses. They have no "
            "labels, so a subset that asks for some is empty and calls to it get 503.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  subsets:
  - name: v2 #!
    labels: {version: v2}
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
  host: reviews.shop.svc.cluster.local
  subsets:
  - name: v2
    labels: {version: v2}
)",
     .aliases = "KIA0203",
     .check = Each<subsets_have_labelled_endpoints>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family subset_rules() { return kRules; }

}  // namespace meshfn::lint
