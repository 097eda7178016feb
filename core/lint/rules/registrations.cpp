// How Services and WorkloadGroups register what runs: ports, accounts, labels.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/str.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/insight_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Service;

void accounts_of_groups_exist(const Mesh& mesh, Findings& found) {
  const objects::KindIndex accounts(mesh, "", "ServiceAccount");
  objects::each(mesh, "networking.istio.io", "WorkloadGroup", [&](const Object& object) {
    const yaml::Node account = object.spec.at("template", "serviceAccount");
    if (account.text().empty() || account.text() == "default") return;
    if (accounts.found(object.scope, account.text()) != Found::missing) return;
    found
        .add(account.where(),
             fmt::format("`{}` has no ServiceAccount `{}`", object.scope, account.text()))
        .with_help(accounts.hint(object.scope, account.text()));
  });
}

/// The labels of a group's workloads as one text, whatever their order.
std::string labels_of(const Object& group) {
  std::vector<std::string> labels;
  for (const auto& label : resource::labels(group.spec.at("metadata", "labels"))) {
    labels.push_back(fmt::format("{}={}", label.key.value, label.value.value));
  }
  std::sort(labels.begin(), labels.end());
  return str::join(labels, ",");
}

void groups_differ(const Mesh& mesh, Findings& found) {
  std::map<std::pair<std::string_view, std::string>, const Object*> seen;
  objects::each(mesh, "networking.istio.io", "WorkloadGroup", [&](const Object& object) {
    const std::string labels = labels_of(object);
    if (labels.empty()) return;
    const auto [first, is_new] = seen.emplace(std::pair(object.scope, labels), &object);
    if (is_new) return;
    found
        .add(object.spec.find("metadata").find_key("labels").where(),
             fmt::format("the workloads of `{}` have the same labels", first->second->name.value))
        .relate(first->second->where(), "the other group")
        .with_help("give each group a label of its own, so that selectors can tell them apart");
  });
}

void numbered_targets_are_declared(const Service& service, const Mesh& mesh, Findings& found) {
  // Gateways open their ports by what Gateways say.
  if (objects::is_control_plane(service) || service.label("gateway.istio.io/managed")) return;
  const auto pods = mesh.workloads(service.scope, service.selector);
  std::set<std::int64_t> declared;
  for (const auto* pod : pods) {
    for (const auto& port : objects::ports_of(*pod)) declared.insert(port.port.value);
  }
  if (declared.empty()) return;
  for (const auto& port : service.ports) {
    const auto target = port.target_port ? yaml::to_int(port.target_port.value) : port.port.value;
    const bool is_tcp = port.protocol.value_or("TCP") == "TCP";
    if (!target || !is_tcp || declared.contains(*target)) continue;
    const auto where = port.target_port ? port.target_port.where() : port.port.where();
    found.add(where, fmt::format("no container of the selected pods declares port {}", *target))
        .relate(pods.front()->where(), "the pods")
        .with_help("correct the number, or declare the port");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5711",
     .name = "group-account-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The ServiceAccount of a WorkloadGroup exists",
     .why = "Machines of the group get their identity from the account. Without it they cannot "
            "join the mesh. It is reported when the input shows ServiceAccounts of the namespace.",
     .bad = R"(apiVersion: v1
kind: ServiceAccount
metadata: {name: machine, namespace: shop}
---
apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: machines, namespace: shop}
spec:
  template: {serviceAccount: machines} #!
)",
     .good = R"(apiVersion: v1
kind: ServiceAccount
metadata: {name: machine, namespace: shop}
---
apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: machines, namespace: shop}
spec:
  template: {serviceAccount: machine}
)",
     .aliases = "KIA1701",
     .check = accounts_of_groups_exist},
    {.id = "MF5712",
     .name = "groups-alike",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "WorkloadGroups have labels of their own",
     .why = "Services and policies find machines by their labels. Groups with the same ones "
            "cannot be told apart: what is meant for one reaches both.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: blue, namespace: shop}
spec:
  metadata: {labels: {app: web}}
  template: {serviceAccount: default}
---
apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: green, namespace: shop}
spec:
  metadata: {labels: {app: web}} #!
  template: {serviceAccount: default}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: blue, namespace: shop}
spec:
  metadata: {labels: {app: web, colour: blue}}
  template: {serviceAccount: default}
---
apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: green, namespace: shop}
spec:
  metadata: {labels: {app: web, colour: green}}
  template: {serviceAccount: default}
)",
     .aliases = "KIA1702",
     .check = groups_differ},
    {.id = "MF5713",
     .name = "target-port-undeclared",
     .severity = Severity::info,
     .group = "kubernetes",
     .summary = "A numbered target port is declared by a container",
     .why = "The declaration is documentation only, but where the pods declare other ports and not "
            "this one, the number is often a mistake.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: 8081} #!
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers: [{name: web, image: web:1, ports: [{containerPort: 8080}]}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: 8080}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers: [{name: web, image: web:1, ports: [{containerPort: 8080}]}]
)",
     .aliases = "KIA0701",
     .check = Each<numbered_targets_are_declared>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family registration_rules() { return kRules; }

}  // namespace meshfn::lint
