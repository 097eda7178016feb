// PeerAuthentications that name the wrong port, or say what holds without them.

#include <fmt/format.h>

#include <algorithm>

#include "lint/each.h"
#include "lint/rules/istio_objects.h"
#include "lint/rules/practice_families.h"
#include "lint/rules/service_index.h"
#include "yaml/scalar.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::ServicePort;
using resource::kubernetes::Workload;

/// The number of the container port that a Service's port leads to; nothing when it is a name that
/// no container declares.
std::optional<std::int64_t> target_of(const ServicePort& port, const Workload& pods) {
  if (!port.target_port) return port.port.value;
  if (const auto number = yaml::to_int(port.target_port.value)) return number;
  for (const auto& declared : objects::ports_of(pods)) {
    if (declared.name.value == port.target_port.value) return declared.port.value;
  }
  return std::nullopt;
}

/// What the input says about one port of some pods.
struct PortUse {
  bool listens = false;   ///< declared by a container, or the target of a Service
  bool declares = false;  ///< the containers declare ports at all
  const ServicePort* service_port = nullptr;  ///< a Service's port of this number, led elsewhere
  std::int64_t target = 0;                    ///< where it leads
};

PortUse use_of(std::int64_t port, const Workload& pods, const ServiceIndex& services) {
  PortUse use;
  for (const auto& declared : objects::ports_of(pods)) {
    use.declares = true;
    use.listens = use.listens || declared.port.value == port;
  }
  for (const auto* service : services.of(pods)) {
    for (const ServicePort& one : service->ports) {
      const auto target = target_of(one, pods);
      use.listens = use.listens || target == port;
      if (one.port.value != port || !target || *target == port) continue;
      use.service_port = &one;
      use.target = *target;
    }
  }
  return use;
}

/// Calls `visit(key, uses)` for the ports of `portLevelMtls` whose pods the input shows.
template <class Visit>
void each_port(const Mesh& mesh, Visit visit) {
  objects::each(mesh, istio::kSecurity, "PeerAuthentication", [&](const Object& policy) {
    const auto labels = istio::selector_of(policy);
    const yaml::Node ports = policy.spec.find("portLevelMtls");
    if (labels.empty() || ports.size() == 0) return;
    const auto pods = mesh.derived<istio::Selections>().in(policy.scope, labels);
    for (const yaml::Entry entry : ports.entries()) {
      const auto number = yaml::to_int(entry.key.text());
      if (!number || pods.empty()) continue;
      std::vector<PortUse> uses;
      for (const Workload* one : pods) {
        uses.push_back(use_of(*number, *one, mesh.derived<ServiceIndex>()));
      }
      visit(entry.key, uses);
    }
  });
}

bool any_listens(const std::vector<PortUse>& uses) {
  return std::any_of(uses.begin(), uses.end(), [](const PortUse& use) { return use.listens; });
}

/// The first use as a port of a Service that leads to another one; the end when there is none.
auto misdirected(const std::vector<PortUse>& uses) {
  return std::find_if(uses.begin(), uses.end(),
                      [](const PortUse& use) { return use.service_port != nullptr; });
}

void ports_are_those_of_containers(const Mesh& mesh, Findings& found) {
  each_port(mesh, [&](yaml::Node key, const std::vector<PortUse>& uses) {
    const auto use = misdirected(uses);
    if (use == uses.end() || any_listens(uses)) return;
    found
        .add(key.where(), fmt::format("{} is the Service's port, behind which pods listen on {}",
                                      key.text(), use->target))
        .relate(use->service_port->port.where(), "the port of the Service")
        .with_help(fmt::format("write `{}`: these are ports of the pods", use->target));
  });
}

void ports_are_listened_on(const Mesh& mesh, Findings& found) {
  each_port(mesh, [&](yaml::Node key, const std::vector<PortUse>& uses) {
    const bool told =
        std::all_of(uses.begin(), uses.end(), [](const PortUse& use) { return use.declares; });
    if (!told || any_listens(uses) || misdirected(uses) != uses.end()) return;
    found.add(key.where(), fmt::format("no selected pod listens on port {}", key.text()))
        .with_help("name a port of the pods' containers, or remove the entry");
  });
}

/// Whether the policy asks for mutual TLS, somewhere.
bool is_strict(const Object& policy) {
  if (policy.spec.at("mtls", "mode").text() == "STRICT") return true;
  bool strict = false;
  for (const yaml::Entry entry : policy.spec.find("portLevelMtls").entries()) {
    strict = strict || entry.value.find("mode").text() == "STRICT";
  }
  return strict;
}

void permissive_is_on_the_way(const Mesh& mesh, Findings& found) {
  const auto& policies = mesh.of_kind(istio::kSecurity, "PeerAuthentication");
  if (std::any_of(policies.begin(), policies.end(), [](const Object* p) { return is_strict(*p); }))
    return;
  objects::each(mesh, istio::kSecurity, "PeerAuthentication", [&](const Object& policy) {
    const yaml::Node mode = policy.spec.at("mtls", "mode");
    if (mode.text() != "PERMISSIVE" || policy.spec.find("portLevelMtls").size() > 0) return;
    found
        .add(mode.where(),
             "plain text is accepted here as without a policy, and nothing in the input is STRICT")
        .with_help("once all callers have a proxy, write `mode: STRICT`");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF5551",
     .name = "peer-port-of-service",
     .severity = Severity::error,
     .group = "istio",
     .summary = "`portLevelMtls` names ports of pods, not of Services",
     .why = "The proxy looks the mode up by the port that the container listens on. An entry for "
            "the port of the Service is never found, so the port keeps the mode of the others.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80, targetPort: 9080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec: {containers: [{name: app, image: "reviews:1", ports: [{containerPort: 9080}]}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  mtls: {mode: STRICT}
  portLevelMtls:
    80: {mode: DISABLE} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80, targetPort: 9080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec: {containers: [{name: app, image: "reviews:1", ports: [{containerPort: 9080}]}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  mtls: {mode: STRICT}
  portLevelMtls:
    9080: {mode: DISABLE}
)",
     .check = ports_are_those_of_containers},
    {.id = "MF5552",
     .name = "peer-port-unused",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "`portLevelMtls` names ports that pods listen on",
     .why = "An entry for a port that no selected pod has does nothing. It is reported when the "
            "pods declare their ports.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec: {containers: [{name: app, image: "reviews:1", ports: [{containerPort: 9080}]}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  mtls: {mode: STRICT}
  portLevelMtls:
    9090: {mode: DISABLE} #!
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec: {containers: [{name: app, image: "reviews:1", ports: [{containerPort: 9080}]}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  mtls: {mode: STRICT}
  portLevelMtls:
    9080: {mode: DISABLE}
)",
     .check = ports_are_listened_on},
    {.id = "MF5553",
     .name = "permissive-for-good",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Some of the mesh requires mutual TLS",
     .why = "PERMISSIVE, which is also the default, is for the time in which workloads move into "
            "the mesh: whoever reaches a pod may still speak to it in plain text, without an "
            "identity.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec:
  mtls: {mode: PERMISSIVE} #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec:
  mtls: {mode: STRICT}
)",
     .check = permissive_is_on_the_way},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family peer_port_rules() { return kRules; }

}  // namespace meshfn::lint
