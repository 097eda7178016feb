// TLS that is switched off, not verified, or spoken to whom cannot answer it.

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/istio_objects.h"
#include "lint/rules/policies.h"
#include "lint/rules/practice_families.h"
#include "resource/kubernetes/traffic.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::istio::DestinationRule;
using resource::istio::ServiceEntry;
using resource::istio::ServiceEntryPort;
using resource::istio::TrafficPolicy;
using resource::kubernetes::Workload;

bool is_one_sided(std::string_view mode) { return mode == "SIMPLE" || mode == "MUTUAL"; }

void servers_are_verified(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const yaml::Node tls = use.policy->node.find("tls");
    const yaml::Node skip = tls.find("insecureSkipVerify");
    if (!is_one_sided(tls.find("mode").text()) || !resource::boolean(skip).value) continue;
    // Settings for a verification that is skipped are MF1235's.
    if (tls.find("caCertificates") || tls.find("subjectAltNames") || tls.find("credentialName")) {
      continue;
    }
    found.add(skip.where(), fmt::format("anybody may answer in place of `{}`", rule.host.value))
        .with_help("remove it, and name the CA in `caCertificates`");
  }
}

void the_mesh_is_encrypted(const Mesh& mesh, Findings& found) {
  objects::each(mesh, istio::kSecurity, "PeerAuthentication", [&](const Object& policy) {
    const yaml::Node mode = policy.spec.at("mtls", "mode");
    const bool whole = istio::is_mesh_wide(mesh, policy) && istio::selector_of(policy).empty();
    if (!whole || mode.text() != "DISABLE") return;
    found.add(mode.where(), "no pod of the mesh takes mutual TLS")
        .with_help("use PERMISSIVE, and DISABLE for the workloads that need it");
  });
}

/// A port that TLS is sent to although plain HTTP is expected there; null when there is none.
const ServiceEntryPort* plain_port(const ServiceEntry& entry, const TrafficPolicy& policy) {
  constexpr std::int64_t kHttp = 80;
  for (const ServiceEntryPort& port : entry.ports) {
    const bool meant = !policy.port || policy.port.value == port.number.value;
    const bool plain = port.number.value == kHttp && !port.target_port &&
                       is_http(resource::kubernetes::traffic_of(port.protocol.value));
    // Endpoints may map the port to another.
    const bool mapped =
        std::any_of(entry.endpoints.begin(), entry.endpoints.end(),
                    [](const auto& endpoint) { return endpoint.node.find("ports").size() > 0; });
    if (meant && plain && !mapped) return &port;
  }
  return nullptr;
}

void tls_goes_to_its_port(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  const HostLookup& lookup = mesh.derived<References>().host(rule.host.value, rule.scope);
  if (lookup.service != nullptr) return;
  for (const PolicyUse& use : policies(rule)) {
    if (!use.policy->tls || !is_one_sided(use.policy->tls->mode.value)) continue;
    for (const ServiceEntry* entry : lookup.entries) {
      // A rule for all ports may be about another of them.
      if (!use.policy->port && entry->ports.size() > 1) continue;
      const ServiceEntryPort* port = plain_port(*entry, *use.policy);
      if (port == nullptr) continue;
      found
          .add(use.policy->tls->mode.where(),
               fmt::format("TLS is sent to port {} of `{}`", port->number.value, rule.host.value))
          .relate(port->node.where(), "the port has no `targetPort`")
          .with_help("give the port `targetPort: 443`");
    }
  }
}

/// Whether none of the pods behind a Service has a proxy.
bool is_outside(const Mesh& mesh, const std::vector<const Workload*>& pods) {
  return !pods.empty() && std::all_of(pods.begin(), pods.end(), [&](const Workload* pod) {
    return istio::meshed(mesh, *pod) == istio::Meshed::no;
  });
}

void mutual_tls_is_answered(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  const HostLookup& lookup = mesh.derived<References>().host(rule.host.value, rule.scope);
  if (lookup.service == nullptr || !rule.traffic_policy || !rule.traffic_policy->tls) return;
  const auto& mode = rule.traffic_policy->tls->mode;
  if (mode.value != "ISTIO_MUTUAL") return;
  const auto pods = mesh.workloads(lookup.service->scope, lookup.service->selector);
  if (!is_outside(mesh, pods)) return;
  const bool said = std::all_of(pods.begin(), pods.end(), [](const Workload* pod) {
    return static_cast<bool>(istio::inject_setting(*pod));
  });
  auto& finding = found.add(
      mode.where(), fmt::format("`{}` has no proxy that answers mutual TLS", rule.host.value));
  finding.relate(pods.front()->where(), "these pods get no sidecar")
      .with_help("leave `tls` out: the mesh then encrypts where it can");
  // A namespace may get its label from elsewhere.
  if (!said) finding.with_severity(Severity::warning);
}

constexpr Rule kRules[] = {
    {.id = "MF5506",
     .name = "server-not-verified",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A TLS client asks who answers",
     .why = "With `insecureSkipVerify` the connection is encrypted, to whoever took it. One "
            "who can redirect the traffic reads and changes all of it.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    tls: {mode: SIMPLE, insecureSkipVerify: true} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    tls: {mode: SIMPLE, caCertificates: /etc/ssl/certs/ca-certificates.crt}
)",
     .check = Each<servers_are_verified>::run},
    {.id = "MF5507",
     .name = "mutual-tls-off",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The mesh takes mutual TLS",
     .why = "With DISABLE in the root namespace all pods take plain text only. Nobody has an "
            "identity then, so policies about principals and namespaces match nothing.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec:
  mtls: {mode: DISABLE} #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec:
  mtls: {mode: STRICT}
)",
     .check = the_mesh_is_encrypted},
    {.id = "MF5508",
     .name = "tls-to-plain-port",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "What the proxy encrypts goes to a port that takes TLS",
     .why = "Clients call port 80 in plain text, the proxy encrypts and sends it on, to port "
            "80 unless `targetPort` says otherwise. What listens there speaks HTTP and closes "
            "the connection.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: pay, namespace: shop}
spec:
  hosts: [pay.example.com]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: pay, namespace: shop}
spec:
  host: pay.example.com
  trafficPolicy:
    tls: {mode: SIMPLE, caCertificates: /etc/ssl/certs/ca-certificates.crt} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: pay, namespace: shop}
spec:
  hosts: [pay.example.com]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 443}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: pay, namespace: shop}
spec:
  host: pay.example.com
  trafficPolicy:
    tls: {mode: SIMPLE, caCertificates: /etc/ssl/certs/ca-certificates.crt}
)",
     .check = Each<tls_goes_to_its_port>::run},
    {.id = "MF5509",
     .name = "mutual-tls-without-proxy",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The mesh's mutual TLS is for pods that have a proxy",
     .why = "ISTIO_MUTUAL sends TLS with certificates of the mesh. A pod without a proxy "
            "takes plain text, so every call to it fails.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews, sidecar.istio.io/inject: "false"}}
    spec: {containers: [{name: web, image: web:1}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews, sidecar.istio.io/inject: "true"}}
    spec: {containers: [{name: web, image: web:1}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL}
)",
     .check = Each<mutual_tls_is_answered>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family unverified_tls_rules() { return kRules; }

}  // namespace meshfn::lint
