// Policies that let nobody in, or that a request passes by with another spelling of its path;
// callers that have no identity to be known by.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/authorization_policy.h"
#include "lint/rules/istio_objects.h"
#include "lint/rules/practice_families.h"
#include "resource/istio/mesh_config.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

/// Words of names that say that nobody is meant to get through.
constexpr std::array<std::string_view, 8> kClosed = {"deny",  "nothing", "none",   "default",
                                                     "block", "lock",    "isolat", "baseline"};

void closed_doors_are_meant(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    if (istio::action_of(policy) != "ALLOW" || policy.spec.find("rules").size() > 0) return;
    // Of a whole namespace it is what the documentation begins with.
    if (istio::selector_of(policy).empty()) return;
    const std::string name = str::lower(policy.name.value);
    const bool said = std::any_of(kClosed.begin(), kClosed.end(), [&](std::string_view word) {
      return name.find(word) != std::string::npos;
    });
    if (said) return;
    found.add(policy.where(), "without rules this policy lets nobody in")
        .with_help("add `rules`, or call it what it does: `deny-all`");
  });
}

/// Calls `visit(path)` for the paths that policies deny.
template <class Visit>
void each_denied_path(const Mesh& mesh, Visit visit) {
  istio::each_policy(mesh, [&](const Object& policy) {
    if (istio::action_of(policy) != "DENY") return;
    istio::each_operation(policy, [&](yaml::Node operation) {
      for (const yaml::Node path : operation.find("paths").items()) visit(path);
    });
  });
}

void denied_paths_are_normalized(const Mesh& mesh, Findings& found) {
  const auto& config = mesh.derived<resource::istio::MeshConfig>();
  const yaml::Node mode = config.node().at("pathNormalization", "normalization");
  if (mode.text() != "NONE" && mode.text() != "BASE") return;
  bool said = false;
  each_denied_path(mesh, [&](yaml::Node path) {
    if (std::exchange(said, true)) return;
    const bool none = mode.text() == "NONE";
    auto& finding = found.add(config.where(mode),
                              none ? "a request gets past policies with `/./` or `%2e` in its path"
                                   : "a request gets past policies with `//` or `%2F` in its path");
    finding.relate(path.where(), "a path that is denied as it is written")
        .with_help("use MERGE_SLASHES, or DECODE_AND_MERGE_SLASHES if the pods decode");
    if (!none) finding.with_severity(Severity::info);
  });
}

/// The namespaces that have pods in the input, and none of them a proxy.
std::set<std::string_view> without_proxies(const Mesh& mesh) {
  std::set<std::string_view> outside;
  std::set<std::string_view> inside;
  for (const auto& workload : mesh.all<resource::kubernetes::Workload>()) {
    const bool out = istio::meshed(mesh, workload) == istio::Meshed::no;
    (out ? outside : inside).insert(workload.scope);
  }
  for (const std::string_view scope : inside) outside.erase(scope);
  return outside;
}

void callers_have_an_identity(const Mesh& mesh, Findings& found) {
  if (mesh.of_kind(istio::kSecurity, "AuthorizationPolicy").empty()) return;
  const auto outside = without_proxies(mesh);
  istio::each_policy(mesh, [&](const Object& policy) {
    istio::each_source(policy, [&](yaml::Node source) {
      for (const yaml::Node name : source.find("namespaces").items()) {
        if (!outside.contains(name.text())) continue;
        found
            .add(name.where(),
                 fmt::format("pods of `{}` have no proxy, so nobody calls as one of them",
                             name.text()))
            .with_help("bring the namespace into the mesh; until then only addresses tell it");
      }
    });
  });
}

constexpr Rule kRules[] = {
    {.id = "MF5526",
     .name = "policy-without-rules",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A policy that lets nobody in is called so",
     .why = "ALLOW without rules matches no request, so all are refused. It is a good "
            "beginning, and a bad surprise where the rules were forgotten.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews-viewers, namespace: shop} #!
spec:
  selector: {matchLabels: {app: reviews}}
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny-all, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
)",
     .check = closed_doors_are_meant},
    {.id = "MF5528",
     .name = "paths-not-normalized",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Paths are normalized before policies compare them",
     .why = "Proxies and pods may read one path in two ways. Where a policy denies `/admin`, "
            "a request for `//admin` passes it and is still answered as `/admin`, unless the "
            "proxy merges slashes first.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: admin, namespace: shop}
spec:
  action: DENY
  rules:
  - to: [{operation: {paths: [/admin*], ports: ["8080"]}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    pathNormalization: {normalization: NONE} #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: admin, namespace: shop}
spec:
  action: DENY
  rules:
  - to: [{operation: {paths: [/admin*], ports: ["8080"]}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    pathNormalization: {normalization: MERGE_SLASHES}
)",
     .check = denied_paths_are_normalized},
    {.id = "MF5536",
     .name = "caller-without-proxy",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Namespaces that a policy names have pods with an identity",
     .why = "A proxy learns the namespace of a caller from the certificate of the caller's "
            "proxy. Pods without one have none, so what names their namespace matches "
            "nothing: ALLOW lets them not in, and DENY not out.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {namespaces: [legacy]}}] #!
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: batch, namespace: legacy}
spec:
  selector: {matchLabels: {app: batch}}
  template:
    metadata: {labels: {app: batch, sidecar.istio.io/inject: "false"}}
    spec: {containers: [{name: batch, image: batch:1}]}
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {namespaces: [legacy]}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: batch, namespace: legacy}
spec:
  selector: {matchLabels: {app: batch}}
  template:
    metadata: {labels: {app: batch, sidecar.istio.io/inject: "true"}}
    spec: {containers: [{name: batch, image: batch:1}]}
)",
     .check = callers_have_an_identity},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family policy_path_rules() { return kRules; }

}  // namespace meshfn::lint
