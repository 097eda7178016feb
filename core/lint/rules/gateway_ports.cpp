// The ports of Gateways and those of the Services in front of their pods.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "lint/each.h"
#include "lint/gateway_pods.h"
#include "lint/objects.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/service_index.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::Gateway;
using resource::istio::Server;
using resource::kubernetes::Service;
using resource::kubernetes::Workload;

/// Adds the numbers through which the Services of a pod take traffic.
void add_ports(const Mesh& mesh, const Workload& pod, std::set<std::int64_t>& ports) {
  for (const Service* service : mesh.derived<ServiceIndex>().of(pod)) {
    for (const auto& port : service->ports) {
      if (port.protocol.value_or("TCP") != "TCP") continue;
      ports.insert(port.port.value);
      const auto number = yaml::to_int(port.target_port.value);
      if (number) ports.insert(*number);
    }
  }
}

/// Ports of the Service that Istio installs for its ingress gateway, and of the pods behind it.
constexpr std::int64_t kIngressPorts[] = {80, 443, 8080, 8443, 15021, 15443, 31400};

/// Ports by which the pods of a selector are reached; empty when they are not known.
std::set<std::int64_t> open_ports(const Mesh& mesh, const resource::Labels& selector) {
  const auto pods = mesh.derived<GatewayPods>().selected(selector);
  std::set<std::int64_t> ports;
  for (const Workload* pod : pods) add_ports(mesh, *pod, ports);
  const bool by_default = pods.empty() && text_of(selector) == "istio=ingressgateway";
  if (by_default) ports.insert(std::begin(kIngressPorts), std::end(kIngressPorts));
  return ports;
}

void check_ports(const Gateway& gateway, const std::set<std::int64_t>& ports, Findings& found) {
  for (const Server& server : gateway.servers) {
    const std::int64_t number = server.port_number.value;
    if (!server.port_number || !istio::port_problem(number).empty()) continue;
    if (ports.contains(number)) continue;
    found
        .add(server.port_number.where(),
             fmt::format("no Service of the gateway's pods has port {}", number))
        .with_help(fmt::format("it has {}", fmt::join(ports, ", ")));
  }
}

void ports_are_served(const Mesh& mesh, Findings& found) {
  std::map<std::string, std::set<std::int64_t>> known;  // by selector: most Gateways share one
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    if (gateway.context) continue;
    const auto [ports, is_new] = known.try_emplace(text_of(gateway.selector));
    if (is_new) ports->second = open_ports(mesh, gateway.selector);
    if (!ports->second.empty()) check_ports(gateway, ports->second, found);
  }
}

/// Where the pods say that they may not open ports below 1024, in Istio's words; nothing when they
/// do not.
yaml::Node unprivileged(const Workload& pod) {
  constexpr std::array<std::string_view, 6> kTrue = {"1", "t", "T", "true", "TRUE", "True"};
  for (const auto& container : pod.containers) {
    for (const yaml::Node variable : container.node.find("env").items()) {
      if (variable.find("name").text() != "ISTIO_META_UNPRIVILEGED_POD") continue;
      const std::string_view value = variable.find("value").text();
      if (std::find(kTrue.begin(), kTrue.end(), value) != kTrue.end()) return variable;
    }
  }
  return {};
}

/// The port of the pod that the proxy opens for port `number` of a Gateway: what a Service of the
/// pod makes of it. 0 when it is named and not declared.
std::int64_t opened_port(const Mesh& mesh, const Workload& pod, std::int64_t number) {
  for (const Service* service : mesh.derived<ServiceIndex>().of(pod)) {
    const auto* const port = service->port(number);
    if (port == nullptr || !port->target_port) continue;
    if (const auto target = yaml::to_int(port->target_port.value)) return *target;
    for (const auto& declared : objects::ports_of(pod)) {
      if (declared.name.value == port->target_port.value) return declared.port.value;
    }
    return 0;
  }
  return number;
}

void ports_may_be_opened(const Gateway& gateway, const Mesh& mesh, Findings& found) {
  constexpr std::int64_t kFirstFree = 1024;
  for (const Workload* pod : mesh.derived<GatewayPods>().selected(gateway.selector)) {
    const yaml::Node marked = unprivileged(*pod);
    if (!marked) continue;
    for (const Server& server : gateway.servers) {
      if (!server.port_number || !istio::port_problem(server.port_number.value).empty()) continue;
      const std::int64_t opened = opened_port(mesh, *pod, server.port_number.value);
      if (opened == 0 || opened >= kFirstFree) continue;
      found
          .add(server.port_number.where(),
               fmt::format("Istio does not open port {} in the pods of `{}`", opened,
                           pod->name.value))
          .relate(marked.where(), "they are marked as unprivileged")
          .with_help("give their Service a targetPort from 1024 on for it");
    }
    return;
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1302",
     .name = "gateway-port-not-served",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A Gateway's port is a port of its pods' Service",
     .why = "The proxy listens on the port, but no Service leads there, so nobody outside the "
            "pod can reach it.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: edge}
spec:
  selector: {matchLabels: {gateway: edge}}
  template:
    metadata: {labels: {gateway: edge}}
    spec: {containers: [{name: istio-proxy, image: auto}]}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: edge}
spec:
  selector: {gateway: edge}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  selector: {gateway: edge}
  servers:
  - hosts: ["*.example.com"]
    port: {number: 81, name: http, protocol: HTTP} #!
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: edge}
spec:
  selector: {matchLabels: {gateway: edge}}
  template:
    metadata: {labels: {gateway: edge}}
    spec: {containers: [{name: istio-proxy, image: auto}]}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: edge}
spec:
  selector: {gateway: edge}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  selector: {gateway: edge}
  servers:
  - hosts: ["*.example.com"]
    port: {number: 80, name: http, protocol: HTTP}
)",
     .aliases = "IST0162",
     .check = ports_are_served},
    {.id = "MF1327",
     .name = "gateway-port-privileged",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Gateway pods without privileges open ports from 1024 on",
     .why =
         "Pods with ISTIO_META_UNPRIVILEGED_POD are taken for ones that may not open ports below "
         "1024. Istiod then leaves such a port of a Gateway out with no more than a line in its "
         "own log, and nothing listens there.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: edge}
spec:
  selector: {matchLabels: {gateway: edge}}
  template:
    metadata: {labels: {gateway: edge}}
    spec:
      containers:
      - name: istio-proxy
        image: auto
        env: [{name: ISTIO_META_UNPRIVILEGED_POD, value: "true"}]
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: edge}
spec:
  selector: {gateway: edge}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  selector: {gateway: edge}
  servers:
  - hosts: ["*.example.com"]
    port: {number: 80, name: http, protocol: HTTP} #!
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: edge}
spec:
  selector: {matchLabels: {gateway: edge}}
  template:
    metadata: {labels: {gateway: edge}}
    spec:
      containers:
      - name: istio-proxy
        image: auto
        env: [{name: ISTIO_META_UNPRIVILEGED_POD, value: "true"}]
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: edge}
spec:
  selector: {gateway: edge}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  selector: {gateway: edge}
  servers:
  - hosts: ["*.example.com"]
    port: {number: 80, name: http, protocol: HTTP}
)",
     .check = Each<ports_may_be_opened>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_port_rules() { return kRules; }

}  // namespace meshfn::lint
