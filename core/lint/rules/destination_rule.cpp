// What a DestinationRule is about: its host, its subsets, its neighbours.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/str.h"
#include "lint/destinations.h"
#include "lint/each.h"
#include "lint/machines.h"
#include "lint/objects.h"
#include "lint/references.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Label;
using resource::Labels;
using resource::Mesh;
using resource::istio::DestinationRule;
using resource::istio::ServiceEntry;
using resource::istio::Subset;
using resource::istio::VirtualService;
using resource::kubernetes::Workload;

/// Whether the host is a pod's name in DNS, such as `db-0.db.shop.svc.cluster.local`.
bool is_pod(const Mesh& mesh, std::string_view host) {
  const std::size_t dot = host.find('.');
  if (dot == std::string_view::npos) return false;
  const auto name = routing::service_of(host.substr(dot + 1));
  const auto* service = name ? mesh.service(name->name_space, name->name) : nullptr;
  return service != nullptr && service->cluster_ip.value == "None";
}

void hosts_exist(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  if (!rule.host || routing::is_wildcard(rule.host.value)) return;
  if (!istio::domain_problem(rule.host.value).empty()) return;  // reported as such
  const HostLookup& lookup = references.host(rule.host.value, rule.scope, rule.export_to);
  if (lookup.found != Found::missing) return;
  if (lookup.hidden) {
    found
        .add(rule.host.where(),
             fmt::format("`{}` exists, but is not exported to {}", rule.host.value,
                         rule.scope.empty() ? "here" : rule.scope))
        .with_help("add the namespace to its exportTo, or move the rule to where callers are");
    return;
  }
  found
      .add(rule.host.where(),
           fmt::format("no Service and no ServiceEntry is called `{}`", rule.host.value))
      .with_help(is_pod(mesh, rule.host.value)
                     ? "pods have names in DNS only: write it for their Service, or add a "
                       "ServiceEntry for the name"
                     : lookup.hint);
}

/// Labels that the mesh adds to endpoints from the node that they run on.
bool is_topology(std::string_view key) {
  return key.starts_with("topology.kubernetes.io/") || key.starts_with("topology.istio.io/") ||
         key == "kubernetes.io/hostname";
}

Labels own_labels(const Labels& labels) {
  Labels own;
  std::copy_if(labels.begin(), labels.end(), std::back_inserter(own),
               [](const Label& label) { return !is_topology(label.key.value); });
  return own;
}

/// Whether pods or machines have all labels of `selector`.
bool any_selected(const Mesh& mesh, std::string_view scope, const Labels& selector) {
  return !mesh.workloads(scope, selector).empty() || mesh.derived<Machines>().any(scope, selector);
}

/// Whether any of the `workloads`, or endpoint of a ServiceEntry, of the host has the labels;
/// nothing when the input does not show what the host runs on.
std::optional<bool> any_endpoint(const Mesh& mesh, const std::vector<const Workload*>& workloads,
                                 const HostLookup& lookup, const Labels& labels) {
  bool seen = !workloads.empty();
  for (const Workload* workload : workloads) {
    if (selects(labels, workload->pod_labels)) return true;
  }
  for (const ServiceEntry* entry : lookup.entries) {
    if (Labels selector = entry->workload_selector; !selector.empty()) {
      seen = seen || any_selected(mesh, entry->scope, selector);
      selector.insert(selector.end(), labels.begin(), labels.end());
      if (any_selected(mesh, entry->scope, selector)) return true;
    }
    for (const auto& endpoint : entry->endpoints) {
      seen = true;
      if (selects(labels, endpoint.labels)) return true;
    }
  }
  return seen ? std::optional<bool>(false) : std::nullopt;
}

/// The pods' labels with those of their nodes' places; nothing when a node is not known.
std::optional<std::vector<Labels>> placed_labels(const Mesh& mesh,
                                                 const std::vector<const Workload*>& workloads) {
  std::vector<Labels> list;
  for (const Workload* workload : workloads) {
    const std::string_view name = workload->pod_spec.find("nodeName").text();
    const resource::Object* const node = name.empty() ? nullptr : mesh.find("Node", "", name);
    if (node == nullptr) return std::nullopt;
    Labels labels = workload->pod_labels;
    for (const Label& label : resource::labels(node->metadata.find("labels"))) {
      if (is_topology(label.key.value)) labels.push_back(label);
    }
    list.push_back(std::move(labels));
  }
  return list;
}

/// Whether the places of all pods are known and none of them is where the subset asks for.
bool is_nowhere(const Mesh& mesh, const std::vector<const Workload*>& workloads,
                const Subset& subset) {
  const bool asks = std::any_of(subset.labels.begin(), subset.labels.end(),
                                [](const Label& label) { return is_topology(label.key.value); });
  if (!asks || workloads.empty()) return false;
  const auto placed = placed_labels(mesh, workloads);
  return placed && std::none_of(placed->begin(), placed->end(), [&](const Labels& labels) {
           return selects(subset.labels, labels);
         });
}

void subsets_select_something(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  if (rule.subsets.empty()) return;
  const HostLookup& lookup = mesh.derived<References>().host(rule.host.value, rule.scope);
  std::vector<const Workload*> workloads;
  if (lookup.service != nullptr) {
    workloads = mesh.workloads(lookup.service->scope, lookup.service->selector);
  }
  for (const Subset& subset : rule.subsets) {
    const Labels labels = own_labels(subset.labels);
    const bool nowhere = lookup.entries.empty() && is_nowhere(mesh, workloads, subset);
    if (labels.empty() && !nowhere) continue;
    if (!nowhere && any_endpoint(mesh, workloads, lookup, labels).value_or(true)) continue;
    auto& finding = found.add(subset.labels.front().value.where(),
                              fmt::format("no workload of `{}` has the labels of subset `{}`",
                                          rule.host.value, subset.name.value));
    finding.with_help("correct the label here or on the pods; requests to the subset get 503");
    // What no route uses may be prepared for later.
    const std::string host = routing::fqdn(rule.host.value, rule.scope);
    if (!mesh.derived<UsedSubsets>().has(host, subset.name.value)) {
      finding.with_severity(Severity::info);
    }
  }
}

void subsets_have_one_name(const DestinationRule& rule, const Mesh&, Findings& found) {
  std::map<std::string_view, const Subset*> seen;
  for (const Subset& subset : rule.subsets) {
    if (!subset.name) continue;
    const auto [first, is_new] = seen.emplace(subset.name.value, &subset);
    if (is_new) continue;
    found.add(subset.name.where(), fmt::format("subset `{}` is defined twice", subset.name.value))
        .relate(first->second->name.where(), "first defined here")
        .with_help("rename or remove one of them");
  }
}

void subsets_differ_from_all(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const Subset& subset : rule.subsets) {
    if (!subset.labels.empty() || !subset.name) continue;
    found
        .add(
            subset.name.where(),
            fmt::format("subset `{}` has no labels and so holds every endpoint", subset.name.value))
        .with_help("add the labels that tell its pods apart");
  }
}

/// A subset that the two rules define differently; null when they can live together.
const Subset* shared_subset(const DestinationRule& rule, const DestinationRule& other) {
  for (const Subset& subset : rule.subsets) {
    if (other.subset(subset.name.value) != nullptr) return &subset;
  }
  return nullptr;
}

/// Rules whose `exportTo` differ are made for different clients.
bool have_same_audience(const DestinationRule& a, const DestinationRule& b) {
  return a.workload_selector.empty() && b.workload_selector.empty() && a.export_to.empty() &&
         b.export_to.empty();
}

void rules_of_a_host_agree(const Mesh& mesh, Findings& found) {
  std::unordered_map<std::string, std::vector<const DestinationRule*>> by_host;
  for (const DestinationRule& rule : mesh.all<DestinationRule>()) {
    by_host[routing::fqdn(rule.host.value, rule.scope)].push_back(&rule);
  }
  for (const auto& [host, rules] : by_host) {
    for (const DestinationRule* rule : rules) {
      if (rule->context || !rule->host) continue;
      for (const DestinationRule* other : rules) {
        // Rules of other namespaces are a fallback, not a partner.
        if (other->scope != rule->scope || objects::is_same(*rule, *other)) continue;
        if (!have_same_audience(*rule, *other)) continue;
        const Subset* subset = shared_subset(*rule, *other);
        if (subset == nullptr && !(rule->traffic_policy && other->traffic_policy)) continue;
        const std::string what = subset != nullptr ? fmt::format("subset `{}`", subset->name.value)
                                                   : std::string("the traffic policy");
        found
            .add(rule->host.where(), fmt::format("DestinationRule `{}` also sets {} of `{}`",
                                                 other->name.value, what, rule->host.value))
            .relate(other->host.where(), "here")
            .with_help("merge them; of two settings the older object's counts");
        break;
      }
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1201",
     .name = "destination-rule-host-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A DestinationRule is about a host that exists",
     .why = "A policy for a host that nobody has does nothing, and the host that was meant runs "
            "without it.",
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
  host: review #!
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec:
  clusterIP: None
  ports: [{name: tcp, port: 5432}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: db, namespace: shop}
spec:
  host: db-0.db.shop.svc.cluster.local #!
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
)",
     .aliases = "IST0174 KIA0202",
     .check = Each<hosts_exist>::run},
    {.id = "MF1202",
     .name = "subset-selects-nothing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A subset's labels are on some workload of its host",
     .why = "A subset without endpoints is an empty cluster: every request routed to it gets 503. "
            "While "
            "no VirtualService routes to it, this is said as an info.",
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
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews, version: v1}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 80}]}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - name: v2
    labels: {version: v2} #!
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
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews, version: v1}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 80}]}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - name: v1
    labels: {version: v1}
)",
     .aliases = "IST0173 KIA0203",
     .check = Each<subsets_select_something>::run},
    {.id = "MF1203",
     .name = "subset-duplicate",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The subsets of a DestinationRule have different names",
     .why =
         "Istio's webhook refuses two subsets of one name: a route could not say which it means.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: v1, labels: {version: v2}} #!
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
     .aliases = "IST0106",
     .check = Each<subsets_have_one_name>::run},
    {.id = "MF1204",
     .name = "subset-without-labels",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A subset has labels",
     .why = "A subset without labels holds every endpoint of the host. That is allowed, and useful "
            "for a policy of its own, but most often the labels were forgotten.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - name: v1 #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - name: v1
    labels: {version: v1}
)",
     .aliases = "KIA0209",
     .check = Each<subsets_differ_from_all>::run},
    {.id = "MF1205",
     .name = "destination-rule-conflict",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A host has one DestinationRule a namespace for each setting",
     .why =
         "Istio merges the rules of a host in the order of creation: of two top-level policies or "
         "two subsets of one name the older object's is used and the other is lost.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews #!
  subsets: [{name: v1, labels: {version: v1}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews-too, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local #!
  subsets: [{name: v1, labels: {version: v1.1}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets: [{name: v1, labels: {version: v1}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews-too, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  subsets: [{name: v2, labels: {version: v2}}]
)",
     .aliases = "KIA0201",
     .check = rules_of_a_host_agree},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family destination_rule_rules() { return kRules; }

}  // namespace meshfn::lint
