// Services whose ports Linkerd reads otherwise than meant: opaque ports and appProtocol.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_objects.h"
#include "lint/rules/linkerd_values.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::kubernetes::Service;
using resource::kubernetes::ServicePort;
using resource::kubernetes::Workload;

constexpr std::string_view kOpaquePorts = "config.linkerd.io/opaque-ports";
constexpr std::string_view kDefaultOpaquePorts = "25,587,3306,4444,5432,6379,9300,11211";

/// Protocols that Linkerd could balance by request, were they spelt as it knows them.
constexpr std::array<std::string_view, 7> kMisread = {
    "grpc", "grpc-web", "h2c", "http2", "http/2", "http/1.1", "kubernetes.io/ws"};

bool is_meshed(const Mesh& mesh, const Service& service) {
  const auto workloads = mesh.workloads(service.scope, service.selector);
  return std::any_of(workloads.begin(), workloads.end(), [&](const Workload* workload) {
    return linkerd::injected(mesh, *workload) == linkerd::Injected::yes;
  });
}

Text inherited(const Mesh& mesh, const Service& service) {
  if (const Text own = service.annotation(kOpaquePorts)) return own;
  const auto* const home = mesh.find("Namespace", "", service.scope);
  return home == nullptr ? Text{} : home->annotation(kOpaquePorts);
}

/// The container port behind a Service port; nothing when its name is not found.
std::optional<std::int64_t> target_of(const ServicePort& port, const Workload& workload) {
  if (!port.target_port) return port.port.value;
  if (const auto number = linkerd::unsigned_number(*port.target_port)) {
    return static_cast<std::int64_t>(*number);
  }
  for (const auto& container_port : objects::ports_of(workload)) {
    if (container_port.name && *container_port.name == *port.target_port) {
      return container_port.port.value;
    }
  }
  return std::nullopt;
}

bool is_opaque(std::string_view list, std::int64_t number, const Workload& workload) {
  const linkerd::PortSet ports = linkerd::port_set(list, true);
  if (!ports.problem.empty()) return false;
  if (ports.contains(number)) return true;
  const auto container_ports = objects::ports_of(workload);
  return std::any_of(container_ports.begin(), container_ports.end(), [&](const auto& port) {
    return port.port.value == number &&
           std::find(ports.names.begin(), ports.names.end(), port.name.value) != ports.names.end();
  });
}

std::string_view describe(bool opaque) { return opaque ? "opaque" : "not opaque"; }

void compare_opaque(const Service& service, const Workload& workload, const Mesh& mesh,
                    Findings& found) {
  const Text by_service = inherited(mesh, service);
  const Text by_pod = linkerd::pod_annotation(mesh, workload, kOpaquePorts);
  if ((!by_service && !by_pod) || by_service.node == by_pod.node) return;
  for (const ServicePort& port : service.ports) {
    const auto target = target_of(port, workload);
    if (!port.port || !target) continue;
    const bool at_service =
        is_opaque(by_service.value_or(kDefaultOpaquePorts), *port.port, workload);
    const bool at_pod = is_opaque(by_pod.value_or(kDefaultOpaquePorts), *target, workload);
    if (at_service == at_pod) continue;
    const Text written = by_service ? by_service : by_pod;
    auto& added = found.add(
        written.where(),
        fmt::format("port {} is {} for Service `{}`, and port {} is {} for the pods of `{}`",
                    *port.port, describe(at_service), service.name.value, *target, describe(at_pod),
                    workload.name.value));
    added.with_help("give the Service and the pods the same opaque ports");
    if (by_service && by_pod) added.relate(by_pod.where(), "the pods' ports");
  }
}

void opaque_ports_agree(const Service& service, const Mesh& mesh, Findings& found) {
  if (service.cluster_ip.value == "None" || !linkerd::uses_linkerd(mesh)) return;
  const auto& workloads = mesh.derived<objects::WorkloadIndex>();
  for (const Workload* workload : workloads.selected(service.scope, service.selector)) {
    if (linkerd::injected(mesh, *workload) != linkerd::Injected::yes) continue;
    compare_opaque(service, *workload, mesh, found);
  }
}

void app_protocol_is_known(const Service& service, const Mesh& mesh, Findings& found) {
  for (const ServicePort& port : service.ports) {
    const std::string protocol = str::lower(*port.app_protocol);
    if (std::find(kMisread.begin(), kMisread.end(), protocol) == kMisread.end()) continue;
    if (!is_meshed(mesh, service)) return;
    const bool http1 = protocol == "http/1.1" || protocol == "kubernetes.io/ws";
    found
        .add(port.app_protocol.where(),
             fmt::format("Linkerd does not know `appProtocol: {}` and treats the port as opaque",
                         *port.app_protocol))
        .with_help(http1 ? "write `http`, or leave it out for detection"
                         : "write `kubernetes.io/h2c`, or leave it out for detection");
  }
}

void app_protocol_agrees(const Service& service, const Mesh&, Findings& found) {
  const Text opaque = service.annotation(kOpaquePorts);
  if (!opaque) return;
  const linkerd::PortSet ports = linkerd::port_set(*opaque);
  for (const ServicePort& port : service.ports) {
    const std::string protocol = str::lower(*port.app_protocol);
    if (protocol != "http" && protocol != "kubernetes.io/h2c") continue;
    if (!ports.problem.empty() || !ports.contains(port.port.value)) continue;
    found
        .add(port.app_protocol.where(),
             fmt::format("port {} is in `opaque-ports`, and `appProtocol` beats it",
                         port.port.value))
        .relate(opaque.where(), "declared opaque here")
        .with_help("keep one of them: `linkerd.io/opaque` is the appProtocol of opaque ports");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF3040",
     .name = "linkerd-opaque-ports-differ",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "A Service and its pods agree on which ports are opaque",
     .why = "The client's proxy goes by the Service, the server's proxy by the pod. When only one "
            "of them treats the port as opaque, the other waits for a protocol that never shows, "
            "and connections hang or lose mTLS.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: database
  namespace: shop
  annotations:
    config.linkerd.io/opaque-ports: "3307" #!
spec:
  selector: {app: database}
  ports: [{name: mysql, port: 3307}]
---
apiVersion: v1
kind: Pod
metadata:
  name: database
  namespace: shop
  labels: {app: database}
  annotations: {linkerd.io/inject: enabled}
spec:
  containers:
  - name: database
    image: mysql:8
    ports: [{name: mysql, containerPort: 3307}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: database
  namespace: shop
  annotations:
    config.linkerd.io/opaque-ports: "3307"
spec:
  selector: {app: database}
  ports: [{name: mysql, port: 3307}]
---
apiVersion: v1
kind: Pod
metadata:
  name: database
  namespace: shop
  labels: {app: database}
  annotations:
    linkerd.io/inject: enabled
    config.linkerd.io/opaque-ports: "3307"
spec:
  containers:
  - name: database
    image: mysql:8
    ports: [{name: mysql, containerPort: 3307}]
)",
     .check = Each<opaque_ports_agree>::run},
    {.id = "MF3041",
     .name = "linkerd-app-protocol-opaque",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "appProtocol of meshed ports is one that Linkerd knows",
     .why = "Linkerd knows `http`, `kubernetes.io/h2c`, `linkerd.io/tcp` and `linkerd.io/opaque`. "
            "Anything else makes the port opaque: one connection stays on one pod, and routes, "
            "retries, timeouts and metrics of requests are gone.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec:
  selector: {app: api}
  ports:
  - name: grpc
    port: 8080
    appProtocol: grpc #!
---
apiVersion: v1
kind: Pod
metadata:
  name: api
  namespace: shop
  labels: {app: api}
  annotations: {linkerd.io/inject: enabled}
spec:
  containers: [{name: api, image: "api:1", ports: [{name: grpc, containerPort: 8080}]}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec:
  selector: {app: api}
  ports:
  - name: grpc
    port: 8080
    appProtocol: kubernetes.io/h2c
---
apiVersion: v1
kind: Pod
metadata:
  name: api
  namespace: shop
  labels: {app: api}
  annotations: {linkerd.io/inject: enabled}
spec:
  containers: [{name: api, image: "api:1", ports: [{name: grpc, containerPort: 8080}]}]
)",
     .check = Each<app_protocol_is_known>::run},
    {.id = "MF3042",
     .name = "linkerd-opaque-ports-overruled",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "An opaque port has no appProtocol that says otherwise",
     .why = "`appProtocol` beats the annotation, so the port is read as HTTP although it was "
            "declared opaque, and connections of other protocols fail.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations: {config.linkerd.io/opaque-ports: "8080"}
spec:
  selector: {app: web}
  ports:
  - name: http
    port: 8080
    appProtocol: http #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector: {app: web}
  ports:
  - name: http
    port: 8080
    appProtocol: http
)",
     .check = Each<app_protocol_agrees>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_service_rules() { return kRules; }

}  // namespace meshfn::lint
