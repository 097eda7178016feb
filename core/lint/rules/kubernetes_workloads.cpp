// Pods and the Services that lead to them.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/str.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/families.h"
#include "lint/rules/service_index.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Service;
using resource::kubernetes::ServicePort;
using resource::kubernetes::Workload;

/// The user that Istio's proxy runs as; its traffic is not redirected.
constexpr std::int64_t kProxyUser = 1337;
constexpr std::string_view kInject = "sidecar.istio.io/inject";

/// Whether the input says that the pods get no proxy; false when it does not say.
bool is_outside_the_mesh(const Mesh& mesh, const Workload& workload) {
  // A waypoint: it takes what is sent to Services elsewhere, and has none of its own.
  if (workload.label("gateway.istio.io/managed").value == "istio.io-mesh-controller") return true;
  for (const auto* containers : {&workload.containers, &workload.init_containers}) {
    for (const auto& container : *containers) {
      if (container.name.value == "istio-proxy") return false;
    }
  }
  std::string_view inject = resource::label(workload.pod_labels, kInject);
  if (inject.empty()) inject = workload.pod_annotation(kInject).value;
  if (!inject.empty()) return inject != "true";
  const Object* name_space = mesh.find("Namespace", "", workload.scope);
  if (name_space == nullptr) return false;
  return name_space->label("istio-injection").value != "enabled" &&
         !name_space->label("istio.io/rev") && !name_space->label("istio.io/dataplane-mode");
}

bool names_same_port(const ServicePort& port, std::int64_t number, std::string_view protocol) {
  return port.port.value == number && port.protocol.value_or("TCP") != protocol;
}

void report_transports(const Workload& workload, const std::vector<const Service*>& services,
                       Findings& found) {
  std::set<std::int64_t> said;
  for (const Service* service : services) {
    for (const ServicePort& port : service->ports) {
      for (const Service* other : services) {
        const auto rival =
            std::find_if(other->ports.begin(), other->ports.end(), [&](const ServicePort& p) {
              return names_same_port(p, port.port.value, port.protocol.value_or("TCP"));
            });
        if (rival == other->ports.end() || !said.insert(port.port.value).second) continue;
        found
            .add(workload.where(),
                 fmt::format("Services use port {} of these pods with two protocols",
                             port.port.value))
            .relate(port.node.where(), std::string(port.protocol.value_or("TCP")))
            .relate(rival->node.where(), std::string(rival->protocol.value_or("TCP")))
            .with_help("the mesh cannot tell the two apart; use different port numbers");
      }
    }
  }
}

/// The Services of pods in the mesh, where they have two ports or more that could disagree.
std::vector<const Service*> services_with_ports(const Workload& workload, const Mesh& mesh) {
  auto services = mesh.derived<ServiceIndex>().of(workload);
  const bool one = services.size() < 2 && (services.empty() || services.front()->ports.size() < 2);
  if (one || is_outside_the_mesh(mesh, workload)) return {};
  return services;
}

void a_port_has_one_transport(const Workload& workload, const Mesh& mesh, Findings& found) {
  report_transports(workload, services_with_ports(workload, mesh), found);
}

/// The port of the pod that a Service's port leads to, as written.
std::string target_of(const ServicePort& port) {
  const std::string_view target = port.target_port.value;
  return target.empty() || target == "0" ? fmt::format("{}", port.port.value) : std::string(target);
}

void report_targets(const Workload& workload, const std::vector<const Service*>& services,
                    Findings& found) {
  std::map<std::string, std::vector<const ServicePort*>> targets;
  for (const Service* service : services) {
    for (const ServicePort& port : service->ports) targets[target_of(port)].push_back(&port);
  }
  for (const auto& [target, ports] : targets) {
    const auto other = std::find_if(ports.begin(), ports.end(), [&p = ports](const auto* port) {
      return port->port.value != p.front()->port.value;
    });
    if (other == ports.end()) continue;
    found
        .add(workload.where(), fmt::format("Services reach target port {} of these pods through "
                                           "ports {} and {}",
                                           target, ports.front()->port.value, (*other)->port.value))
        .relate(ports.front()->node.where(), "here")
        .relate((*other)->node.where(), "and here")
        .with_help("inbound settings of the one replace those of the other; use one port number");
  }
}

void a_target_has_one_port(const Workload& workload, const Mesh& mesh, Findings& found) {
  report_targets(workload, services_with_ports(workload, mesh), found);
}

/// `runAsUser: 1337` of the pod or of a container that is not the proxy.
std::vector<yaml::Node> proxy_users(const Workload& workload) {
  std::vector<yaml::Node> users = {workload.pod_spec.at("securityContext", "runAsUser")};
  for (const auto& container : workload.containers) {
    if (container.name.value == "istio-proxy" || container.name.value == "istio-operator") continue;
    users.push_back(container.node.at("securityContext", "runAsUser"));
  }
  std::erase_if(users, [](yaml::Node user) { return resource::integer(user).value != kProxyUser; });
  return users;
}

void the_proxy_has_its_user_to_itself(const Workload& workload, const Mesh&, Findings& found) {
  if (objects::is_control_plane(workload)) return;
  const auto users = proxy_users(workload);
  if (users.empty()) return;
  auto& finding = found.add(users.front().where(), "user 1337 is the proxy's");
  finding.with_help("run the application as another user");
  for (std::size_t i = 1; i < users.size(); ++i) finding.relate(users[i].where(), "and here");
}

/// The number or percentage of a disruption budget that lets no pod go; absent when some may.
yaml::Node forbids_eviction(const Object& budget, std::int64_t replicas) {
  const yaml::Node most = budget.spec.find("maxUnavailable");
  if (most.text() == "0" || most.text() == "0%") return most;
  const yaml::Node least = budget.spec.find("minAvailable");
  if (least.text() == "100%") return least;
  const auto number = yaml::to_int(least.text());
  return number && *number >= replicas ? least : yaml::Node{};
}

void pods_can_be_moved(const Mesh& mesh, Findings& found) {
  const auto& workloads = mesh.derived<objects::WorkloadIndex>();
  objects::each(mesh, "policy", "PodDisruptionBudget", [&](const Object& budget) {
    const yaml::Node selector = budget.spec.find("selector");
    if (selector.find("matchLabels").size() == 0) return;
    const auto pods = workloads.selected(budget.scope, selector);
    std::int64_t replicas = 0;
    for (const Workload* one : pods) replicas += one->replicas.value_or(1);
    const yaml::Node limit = pods.empty() ? yaml::Node{} : forbids_eviction(budget, replicas);
    if (!limit) return;
    found
        .add(limit.where(),
             fmt::format("none of the {} may ever be moved, so their nodes cannot be drained",
                         str::count(static_cast<std::size_t>(replicas), "pod")))
        .relate(pods.front()->where(), "the pods")
        .with_help("allow `maxUnavailable: 1`, and run one replica more than must be there");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF4011",
     .name = "port-with-two-transports",
     .severity = Severity::warning,
     .group = "kubernetes",
     .summary = "A port number has one transport in all Services of a pod",
     .why = "The proxy keeps inbound settings by port number. When one Service uses a number "
            "with TCP and another with UDP, one of them gets the settings of the other.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: 8080}
---
apiVersion: v1
kind: Service
metadata: {name: web-2, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: udp, port: 80, targetPort: 8080, protocol: UDP}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop} #!
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web
        ports: [{name: web, containerPort: 8080}]
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
kind: Service
metadata: {name: web-2, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: udp, port: 81, targetPort: 8081, protocol: UDP}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web
        ports: [{name: web, containerPort: 8080}]
)",
     .aliases = "IST0116",
     .check = Each<a_port_has_one_transport>::run},
    {.id = "MF4012",
     .name = "target-port-reached-twice",
     .severity = Severity::warning,
     .group = "kubernetes",
     .summary = "A target port is reached through one Service port number",
     .why = "Inbound listeners exist for target ports. Two Services that reach one through "
            "different port numbers overwrite each other's settings.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: 8080}
---
apiVersion: v1
kind: Service
metadata: {name: web-2, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 81, targetPort: 8080}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop} #!
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web
        ports: [{name: web, containerPort: 8080}]
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
kind: Service
metadata: {name: web-2, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: 8080}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web
        ports: [{name: web, containerPort: 8080}]
)",
     .aliases = "IST0137",
     .check = Each<a_target_has_one_port>::run},
    {.id = "MF4013",
     .name = "user-of-the-proxy",
     .severity = Severity::warning,
     .group = "kubernetes",
     .summary = "The application does not run as user 1337",
     .why = "Traffic of user 1337 is the proxy's own and is not redirected, so an application "
            "with that user bypasses the mesh in both directions.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web
        ports: [{name: web, containerPort: 8080}]
        securityContext: {runAsUser: 1337} #!
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web
        ports: [{name: web, containerPort: 8080}]
        securityContext: {runAsUser: 1000}
)",
     .aliases = "IST0144",
     .check = Each<the_proxy_has_its_user_to_itself>::run},
    {.id = "MF4014",
     .name = "eviction-forbidden",
     .severity = Severity::info,
     .group = "kubernetes",
     .summary = "A disruption budget lets some pod be moved",
     .why =
         "Draining a node evicts its pods, and waits as long as a budget forbids it. Upgrades of "
         "nodes, and of proxies by restarting pods in turn, then hang until somebody removes the "
         "budget.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: app, image: "web:1"}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  minAvailable: 2 #!
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: app, image: "web:1"}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  maxUnavailable: 1
)",
     .check = pods_can_be_moved},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family kubernetes_workload_rules() { return kRules; }

}  // namespace meshfn::lint
