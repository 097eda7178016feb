// WorkloadGroups, ProxyConfigs, and the selectors by which networking kinds choose workloads.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "lint/each.h"
#include "lint/gateway_pods.h"
#include "lint/machines.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/listeners.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Label;
using resource::Labels;
using resource::Mesh;
using resource::Object;
using resource::Text;
using resource::istio::ServiceEntry;
using resource::kubernetes::Service;
using resource::kubernetes::Workload;

constexpr std::array<std::string_view, 1> kGroups = {"WorkloadGroup"};
constexpr std::array<std::string_view, 2> kSelecting = {"ServiceEntry", "Sidecar"};

void probes_have_a_method(const Object& object, Findings& found) {
  const yaml::Node probe = object.spec.find("probe");
  if (!probe.is_mapping()) return;
  const yaml::Node command = probe.at("exec", "command");
  if (command.is_sequence() && command.size() == 0) {
    found.add(command.where(), "the probe has no command to run").with_help("add one");
  }
  for (const std::string_view method : {"httpGet", "tcpSocket", "exec"}) {
    if (probe.find(method)) return;
  }
  const bool is_grpc = static_cast<bool>(probe.find("grpc"));
  found
      .add(probe.where(), is_grpc ? "the agent of a machine has no gRPC probe"
                                  : "the probe does not say how to probe")
      .with_help("add `httpGet`, `tcpSocket` or `exec`");
}

void probe_headers_can_be_sent(const Object& object, Findings& found) {
  for (const yaml::Node header : object.spec.at("probe", "httpGet", "httpHeaders").items()) {
    const Text name = resource::text(header.find("name"));
    // The schema takes `_`, and reports what neither takes.
    if (!name || name.value.find('_') == std::string_view::npos) continue;
    const std::string problem = istio::header_name_problem(name.value, istio::HeaderUse::probe);
    if (problem.empty()) continue;
    found.add(name.where(), problem).with_help("use letters, digits and `-`");
  }
}

void selectors_select(const Object& object, Findings& found) {
  const yaml::Node selector = object.spec.find("workloadSelector");
  if (!selector.is_mapping() || selector.find("labels").size() > 0) return;
  found.add(selector.where(), "the selector has no labels, and so is for all workloads")
      .with_help("name labels, or remove the selector");
}

void selector_keys_can_match(const Object& object, Findings& found) {
  for (const resource::Label& label :
       resource::labels(object.spec.at("workloadSelector", "labels"))) {
    const std::string_view key = label.key.value;
    if (!key.empty() && key.find('*') == std::string_view::npos) continue;
    found
        .add(label.key.where(), key.empty() ? std::string("the key of a label is empty")
                                            : fmt::format("`{}`: a selector has no wildcards", key))
        .with_help("labels are compared as they are written");
  }
}

void entries_select_workloads(const Mesh& mesh, Findings& found) {
  const auto& machines = mesh.derived<Machines>();
  std::set<std::string_view> with_pods;
  for (const Workload& workload : mesh.all<Workload>()) with_pods.insert(workload.scope);
  for (const ServiceEntry& entry : mesh.all<ServiceEntry>()) {
    const Labels& selector = entry.workload_selector;
    if (entry.context || selector.empty()) continue;
    if (!with_pods.contains(entry.scope) && !machines.any_in(entry.scope)) continue;
    if (machines.any(entry.scope, selector) || !mesh.workloads(entry.scope, selector).empty()) {
      continue;
    }
    found
        .add(selector.front().value.where(),
             fmt::format("no workload of the namespace has the labels `{}`", text_of(selector)))
        .with_help("they are compared with pods, WorkloadEntries and WorkloadGroups");
  }
}

/// What the Services and ServiceEntries of each namespace select.
class Selectors {
 public:
  explicit Selectors(const Mesh& mesh) {
    for (const ServiceEntry& entry : mesh.all<ServiceEntry>()) {
      add(entry.scope, entry.workload_selector);
    }
    for (const Service& service : mesh.all<Service>()) add(service.scope, service.selector);
  }

  bool any_in(std::string_view scope) const { return scopes_.contains(scope); }

  bool select(std::string_view scope, const Labels& labels) const {
    return std::any_of(labels.begin(), labels.end(), [&](const Label& label) {
      const auto known = by_first_.find({scope, label.key.value, label.value.value});
      return known != by_first_.end() &&
             std::any_of(known->second.begin(), known->second.end(),
                         [&](const Labels* selector) { return selects(*selector, labels); });
    });
  }

 private:
  void add(std::string_view scope, const Labels& selector) {
    if (selector.empty()) return;
    scopes_.insert(scope);
    const Label& first = selector.front();
    by_first_[{scope, first.key.value, first.value.value}].push_back(&selector);
  }

  std::set<std::string_view> scopes_;
  /// By namespace, and key and value of the selector's first label.
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>,
           std::vector<const Labels*>>
      by_first_;
};

void machines_are_selected(const Mesh& mesh, Findings& found) {
  const Selectors selectors(mesh);
  for (const Object* entry : mesh.of_kind("networking.istio.io", "WorkloadEntry")) {
    if (entry->context || !selectors.any_in(entry->scope)) continue;
    if (selectors.select(entry->scope, resource::labels(entry->spec.find("labels")))) continue;
    found.add(entry->where(), "no Service or ServiceEntry of the namespace selects this")
        .with_help("give it the labels that one of them selects");
  }
}

void namespaces_have_one_default(const Mesh& mesh, Findings& found) {
  std::map<std::string_view, const Object*> first;
  for (const Object* config : mesh.of_kind("networking.istio.io", "ProxyConfig")) {
    if (config->spec.at("selector", "matchLabels").size() > 0) continue;
    const auto [known, is_new] = first.try_emplace(config->scope, config);
    if (is_new || config->context || known->second->name.value == config->name.value) continue;
    found
        .add(config->where(), fmt::format("ProxyConfig `{}` is for the whole namespace, too",
                                          known->second->name.value))
        .relate(known->second->where(), "the other one")
        .with_help("the older one wins and this is ignored: merge them, or add a `selector`");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1421",
     .name = "probe-without-method",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A WorkloadGroup's probe says how to probe",
     .why = "The agent on the machine can send a request, open a connection or run a command. "
            "Istio's webhook refuses a probe with none of these.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: vms, namespace: shop}
spec:
  template: {serviceAccount: vm}
  probe: {periodSeconds: 5} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: vms, namespace: shop}
spec:
  template: {serviceAccount: vm}
  probe: {periodSeconds: 5, tcpSocket: {port: 8080}}
)",
     .aliases = "IST0106",
     .check = each_of<kGroups, probes_have_a_method>},
    {.id = "MF1422",
     .name = "probe-header-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Headers of a probe have letters, digits and hyphens",
     .why = "The schema of the kind takes an underscore, but Istio's webhook refuses it.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: vms, namespace: shop}
spec:
  template: {serviceAccount: vm}
  probe:
    httpGet:
      port: 8080
      httpHeaders:
      - {name: x_probe, value: agent} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: vms, namespace: shop}
spec:
  template: {serviceAccount: vm}
  probe:
    httpGet:
      port: 8080
      httpHeaders:
      - {name: x-probe, value: agent}
)",
     .aliases = "IST0106",
     .check = each_of<kGroups, probe_headers_can_be_sent>},
    {.id = "MF1423",
     .name = "selector-for-all-workloads",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A selector of workloads has labels",
     .why = "A selector without labels is for all workloads of the namespace, as if it were not "
            "there; who writes one usually means less.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  workloadSelector: {} #!
  egress: [{hosts: [./*]}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress: [{hosts: [./*]}]
)",
     .aliases = "IST0133",
     .check = each_of<kSelecting, selectors_select>},
    {.id = "MF1424",
     .name = "workload-selector-key",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The labels of a selector have keys without wildcards",
     .why = "Labels are compared as they are written. Istio's webhook refuses a `*` in a key, and "
            "an empty key.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: web, namespace: shop}
spec:
  workloadSelector:
    labels: {"app*": web} #!
  egress: [{hosts: [./*]}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: web, namespace: shop}
spec:
  workloadSelector:
    labels: {app: web}
  egress: [{hosts: [./*]}]
)",
     .aliases = "IST0106",
     .check = each_of<kSelecting, selector_keys_can_match>},
    {.id = "MF1425",
     .name = "service-entry-selects-nothing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A ServiceEntry's selector matches workloads of its namespace",
     .why = "Without a workload the ServiceEntry has no endpoints, and calls to it fail with 503. "
            "It is reported when the input shows workloads of the namespace.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: vms, namespace: shop}
spec:
  metadata: {labels: {app: vm}}
  template: {serviceAccount: vm}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: vms, namespace: shop}
spec:
  hosts: [vms.example.com]
  resolution: STATIC
  workloadSelector:
    labels: {app: mv} #!
  ports: [{number: 80, name: http, protocol: HTTP}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: vms, namespace: shop}
spec:
  metadata: {labels: {app: vm}}
  template: {serviceAccount: vm}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: vms, namespace: shop}
spec:
  hosts: [vms.example.com]
  resolution: STATIC
  workloadSelector:
    labels: {app: vm}
  ports: [{number: 80, name: http, protocol: HTTP}]
)",
     .aliases = "",
     .check = entries_select_workloads},
    {.id = "MF1426",
     .name = "workload-entry-unselected",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A WorkloadEntry is an endpoint of something",
     .why = "A WorkloadEntry gets traffic through the Services and ServiceEntries of its "
            "namespace that select its labels. It is reported when the input shows some, and "
            "none does.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm, namespace: shop} #!
spec:
  address: 10.0.0.7
  labels: {app: vm}
---
apiVersion: v1
kind: Service
metadata: {name: vm, namespace: shop}
spec:
  selector: {app: machine}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm, namespace: shop}
spec:
  address: 10.0.0.7
  labels: {app: vm}
---
apiVersion: v1
kind: Service
metadata: {name: vm, namespace: shop}
spec:
  selector: {app: vm}
  ports: [{name: http, port: 80}]
)",
     .aliases = "",
     .check = machines_are_selected},
    {.id = "MF1427",
     .name = "proxy-config-twice",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A namespace has one ProxyConfig without a selector",
     .why = "ProxyConfigs of one scope are not merged: the oldest is used, and the others are "
            "ignored.",
     .bad = R"(apiVersion: networking.istio.io/v1beta1
kind: ProxyConfig
metadata: {name: default, namespace: shop}
spec: {concurrency: 2}
---
apiVersion: networking.istio.io/v1beta1
kind: ProxyConfig
metadata: {name: image, namespace: shop} #!
spec: {image: {imageType: distroless}}
)",
     .good = R"(apiVersion: networking.istio.io/v1beta1
kind: ProxyConfig
metadata: {name: default, namespace: shop}
spec: {concurrency: 2, image: {imageType: distroless}}
)",
     .aliases = "",
     .check = namespaces_have_one_default},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family workload_group_rules() { return kRules; }

}  // namespace meshfn::lint
