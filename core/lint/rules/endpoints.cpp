// Endpoints: those of ServiceEntries, WorkloadEntries, and how DYNAMIC_DNS does without.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/suggest.h"
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
using resource::Object;
using resource::Text;
using resource::istio::ServiceEntry;
using resource::istio::ServiceEntryEndpoint;
using resource::istio::ServiceEntryPort;

constexpr std::string_view kUnix = "unix://";

bool looks_up(const ServiceEntry& entry) {
  return entry.resolution.value == "DNS" || entry.resolution.value == "DNS_ROUND_ROBIN";
}

/// An IP address or a DNS name.
std::string plain_address_problem(std::string_view address) {
  if (istio::is_ip(address) || istio::name_problem(address).empty()) return {};
  return fmt::format("`{}` is no IP address and no DNS name", address);
}

/// Why an endpoint of `entry` cannot have the address. The schema reads the path of a socket.
std::string address_problem(const ServiceEntry& entry, std::string_view address) {
  if (looks_up(entry)) {
    if (address.starts_with(kUnix)) return "a Unix socket cannot be looked up in DNS";
    return plain_address_problem(address);
  }
  if (entry.resolution.value != "STATIC") return {};
  if (address.starts_with(kUnix)) {
    if (entry.ports.size() == 1) return {};
    return fmt::format("a Unix socket serves one port, and the ServiceEntry has {}",
                       entry.ports.size());
  }
  return istio::is_ip(address)
             ? std::string()
             : fmt::format("`{}` is no IP address, as resolution STATIC needs", address);
}

void add_address(const Text& address, std::string message, Findings& found) {
  if (message.empty()) return;
  found.add(address.where(), std::move(message))
      .with_help("write the address without port or scheme; ports stand under `ports`");
}

void addresses_can_be_reached(const Mesh& mesh, Findings& found) {
  for (const ServiceEntry& entry : mesh.all<ServiceEntry>()) {
    if (entry.context) continue;
    for (const ServiceEntryEndpoint& endpoint : entry.endpoints) {
      const Text& address = endpoint.address;
      // A remote network's gateway stands for endpoints without an address.
      if (address.value.empty() && !endpoint.network.value.empty() && !looks_up(entry)) continue;
      if (address) add_address(address, address_problem(entry, address.value), found);
      if (address || !looks_up(entry) || endpoint.network.value.empty()) continue;
      found.add(endpoint.network.where(), "an endpoint without an address cannot be looked up")
          .with_help("give its address, or use resolution STATIC for endpoints of another network");
    }
  }
  for (const Object* entry : mesh.of_kind("networking.istio.io", "WorkloadEntry")) {
    const Text address = resource::text(entry->spec.find("address"));
    const bool is_remote = address.value.empty() && !entry->spec.find("network").text().empty();
    if (entry->context) continue;
    if (!address || is_remote || address.value.starts_with(kUnix)) continue;
    add_address(address, plain_address_problem(address.value), found);
  }
}

void ports_are_those_of_the_service(const ServiceEntry& entry, const Mesh&, Findings& found) {
  std::vector<std::string_view> names;
  for (const ServiceEntryPort& port : entry.ports) names.push_back(port.name.value);
  for (const ServiceEntryEndpoint& endpoint : entry.endpoints) {
    for (const auto& [key, value, merged] : endpoint.node.find("ports").entries()) {
      if (std::find(names.begin(), names.end(), key.text()) != names.end()) continue;
      found.add(key.where(), fmt::format("the ServiceEntry has no port called `{}`", key.text()))
          .relate(entry.spec.find_key("ports").where(), "its ports")
          .with_help(did_you_mean(key.text(), names));
    }
  }
}

void add_label_problems(yaml::Node node, Findings& found) {
  for (const auto& problem : istio::label_problems(resource::labels(node))) {
    found.add(problem.where, problem.message)
        .with_help("use letters, digits and inner `-`, `_`, `.`, and at most 63 in a key");
  }
}

constexpr std::array<std::string_view, 3> kLabelled = {"ServiceEntry", "WorkloadEntry",
                                                       "WorkloadGroup"};

void labels_can_be_read(const Object& object, Findings& found) {
  if (is_networking(object, "WorkloadEntry")) {
    add_label_problems(object.spec.find("labels"), found);
  } else if (is_networking(object, "WorkloadGroup")) {
    add_label_problems(object.spec.at("metadata", "labels"), found);
  } else {
    for (const yaml::Node endpoint : object.spec.find("endpoints").items()) {
      add_label_problems(endpoint.find("labels"), found);
    }
  }
}

constexpr std::array<std::string_view, 1> kEntries = {"WorkloadEntry"};

void entries_have_addresses(const Object& object, Findings& found) {
  const Text network = resource::text(object.spec.find("network"));
  if (network.value.empty() || !object.spec.find("address").text().empty()) return;
  found
      .add(network.where(), fmt::format("without an address it is reached through a gateway of "
                                        "network `{}` alone",
                                        network.value))
      .with_help("add `address`, unless all its clients are in other networks");
}

/// The protocols in which a proxy reads the name that it then looks up.
constexpr std::array<istio::Protocol, 4> kNamed = {istio::Protocol::http, istio::Protocol::tls,
                                                   istio::Protocol::grpc, istio::Protocol::http2};

void check_dynamic_ports(const ServiceEntry& entry, Findings& found) {
  for (const ServiceEntryPort& port : entry.ports) {
    const istio::Protocol protocol = istio::protocol(port.protocol.value);
    if (std::find(kNamed.begin(), kNamed.end(), protocol) != kNamed.end()) continue;
    if (protocol == istio::Protocol::unknown && !port.protocol.value.empty()) continue;
    found
        .add(port.protocol ? port.protocol.where() : port.node.where(),
             fmt::format("{} has no name that DYNAMIC_DNS could look up",
                         port.protocol.value.empty() ? "TCP" : port.protocol.value))
        .with_help("use HTTP, HTTP2, GRPC or TLS");
  }
}

void check_dynamic_location(const ServiceEntry& entry, Findings& found) {
  const Text waypoint = entry.label("istio.io/use-waypoint");
  if (!entry.location) {
    found.add(entry.resolution.where(), "DYNAMIC_DNS needs a `location`")
        .with_help("add `location: MESH_EXTERNAL`");
  } else if (entry.location.value == "MESH_INTERNAL" && !waypoint.value.empty() &&
             waypoint.value != "none") {
    found.add(waypoint.where(), "a waypoint does not serve DYNAMIC_DNS inside the mesh")
        .relate(entry.location.where(), "the location")
        .with_help("remove the label, or use MESH_EXTERNAL");
  }
}

void dynamic_names_are_looked_up(const ServiceEntry& entry, const Mesh&, Findings& found) {
  if (entry.resolution.value != "DYNAMIC_DNS") return;
  for (const Text& host : entry.hosts) {
    if (host.value.starts_with('*')) continue;
    found
        .add(host.where(), fmt::format("`{}` is no wildcard, which DYNAMIC_DNS is for", host.value))
        .with_help("use resolution DNS for a host with a name");
  }
  for (const std::string_view field : {"addresses", "endpoints"}) {
    const yaml::Node value = entry.spec.find(field);
    // The schema refuses ranges among addresses by itself.
    if (value.size() == 0) continue;
    found
        .add(entry.spec.find_key(field).where(),
             fmt::format("DYNAMIC_DNS looks up each name when it is called and has no `{}`", field))
        .with_help("remove them, or use another resolution");
  }
  check_dynamic_ports(entry, found);
  check_dynamic_location(entry, found);
}

void selectors_are_used(const ServiceEntry& entry, const Mesh&, Findings& found) {
  const std::string_view resolution = entry.resolution.value_or("NONE");
  if (entry.workload_selector.empty() || resolution != "NONE") return;
  found
      .add(entry.spec.find_key("workloadSelector").where(),
           "with resolution NONE the selected workloads are not used")
      .with_help("set resolution STATIC");
}

constexpr Rule kRules[] = {
    {.id = "MF1411",
     .name = "endpoint-address-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The address of an endpoint suits the resolution",
     .why = "An endpoint has an IP address, or a DNS name where names are looked up, or a Unix "
            "socket where they are not. Istio's webhook refuses the rest.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm, namespace: shop}
spec:
  address: vm.example.com:8080 #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm, namespace: shop}
spec:
  address: vm.example.com
  ports: {http: 8080}
)",
     .aliases = "IST0106",
     .check = addresses_can_be_reached},
    {.id = "MF1412",
     .name = "endpoint-port-unknown",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Endpoints map ports that the ServiceEntry has",
     .why = "An endpoint's `ports` say, by the name of the service's port, where that is found "
            "on the endpoint. Istio's webhook refuses names that the service does not have.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints:
  - address: 10.0.0.7
    ports: {https: 8080} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints:
  - address: 10.0.0.7
    ports: {http: 8080}
)",
     .aliases = "IST0106",
     .check = Each<ports_are_those_of_the_service>::run},
    {.id = "MF1413",
     .name = "endpoint-label-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Labels of endpoints are labels as Kubernetes has them",
     .why = "Istio's webhook refuses keys and values that no pod could have, since nothing could "
            "select them.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm, namespace: shop}
spec:
  address: 10.0.0.7
  labels: {app: "my web"} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm, namespace: shop}
spec:
  address: 10.0.0.7
  labels: {app: my-web}
)",
     .aliases = "IST0106",
     .check = each_of<kLabelled, labels_can_be_read>},
    {.id = "MF1414",
     .name = "dynamic-dns-misused",
     .severity = Severity::error,
     .group = "istio",
     .summary = "DYNAMIC_DNS has wildcard hosts and protocols that name them",
     .why = "With DYNAMIC_DNS the proxy looks up the very name that a request is for. It needs a "
            "wildcard, a protocol that carries the name and a location, and has no use for "
            "addresses; Istio's webhook refuses the rest.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: ["*.example.com"]
  location: MESH_EXTERNAL
  resolution: DYNAMIC_DNS
  ports: [{number: 5432, name: mongo, protocol: MONGO}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: ["*.example.com"]
  location: MESH_EXTERNAL
  resolution: DYNAMIC_DNS
  ports: [{number: 443, name: tls, protocol: TLS}]
)",
     .aliases = "IST0106",
     .check = Each<dynamic_names_are_looked_up>::run},
    {.id = "MF1415",
     .name = "service-entry-selector-idle",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Workloads are selected where a ServiceEntry sends to them",
     .why = "With resolution NONE, which is also what no resolution means, traffic goes to the "
            "address that the client chose, and never to the selected workloads.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: vms, namespace: shop}
spec:
  hosts: [vms.example.com]
  workloadSelector: {labels: {app: vm}} #!
  ports: [{number: 80, name: http, protocol: HTTP}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: vms, namespace: shop}
spec:
  hosts: [vms.example.com]
  resolution: STATIC
  workloadSelector: {labels: {app: vm}}
  ports: [{number: 80, name: http, protocol: HTTP}]
)",
     .aliases = "IST0133",
     .check = Each<selectors_are_used>::run},
    {.id = "MF1416",
     .name = "workload-entry-without-address",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A WorkloadEntry has an address",
     .why =
         "With a `network` alone clients of other networks send to the gateways of that network. "
         "Without such a gateway, and for clients of the same network, the endpoint is left out. "
         "Istio's webhook warns as well.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm, namespace: shop}
spec:
  network: west #!
  labels: {app: vm}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm, namespace: shop}
spec:
  address: 10.0.0.7
  network: west
  labels: {app: vm}
)",
     .aliases = "IST0133",
     .check = each_of<kEntries, entries_have_addresses>},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family endpoint_rules() { return kRules; }

}  // namespace meshfn::lint
