// Which workloads Sidecars are for.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "lint/each.h"
#include "lint/gateway_pods.h"
#include "lint/machines.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_objects.h"
#include "lint/rules/listeners.h"
#include "resource/istio/mesh_config.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Labels;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Workload;

Labels selector_of(const Object& sidecar) {
  return resource::labels(sidecar.spec.at("workloadSelector", "labels"));
}

/// All Sidecars; of those with one name the first, for the others are the same object again.
std::vector<const Object*> sidecars(const Mesh& mesh) {
  std::vector<const Object*> list;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Object* sidecar : mesh.of_kind("networking.istio.io", "Sidecar")) {
    if (seen.emplace(sidecar->scope, sidecar->name.value).second) list.push_back(sidecar);
  }
  return list;
}

std::set<std::string_view> namespaces_with_pods(const Mesh& mesh) {
  std::set<std::string_view> scopes;
  for (const Workload& workload : mesh.all<Workload>()) scopes.insert(workload.scope);
  return scopes;
}

void selectors_match(const Mesh& mesh, Findings& found) {
  const auto& everywhere = mesh.derived<GatewayPods>();
  const auto shown = namespaces_with_pods(mesh);
  const auto& machines = mesh.derived<Machines>();
  for (const Object* sidecar : sidecars(mesh)) {
    const Labels selector = selector_of(*sidecar);
    if (sidecar->context || selector.empty()) continue;
    // In the root namespace too, a selector is for the pods of that namespace only.
    if (!mesh.workloads(sidecar->scope, selector).empty()) continue;
    const auto others = everywhere.selected(selector);
    if (others.empty() && !shown.contains(sidecar->scope)) continue;
    if (machines.any(sidecar->scope, selector)) continue;
    auto& finding =
        found.add(selector.front().value.where(),
                  fmt::format("no pod of the namespace has the labels `{}`", text_of(selector)));
    finding.with_help("the selector is matched against pod labels of the Sidecar's own namespace");
    if (!others.empty()) finding.relate(others.front()->where(), "these are in another namespace");
  }
}

/// REQUIRES: the list holds more than one.
const Object& other_than(const Object* own, const std::vector<const Object*>& list) {
  return list.front() == own ? *list[1] : *list.front();
}

std::set<std::string_view> ambient_namespaces(const Mesh& mesh) {
  std::set<std::string_view> names;
  for (const Object* name_space : mesh.of_kind("", "Namespace")) {
    if (istio::is_ambient(*name_space)) names.insert(name_space->name.value);
  }
  return names;
}

bool is_redirected(const Workload& workload) {
  return workload.pod_annotation("ambient.istio.io/redirection").value == "enabled";
}

void pods_have_one_sidecar(const Mesh& mesh, Findings& found) {
  std::map<const Workload*, std::vector<const Object*>> by_pod;
  for (const Object* sidecar : sidecars(mesh)) {
    for (const Workload* pod : mesh.workloads(sidecar->scope, selector_of(*sidecar))) {
      if (!is_redirected(*pod)) by_pod[pod].push_back(sidecar);
    }
  }
  std::set<const Object*> reported;
  for (const Workload& pod : mesh.all<Workload>()) {
    const auto entry = by_pod.find(&pod);
    if (entry == by_pod.end() || entry->second.size() < 2) continue;
    for (const Object* sidecar : entry->second) {
      if (sidecar->context || !reported.insert(sidecar).second) continue;
      const Object& other = other_than(sidecar, entry->second);
      found
          .add(sidecar->where(), fmt::format("Sidecar `{}` selects the pods of {} `{}`, too",
                                             other.name.value, pod.kind.value, pod.name.value))
          .relate(other.where(), "the other one")
          .relate(pod.where(), "the pods")
          .with_help("narrow a selector, or merge the Sidecars into one");
    }
  }
}

void namespaces_have_one_default(const Mesh& mesh, Findings& found) {
  const auto ambient = ambient_namespaces(mesh);
  std::map<std::string_view, std::vector<const Object*>> by_namespace;
  for (const Object* sidecar : sidecars(mesh)) {
    if (!selector_of(*sidecar).empty() || ambient.contains(sidecar->scope)) continue;
    by_namespace[sidecar->scope].push_back(sidecar);
  }
  for (const auto& [scope, list] : by_namespace) {
    if (list.size() < 2) continue;
    for (const Object* sidecar : list) {
      if (sidecar->context) continue;
      const Object& other = other_than(sidecar, list);
      found
          .add(sidecar->where(),
               fmt::format("Sidecar `{}` is for the whole namespace, too", other.name.value))
          .relate(other.where(), "the other one")
          .with_help("keep one, and give the others a `workloadSelector`");
    }
  }
}

void sidecars_stand_where_proxies_are(const Mesh& mesh, Findings& found) {
  const auto ambient = ambient_namespaces(mesh);
  for (const Object* sidecar : sidecars(mesh)) {
    if (sidecar->context) continue;
    const Labels selector = selector_of(*sidecar);
    const auto pods = mesh.workloads(sidecar->scope, selector);
    const auto pod =
        std::find_if(pods.begin(), pods.end(), [](const Workload* w) { return is_redirected(*w); });
    if (!ambient.contains(sidecar->scope) && pod == pods.end()) continue;
    found
        .add(sidecar->where(),
             pod == pods.end()
                 ? fmt::format("namespace `{}` is in ambient mode, in which pods have no sidecars",
                               sidecar->scope)
                 : fmt::format("{} `{}` is in ambient mode and has no sidecar", (*pod)->kind.value,
                               (*pod)->name.value))
        .with_help("ambient mode has no counterpart; remove the Sidecar or inject sidecars here");
  }
}

void roots_select_nothing(const Mesh& mesh, Findings& found) {
  for (const Object* sidecar : sidecars(mesh)) {
    if (sidecar->context || sidecar->scope != resource::istio::root_namespace(mesh)) continue;
    const Labels selector = selector_of(*sidecar);
    if (selector.empty()) continue;
    found
        .add(selector.front().key.where(),
             fmt::format("the selector is for pods of `{}` only, not of the whole mesh",
                         sidecar->scope))
        .with_help("remove it to set the default of all namespaces, or move the Sidecar");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1501",
     .name = "sidecar-selects-nothing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A Sidecar's selector matches pods of its namespace",
     .why = "A Sidecar whose selector matches no pod, WorkloadEntry or WorkloadGroup of its own "
            "namespace configures nothing. It is reported when the input shows pods there, or "
            "pods with the labels elsewhere.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: web, namespace: shop}
spec:
  workloadSelector:
    labels: {app: wbe} #!
  egress: [{hosts: [./*]}]
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: web, namespace: shop}
spec:
  workloadSelector:
    labels: {app: web}
  egress: [{hosts: [./*]}]
)",
     .aliases = "IST0101 KIA0004",
     .check = selectors_match},
    {.id = "MF1502",
     .name = "sidecar-selectors-overlap",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A pod is selected by one Sidecar",
     .why = "Sidecars are not merged. Which of several a pod gets is not defined, so it may "
            "suddenly lose sight of hosts that it calls.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web, tier: front}}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: web, namespace: shop} #!
spec:
  workloadSelector: {labels: {app: web}}
  egress: [{hosts: [./*]}]
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: front, namespace: shop} #!
spec:
  workloadSelector: {labels: {tier: front}}
  egress: [{hosts: [istio-system/*]}]
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web, tier: front}}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: web, namespace: shop}
spec:
  workloadSelector: {labels: {app: web}}
  egress: [{hosts: [./*, istio-system/*]}]
)",
     .aliases = "IST0110 KIA0003",
     .check = pods_have_one_sidecar},
    {.id = "MF1503",
     .name = "sidecar-default-twice",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A namespace has one Sidecar without a selector",
     .why = "The Sidecar without a selector is the default of its namespace. Which of several is "
            "used is not defined.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop} #!
spec:
  egress: [{hosts: [./*]}]
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: other, namespace: shop} #!
spec:
  egress: [{hosts: [istio-system/*]}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress: [{hosts: [./*, istio-system/*]}]
)",
     .aliases = "IST0111 KIA0002",
     .check = namespaces_have_one_default},
    {.id = "MF1504",
     .name = "sidecar-in-ambient",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Sidecars are for pods that have sidecars",
     .why = "In ambient mode traffic goes through the node's proxy, which does not read Sidecars: "
            "nothing of what this one says holds.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop} #!
spec:
  egress: [{hosts: [./*]}]
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress: [{hosts: [./*]}]
)",
     .aliases = "IST0167",
     .check = sidecars_stand_where_proxies_are},
    {.id = "MF1505",
     .name = "sidecar-root-selector",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The Sidecar of the root namespace has no selector",
     .why = "A Sidecar in Istio's root namespace is the default of the whole mesh, unless it has "
            "a selector: then it is for pods of the root namespace alone.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: istio-system}
spec:
  workloadSelector: {labels: {app: web}} #!
  egress: [{hosts: [./*]}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: istio-system}
spec:
  egress: [{hosts: [./*]}]
)",
     .aliases = "KIA1006",
     .check = roots_select_nothing},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family sidecar_scope_rules() { return kRules; }

}  // namespace meshfn::lint
