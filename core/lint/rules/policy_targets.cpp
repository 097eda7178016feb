// What a policy is attached to: a selector, or targets. The same for all kinds that have both.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "lint/each.h"
#include "lint/rules/authorization_policy.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/security_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Workload;

struct PolicyKind {
  std::string_view group;
  std::string_view kind;
};

/// Kinds with `selector`; those that Istio attaches to gateways by `targetRefs` too come first.
constexpr std::array<PolicyKind, 7> kKinds = {{{istio::kSecurity, "AuthorizationPolicy"},
                                               {istio::kSecurity, "RequestAuthentication"},
                                               {istio::kTelemetry, "Telemetry"},
                                               {istio::kExtensions, "WasmPlugin"},
                                               {istio::kExtensions, "TrafficExtension"},
                                               {istio::kSecurity, "PeerAuthentication"},
                                               {istio::kNetworking, "ProxyConfig"}}};
constexpr std::size_t kWithTargets = 5;
/// TrafficExtension is younger than the check of selectors on gateways.
constexpr std::size_t kIneffectiveOnGateways = 4;

template <class Visit>
void each_of(const Mesh& mesh, std::size_t kinds, Visit visit) {
  for (std::size_t i = 0; i < kinds; ++i)
    objects::each(mesh, kKinds[i].group, kKinds[i].kind, visit);
}

/// Calls `visit` with `targetRef` and every item of `targetRefs`.
template <class Visit>
void each_target(const Object& policy, Visit visit) {
  if (policy.spec.find("targetRef").is_mapping()) visit(policy.spec.find("targetRef"));
  for (const yaml::Node target : policy.spec.find("targetRefs").items()) visit(target);
}

/// The name and the missing namespace of a target are the schema's.
bool is_complete(yaml::Node target) {
  return target.is_mapping() && !target.find("name").text().empty() &&
         target.find("namespace").text().empty() && !target.find("kind").text().empty();
}

void targets_are_of_a_kind(const Mesh& mesh, Findings& found) {
  each_of(mesh, kWithTargets, [&](const Object& policy) {
    each_target(policy, [&](yaml::Node target) {
      if (!is_complete(target)) return;
      for (const istio::Problem& problem : istio::target_problems(target)) {
        found.add(problem.where, problem.message)
            .with_help(
                "check `group` and `kind`; for a Gateway the group is "
                "gateway.networking.k8s.io");
      }
    });
  });
}

void selectors_have_labels(const Mesh& mesh, Findings& found) {
  each_of(mesh, kKinds.size(), [&](const Object& policy) {
    const yaml::Node selector = policy.spec.find("selector");
    if (!selector.is_mapping() || selector.find("matchLabels").size() > 0) return;
    found.add(policy.spec.find_key("selector").where(), "this selector has no labels")
        .with_help("without labels it is the same as no selector: name some, or remove it");
  });
}

constexpr std::string_view kGatewayName = "gateway.networking.k8s.io/gateway-name";

void gateways_are_targets(const Mesh& mesh, Findings& found) {
  std::map<std::string_view, std::vector<const Workload*>> gateways;
  for (const Workload& workload : mesh.all<Workload>()) {
    if (!resource::label(workload.pod_labels, kGatewayName).empty()) {
      gateways[workload.scope].push_back(&workload);
    }
  }
  if (gateways.empty()) return;
  each_of(mesh, kIneffectiveOnGateways, [&](const Object& policy) {
    const yaml::Node selector = policy.spec.find("selector");
    const auto here = gateways.find(policy.scope);
    if (!selector.is_mapping() || here == gateways.end()) return;
    if (policy.spec.find("targetRef").is_mapping() || policy.spec.find("targetRefs").size() > 0) {
      return;
    }
    const resource::Labels labels = istio::selector_of(policy);
    const auto hit = std::find_if(here->second.begin(), here->second.end(), [&](const auto* pods) {
      return resource::selects(labels, pods->pod_labels);
    });
    if (hit == here->second.end()) return;
    const std::string_view name = resource::label((*hit)->pod_labels, kGatewayName);
    found
        .add(selector.where(),
             fmt::format("pods of Gateway `{}` do not heed policies that select them", name))
        .relate((*hit)->where(), "the pods")
        .with_help("attach the policy with `targetRefs` to the Gateway");
  });
}

/// A policy's labels, wherever its kind has them; AuthorizationPolicies and Telemetries are judged
/// elsewhere.
yaml::Node labels_of(const Object& policy) {
  const std::string_view kind = policy.kind.value;
  if (kind == "AuthorizationPolicy" || kind == "Telemetry") return {};
  return kind == "EnvoyFilter" ? policy.spec.at("workloadSelector", "labels")
                               : policy.spec.at("selector", "matchLabels");
}

void policies_select_workloads(const Mesh& mesh, Findings& found) {
  const auto check = [&](const Object& policy) {
    const resource::Labels labels = resource::labels(labels_of(policy));
    if (labels.empty() || istio::is_mesh_wide(mesh, policy)) return;
    const auto& selections = mesh.derived<istio::Selections>();
    if (selections.found(policy.scope, labels) != Found::missing) return;
    found
        .add(labels_of(policy).where(),
             fmt::format("no workload of namespace `{}` has the labels `{}`", policy.scope,
                         istio::describe(labels)))
        .with_help("compare with the labels of the pods");
  };
  each_of(mesh, kKinds.size(), check);
  objects::each(mesh, istio::kNetworking, "EnvoyFilter", check);
}

/// An object of the kind that a target names; null when the input has none.
class Targets {
 public:
  explicit Targets(const Mesh& mesh)
      : services_(mesh, "", "Service"),
        entries_(mesh, istio::kNetworking, "ServiceEntry"),
        gateways_(mesh, resource::gateway_api::kGroup, "Gateway") {}

  const objects::KindIndex* of(std::string_view group, std::string_view kind) const {
    if (kind == "Service" && (group.empty() || group == "core")) return &services_;
    if (kind == "ServiceEntry" && group == istio::kNetworking) return &entries_;
    if (kind == "Gateway" && group == resource::gateway_api::kGroup) return &gateways_;
    return nullptr;
  }

 private:
  objects::KindIndex services_;
  objects::KindIndex entries_;
  objects::KindIndex gateways_;
};

void targets_exist(const Mesh& mesh, Findings& found) {
  const Targets targets(mesh);
  each_of(mesh, kWithTargets, [&](const Object& policy) {
    each_target(policy, [&](yaml::Node target) {
      if (!is_complete(target)) return;
      const std::string_view kind = target.find("kind").text();
      const std::string_view name = target.find("name").text();
      const objects::KindIndex* const index = targets.of(target.find("group").text(), kind);
      if (index == nullptr || index->found(policy.scope, name) != Found::missing) return;
      found
          .add(target.find("name").where(),
               fmt::format("namespace `{}` has no {} `{}`", policy.scope, kind, name))
          .with_help(index->hint(policy.scope, name));
    });
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1631",
     .name = "policy-target-kind",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A policy targets a kind that it can be attached to",
     .why = "Policies are attached to Services, ServiceEntries, Gateways and GatewayClasses. "
            "Istio's webhook refuses other targets, and a right kind in a wrong group.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRefs:
  - group: apps
    kind: Deployment #!
    name: web
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRefs:
  - group: gateway.networking.k8s.io
    kind: Gateway
    name: web
)",
     .aliases = "IST0106",
     .check = targets_are_of_a_kind},
    {.id = "MF1632",
     .name = "selector-without-labels",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A policy's selector has labels",
     .why = "A selector without labels selects everything, which is seldom what somebody means "
            "who writes a selector.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny-all, namespace: shop}
spec:
  selector: #!
    matchLabels: {}
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny-all, namespace: shop}
spec:
  selector:
    matchLabels: {app: web}
)",
     .aliases = "IST0133",
     .check = selectors_have_labels},
    {.id = "MF1633",
     .name = "gateway-policy-by-selector",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Policies reach Gateway API gateways by targetRefs",
     .why = "Istio does not apply policies to the pods of a Gateway API Gateway because of their "
            "labels; only `targetRefs` attach a policy to it. The policy has no effect.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata:
  name: public-istio-1
  namespace: shop
  labels: {gateway.networking.k8s.io/gateway-name: public}
spec:
  containers:
  - {name: istio-proxy, image: istio/proxyv2}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny-all, namespace: shop}
spec:
  selector:
    matchLabels: {gateway.networking.k8s.io/gateway-name: public} #!
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata:
  name: public-istio-1
  namespace: shop
  labels: {gateway.networking.k8s.io/gateway-name: public}
spec:
  containers:
  - {name: istio-proxy, image: istio/proxyv2}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny-all, namespace: shop}
spec:
  targetRefs:
  - {group: gateway.networking.k8s.io, kind: Gateway, name: public}
)",
     .aliases = "IST0166",
     .check = gateways_are_targets},
    {.id = "MF1634",
     .name = "policy-target-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "What a policy targets exists",
     .why = "A policy whose target does not exist is never applied: what it was to protect is "
            "open, or not there.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  ports:
  - {name: http, port: 80}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRefs:
  - kind: Service
    group: ""
    name: wbe #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  ports:
  - {name: http, port: 80}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRefs:
  - kind: Service
    group: ""
    name: web
)",
     .check = targets_exist},
    {.id = "MF1635",
     .name = "policy-selects-nothing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A policy's selector is on some workload",
     .why = "A policy that selects no workload of its namespace has no effect. Said only when the "
            "input shows the workloads of the namespace.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: web}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: web, namespace: shop}
spec:
  selector:
    matchLabels: {app: wbe} #!
  mtls: {mode: STRICT}
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: web}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: web, namespace: shop}
spec:
  selector:
    matchLabels: {app: web}
  mtls: {mode: STRICT}
)",
     .aliases = "KIA0004",
     .check = policies_select_workloads},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family policy_target_rules() { return kRules; }

}  // namespace meshfn::lint
