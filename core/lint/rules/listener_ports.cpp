// Ports and addresses of the listeners of Gateways and Sidecars, and the ports of ServiceEntries.

#include <fmt/format.h>

#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/listeners.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::istio::ServiceEntry;

/// Whether the number is 0 because the listener is, or was meant to be, a Unix socket.
bool needs_no_number(const Listener& listener) {
  return listener.of != Listener::Of::ingress && !listener.bind.value.empty() &&
         !istio::is_ip(listener.bind.value);
}

void ports_have_numbers(const Mesh& mesh, Findings& found) {
  for (const Listener& listener : listeners(mesh)) {
    const yaml::Node written = listener.port.find("number");
    if (!listener.port.is_mapping() || (written && !listener.number)) continue;
    // The schema wants a number of Gateways, and nobody else does.
    if (!written && listener.of == Listener::Of::gateway) continue;
    if (listener.number.value == 0 && needs_no_number(listener)) continue;
    const std::string problem = istio::port_problem(listener.number.value);
    if (problem.empty()) continue;
    found
        .add(written ? written.where() : listener.port.where(),
             written ? problem : std::string("the port has no number"))
        .with_help("port numbers lie between 1 and 65535");
  }
}

void check_protocol(const Text& protocol, bool may_be_empty, Findings& found) {
  if (!protocol || (protocol.value.empty() && may_be_empty)) return;
  if (istio::protocol(protocol.value) != istio::Protocol::unknown) return;
  found
      .add(protocol.where(), protocol.value.empty()
                                 ? std::string("the protocol is empty")
                                 : fmt::format("`{}` is no protocol", protocol.value))
      .with_help(
          "use HTTP, HTTP2, GRPC, GRPC-WEB, HTTP_PROXY, HTTPS, TLS, TCP, MONGO, REDIS, MYSQL or "
          "UDP");
}

void protocols_are_known(const Mesh& mesh, Findings& found) {
  for (const Listener& listener : listeners(mesh)) {
    check_protocol(listener.protocol, listener.of != Listener::Of::gateway, found);
  }
  for (const ServiceEntry& entry : mesh.all<ServiceEntry>()) {
    if (entry.context) continue;
    for (const auto& port : entry.ports) check_protocol(port.protocol, true, found);
  }
}

void ports_have_no_target(const Mesh& mesh, Findings& found) {
  for (const Listener& listener : listeners(mesh)) {
    const resource::Integer target = resource::integer(listener.port.find("targetPort"));
    if (!target || target.value == 0) continue;
    found.add(target.where(), "a listener has no `targetPort`")
        .with_help("remove it; where requests go is up to routes and `defaultEndpoint`");
  }
}

/// Why the webhook refuses a socket's path or what stands beside it.
std::string socket_problem(const Listener& listener) {
  if (listener.of == Listener::Of::ingress) {
    return "an ingress listener is bound to an IP address, not to a Unix socket";
  }
  const std::string path =
      istio::unix_path_problem(listener.bind.value.substr(std::string_view("unix://").size()));
  if (!path.empty()) return path;
  if (listener.number.value != 0) {
    return fmt::format("a Unix socket has no port, and this one has {}", listener.number.value);
  }
  if (listener.node.find("captureMode").text() == "IPTABLES") {
    return "traffic cannot be captured for a Unix socket: leave `captureMode` out";
  }
  return {};
}

std::string bind_problem(const Listener& listener) {
  const std::string_view bind = listener.bind.value;
  if (bind.empty()) return {};
  if (listener.is_unix()) return socket_problem(listener);
  if (istio::is_ip(bind)) return {};
  return fmt::format("`{}` is no IP address{}", bind,
                     listener.of == Listener::Of::ingress ? "" : " and no `unix://` socket");
}

void addresses_can_be_bound(const Mesh& mesh, Findings& found) {
  for (const Listener& listener : listeners(mesh)) {
    const std::string problem = bind_problem(listener);
    if (problem.empty()) continue;
    found.add(listener.bind.where(), problem)
        .with_help(
            "bind to an IP address, or to `unix:///path` or `unix://@name` with port number 0");
  }
}

void check_name(const Text& name, bool may_be_empty, bool free_text, Findings& found) {
  if (!name || (name.value.empty() && may_be_empty) || (free_text && !name.value.empty())) return;
  const std::string problem = istio::label_problem(name.value);
  if (problem.empty()) return;
  found
      .add(name.where(),
           name.value.empty() ? std::string("the name of the port is empty") : problem)
      .with_help("name ports as in `http-admin`");
}

void ports_have_names(const Mesh& mesh, Findings& found) {
  for (const Listener& listener : listeners(mesh)) {
    const bool is_gateway = listener.of == Listener::Of::gateway;
    check_name(listener.name, !is_gateway, is_gateway, found);
  }
  for (const ServiceEntry& entry : mesh.all<ServiceEntry>()) {
    if (entry.context) continue;
    for (const auto& port : entry.ports) check_name(port.name, false, false, found);
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1318",
     .name = "listener-port-number",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A listener's port number lies between 1 and 65535",
     .why = "Istio's webhook refuses other numbers. Only a Gateway's server or an egress "
            "listener that is bound to a Unix socket has number 0.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 80800, name: http, protocol: HTTP} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 8080, name: http, protocol: HTTP}
)",
     .aliases = "IST0106",
     .check = ports_have_numbers},
    {.id = "MF1319",
     .name = "port-protocol-unknown",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A port's protocol is one that Istio knows",
     .why = "Istio's webhook refuses other words. A protocol that Istio does not speak is TCP.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: db, namespace: shop}
spec:
  hosts: [db.example.com]
  addresses: [10.1.2.3]
  resolution: DNS
  ports: [{number: 5432, name: tcp-db, protocol: POSTGRES}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: db, namespace: shop}
spec:
  hosts: [db.example.com]
  addresses: [10.1.2.3]
  resolution: DNS
  ports: [{number: 5432, name: tcp-db, protocol: TCP}]
)",
     .aliases = "IST0106",
     .check = protocols_are_known},
    {.id = "MF1320",
     .name = "listener-target-port",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A listener's port has no targetPort",
     .why = "Only the ports of ServiceEntries have a target. Istio's webhook refuses it on "
            "Gateways and Sidecars, where the API keeps the field for old objects.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 80, name: http, protocol: HTTP, targetPort: 8080} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 80, name: http, protocol: HTTP}
)",
     .aliases = "IST0106",
     .check = ports_have_no_target},
    {.id = "MF1321",
     .name = "listener-bind-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A listener is bound to an IP address or a Unix socket",
     .why = "Istio's webhook refuses names and other schemes, and a Unix socket beside a port "
            "number. Ingress listeners of a Sidecar have IP addresses only.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    bind: localhost #!
    port: {number: 80, name: http, protocol: HTTP}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    bind: 127.0.0.1
    port: {number: 80, name: http, protocol: HTTP}
)",
     .aliases = "IST0106",
     .check = addresses_can_be_bound},
    {.id = "MF1322",
     .name = "port-name-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A port's name has letters, digits and inner hyphens",
     .why = "Istio's webhook refuses other names of ports in ServiceEntries and Sidecars, and "
            "an empty one in a Gateway.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  resolution: DNS
  ports: [{number: 443, name: tls_api, protocol: TLS}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  resolution: DNS
  ports: [{number: 443, name: tls-api, protocol: TLS}]
)",
     .aliases = "IST0106",
     .check = ports_have_names},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family listener_port_rules() { return kRules; }

}  // namespace meshfn::lint
