// Services, as far as the mesh depends on them.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/families.h"

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

constexpr std::array<std::string_view, 12> kProtocols = {"tcp",  "udp",        "grpc",  "grpc-web",
                                                         "http", "http_proxy", "http2", "https",
                                                         "tls",  "mongo",      "redis", "mysql"};
constexpr std::array<std::string_view, 3> kAppProtocols = {"kubernetes.io/h2c", "kubernetes.io/ws",
                                                           "kubernetes.io/wss"};
/// Ports that Istio never sniffs, because their protocols let the server speak first.
constexpr std::array<std::int64_t, 4> kServerFirst = {25, 53, 3306, 27017};

template <class List, class Value>
bool holds(const List& list, const Value& value) {
  return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

/// Services that Istio makes for its own gateways and waypoints.
bool is_managed_gateway(const Object& object) {
  return object.label("gateway.istio.io/managed").value.starts_with("istio.io-");
}

bool names_protocol(const ServicePort& port) {
  if (str::equals_ignore_case(port.protocol.value, "UDP")) return true;
  if (port.app_protocol && holds(kAppProtocols, port.app_protocol.value)) return true;
  const std::string name =
      str::lower(port.app_protocol ? port.app_protocol.value : port.name.value);
  if (name.starts_with("grpc-web")) return true;
  return holds(kProtocols, std::string_view(name).substr(0, name.find('-'))) ||
         holds(kServerFirst, port.port.value);
}

source::Location place_of(const ServicePort& port) {
  return port.name ? port.name.where() : port.port ? port.port.where() : port.node.where();
}

void ports_name_their_protocol(const Service& service, const Mesh&, Findings& found) {
  if (objects::is_control_plane(service) || is_managed_gateway(service)) return;
  if (service.type.value == "ExternalName") return;
  for (const ServicePort& port : service.ports) {
    if (names_protocol(port)) continue;
    found
        .add(place_of(port),
             port.name ? fmt::format("`{}` does not begin with a protocol", port.name.value)
                       : std::string("this port does not name its protocol"))
        .with_help("name it `http`, `grpc-api`, `tcp-db` …, or set `appProtocol`");
  }
}

void external_names_have_a_protocol(const Service& service, const Mesh&, Findings& found) {
  if (service.type.value != "ExternalName" || objects::is_control_plane(service)) return;
  for (const ServicePort& port : service.ports) {
    if (names_protocol(port) && port.name.value != "tcp") continue;
    found.add(place_of(port), "the port of an ExternalName Service needs a protocol other than tcp")
        .with_help("name it `http`, `https` or `tls`, as the host behind it speaks");
  }
}

bool offers(const Workload& workload, std::string_view target) {
  const auto number = yaml::to_int(target);
  for (const auto* containers : {&workload.containers, &workload.init_containers}) {
    for (const auto& container : *containers) {
      for (const auto& port : container.ports) {
        if (number ? port.port.value == *number : port.name.value == target) return true;
      }
    }
  }
  return false;
}

/// Named ports must be declared; of numbered ones a declaration is only documentation.
void named_targets_exist(const Service& service, const Mesh& mesh, Findings& found) {
  const auto workloads = mesh.workloads(service.scope, service.selector);
  for (const ServicePort& port : service.ports) {
    const std::string_view target = port.target_port.value;
    if (workloads.empty() || target.empty() || yaml::to_int(target)) continue;
    const bool any = std::any_of(workloads.begin(), workloads.end(),
                                 [&](const Workload* w) { return offers(*w, target); });
    if (any) continue;
    found
        .add(port.target_port.where(),
             fmt::format("no container of the selected pods has a port called `{}`", target))
        .relate(workloads.front()->where(), "the pods")
        .with_help("correct the name, or give the number");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF4001",
     .name = "port-name-without-protocol",
     .severity = Severity::info,
     .group = "kubernetes",
     .summary = "A Service port names its protocol",
     .why = "The mesh learns the protocol from the port's name or `appProtocol`. Without it "
            "traffic is sniffed, which costs time, and fails for protocols in which the "
            "server speaks first.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: web, port: 80} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http-web, port: 80}
)",
     .aliases = "IST0118 KIA0601 KIA0602",
     .check = Each<ports_name_their_protocol>::run},
    {.id = "MF4002",
     .name = "external-name-port-name",
     .severity = Severity::warning,
     .group = "kubernetes",
     .summary = "A port of an ExternalName Service names its protocol",
     .why = "An ExternalName Service has no address, so for a TCP port the proxy opens a "
            "listener on all addresses, which takes the traffic of every other host on that "
            "port.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec:
  type: ExternalName
  externalName: api.example.com
  ports:
  - {name: tcp, port: 443} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec:
  type: ExternalName
  externalName: api.example.com
  ports:
  - {name: tls, port: 443}
)",
     .aliases = "IST0150",
     .check = Each<external_names_have_a_protocol>::run},
    {.id = "MF4003",
     .name = "target-port-name-missing",
     .severity = Severity::warning,
     .group = "kubernetes",
     .summary = "A named target port is declared by a container",
     .why = "A Service cannot find a port by a name that no selected pod declares, and has no "
            "endpoints for it.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: web} #!
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
        ports: [{name: http, containerPort: 8080}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: web}
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
     .aliases = "KIA0701",
     .check = Each<named_targets_exist>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family kubernetes_service_rules() { return kRules; }

}  // namespace meshfn::lint
