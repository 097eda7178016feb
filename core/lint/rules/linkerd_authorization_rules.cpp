// AuthorizationPolicy and ServerAuthorization: what the webhook refuses, and references that make
// a policy void.

#include <fmt/format.h>

#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_routes.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::kGatewayApi;
using linkerd::kPolicy;
using linkerd::Reference;
using linkerd::refers_to;
using objects::KindIndex;
using resource::Mesh;
using resource::Object;

Reference target_of(const Object& policy) {
  return linkerd::policy_reference(policy.spec.find("targetRef"), policy.scope);
}

bool is_http_route(const Reference& target) {
  return refers_to(target, kPolicy, "HTTPRoute") || refers_to(target, kGatewayApi, "HTTPRoute");
}

void target_is_admitted(const Object& policy, const Mesh&, Findings& found) {
  if (!objects::is(policy, kPolicy, "AuthorizationPolicy")) return;
  const Reference target = target_of(policy);
  if (!target.node.is_mapping()) return;
  if (refers_to(target, "", "Namespace")) {
    if (policy.scope.empty() || target.name == policy.scope) return;
    found
        .add(target.where(), fmt::format("the policy is in namespace `{}` and targets namespace "
                                         "`{}`",
                                         policy.scope, target.name))
        .with_help("a policy can target only the namespace that it is in");
    return;
  }
  if (refers_to(target, kPolicy, "Server") || is_http_route(target)) return;
  if (refers_to(target, kGatewayApi, "GRPCRoute")) return;
  found
      .add(objects::place(target.node, "kind"),
           fmt::format("a policy cannot target {}", linkerd::describe(target)))
      .with_help(
          "targets are Server and HTTPRoute (group policy.linkerd.io), HTTPRoute and "
          "GRPCRoute (group gateway.networking.k8s.io) and Namespace (group core)");
}

void authentications_are_admitted(const Object& policy, const Mesh&, Findings& found) {
  if (!objects::is(policy, kPolicy, "AuthorizationPolicy")) return;
  yaml::Node client;
  yaml::Node network;
  for (const yaml::Node item : policy.spec.find("requiredAuthenticationRefs").items()) {
    const Reference ref = linkerd::policy_reference(item, policy.scope);
    const bool of_client =
        refers_to(ref, kPolicy, "MeshTLSAuthentication") || refers_to(ref, "", "ServiceAccount");
    if (!of_client && !refers_to(ref, kPolicy, "NetworkAuthentication")) {
      found
          .add(objects::place(item, "kind"),
               fmt::format("{} authenticates nobody", linkerd::describe(ref)))
          .with_help(
              "references are to MeshTLSAuthentication and NetworkAuthentication (group "
              "policy.linkerd.io) and to ServiceAccount (group core)");
      continue;
    }
    yaml::Node& first = of_client ? client : network;
    if (!first) {
      first = item;
      continue;
    }
    found
        .add(ref.where(), of_client ? "a policy takes one MeshTLSAuthentication or ServiceAccount"
                                    : "a policy takes one NetworkAuthentication")
        .relate(objects::place(first, "name"), "the first")
        .with_help(
            "all references must hold at once; list alternatives in one authentication, or "
            "write another policy");
  }
}

/// Reports `ref` when its kind's index knows that it is missing.
void report_missing(const KindIndex& index, const Reference& ref, std::string_view effect,
                    Findings& found) {
  if (ref.name.empty() || index.found(ref.scope, ref.name) != Found::missing) return;
  found
      .add(ref.where(), fmt::format("{} `{}` does not exist in namespace `{}`{}", ref.kind,
                                    ref.name, ref.scope, effect))
      .with_help(index.hint(ref.scope, ref.name));
}

void targets_exist(const Mesh& mesh, Findings& found) {
  const KindIndex servers(mesh, kPolicy, "Server");
  const KindIndex routes(mesh, kPolicy, "HTTPRoute");
  const KindIndex http_routes(mesh, kGatewayApi, "HTTPRoute");
  const KindIndex grpc_routes(mesh, kGatewayApi, "GRPCRoute");
  objects::each(mesh, kPolicy, "AuthorizationPolicy", [&](const Object& policy) {
    Reference target = target_of(policy);
    target.scope = policy.scope;
    if (refers_to(target, kPolicy, "Server")) report_missing(servers, target, "", found);
    if (refers_to(target, kPolicy, "HTTPRoute")) report_missing(routes, target, "", found);
    if (refers_to(target, kGatewayApi, "HTTPRoute")) report_missing(http_routes, target, "", found);
    if (refers_to(target, kGatewayApi, "GRPCRoute")) report_missing(grpc_routes, target, "", found);
  });
}

void authentications_exist(const Mesh& mesh, Findings& found) {
  const KindIndex identities(mesh, kPolicy, "MeshTLSAuthentication");
  const KindIndex networks(mesh, kPolicy, "NetworkAuthentication");
  const KindIndex accounts(mesh, "", "ServiceAccount");
  constexpr std::string_view kEffect = ", so the policy authorizes nobody";
  objects::each(mesh, kPolicy, "AuthorizationPolicy", [&](const Object& policy) {
    for (const yaml::Node item : policy.spec.find("requiredAuthenticationRefs").items()) {
      const Reference ref = linkerd::policy_reference(item, policy.scope);
      if (refers_to(ref, kPolicy, "MeshTLSAuthentication")) {
        report_missing(identities, ref, kEffect, found);
      } else if (refers_to(ref, kPolicy, "NetworkAuthentication")) {
        report_missing(networks, ref, kEffect, found);
      } else if (refers_to(ref, "", "ServiceAccount") && ref.name != "default") {
        report_missing(accounts, ref, kEffect, found);
      }
    }
  });
}

void client_is_consistent(const Object& object, const Mesh&, Findings& found) {
  if (!objects::is(object, kPolicy, "ServerAuthorization")) return;
  const yaml::Node client = object.spec.find("client");
  const yaml::Node tls = client.find("meshTLS");
  const auto anybody = resource::boolean(client.find("unauthenticated"));
  if (tls && !tls.is_null() && anybody.value_or(false)) {
    found
        .add(client.find_key("unauthenticated").where(),
             "a client cannot be unauthenticated and authenticated by `meshTLS`")
        .relate(client.find_key("meshTLS").where(), "authentication is required here");
  }
  const auto any_tls = resource::boolean(tls.find("unauthenticatedTLS"));
  if (!any_tls.value_or(false)) return;
  for (const std::string_view field : {"identities", "serviceAccounts"}) {
    if (tls.find(field).size() == 0) continue;
    found
        .add(tls.find_key(field).where(),
             fmt::format("`{}` cannot be checked with `unauthenticatedTLS`", field))
        .relate(any_tls.where(), "no identity is needed");
  }
}

void servers_exist(const Mesh& mesh, Findings& found) {
  const KindIndex servers(mesh, kPolicy, "Server");
  objects::each(mesh, kPolicy, "ServerAuthorization", [&](const Object& object) {
    const yaml::Node server = object.spec.find("server");
    if (const auto name = resource::text(server.find("name"))) {
      if (servers.found(object.scope, *name) != Found::missing) return;
      found
          .add(name.where(),
               fmt::format("Server `{}` does not exist in namespace `{}`", *name, object.scope))
          .with_help(servers.hint(object.scope, *name));
      return;
    }
    const yaml::Node selector = server.find("selector");
    const auto all = servers.in(object.scope);
    if (!selector.is_mapping() || all.empty()) return;
    for (const Object* candidate : all) {
      const auto labels = resource::labels(candidate->metadata.find("labels"));
      if (resource::selector_matches(selector, labels)) return;
    }
    found.add(selector.where(),
              fmt::format("no Server of namespace `{}` has these labels", object.scope));
  });
}

constexpr Rule kRules[] = {
    {.id = "MF3120",
     .name = "linkerd-policy-target",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "An AuthorizationPolicy targets what it can",
     .why = "Linkerd's webhook refuses other kinds and namespaces other than the policy's own.",
     .bad = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef:
    group: core
    kind: Service #!
    name: web
  requiredAuthenticationRefs: []
)",
     .good = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef:
    group: core
    kind: Namespace
    name: shop
  requiredAuthenticationRefs: []
)",
     .check = Each<target_is_admitted>::run},
    {.id = "MF3121",
     .name = "linkerd-policy-authentications",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A policy requires one authentication of clients and one of networks",
     .why = "Linkerd's webhook refuses more than one MeshTLSAuthentication or ServiceAccount, more "
            "than one NetworkAuthentication, and all other kinds.",
     .bad = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web}
  requiredAuthenticationRefs:
  - {kind: ServiceAccount, name: front}
  - {kind: ServiceAccount, name: back} #!
)",
     .good = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web}
  requiredAuthenticationRefs:
  - {group: policy.linkerd.io, kind: MeshTLSAuthentication, name: front-and-back}
)",
     .check = Each<authentications_are_admitted>::run},
    {.id = "MF3122",
     .name = "linkerd-policy-target-missing",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "The target of an AuthorizationPolicy exists",
     .why = "A policy of a target that does not exist authorizes nobody; clients that it was meant "
            "for are refused with 403.",
     .bad = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: wep} #!
  requiredAuthenticationRefs: []
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
  accessPolicy: audit
)",
     .good = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web}
  requiredAuthenticationRefs: []
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
  accessPolicy: audit
)",
     .check = targets_exist},
    {.id = "MF3123",
     .name = "linkerd-authentication-missing",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "The authentications that a policy requires exist",
     .why = "All of them must hold. One that does not exist never holds, and the policy authorizes "
            "nobody.",
     .bad = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {kind: Namespace, name: shop}
  requiredAuthenticationRefs:
  - {group: policy.linkerd.io, kind: MeshTLSAuthentication, name: fronts} #!
---
apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: front, namespace: shop}
spec:
  identities: ["*.shop.serviceaccount.identity.linkerd.cluster.local"]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {kind: Namespace, name: shop}
  requiredAuthenticationRefs:
  - {group: policy.linkerd.io, kind: MeshTLSAuthentication, name: front}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: front, namespace: shop}
spec:
  identities: ["*.shop.serviceaccount.identity.linkerd.cluster.local"]
)",
     .check = authentications_exist},
    {.id = "MF3124",
     .name = "linkerd-client-contradiction",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A ServerAuthorization's client is consistent",
     .why = "Linkerd's webhook refuses clients that must and must not be authenticated, and "
            "identities that cannot be checked.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta1
kind: ServerAuthorization
metadata: {name: web, namespace: shop}
spec:
  server: {name: web}
  client:
    unauthenticated: true #!
    meshTLS: {identities: ["front.shop.serviceaccount.identity.linkerd.cluster.local"]}
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta1
kind: ServerAuthorization
metadata: {name: web, namespace: shop}
spec:
  server: {name: web}
  client:
    meshTLS: {identities: ["front.shop.serviceaccount.identity.linkerd.cluster.local"]}
)",
     .check = Each<client_is_consistent>::run},
    {.id = "MF3125",
     .name = "linkerd-authorization-server-missing",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A ServerAuthorization names or selects a Server that exists",
     .why = "Without a Server it authorizes nobody; clients that it was meant for are refused.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta1
kind: ServerAuthorization
metadata: {name: web, namespace: shop}
spec:
  server: {name: wep} #!
  client: {unauthenticated: true}
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
  accessPolicy: audit
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta1
kind: ServerAuthorization
metadata: {name: web, namespace: shop}
spec:
  server: {name: web}
  client: {unauthenticated: true}
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
  accessPolicy: audit
)",
     .check = servers_exist},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_authorization_rules() { return kRules; }

}  // namespace meshfn::lint
