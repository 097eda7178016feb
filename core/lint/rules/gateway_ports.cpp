// The ports of Gateways and those of the Services in front of their pods.

#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

#include "lint/each.h"
#include "lint/gateway_pods.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"

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

/// Services by namespace and by the first label that they select.
class ServicesByLabel {
 public:
  explicit ServicesByLabel(const Mesh& mesh) {
    for (const Service& service : mesh.all<Service>()) {
      if (service.selector.empty()) continue;
      const auto& first = service.selector.front();
      services_[{service.scope, first.key.value, first.value.value}].push_back(&service);
    }
  }

  /// Adds the numbers through which the Services of a pod take traffic.
  void add_ports(const Workload& pod, std::set<std::int64_t>& ports) const {
    for (const auto& label : pod.pod_labels) {
      const auto found = services_.find({pod.scope, label.key.value, label.value.value});
      if (found == services_.end()) continue;
      for (const Service* service : found->second) {
        if (selects(service->selector, pod.pod_labels)) add_ports(*service, ports);
      }
    }
  }

 private:
  static void add_ports(const Service& service, std::set<std::int64_t>& ports) {
    for (const auto& port : service.ports) {
      ports.insert(port.port.value);
      const auto number = yaml::to_int(port.target_port.value);
      if (number) ports.insert(*number);
    }
  }

  std::map<std::tuple<std::string_view, std::string_view, std::string_view>,
           std::vector<const Service*>>
      services_;
};

/// Ports of the Service that Istio installs for its ingress gateway, and of the pods behind it.
constexpr std::int64_t kIngressPorts[] = {80, 443, 8080, 8443, 15021, 15443, 31400};

/// Ports by which the pods of a selector are reached; empty when they are not known.
std::set<std::int64_t> open_ports(const Mesh& mesh, const ServicesByLabel& services,
                                  const resource::Labels& selector) {
  const auto pods = mesh.derived<GatewayPods>().selected(selector);
  std::set<std::int64_t> ports;
  for (const Workload* pod : pods) services.add_ports(*pod, ports);
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
  const ServicesByLabel services(mesh);
  std::map<std::string, std::set<std::int64_t>> known;  // by selector: most Gateways share one
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    if (gateway.context) continue;
    const auto [ports, is_new] = known.try_emplace(text_of(gateway.selector));
    if (is_new) ports->second = open_ports(mesh, services, gateway.selector);
    if (!ports->second.empty()) check_ports(gateway, ports->second, found);
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
};

}  // namespace

Family gateway_port_rules() { return kRules; }

}  // namespace meshfn::lint
