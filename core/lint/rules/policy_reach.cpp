// AuthorizationPolicies that reach further, or see less, than their text suggests.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/authorization_policy.h"
#include "lint/rules/practice_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Labels;
using resource::Mesh;
using resource::Object;
using resource::Text;
using resource::istio::Gateway;
using resource::istio::VirtualService;

constexpr std::array<std::string_view, 5> kNotWho = {"notPrincipals", "notRequestPrincipals",
                                                     "notNamespaces", "notServiceAccounts",
                                                     "notTrustDomains"};

/// The key of the list that says who is spared, when a source says nothing else.
yaml::Node only_spares(yaml::Node source) {
  yaml::Node key;
  for (const yaml::Entry entry : source.entries()) {
    const bool spares =
        std::find(kNotWho.begin(), kNotWho.end(), entry.key.text()) != kNotWho.end();
    if (!spares) return {};
    if (!key) key = entry.key;
  }
  return key;
}

void denial_spares_checks(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    if (istio::action_of(policy) != "DENY") return;
    for (const yaml::Node rule : policy.spec.find("rules").items()) {
      if (rule.find("to").size() > 0 || rule.find("when").size() > 0) continue;
      for (const yaml::Node from : rule.find("from").items()) {
        const yaml::Node key = only_spares(from.find("source"));
        if (!key) continue;
        found
            .add(key.where(),
                 "whoever shows no identity is denied too: health checks of load balancers, and "
                 "what collects metrics from outside the mesh")
            .with_help(
                "leave their paths or ports out: `to: [{operation: {notPaths: [/healthz]}}]`");
      }
    }
  });
}

/// Whether an item names the account of pods that name none.
bool is_default_account(std::string_view field, std::string_view item) {
  if (field == "principals") return item.ends_with("/sa/default");
  return item == "default" || item.ends_with("/default");
}

void accounts_are_their_own(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    if (istio::action_of(policy) != "ALLOW") return;
    istio::each_source(policy, [&](yaml::Node source) {
      for (const std::string_view field : {"principals", "serviceAccounts"}) {
        for (const yaml::Node item : source.find(field).items()) {
          if (!is_default_account(field, item.text())) continue;
          found
              .add(item.where(),
                   "every pod of the namespace that names no ServiceAccount has this identity")
              .with_help("let the callers' pods run as an account of their own, and name that");
        }
      }
    });
  });
}

/// Whether a policy decides about the pods of a gateway.
bool is_guarded(const Gateway& gateway, const Mesh& mesh) {
  for (const std::string_view kind : {"AuthorizationPolicy", "RequestAuthentication"}) {
    for (const Object* policy : mesh.of_kind(istio::kSecurity, kind)) {
      const auto labels = istio::selector_of(*policy);
      if (labels.empty() &&
          (istio::is_mesh_wide(mesh, *policy) || policy->scope == gateway.scope)) {
        return true;
      }
      if (!labels.empty() &&
          (selects(labels, gateway.selector) || selects(gateway.selector, labels)))
        return true;
    }
  }
  return false;
}

/// Whether the input says who may call what, so that a gateway without is one that was left out.
bool uses_policies(const Mesh& mesh) {
  return !mesh.of_kind(istio::kSecurity, "AuthorizationPolicy").empty() ||
         !mesh.of_kind(istio::kSecurity, "RequestAuthentication").empty();
}

void exposure_is_meant(const VirtualService& service, const Mesh& mesh, Findings& found) {
  if (service.gateways.empty() || !service.is_for_mesh() || !uses_policies(mesh)) return;
  for (const Text& name : service.gateways) {
    if (name.value == "mesh") continue;
    const auto lookup = mesh.derived<References>().gateway(name.value, service.scope);
    if (lookup.istio == nullptr || lookup.istio->selector.empty()) continue;
    if (is_guarded(*lookup.istio, mesh)) continue;
    found
        .add(name.where(), fmt::format("what the mesh calls as `{}` is open to everybody who "
                                       "reaches gateway `{}`",
                                       service.hosts.empty() ? "" : service.hosts.front().value,
                                       lookup.istio->name.value))
        .relate(lookup.istio->where(), "no policy is about its pods")
        .with_help(
            "give the gateway an AuthorizationPolicy, or keep the routes for `mesh` in a "
            "VirtualService of their own");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5561",
     .name = "denial-without-exception",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A policy that denies all but some says for which requests",
     .why = "DENY with `notPrincipals` and the like denies whoever shows no identity, also health "
            "checks of load balancers and scrapers that are not in the mesh. When those are "
            "denied, healthy pods are taken out.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  action: DENY
  rules:
  - from: [{source: {notPrincipals: [cluster.local/ns/shop/sa/web]}}] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  action: DENY
  rules:
  - from: [{source: {notPrincipals: [cluster.local/ns/shop/sa/web]}}]
    to: [{operation: {notPorts: ["8081"]}}]
)",
     .check = denial_spares_checks},
    {.id = "MF5563",
     .name = "default-account-allowed",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A policy allows accounts that pods were given on purpose",
     .why = "`default` is the account of all pods of a namespace that name none. Whoever can start "
            "a pod there is allowed too.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {principals: [cluster.local/ns/shop/sa/default]}}] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]
)",
     .check = accounts_are_their_own},
    {.id = "MF5564",
     .name = "mesh-routes-exposed",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Routes for the mesh are on a gateway only with a policy there",
     .why = "A VirtualService for `mesh` and a gateway opens to the outside what workloads call "
            "among themselves. It is reported when policies decide elsewhere who may call what, "
            "and none is about the gateway.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [stock.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: stock, namespace: shop}
spec:
  hosts: [stock.example.com]
  gateways:
  - mesh
  - infra/edge #!
  http: [{redirect: {authority: www.example.com}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: stock, namespace: shop}
spec:
  selector: {matchLabels: {app: stock}}
  rules:
  - from: [{source: {namespaces: [shop]}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [stock.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: stock, namespace: shop}
spec:
  hosts: [stock.example.com]
  gateways:
  - infra/edge
  http: [{redirect: {authority: www.example.com}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: stock, namespace: shop}
spec:
  selector: {matchLabels: {app: stock}}
  rules:
  - from: [{source: {namespaces: [shop]}}]
)",
     .check = Each<exposure_is_meant>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family policy_reach_rules() { return kRules; }

}  // namespace meshfn::lint
