// Policies that are attached to Services: BackendTLSPolicy and XBackendTrafficPolicy.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/str.h"
#include "base/suggest.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/gateway_api.h"
#include "lint/rules/gateway_api_families.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using gateways::Reference;
using resource::Mesh;
using resource::Object;
using resource::gateway_api::kExperimentalGroup;
using resource::gateway_api::kGroup;
using resource::istio::DestinationRule;
using resource::kubernetes::Service;
using resource::kubernetes::ServicePort;

bool is_tls_policy(const Object& object) { return objects::is(object, kGroup, "BackendTLSPolicy"); }

/// Calls `visit(policy)` for every policy for backends, those that are context too.
template <class Visit>
void each_policy(const Mesh& mesh, Visit visit) {
  for (const Object* policy : mesh.of_kind(kGroup, "BackendTLSPolicy")) visit(*policy);
  for (const Object* policy : mesh.of_kind(kExperimentalGroup, "XBackendTrafficPolicy")) {
    visit(*policy);
  }
}

std::vector<Reference> targets(const Object& policy) {
  return resource::gateway_api::decode_references(policy.spec.find("targetRefs"), "", "",
                                                  policy.scope);
}

/// Calls `visit(policy, target)` for every target of a policy that is to be judged.
template <class Visit>
void each_target(const Mesh& mesh, Visit visit) {
  each_policy(mesh, [&](const Object& policy) {
    if (policy.context) return;
    for (const Reference& target : targets(policy)) visit(policy, target);
  });
}

void targets_exist(const Mesh& mesh, Findings& found) {
  each_target(mesh, [&](const Object&, const Reference& target) {
    if (!target.is_service()) return;
    if (objects::find_service(mesh, target.scope, target.name) != Found::missing) return;
    found.add(target.where(), fmt::format("{} does not exist", describe(target)))
        .with_help(objects::service_hint(mesh, target.scope, target.name));
  });
}

void targets_are_services(const Mesh& mesh, Findings& found) {
  each_target(mesh, [&](const Object& policy, const Reference& target) {
    if (target.is_service() || target.kind.empty()) return;
    const bool known_group =
        target.group.empty() || target.group == "core" || target.group == kGroup;
    if (!known_group) return;
    const bool group = target.kind == "Service";
    found
        .add(target.where(group ? "group" : "kind"),
             group ? fmt::format("the group of Services is empty, not `{}`", target.group)
                   : fmt::format("a {} is for Services, not for a {}", policy.kind.value,
                                 target.kind))
        .with_help("write `group: \"\"` and `kind: Service`");
  });
}

void sections_are_ports(const Mesh& mesh, Findings& found) {
  each_target(mesh, [&](const Object&, const Reference& target) {
    if (!target.is_service() || target.section.value.empty()) return;
    const Service* const service = mesh.service(target.scope, target.name);
    if (service == nullptr) return;
    std::vector<std::string_view> names;
    for (const ServicePort& port : service->ports) {
      if (port.name.value == target.section.value) return;
      if (port.name) names.push_back(port.name.value);
    }
    const bool number = target.section->find_first_not_of("0123456789") == std::string_view::npos;
    found
        .add(target.section.where(),
             fmt::format("{} has no port named `{}`", describe(target), *target.section))
        .relate(service->where(), "the Service")
        .with_help(number ? "a section is the name of a port, not its number"
                          : did_you_mean(*target.section, names));
  });
}

auto age(const Object& object) {
  return std::tuple(object.metadata.find("creationTimestamp").text(), object.name.value);
}

void targets_have_one_policy(const Mesh& mesh, Findings& found) {
  struct Claim {
    const Object* policy;
    Reference target;
  };

  using Key = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;
  std::map<Key, std::vector<Claim>> claims;
  each_policy(mesh, [&](const Object& policy) {
    for (const Reference& target : targets(policy)) {
      const std::string_view section = target.section.value;
      claims[{policy.kind.value, target.scope, target.name, section}].push_back({&policy, target});
    }
  });
  for (auto& [key, list] : claims) {
    std::stable_sort(list.begin(), list.end(), [](const Claim& a, const Claim& b) {
      return age(*a.policy) < age(*b.policy);
    });
    const Claim& winner = list.front();
    for (const Claim& claim : list) {
      const bool same = claim.policy->name.value == winner.policy->name.value;
      if (same || claim.policy->context) continue;
      found
          .add(claim.target.where(),
               fmt::format("{} `{}` is attached to {} too, and wins", claim.policy->kind.value,
                           winner.policy->name.value, describe(claim.target)))
          .relate(winner.target.where(), "attached here")
          .with_help("the oldest wins, then the first by name; this one is refused (Conflicted)");
    }
  }
}

/// DestinationRules that say how to start TLS, by the Service they are about.
std::map<std::pair<std::string, std::string>, const DestinationRule*> tls_rules(const Mesh& mesh) {
  std::map<std::pair<std::string, std::string>, const DestinationRule*> rules;
  for (const DestinationRule& rule : mesh.all<DestinationRule>()) {
    if (!rule.spec.at("trafficPolicy", "tls")) continue;
    const auto service = routing::service_of(routing::fqdn(rule.host.value, rule.scope));
    if (service) rules.try_emplace({service->name_space, service->name}, &rule);
  }
  return rules;
}

void tls_has_one_source(const Mesh& mesh, Findings& found) {
  const auto rules = tls_rules(mesh);
  if (rules.empty()) return;
  each_target(mesh, [&](const Object& policy, const Reference& target) {
    if (!is_tls_policy(policy) || !target.is_service()) return;
    const auto rule = rules.find({std::string(target.scope), std::string(target.name)});
    if (rule == rules.end()) return;
    found
        .add(target.where(), fmt::format("DestinationRule `{}` sets TLS for {} too",
                                         rule->second->name.value, describe(target)))
        .relate(rule->second->spec.at("trafficPolicy", "tls").where(), "its settings")
        .with_help("keep one of the two");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF2401",
     .name = "policy-service-missing",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "The Service that a policy is attached to exists",
     .why = "A policy for a Service that does not exist has no effect (Accepted is False, "
            "TargetNotFound). For a BackendTLSPolicy that means requests in plain text. "
            "Targets are in the policy's own namespace.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {selector: {app: pay}, ports: [{name: https, port: 443}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: pay, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: payy}] #!
  validation: {hostname: pay.example.com, wellKnownCACertificates: System}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {selector: {app: pay}, ports: [{name: https, port: 443}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: pay, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: pay}]
  validation: {hostname: pay.example.com, wellKnownCACertificates: System}
)",
     .check = targets_exist},
    {.id = "MF2402",
     .name = "policy-service-kind",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "A policy for backends is attached to Services",
     .why = "BackendTLSPolicy and XBackendTrafficPolicy are about what is behind a route. On "
            "a Gateway or route they have no effect (Accepted is False).",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: pay, namespace: shop}
spec:
  targetRefs:
  - group: gateway.networking.k8s.io
    kind: HTTPRoute #!
    name: pay
  validation: {hostname: pay.example.com, wellKnownCACertificates: System}
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: pay, namespace: shop}
spec:
  targetRefs:
  - group: ""
    kind: Service
    name: pay
  validation: {hostname: pay.example.com, wellKnownCACertificates: System}
)",
     .check = targets_are_services},
    {.id = "MF2403",
     .name = "policy-port-missing",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "The section of a policy's target is a port of the Service",
     .why = "`sectionName` of a Service is the name of one of its ports. A policy for another "
            "name applies to nothing.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {selector: {app: pay}, ports: [{name: https, port: 443}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: pay, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: pay, sectionName: "443"}] #!
  validation: {hostname: pay.example.com, wellKnownCACertificates: System}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {selector: {app: pay}, ports: [{name: https, port: 443}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: pay, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: pay, sectionName: https}]
  validation: {hostname: pay.example.com, wellKnownCACertificates: System}
)",
     .check = sections_are_ports},
    {.id = "MF2404",
     .name = "policy-conflict",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "A port of a Service has one policy of a kind",
     .why = "Of two policies for one target the older is in force, and at equal age the first "
            "by name. The other is refused (Accepted is False, Conflicted).",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: a, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: pay}]
  validation: {hostname: pay.example.com, wellKnownCACertificates: System}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: b, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: pay}] #!
  validation: {hostname: pay.example.org, wellKnownCACertificates: System}
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: a, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: pay}]
  validation: {hostname: pay.example.com, wellKnownCACertificates: System}
)",
     .check = targets_have_one_policy},
    {.id = "MF2405",
     .name = "policy-and-destination-rule",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "TLS to a Service is set by a policy or a DestinationRule",
     .why = "Istio turns a BackendTLSPolicy into a DestinationRule. Of two that set TLS for a "
            "host only one is in force, and which one depends on age and namespace.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: pay, namespace: shop}
spec:
  host: pay.shop.svc.cluster.local
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: pay, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: pay}] #!
  validation: {hostname: pay.example.com, wellKnownCACertificates: System}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {selector: {app: pay}, ports: [{name: https, port: 443}]}
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: pay, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: pay}]
  validation: {hostname: pay.example.com, wellKnownCACertificates: System}
)",
     .check = tls_has_one_source},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_policy_rules() { return kRules; }

}  // namespace meshfn::lint
