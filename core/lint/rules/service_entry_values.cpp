// Hosts, addresses and ports of ServiceEntries, each by itself.

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "resource/istio/mesh_config.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::istio::ServiceEntry;
using resource::istio::ServiceEntryPort;

void hosts_can_be_read(const ServiceEntry& entry, const Mesh&, Findings& found) {
  for (const Text& host : entry.hosts) {
    // The schema refuses the bare wildcard.
    if (host.value == "*") continue;
    const std::string problem = istio::domain_problem(host.value);
    if (problem.empty()) continue;
    found.add(host.where(), problem)
        .with_help("write a DNS name, or a wildcard such as `*.example.com`");
  }
}

void wildcards_stand_for_labels(const ServiceEntry& entry, const Mesh&, Findings& found) {
  if (entry.resolution.value == "DYNAMIC_DNS") return;
  for (const Text& host : entry.hosts) {
    const bool is_partial =
        host.value.size() > 1 && host.value.starts_with('*') && !host.value.starts_with("*.");
    if (!is_partial || !istio::domain_problem(host.value).empty()) continue;
    found.add(host.where(), fmt::format("the `*` of `{}` stands for a part of a label", host.value))
        .with_help("write `*.`: proxies match wildcards by whole labels");
  }
}

void addresses_can_be_read(const ServiceEntry& entry, const Mesh&, Findings& found) {
  for (const Text& address : entry.addresses) {
    const std::string problem = istio::ip_range_problem(address.value);
    if (problem.empty()) continue;
    found.add(address.where(), problem)
        .with_help("write IP addresses or ranges here, and names under `hosts`");
  }
}

/// Whether Istio gives the hosts of an entry addresses by itself.
enum class Allocation : std::uint8_t {
  no,
  depends,  ///< on a switch of the control plane that is on by default
  yes
};

Allocation allocation(const ServiceEntry& entry, const Mesh& mesh) {
  const yaml::Node mesh_config = mesh.derived<resource::istio::MeshConfig>().node();
  const yaml::Node metadata = mesh_config.at("defaultConfig", "proxyMetadata");
  const auto is_on = [&](std::string_view name) { return metadata.find(name).text() == "true"; };
  const bool by_proxy = is_on("ISTIO_META_DNS_CAPTURE") && (is_on("ISTIO_META_DNS_AUTO_ALLOCATE") ||
                                                            is_on("PILOT_ENABLE_IP_AUTOALLOCATE"));
  if (by_proxy) return Allocation::yes;
  const bool refused = entry.label("networking.istio.io/enable-autoallocate-ip").value == "false";
  const std::string_view resolution = entry.resolution.value;
  // The switch was off before 1.25.
  const bool off = refused || mesh.settings().istio_before(25);
  if (off || resolution.empty() || resolution == "NONE") return Allocation::no;
  return Allocation::depends;
}

void tcp_has_addresses(const ServiceEntry& entry, const Mesh& mesh, Findings& found) {
  const bool allocated = entry.root.at("status", "addresses").size() > 0;
  if (!entry.addresses.empty() || allocated) return;
  const Allocation by_istio = allocation(entry, mesh);
  if (by_istio == Allocation::yes) return;
  for (const ServiceEntryPort& port : entry.ports) {
    const std::string_view protocol = port.protocol.value;
    if (!protocol.empty() && !str::equals_ignore_case(protocol, "TCP")) continue;
    auto& finding =
        found.add(port.protocol ? port.protocol.where() : port.node.where(),
                  fmt::format("port {} is TCP, and its hosts have no addresses to know it by",
                              port.number.value));
    finding.with_help("add `addresses`, or declare the protocol if it is TLS or HTTP");
    if (by_istio == Allocation::depends) finding.with_severity(Severity::info);
  }
}

bool has_one_of(const ServiceEntry& entry, bool (*is)(istio::Protocol)) {
  return std::any_of(entry.ports.begin(), entry.ports.end(), [&](const ServiceEntryPort& port) {
    return is(istio::protocol(port.protocol.value));
  });
}

const ServiceEntryPort* first_port_without_host(const ServiceEntry& entry) {
  const auto port =
      std::find_if(entry.ports.begin(), entry.ports.end(), [](const ServiceEntryPort& candidate) {
        const istio::Protocol protocol = istio::protocol(candidate.protocol.value);
        const bool is_known =
            protocol != istio::Protocol::unknown || candidate.protocol.value.empty();
        return is_known && !istio::speaks_http(protocol) && !istio::speaks_tls(protocol);
      });
  return port == entry.ports.end() ? nullptr : &*port;
}

void hosts_can_be_told_apart(const ServiceEntry& entry, const Mesh&, Findings& found) {
  const std::string_view resolution = entry.resolution.value;
  if (entry.hosts.size() < 2 || resolution.empty() || resolution == "NONE") return;
  if (const ServiceEntryPort* port = first_port_without_host(entry)) {
    found
        .add(port->protocol ? port->protocol.where() : port->node.where(),
             fmt::format("{} does not say which of the {} hosts is meant",
                         port->protocol.value.empty() ? "TCP" : port->protocol.value,
                         entry.hosts.size()))
        .relate(entry.spec.find("hosts").where(), "the hosts")
        .with_help("write one ServiceEntry for each host");
    return;
  }
  const bool by_name = resolution == "DNS" || resolution == "DNS_ROUND_ROBIN";
  if (!by_name || entry.addresses.empty() || !has_one_of(entry, istio::speaks_tcp)) return;
  found
      .add(entry.spec.find_key("addresses").where(),
           fmt::format("all {} hosts are reached by the same addresses", entry.hosts.size()))
      .relate(entry.spec.find("hosts").where(), "the hosts")
      .with_severity(Severity::warning)
      .with_help("write one ServiceEntry for each host, or remove the addresses");
}

void exports_can_be_read(const ServiceEntry& entry, const Mesh&, Findings& found) {
  for (const auto& problem : istio::export_problems(entry.export_to, entry.scope, true)) {
    found.add(problem.where, problem.message)
        .with_help("name namespaces, `.` for the own one, `*` for all or `~` for none");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1403",
     .name = "service-entry-host-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The hosts of a ServiceEntry are DNS names",
     .why = "Istio's webhook refuses what cannot be a host name: URLs, ports, paths, addresses.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: ["https://api.example.com"] #!
  resolution: DNS
  ports: [{number: 443, name: tls, protocol: TLS}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  resolution: DNS
  ports: [{number: 443, name: tls, protocol: TLS}]
)",
     .aliases = "IST0106",
     .check = Each<hosts_can_be_read>::run},
    {.id = "MF1404",
     .name = "service-entry-partial-wildcard",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A wildcard host stands for whole labels",
     .why = "Envoy matches wildcards of TLS names by whole labels, so a part of a label is "
            "matched for HTTP and not for TLS.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: ["*api.example.com"] #!
  ports: [{number: 443, name: tls, protocol: TLS}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: ["*.api.example.com"]
  ports: [{number: 443, name: tls, protocol: TLS}]
)",
     .aliases = "IST0133",
     .check = Each<wildcards_stand_for_labels>::run},
    {.id = "MF1405",
     .name = "service-entry-address-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The addresses of a ServiceEntry are IP addresses or ranges",
     .why = "Addresses are what the proxy sees in captured traffic; Istio's webhook refuses "
            "names and malformed ranges.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: db, namespace: shop}
spec:
  hosts: [db.example.com]
  addresses: [10.0.0.0/33] #!
  ports: [{number: 5432, name: tcp, protocol: TCP}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: db, namespace: shop}
spec:
  hosts: [db.example.com]
  addresses: [10.0.0.0/24]
  ports: [{number: 5432, name: tcp, protocol: TCP}]
)",
     .aliases = "IST0106",
     .check = Each<addresses_can_be_read>::run},
    {.id = "MF1406",
     .name = "service-entry-addresses-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A TCP port of a ServiceEntry has addresses",
     .why = "TCP carries no host name, so without an address the proxy takes every connection to "
            "the port, whatever its destination. Recent versions of Istio allocate addresses by "
            "themselves unless the resolution is NONE or a label forbids it; where that decides, "
            "this is only a hint.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: db, namespace: shop}
spec:
  hosts: [db.example.com]
  ports: [{number: 5432, name: tcp, protocol: TCP}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: db, namespace: shop}
spec:
  hosts: [db.example.com]
  addresses: [10.0.0.7]
  ports: [{number: 5432, name: tcp, protocol: TCP}]
)",
     .aliases = "IST0134 IST0133",
     .check = Each<tcp_has_addresses>::run},
    {.id = "MF1407",
     .name = "service-entry-hosts-alike",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Several hosts of one ServiceEntry can be told apart",
     .why = "Only HTTP and TLS carry the name of the host. With another protocol traffic for one "
            "host would go to the endpoints of another; Istio's webhook refuses it.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: db, namespace: shop}
spec:
  hosts: [a.example.com, b.example.com]
  addresses: [10.0.0.7]
  resolution: DNS
  ports: [{number: 5432, name: tcp, protocol: TCP}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: db, namespace: shop}
spec:
  hosts: [a.example.com]
  addresses: [10.0.0.7]
  resolution: DNS
  ports: [{number: 5432, name: tcp, protocol: TCP}]
)",
     .aliases = "IST0106 IST0133",
     .check = Each<hosts_can_be_told_apart>::run},
    {.id = "MF1408",
     .name = "service-entry-export-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A ServiceEntry is exported to namespaces, each named once",
     .why = "Istio's webhook refuses what is no name of a namespace, a name that is listed "
            "twice, and `*` or `~` beside others.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  exportTo: ["*", crm] #!
  resolution: DNS
  ports: [{number: 443, name: tls, protocol: TLS}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  exportTo: [., crm]
  resolution: DNS
  ports: [{number: 443, name: tls, protocol: TLS}]
)",
     .aliases = "IST0106",
     .check = Each<exports_can_be_read>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family service_entry_value_rules() { return kRules; }

}  // namespace meshfn::lint
