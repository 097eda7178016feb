// What a cluster has installed, or says about the objects in it: CRDs, admission policies, status.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/authorization_policy.h"
#include "lint/rules/security_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

constexpr std::string_view kExtensionsGroup = "apiextensions.k8s.io";

using Version = std::tuple<int, int, int>;

/// "v1.4.1-rc.1" as {1, 4, 1}; nothing for other text.
std::optional<Version> semantic_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  const auto parts = str::split(text.substr(0, text.find_first_of("-+")), '.');
  std::array<int, 3> numbers{};
  if (parts.size() != numbers.size()) return {};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const char* const end = parts[i].data() + parts[i].size();
    const auto [rest, error] = std::from_chars(parts[i].data(), end, numbers[i]);
    if (error != std::errc() || rest != end) return {};
  }
  return Version{numbers[0], numbers[1], numbers[2]};
}

struct Minimum {
  std::string_view crd;
  std::string_view version;
};

/// The oldest release of Gateway API from which Istio reads each kind.
constexpr std::array<Minimum, 4> kMinima = {
    {{"grpcroutes.gateway.networking.k8s.io", "1.1.0"},
     {"backendtlspolicies.gateway.networking.k8s.io", "1.4.0"},
     {"tlsroutes.gateway.networking.k8s.io", "1.5.0"},
     {"tcproutes.gateway.networking.k8s.io", "1.6.0"}}};

void gateway_api_is_new_enough(const Mesh& mesh, Findings& found) {
  objects::each(mesh, kExtensionsGroup, "CustomResourceDefinition", [&](const Object& crd) {
    const auto minimum = std::find_if(kMinima.begin(), kMinima.end(),
                                      [&](const Minimum& m) { return m.crd == crd.name.value; });
    const resource::Text bundle = crd.annotation("gateway.networking.k8s.io/bundle-version");
    const auto installed = semantic_version(bundle.value);
    if (minimum == kMinima.end() || !installed) return;
    if (*installed >= *semantic_version(minimum->version)) return;
    found
        .add(bundle.where(), fmt::format("Istio reads {} from Gateway API {} on, and this is {}",
                                         minimum->crd.substr(0, minimum->crd.find('.')),
                                         minimum->version, bundle.value))
        .with_help("install the CRDs of a newer release; until then Istio ignores such routes");
  });
}

void old_kinds_are_gone(const Mesh& mesh, Findings& found) {
  constexpr std::array<std::string_view, 4> kKinds = {"ClusterRbacConfig", "RbacConfig",
                                                      "ServiceRole", "ServiceRoleBinding"};
  objects::each(mesh, kExtensionsGroup, "CustomResourceDefinition", [&](const Object& crd) {
    const yaml::Node kind = crd.spec.at("names", "kind");
    if (crd.spec.find("group").text() != "rbac.istio.io") return;
    if (std::find(kKinds.begin(), kKinds.end(), kind.text()) == kKinds.end()) return;
    found.add(kind.where(), fmt::format("Istio no longer reads {}", kind.text()))
        .with_help("write an AuthorizationPolicy, and remove this definition");
  });
}

/// Conditions of an object's own status, or of each parent of a route.
std::vector<yaml::Node> conditions_of(const Object& object) {
  std::vector<yaml::Node> out;
  const yaml::Node status = object.root.find("status");
  const auto add = [&](yaml::Node list) {
    for (const yaml::Node condition : list.items()) out.push_back(condition);
  };
  const bool route =
      object.group() == resource::gateway_api::kGroup && object.kind.value.ends_with("Route");
  if (!route) add(status.find("conditions"));
  if (!route) return out;
  for (const yaml::Node parent : status.find("parents").items()) add(parent.find("conditions"));
  return out;
}

/// Condition types that should be true, by what the object is; space-separated.
std::string_view wanted_conditions(const Object& object) {
  const std::string_view group = object.group();
  const std::string_view kind = object.kind.value;
  const bool gateway_api = group == resource::gateway_api::kGroup &&
                           (kind == "Gateway" || kind == "HTTPRoute" || kind == "GRPCRoute");
  if (gateway_api) return "Accepted Programmed ResolvedRefs";
  if (group == istio::kSecurity && kind == "AuthorizationPolicy") {
    return "ZtunnelAccepted WaypointAccepted";
  }
  const bool bound =
      (group.empty() && kind == "Service") ||
      (group == istio::kNetworking && (kind == "ServiceEntry" || kind == "WorkloadEntry"));
  return bound ? "istio.io/WaypointBound" : "";
}

void status_is_good(const Object& object, const Mesh&, Findings& found) {
  const std::string_view wanted = wanted_conditions(object);
  if (wanted.empty() || !object.root.find("status")) return;
  const auto types = str::split(wanted, ' ');
  for (const yaml::Node condition : conditions_of(object)) {
    const std::string_view type = condition.find("type").text();
    if (std::find(types.begin(), types.end(), type) == types.end()) continue;
    const std::string_view reason = condition.find("reason").text();
    const bool half = type == "WaypointAccepted" && reason == "PartiallyInvalid";
    if (condition.find("status").text() != "False" && !half) continue;
    found
        .add(objects::place(condition, "type"),
             fmt::format("the cluster says that this is not {}: {}: {}", type, reason,
                         condition.find("message").text()))
        .with_help("mend what the condition names; this text is as old as the status");
  }
}

/// The admission policy of Istio's charts that allows only what is stable; null without one.
const Object* stable_policy(const Mesh& mesh) {
  for (const Object* object :
       mesh.of_kind("admissionregistration.k8s.io", "ValidatingAdmissionPolicy")) {
    const std::string_view name = object->name.value;
    if (name.starts_with("stable-channel-policy") && name.ends_with("istio.io")) return object;
  }
  return nullptr;
}

bool is_unstable_kind(const Object& object) {
  return objects::is(object, istio::kNetworking, "EnvoyFilter") ||
         objects::is(object, istio::kNetworking, "ProxyConfig") ||
         objects::is(object, istio::kExtensions, "WasmPlugin");
}

/// Keys of fields that the policy refuses.
std::vector<yaml::Node> unstable_fields(const Object& object) {
  std::vector<yaml::Node> out;
  const auto add = [&](yaml::Node holder, std::string_view field) {
    if (const yaml::Node key = holder.find_key(field)) out.push_back(key);
  };
  if (objects::is(object, istio::kTelemetry, "Telemetry")) {
    for (const yaml::Node entry : object.spec.find("tracing").items()) {
      add(entry, "useRequestIdForTraceSampling");
    }
    for (const yaml::Node entry : object.spec.find("metrics").items()) {
      add(entry, "reportingInterval");
    }
    for (const yaml::Node entry : object.spec.find("accessLogging").items()) add(entry, "filter");
  }
  if (objects::is(object, istio::kSecurity, "AuthorizationPolicy")) {
    istio::each_source(object, [&](yaml::Node source) {
      add(source, "trustDomains");
      add(source, "notTrustDomains");
    });
  }
  return out;
}

void only_stable_things_are_used(const Mesh& mesh, Findings& found) {
  const Object* const policy = stable_policy(mesh);
  if (policy == nullptr) return;
  for (const Object& object : mesh.objects()) {
    if (object.context) continue;
    const auto add = [&](source::Location where, std::string_view what) {
      found.add(where, fmt::format("the cluster's stable channel does not admit {}", what))
          .relate(policy->where(), "the policy");
    };
    if (is_unstable_kind(object)) add(object.kind.where(), object.kind.value);
    for (const yaml::Node field : unstable_fields(object)) {
      add(field.where(), fmt::format("`{}`", field.text()));
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1825",
     .name = "gateway-api-too-old",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Gateway API's CRDs are as new as Istio needs them",
     .why = "Istio ignores routes of a kind whose CRD is of an older release of Gateway API.",
     .bad = R"(apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: tlsroutes.gateway.networking.k8s.io
  annotations:
    gateway.networking.k8s.io/bundle-version: v1.4.1 #!
spec:
  group: gateway.networking.k8s.io
  names: {kind: TLSRoute, plural: tlsroutes}
  scope: Namespaced
  versions:
  - {name: v1alpha2, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
)",
     .good = R"(apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: tlsroutes.gateway.networking.k8s.io
  annotations:
    gateway.networking.k8s.io/bundle-version: v1.5.0
spec:
  group: gateway.networking.k8s.io
  names: {kind: TLSRoute, plural: tlsroutes}
  scope: Namespaced
  versions:
  - {name: v1alpha2, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
)",
     .aliases = "IST0176",
     .check = gateway_api_is_new_enough},
    {.id = "MF1826",
     .name = "istio-kind-removed",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The CRDs of Istio are of kinds that it reads",
     .why = "RBAC of Istio 1.x was replaced by AuthorizationPolicy. Objects of the old kinds are "
            "ignored, so what they denied is allowed.",
     .bad = R"(apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: serviceroles.rbac.istio.io}
spec:
  group: rbac.istio.io
  names: {kind: ServiceRole, plural: serviceroles} #!
  scope: Namespaced
  versions:
  - {name: v1alpha1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec: {}
)",
     .aliases = "IST0002",
     .check = old_kinds_are_gone},
    {.id = "MF1831",
     .name = "condition-false",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The status of an object says that it works",
     .why = "In objects read from a cluster, controllers say in conditions what they could not "
            "do: a waypoint that is missing, a reference that leads nowhere.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  ports:
  - {name: http, port: 80}
status:
  conditions:
  - type: istio.io/WaypointBound #!
    status: "False"
    reason: WaypointMissing
    message: waypoint `shop/way` does not exist
    lastTransitionTime: "2025-01-01T00:00:00Z"
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  ports:
  - {name: http, port: 80}
status:
  conditions:
  - type: istio.io/WaypointBound
    status: "True"
    reason: WaypointAccepted
    message: bound to `shop/way`
    lastTransitionTime: "2025-01-01T00:00:00Z"
)",
     .aliases = "IST0171",
     .check = Each<status_is_good>::run},
    {.id = "MF1841",
     .name = "stable-channel",
     .severity = Severity::error,
     .group = "istio",
     .summary = "What a cluster's stable channel refuses is not used",
     .why = "Istio's charts can install an admission policy that admits only stable features. "
            "When the input has it, what it refuses is reported.",
     .bad = R"(apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: stable-channel-policy-istio-system.istio.io}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  accessLogging:
  - providers: [{name: envoy}]
    filter: {expression: response.code >= 400} #!
)",
     .good = R"(apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: stable-channel-policy-istio-system.istio.io}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  accessLogging:
  - providers: [{name: envoy}]
)",
     .check = only_stable_things_are_used},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family installation_rules() { return kRules; }

}  // namespace meshfn::lint
