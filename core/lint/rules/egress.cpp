// Hosts outside the mesh, as ServiceEntries describe them.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/str.h"
#include "lint/destinations.h"
#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/insight_families.h"
#include "resource/kubernetes/traffic.h"
#include "routing/host.h"
#include "routing/policy.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::istio::ServiceEntry;
using resource::istio::ServiceEntryPort;
using resource::istio::VirtualService;
using resource::kubernetes::Traffic;
using resource::kubernetes::traffic_of;

void entries_leave_services_alone(const ServiceEntry& entry, const Mesh& mesh, Findings& found) {
  for (const Text& host : entry.hosts) {
    const auto name = routing::service_of(host.value);
    if (!name) continue;
    const auto* service = mesh.service(name->name_space, name->name);
    if (service == nullptr) continue;
    found.add(host.where(), fmt::format("`{}` is a Service of the cluster", host.value))
        .relate(service->where(), "the Service")
        .with_help("use another host: which endpoints are used depends on what is older");
  }
}

bool is_everywhere(const ServiceEntry& entry) {
  return entry.export_to.empty() || entry.export_to.front().value == "*";
}

/// Whether both are seen from some namespace.
bool meet(const ServiceEntry& a, const ServiceEntry& b) {
  if (is_everywhere(a) || is_everywhere(b)) return true;
  return std::any_of(a.export_to.begin(), a.export_to.end(), [&](const Text& left) {
    return std::any_of(b.export_to.begin(), b.export_to.end(), [&](const Text& right) {
      const auto own = left.value == "." ? a.scope : left.value;
      return own == (right.value == "." ? b.scope : right.value);
    });
  });
}

bool share_a_port(const ServiceEntry& a, const ServiceEntry& b) {
  return std::any_of(a.ports.begin(), a.ports.end(), [&](const auto& left) {
    return std::any_of(b.ports.begin(), b.ports.end(),
                       [&](const auto& right) { return left.number.value == right.number.value; });
  });
}

/// What two entries say differently about the host they share; absent when they agree.
Text difference(const ServiceEntry& entry, const ServiceEntry& other) {
  if (entry.location.value_or("MESH_EXTERNAL") != other.location.value_or("MESH_EXTERNAL")) {
    return entry.location ? entry.location : entry.hosts.front();
  }
  if (entry.resolution.value_or("NONE") != other.resolution.value_or("NONE")) {
    return entry.resolution ? entry.resolution : entry.hosts.front();
  }
  return {};
}

/// Reports hosts of which two entries say different things, each for ports of its own.
void check_agreement(const Mesh& mesh, Findings& found) {
  std::map<std::string, const ServiceEntry*> seen;
  for (const ServiceEntry& entry : mesh.all<ServiceEntry>()) {
    for (const Text& host : entry.hosts) {
      const auto [first, is_new] = seen.emplace(str::lower(host.value), &entry);
      const ServiceEntry& other = *first->second;
      if (is_new || entry.context || &other == &entry || !meet(entry, other)) continue;
      if (share_a_port(entry, other)) continue;
      const Text what = difference(entry, other);
      if (!what) continue;
      found
          .add(what.where(),
               fmt::format("`{}` says something else about `{}`", other.name.value, host.value))
          .relate(other.where(), "the other entry")
          .with_help("merge the two: a host has one location and one resolution");
      break;
    }
  }
}

void hosts_are_declared_once(const Mesh& mesh, Findings& found) {
  check_agreement(mesh, found);

  struct Offer {
    const ServiceEntry* entry = nullptr;
    const ServiceEntryPort* port = nullptr;
  };

  std::map<std::pair<std::string, std::int64_t>, Offer> seen;
  for (const ServiceEntry& entry : mesh.all<ServiceEntry>()) {
    for (const Text& host : entry.hosts) {
      for (const ServiceEntryPort& port : entry.ports) {
        const auto [first, is_new] = seen.emplace(
            std::pair(str::lower(host.value), port.number.value), Offer{&entry, &port});
        const Offer& other = first->second;
        if (is_new || entry.context || !port.number) continue;
        // Workloads of one host may be brought in by several entries; two protocols are MF1402.
        const bool extends =
            !entry.workload_selector.empty() || !other.entry->workload_selector.empty();
        const bool agrees = str::equals_ignore_case(*port.protocol, *other.port->protocol);
        if (extends || !agrees || !meet(entry, *other.entry)) continue;
        auto& finding = found.add(
            port.number.where(),
            fmt::format("port {} of `{}` is declared already", port.number.value, host.value));
        finding.relate(other.port->number.where(), "first here").with_help("merge the two");
      }
    }
  }
}

void ports_speak_what_they_say(const ServiceEntry& entry, const Mesh& mesh, Findings& found) {
  const auto& rules = mesh.derived<routing::RuleIndex>();
  if (entry.hosts.empty()) return;
  for (const ServiceEntryPort& port : entry.ports) {
    const Traffic traffic = traffic_of(port.protocol.value);
    const bool plain = port.number.value == 443 && is_http(traffic);
    const bool encrypted = port.number.value == 80 && traffic == Traffic::tls;
    if (!plain && !encrypted) continue;
    const auto policy = rules.policy(entry.hosts.front().value, "", 443, entry.scope);
    // The proxy may do the encryption itself.
    if (plain && policy.tls != nullptr) continue;
    found
        .add(port.protocol.where(),
             plain ? "what clients send to port 443 is mostly TLS, not HTTP"
                   : fmt::format("what clients send to port 80 is mostly HTTP, not {}",
                                 port.protocol.value))
        .with_help(plain ? "declare it HTTPS, or add a DestinationRule whose `tls` is SIMPLE"
                         : "declare it HTTP, or give the port that the host encrypts on");
  }
}

/// Whether some route of the VirtualService leads to the host itself; what is wrong with it is then
/// said about the destination.
bool leads_to(const VirtualService& service, const Mesh& mesh, std::string_view fqdn) {
  const auto uses = mesh.derived<Destinations>().of(service);
  return std::any_of(uses.begin(), uses.end(),
                     [&](const DestinationUse& use) { return use.host == fqdn; });
}

void routed_hosts_can_be_called(const VirtualService& service, const Mesh& mesh, Findings& found) {
  if (!service.is_for_mesh() || service.gateways.size() > 1) return;
  for (const Text& host : service.hosts) {
    const std::string fqdn = routing::fqdn(host.value, service.scope);
    // Other names may be known to DNS outside the cluster.
    if (routing::is_wildcard(fqdn) || !routing::service_of(fqdn)) continue;
    const HostLookup lookup = mesh.derived<References>().host(host.value, service.scope);
    if (lookup.found != Found::missing || lookup.hidden || leads_to(service, mesh, fqdn)) continue;
    found
        .add(host.where(), fmt::format("no Service and no ServiceEntry is called `{}`", host.value))
        .with_help(lookup.hint.empty() ? "nobody can look the name up, so the routes are not used"
                                       : lookup.hint);
  }
}

/// Reports an endpoint outside the mesh that is a Service of the cluster.
void check_endpoints(const ServiceEntry& entry, const Mesh& mesh, Findings& found) {
  if (entry.location.value == "MESH_INTERNAL") return;
  for (const auto& endpoint : entry.endpoints) {
    const auto name = routing::service_of(endpoint.address.value);
    const auto* service = name ? mesh.service(name->name_space, name->name) : nullptr;
    if (service == nullptr) continue;
    found
        .add(endpoint.address.where(),
             fmt::format("`{}` is in the mesh, and as MESH_EXTERNAL called without its TLS",
                         endpoint.address.value))
        .relate(service->where(), "the Service")
        .with_help("use MESH_INTERNAL, or route to the Service itself");
  }
}

void the_location_is_right(const ServiceEntry& entry, const Mesh& mesh, Findings& found) {
  check_endpoints(entry, mesh, found);
  if (entry.location.value != "MESH_INTERNAL" || !entry.resolution.value.starts_with("DNS")) return;
  if (!entry.endpoints.empty() || !entry.workload_selector.empty()) return;
  for (const Text& host : entry.hosts) {
    if (host.value.ends_with(".local") || host.value.ends_with(".internal")) continue;
    if (host.value.find('.') == std::string_view::npos) continue;
    found
        .add(
            entry.location.where(),
            fmt::format("`{}` is looked up in DNS, and as MESH_INTERNAL called with the mesh's TLS",
                        host.value))
        .with_help("use MESH_EXTERNAL unless a proxy of the mesh answers there");
    return;
  }
}

void static_hosts_have_endpoints(const ServiceEntry& entry, const Mesh&, Findings& found) {
  if (entry.resolution.value != "STATIC" || !entry.endpoints.empty()) return;
  if (entry.spec.find("workloadSelector") || entry.hosts.empty()) return;
  found
      .add(entry.resolution.where(),
           fmt::format("`{}` has no endpoints, so calls get 503", entry.hosts.front().value))
      .with_help("list `endpoints`, select workloads, or use DNS");
}

/// ServiceEntries for wildcard hosts, found by the hosts that these cover:
/// Mesh::derived<WildcardEntries>.
class WildcardEntries {
 public:
  explicit WildcardEntries(const Mesh& mesh) {
    for (const ServiceEntry& entry : mesh.all<ServiceEntry>()) {
      for (const Text& host : entry.hosts) {
        if (!routing::is_wildcard(host.value)) continue;
        by_end_[str::lower(host.value.substr(1))].push_back({&entry, &host});
      }
    }
  }

  /// Calls `visit(entry, host)` for every wildcard that covers `name`.
  template <class Visit>
  void each_covering(std::string_view name, const Visit& visit) const {
    const std::string lower = str::lower(name);
    for (std::size_t begin = 0; begin <= lower.size() && !by_end_.empty(); ++begin) {
      const auto found = by_end_.find(lower.substr(begin));
      if (found == by_end_.end()) continue;
      for (const auto& [entry, host] : found->second) visit(*entry, *host);
    }
  }

 private:
  struct Place {
    const ServiceEntry* entry = nullptr;
    const Text* host = nullptr;
  };

  std::unordered_map<std::string, std::vector<Place>> by_end_;  ///< by what follows the asterisk
};

void narrow_hosts_keep_their_place(const ServiceEntry& narrow, const Mesh& mesh, Findings& found) {
  for (const Text& own : narrow.hosts) {
    if (routing::is_wildcard(own.value)) continue;
    const auto check = [&](const ServiceEntry& wide, const Text& host) {
      const bool same =
          wide.location.value_or("MESH_EXTERNAL") == narrow.location.value_or("MESH_EXTERNAL");
      if (&wide == &narrow || same || !meet(wide, narrow)) return;
      found
          .add(own.where(),
               fmt::format("`{}` lies on the other side of the mesh's border than `{}`", own.value,
                           host.value))
          .relate(host.where(), "the wildcard")
          .with_help("the more specific entry counts; give both one location if it is a slip");
    };
    mesh.derived<WildcardEntries>().each_covering(own.value, check);
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5601",
     .name = "service-entry-of-service",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A ServiceEntry is about a host that is no Service",
     .why = "Two descriptions of one host compete: its endpoints, ports and resolution are those "
            "of the one that istiod saw first.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local] #!
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints: [{address: reviews.example.com}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.example.com]
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
)",
     .check = Each<entries_leave_services_alone>::run},
    {.id = "MF5602",
     .name = "service-entry-twice",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A port of a host is declared by one ServiceEntry",
     .why = "Endpoints of both are used, with the resolution, location and addresses of only one "
            "of them; mostly one is a left-over.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api-2, namespace: shop}
spec:
  hosts: [api.example.com]
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
)",
     .aliases = "KIA1211",
     .check = hosts_are_declared_once},
    {.id = "MF5603",
     .name = "service-entry-protocol-doubtful",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Ports 80 and 443 are declared with what clients send there",
     .why = "The proxy reads what the declared protocol says. TLS on a port for HTTP is refused as "
            "a bad request, HTTP on one for TLS is closed.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  resolution: DNS
  ports: [{number: 443, name: http, protocol: HTTP}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  resolution: DNS
  ports: [{number: 443, name: https, protocol: HTTPS}]
)",
     .check = Each<ports_speak_what_they_say>::run},
    {.id = "MF5604",
     .name = "service-entry-location-doubtful",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A host that DNS knows is outside the mesh",
     .why = "For MESH_INTERNAL hosts callers use mutual TLS with the mesh's certificates. A host "
            "outside does not understand that.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  location: MESH_INTERNAL #!
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
)",
     .check = Each<the_location_is_right>::run},
    {.id = "MF5608",
     .name = "mesh-host-unknown",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Routes of the mesh are for hosts that can be looked up",
     .why = "Callers find a host of the cluster by its Service, or by a ServiceEntry that the "
            "proxies answer for. Routes for a name that is neither are there for nobody; mostly it "
            "is misspelt.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [review] #!
  http:
  - route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route: [{destination: {host: reviews}}]
)",
     .check = Each<routed_hosts_can_be_called>::run},
    {.id = "MF5609",
     .name = "static-host-without-endpoints",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A host that is not looked up has endpoints",
     .why = "With resolution STATIC the proxy knows the addresses that the ServiceEntry "
            "lists, and no others. Without any, every call is answered with 503.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: pay, namespace: shop}
spec:
  hosts: ["pay.example.com"]
  location: MESH_EXTERNAL
  resolution: STATIC #!
  ports: [{number: 80, name: http, protocol: HTTP}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: pay, namespace: shop}
spec:
  hosts: ["pay.example.com"]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints: [{address: 192.0.2.7}]
)",
     .check = Each<static_hosts_have_endpoints>::run},
    {.id = "MF5610",
     .name = "host-outside-its-wildcard",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A host and the wildcard above it have one location",
     .why = "Of two entries the more specific one counts. Where one says MESH_INTERNAL and "
            "the other MESH_EXTERNAL, names under one domain are called with the mesh's TLS "
            "or without, which is seldom meant.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: partners, namespace: shop}
spec:
  hosts: ["*.partner.example"]
  location: MESH_EXTERNAL
  resolution: NONE
  ports: [{number: 80, name: http, protocol: HTTP}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: one, namespace: shop}
spec:
  hosts: ["a.partner.example"] #!
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints: [{address: 192.0.2.7}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: partners, namespace: shop}
spec:
  hosts: ["*.partner.example"]
  location: MESH_EXTERNAL
  resolution: NONE
  ports: [{number: 80, name: http, protocol: HTTP}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: one, namespace: shop}
spec:
  hosts: ["a.partner.example"]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints: [{address: 192.0.2.7}]
)",
     .check = Each<narrow_hosts_keep_their_place>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family egress_rules() { return kRules; }

}  // namespace meshfn::lint
