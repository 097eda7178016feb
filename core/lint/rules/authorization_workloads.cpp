// Whom Istio AuthorizationPolicies are about: workloads that they protect, namespaces that they
// name.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/str.h"
#include "base/suggest.h"
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
using resource::kubernetes::Workload;

/// Workloads that are in the mesh as far as the input says.
class Protected {
 public:
  explicit Protected(const Mesh& mesh)
      : mesh_(mesh), selections_(mesh.derived<istio::Selections>()) {
    for (const Workload& workload : mesh.all<Workload>()) {
      shown_.insert(workload.scope);
      if (istio::meshed(mesh, workload) != istio::Meshed::no) meshed_.push_back(&workload);
    }
  }

  /// How sure it is that a policy is about no workload; nothing when it may be about some.
  std::optional<Severity> idle(const Object& policy) {
    const bool closed = mesh_.settings().closed_world;
    if ((shown_.empty() && !closed) || objects::is_assumed_namespace(mesh_, policy.scope))
      return {};
    const resource::Labels labels = istio::selector_of(policy);
    if (istio::is_mesh_wide(mesh_, policy)) {
      if (labels.empty() || any_has(labels)) return {};
      return closed ? Severity::warning : Severity::info;
    }
    for (const Workload* workload : selections_.in(policy.scope, labels)) {
      if (istio::meshed(mesh_, *workload) != istio::Meshed::no) return {};
    }
    // What names no namespace may be applied to this one.
    if (!policy.scope.empty() && !selections_.in({}, labels).empty()) return {};
    if (closed || shown_.contains(policy.scope)) return Severity::warning;
    // Its workloads may be kept elsewhere.
    const bool known = mesh_.find("Namespace", "", policy.scope) != nullptr;
    return known ? std::optional(Severity::info) : std::nullopt;
  }

 private:
  bool any_has(const resource::Labels& labels) const {
    return std::any_of(meshed_.begin(), meshed_.end(), [&](const Workload* workload) {
      return resource::selects(labels, workload->pod_labels);
    });
  }

  const Mesh& mesh_;
  const istio::Selections& selections_;
  std::set<std::string_view> shown_;
  std::vector<const Workload*> meshed_;
};

bool has_targets(const Object& policy) {
  return policy.spec.find("targetRef").is_mapping() || policy.spec.find("targetRefs").size() > 0;
}

void policies_protect_workloads(const Mesh& mesh, Findings& found) {
  if (mesh.of_kind(istio::kSecurity, "AuthorizationPolicy").empty()) return;
  Protected workloads(mesh);
  istio::each_policy(mesh, [&](const Object& policy) {
    const auto severity = has_targets(policy) ? std::nullopt : workloads.idle(policy);
    if (!severity) return;
    const resource::Labels labels = istio::selector_of(policy);
    const yaml::Node selector = policy.spec.at("selector", "matchLabels");
    const std::string place = istio::is_mesh_wide(mesh, policy)
                                  ? "the mesh"
                                  : fmt::format("namespace `{}`", policy.scope);
    found
        .add(labels.empty() ? policy.where() : selector.where(),
             labels.empty() ? fmt::format("no workload of {} is in the mesh", place)
                            : fmt::format("no workload of {} in the mesh has the labels `{}`",
                                          place, istio::describe(labels)))
        .with_help("compare with the labels of the pods, and whether they have a proxy")
        .with_severity(*severity);
  });
}

/// The namespaces that the input knows by a Namespace object or by what lives in them.
class Namespaces {
 public:
  explicit Namespaces(const Mesh& mesh) : listed_(mesh.settings().closed_world) {
    for (const Object& object : mesh.objects()) {
      const bool is_namespace = objects::is(object, "", "Namespace");
      listed_ = listed_ || is_namespace;
      const std::string_view name = is_namespace ? object.name.value : object.scope;
      // What a policy protects says nothing about who calls.
      if (!name.empty()) names_.insert(name);
    }
    for (const std::string& name : mesh.settings().assume.namespaces) names_.insert(name);
  }

  bool listed() const { return listed_; }

  /// Whether some namespace is meant by `pattern`, which may have a `*` at an end.
  bool any(std::string_view pattern) const {
    if (pattern == "*" || names_.contains(pattern)) return true;
    return std::any_of(names_.begin(), names_.end(), [&](std::string_view name) {
      if (pattern.starts_with('*')) return name.ends_with(pattern.substr(1));
      if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
      return str::equals_ignore_case(name, pattern);
    });
  }

  std::string hint(std::string_view name) const {
    return did_you_mean(name, {names_.begin(), names_.end()});
  }

 private:
  bool listed_;  ///< there are Namespace objects, or what is not in the input does not exist
  std::set<std::string_view> names_;
};

void namespaces_exist(const Mesh& mesh, Findings& found) {
  if (mesh.of_kind(istio::kSecurity, "AuthorizationPolicy").empty()) return;
  const Namespaces namespaces(mesh);
  if (!namespaces.listed()) return;
  istio::each_policy(mesh, [&](const Object& policy) {
    istio::each_source(policy, [&](yaml::Node source) {
      istio::each_item(source, "namespaces", "notNamespaces", [&](yaml::Node item) {
        if (item.text().empty() || namespaces.any(item.text())) return;
        found.add(item.where(), fmt::format("the input has no namespace `{}`", item.text()))
            .with_help(namespaces.hint(item.text()));
      });
    });
  });
}

/// Whether some workload is selected by both. REQUIRES: they are of one namespace.
bool share_workloads(const Object& a, const Object& b) {
  const resource::Labels left = istio::selector_of(a);
  const resource::Labels right = istio::selector_of(b);
  return !has_targets(a) && !has_targets(b) &&
         (left.empty() || right.empty() || resource::selects(left, right) ||
          resource::selects(right, left));
}

void workloads_have_one_provider(const Mesh& mesh, Findings& found) {
  std::map<std::string_view, std::vector<const Object*>> before;  // by namespace
  objects::each(mesh, istio::kSecurity, "AuthorizationPolicy", [&](const Object& policy) {
    const yaml::Node provider = policy.spec.at("provider", "name");
    if (policy.spec.find("action").text() != "CUSTOM" || provider.text().empty()) return;
    auto& same = before[policy.scope];
    for (const Object* other : same) {
      const yaml::Node known = other->spec.at("provider", "name");
      if (known.text() == provider.text() || !share_workloads(*other, policy)) continue;
      found
          .add(provider.where(),
               fmt::format("these workloads ask provider `{}` already", known.text()))
          .relate(known.where(), "here")
          .with_help("use one provider for a workload");
      break;
    }
    same.push_back(&policy);
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1626",
     .name = "authorization-protects-nothing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "An AuthorizationPolicy is about some workload in the mesh",
     .why = "A policy is enforced by the proxies of the workloads that it selects. When it "
            "selects none, or none that has a proxy, what it was to protect is open.",
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
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  selector:
    matchLabels: {app: wbe} #!
  rules: [{from: [{source: {namespaces: [shop]}}]}]
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
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  selector:
    matchLabels: {app: web}
  rules: [{from: [{source: {namespaces: [shop]}}]}]
)",
     .aliases = "IST0127 KIA0004",
     .check = policies_protect_workloads},
    {.id = "MF1627",
     .name = "authorization-namespace-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Namespaces that an AuthorizationPolicy names exist",
     .why = "No request comes from a namespace that does not exist: an ALLOW rule then lets "
            "nobody in, and a DENY rule stops nobody.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: front, labels: {istio-injection: enabled}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - from:
    - source:
        namespaces: [fornt] #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: front, labels: {istio-injection: enabled}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - from:
    - source:
        namespaces: [front]
)",
     .aliases = "IST0101 KIA0101",
     .check = namespaces_exist},
    {.id = "MF1628",
     .name = "authorization-providers-mixed",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A workload asks one provider for permission",
     .why = "Istio takes one provider a workload. Where CUSTOM policies name two it cannot "
            "tell whom to ask, and refuses every request that they are about.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: admin, namespace: shop}
spec:
  action: CUSTOM
  provider: {name: opa}
  rules: [{to: [{operation: {paths: [/admin*]}}]}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: billing, namespace: shop}
spec:
  action: CUSTOM
  provider: {name: oauth} #!
  rules: [{to: [{operation: {paths: [/billing*]}}]}]
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: admin, namespace: shop}
spec:
  action: CUSTOM
  provider: {name: opa}
  rules: [{to: [{operation: {paths: [/admin*]}}]}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: billing, namespace: shop}
spec:
  action: CUSTOM
  provider: {name: opa}
  rules: [{to: [{operation: {paths: [/billing*]}}]}]
)",
     .check = workloads_have_one_provider},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family authorization_workload_rules() { return kRules; }

}  // namespace meshfn::lint
