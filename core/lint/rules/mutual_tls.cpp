// Mutual TLS as the caller's DestinationRule and the callee's PeerAuthentication see it.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>

#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/insight_families.h"
#include "resource/kubernetes/traffic.h"
#include "routing/authorization/peer_modes.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::istio::DestinationRule;
using resource::istio::ServiceEntry;
using resource::istio::TrafficPolicy;
using resource::kubernetes::Service;
using resource::kubernetes::Traffic;
using resource::kubernetes::traffic_of;
using routing::PeerMode;
using routing::PeerModes;

/// The `tls.mode` of one level of a rule, for one port of the host or for all.
struct ClientMode {
  Text mode;
  std::optional<std::int64_t> port;
};

void add(std::vector<ClientMode>& modes, const std::optional<TrafficPolicy>& policy) {
  if (!policy) return;
  if (policy->tls && policy->tls->mode) modes.push_back({policy->tls->mode, std::nullopt});
  for (const TrafficPolicy& port : policy->ports) {
    if (port.tls && port.tls->mode && port.port) {
      modes.push_back({port.tls->mode, port.port.value});
    }
  }
}

std::vector<ClientMode> client_modes(const DestinationRule& rule) {
  std::vector<ClientMode> modes;
  add(modes, rule.traffic_policy);
  for (const auto& subset : rule.subsets) add(modes, subset.traffic_policy);
  return modes;
}

/// The namespace that a wildcard host stands for: "*" for the whole mesh, empty for neither.
std::string_view namespace_of_wildcard(std::string_view host) {
  if (host == "*.local" || host == "*.cluster.local" || host == "*.svc.cluster.local") return "*";
  constexpr std::string_view kEnd = ".svc.cluster.local";
  if (!host.starts_with("*.") || !host.ends_with(kEnd)) return {};
  const std::string_view middle = host.substr(2, host.size() - 2 - kEnd.size());
  return middle.find('.') == std::string_view::npos ? middle : std::string_view();
}

/// What the pods behind `host` accept; nothing when the host is not known.
std::optional<PeerMode> server_mode(const Mesh& mesh, const References& references,
                                    const PeerModes& peers, const DestinationRule& rule,
                                    std::optional<std::int64_t> port) {
  if (routing::is_wildcard(rule.host.value)) {
    const std::string_view scope = namespace_of_wildcard(rule.host.value);
    if (scope.empty()) return std::nullopt;
    return scope == "*" ? peers.of_mesh() : peers.of_namespace(scope);
  }
  const HostLookup& lookup = references.host(rule.host.value, rule.scope);
  if (lookup.service == nullptr || !lookup.service->external_name.value.empty()) {
    return std::nullopt;
  }
  const Service& service = *lookup.service;
  const auto pods = mesh.workloads(service.scope, service.selector);
  std::optional<std::int64_t> target;
  if (const auto* own = port ? service.port(*port) : nullptr; own != nullptr) {
    target = own->target_port ? yaml::to_int(own->target_port.value) : own->port.value;
  }
  return peers.of(service.scope, pods.empty() ? service.selector : pods.front()->pod_labels,
                  target);
}

/// Calls `check(rule, client, server)` for every client mode whose server is known.
template <class Check>
void each_pair(const Mesh& mesh, Check check) {
  const auto& references = mesh.derived<References>();
  const auto& peers = mesh.derived<PeerModes>();
  for (const DestinationRule& rule : mesh.all<DestinationRule>()) {
    if (rule.context) continue;
    for (const ClientMode& client : client_modes(rule)) {
      const auto server = server_mode(mesh, references, peers, rule, client.port);
      if (server && !server->is_default()) check(rule, client, *server);
    }
  }
}

void clients_speak_mutual_tls(const Mesh& mesh, Findings& found) {
  each_pair(
      mesh, [&](const DestinationRule& rule, const ClientMode& client, const PeerMode& server) {
        const std::string_view mode = client.mode.value;
        if (server.mode != "STRICT" || (mode != "DISABLE" && mode != "SIMPLE")) return;
        found
            .add(client.mode.where(),
                 fmt::format("`{}` accepts mutual TLS only and refuses {}", rule.host.value,
                             mode == "DISABLE" ? "plain text" : "one-sided TLS"))
            .relate(server.node.where(), "STRICT here")
            .with_help("use ISTIO_MUTUAL, or leave `tls` out: the mesh then does so by itself");
      });
}

void servers_take_mutual_tls(const Mesh& mesh, Findings& found) {
  each_pair(
      mesh, [&](const DestinationRule& rule, const ClientMode& client, const PeerMode& server) {
        const std::string_view mode = client.mode.value;
        if (server.mode != "DISABLE" || (mode != "ISTIO_MUTUAL" && mode != "MUTUAL")) return;
        found
            .add(client.mode.where(),
                 fmt::format("`{}` takes plain text only and cannot read TLS", rule.host.value))
            .relate(server.node.where(), "DISABLE here")
            .with_help("leave `tls` out, or let the PeerAuthentication be PERMISSIVE or STRICT");
      });
}

void outside_hosts_have_other_certificates(const DestinationRule& rule, const Mesh& mesh,
                                           Findings& found) {
  const auto& references = mesh.derived<References>();
  for (const ClientMode& client : client_modes(rule)) {
    if (client.mode.value != "ISTIO_MUTUAL") continue;
    const HostLookup& lookup = references.host(rule.host.value, rule.scope);
    if (lookup.service != nullptr || lookup.entries.empty()) continue;
    const ServiceEntry& entry = *lookup.entries.front();
    if (entry.location.value == "MESH_INTERNAL" || !entry.workload_selector.empty()) continue;
    found
        .add(client.mode.where(),
             fmt::format("`{}` is outside the mesh and does not know its certificates",
                         rule.host.value))
        .relate(entry.where(), "location MESH_EXTERNAL")
        .with_help("use SIMPLE, or MUTUAL with certificates that the host accepts");
  }
}

/// Hosts that some http route leads to: what arrives there are requests that a proxy has read.
/// Mesh::derived<RoutedHosts>.
class RoutedHosts {
 public:
  explicit RoutedHosts(const Mesh& mesh) {
    for (const auto& service : mesh.all<resource::istio::VirtualService>()) {
      for (const auto& route : service.http) {
        for (const auto& entry : route.route) {
          hosts_.insert(routing::fqdn(entry.destination.host.value, service.scope));
        }
      }
    }
  }

  bool has(const std::string& host) const { return hosts_.contains(host); }

 private:
  std::unordered_set<std::string> hosts_;
};

void traffic_is_encrypted_once(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  for (const ClientMode& client : client_modes(rule)) {
    if (client.mode.value != "SIMPLE" && client.mode.value != "MUTUAL") continue;
    const std::string host = routing::fqdn(rule.host.value, rule.scope);
    if (mesh.derived<RoutedHosts>().has(host)) return;
    const HostLookup& lookup = mesh.derived<References>().host(rule.host.value, rule.scope);
    for (const ServiceEntry* entry : lookup.entries) {
      const auto port =
          std::find_if(entry->ports.begin(), entry->ports.end(), [&](const auto& candidate) {
            const bool meant = !client.port || *client.port == candidate.number.value;
            return meant && traffic_of(candidate.protocol.value) == Traffic::tls;
          });
      // Other ports of the host may be what the rule is for.
      if (port == entry->ports.end() || (!client.port && entry->ports.size() > 1)) continue;
      found
          .add(client.mode.where(),
               fmt::format("what clients send to port {} is TLS already and is encrypted again",
                           port->number.value))
          .relate(port->node.where(), "the port's protocol")
          .with_help("leave `tls` out, or declare the port as HTTP and let clients send that");
      break;
    }
  }
}

void namespaces_keep_strict(const Mesh& mesh, Findings& found) {
  const auto& peers = mesh.derived<PeerModes>();
  const PeerMode whole = peers.of_mesh();
  if (whole.mode != "STRICT") return;
  for (const resource::Object* policy : mesh.of_kind("security.istio.io", "PeerAuthentication")) {
    if (policy->context || policy == whole.policy) continue;
    const yaml::Node mode = policy->spec.at("mtls", "mode");
    if (mode.text() != "PERMISSIVE" && mode.text() != "DISABLE") continue;
    found.add(mode.where(), fmt::format("{} takes back that the mesh is STRICT", mode.text()))
        .relate(whole.node.where(), "for the whole mesh")
        .with_help("make it STRICT when the clients without a proxy are gone");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5501",
     .name = "mutual-tls-refused",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Callers speak mutual TLS to pods that accept nothing else",
     .why = "A DestinationRule with DISABLE or SIMPLE overrules automatic mutual TLS. Pods whose "
            "PeerAuthentication is STRICT then reset every connection.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: all, namespace: shop}
spec:
  host: "*.shop.svc.cluster.local"
  trafficPolicy: {tls: {mode: DISABLE}} #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: all, namespace: shop}
spec:
  host: "*.shop.svc.cluster.local"
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
)",
     .aliases = "KIA0207 KIA0208",
     .check = clients_speak_mutual_tls},
    {.id = "MF5502",
     .name = "mutual-tls-unread",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Callers speak plain text to pods that accept nothing else",
     .why = "A PeerAuthentication with DISABLE switches TLS off at the pods. Callers whose "
            "DestinationRule says ISTIO_MUTUAL or MUTUAL get no connection.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: DISABLE}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: all, namespace: shop}
spec:
  host: "*.shop.svc.cluster.local"
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}} #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: all, namespace: shop}
spec:
  host: "*.shop.svc.cluster.local"
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
)",
     .aliases = "KIA0505 KIA0506",
     .check = servers_take_mutual_tls},
    {.id = "MF5503",
     .name = "mesh-certificate-outside",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The mesh's certificates are for hosts of the mesh",
     .why = "ISTIO_MUTUAL presents the workload's certificate and expects one of the mesh in "
            "return. A host outside has neither, and every handshake fails.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 443}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: shop}
spec:
  host: api.example.com
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 443}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: shop}
spec:
  host: api.example.com
  trafficPolicy: {tls: {mode: SIMPLE, caCertificates: system}}
)",
     .check = Each<outside_hosts_have_other_certificates>::run},
    {.id = "MF5504",
     .name = "encrypted-twice",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The proxy encrypts only what clients send in plain text",
     .why = "A port declared HTTPS or TLS carries what the application encrypted itself. SIMPLE or "
            "MUTUAL wraps that in TLS once more, which the host does not understand.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  resolution: DNS
  ports: [{number: 443, name: https, protocol: HTTPS}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: shop}
spec:
  host: api.example.com
  trafficPolicy: {tls: {mode: SIMPLE, caCertificates: system}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 443}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: shop}
spec:
  host: api.example.com
  trafficPolicy: {tls: {mode: SIMPLE, caCertificates: system}}
)",
     .check = Each<traffic_is_encrypted_once>::run},
    {.id = "MF5505",
     .name = "strict-taken-back",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Mutual TLS that is strict for the mesh is so everywhere",
     .why = "A PeerAuthentication of a namespace or workload wins over that of the mesh. "
            "PERMISSIVE or DISABLE lets clients without an identity in again.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: PERMISSIVE}} #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
)",
     .check = namespaces_keep_strict},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family mutual_tls_rules() { return kRules; }

}  // namespace meshfn::lint
