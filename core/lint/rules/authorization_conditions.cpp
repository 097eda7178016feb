// What the rules of Istio AuthorizationPolicies amount to: conditions that can be evaluated, tokens
// that somebody checks, providers and namespaces that exist.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/authorization_policy.h"
#include "lint/rules/security_families.h"
#include "resource/istio/mesh_config.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

constexpr std::array<std::string_view, 11> kKeys = {"source.ip",
                                                    "remote.ip",
                                                    "source.namespace",
                                                    "source.serviceAccount",
                                                    "source.trustDomain",
                                                    "source.principal",
                                                    "request.auth.principal",
                                                    "request.auth.audiences",
                                                    "request.auth.presenter",
                                                    "destination.ip",
                                                    "destination.port"};

/// Keys whose second half is chosen by the user, in brackets.
constexpr std::array<std::string_view, 3> kOpenKeys = {"request.headers", "request.auth.claims",
                                                       "experimental.envoy.filters."};

std::string key_problem(std::string_view key) {
  if (key.empty()) return "the condition has no key";
  if (std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end() || key == "connection.sni")
    return {};
  for (const std::string_view open : kOpenKeys) {
    if (!key.starts_with(open)) continue;
    const std::size_t bracket = key.find('[');
    const bool filled = bracket != std::string_view::npos && key.ends_with(']') &&
                        key.size() > bracket + 2 && (open.ends_with('.') || bracket == open.size());
    return filled ? ""
                  : fmt::format("`{}` needs a name in brackets, as in `{}[x]`", key,
                                key.substr(0, bracket));
  }
  if (key.starts_with("destination.")) {
    return fmt::format("Istio no longer has condition key `{}`", key);
  }
  return fmt::format("`{}` is no key of a condition", key);
}

void conditions_have_keys(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    istio::each_condition(policy, [&](yaml::Node condition) {
      const yaml::Node key = condition.find("key");
      if (!key.is_scalar()) return;
      const std::string problem = key_problem(key.text());
      if (problem.empty()) return;
      found.add(key.where(), problem)
          .with_help(did_you_mean(key.text(), {kKeys.begin(), kKeys.end()}));
    });
  });
}

void conditions_have_values(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    istio::each_condition(policy, [&](yaml::Node condition) {
      const bool any =
          condition.find("values").size() > 0 || condition.find("notValues").size() > 0;
      if (any || !condition.is_mapping()) return;
      found.add(objects::place(condition, "key"), "the condition compares with no value")
          .with_help("give it `values` or `notValues`; `*` is any value that is present");
    });
  });
}

constexpr std::array<std::string_view, 10> kPeerLists = {
    "principals",  "notPrincipals",  "namespaces",        "notNamespaces",   "ipBlocks",
    "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks", "serviceAccounts", "notServiceAccounts"};

/// Whether every item of `list` lacks all of `fields` in its `part`.
template <class Fields>
bool none_has(yaml::Node rule, std::string_view list, std::string_view part, const Fields& fields) {
  for (const yaml::Node item : rule.find(list).items()) {
    for (const std::string_view field : fields) {
      if (item.find(part).find(field).size() > 0) return false;
    }
  }
  return true;
}

void denials_concern_connections(const Mesh& mesh, Findings& found) {
  constexpr std::array<std::string_view, 2> kPorts = {"ports", "notPorts"};
  istio::each_policy(mesh, [&](const Object& policy) {
    if (istio::action_of(policy) != "DENY") return;
    for (const yaml::Node rule : policy.spec.find("rules").items()) {
      const yaml::Node from = rule.find("from");
      const yaml::Node to = rule.find("to");
      const bool http_from =
          from.size() > 0 && to.size() == 0 && none_has(rule, "from", "source", kPeerLists);
      const bool http_to = to.size() > 0 && none_has(rule, "to", "operation", kPorts);
      if (!http_from && !http_to) continue;
      found
          .add(rule.where(),
               "this rule denies by what only HTTP has, so on a TCP port it denies "
               "every connection")
          .with_help("add `ports` of HTTP to each operation");
    }
  });
}

/// Whether the mesh configuration is complete enough to say that a provider is missing.
void providers_exist(const Mesh& mesh, Findings& found) {
  const auto& config = mesh.derived<resource::istio::MeshConfig>();
  const yaml::Node providers = config.node().find("extensionProviders");
  if (!config.node() && !mesh.settings().closed_world) return;
  std::vector<std::string_view> names;
  for (const yaml::Node provider : providers.items()) names.push_back(provider.find("name").text());
  istio::each_policy(mesh, [&](const Object& policy) {
    const yaml::Node name = policy.spec.at("provider", "name");
    if (name.text().empty() || istio::action_of(policy) != "CUSTOM") return;
    if (std::find(names.begin(), names.end(), name.text()) != names.end()) return;
    found
        .add(name.where(),
             fmt::format("the mesh configuration has no extension provider `{}`", name.text()))
        .with_help(did_you_mean(name.text(), names));
  });
}

bool asks_for_token(const Object& policy) {
  bool asks = false;
  istio::each_source(policy, [&](yaml::Node source) {
    asks = asks || source.find("requestPrincipals").size() > 0;
  });
  istio::each_condition(policy, [&](yaml::Node condition) {
    asks = asks || (condition.find("key").text().starts_with("request.auth.") &&
                    condition.find("values").size() > 0);
  });
  return asks;
}

void tokens_are_checked(const Mesh& mesh, Findings& found) {
  std::set<std::string_view> checked;
  istio::each_known(mesh, istio::kSecurity, "RequestAuthentication",
                    [&](const Object& object) { checked.insert(object.scope); });
  // An object without a namespace may live in any.
  const bool known = !checked.empty() && !checked.contains("");
  if (checked.contains(resource::istio::root_namespace(mesh))) return;
  istio::each_policy(mesh, [&](const Object& policy) {
    if (checked.contains(policy.scope) || istio::is_mesh_wide(mesh, policy)) return;
    if (istio::action_of(policy) != "ALLOW" || !asks_for_token(policy)) return;
    found
        .add(policy.where(),
             "this policy asks for a token, and no RequestAuthentication of the "
             "input checks tokens for it")
        .with_help("add a RequestAuthentication; without one no request has a principal")
        .with_severity(known && !policy.scope.empty() ? Severity::warning : Severity::info);
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1621",
     .name = "authorization-condition-key",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A condition asks for an attribute that exists",
     .why = "Istio's webhook refuses keys of `when` that it does not know. Headers, claims and "
            "filter metadata are named in brackets.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - when:
    - key: request.header[x-user] #!
      values: [a]
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - when:
    - key: request.headers[x-user]
      values: [a]
)",
     .aliases = "IST0106",
     .check = conditions_have_keys},
    {.id = "MF1622",
     .name = "authorization-condition-values",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A condition has values to compare with",
     .why = "A condition without `values` and `notValues` says nothing, and Istio's webhook "
            "refuses it.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - when:
    - key: source.ip #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - when:
    - key: source.ip
      values: [10.0.0.0/8]
)",
     .aliases = "IST0106",
     .check = conditions_have_values},
    {.id = "MF1623",
     .name = "authorization-denies-all-tcp",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A DENY rule that needs HTTP is limited to HTTP ports",
     .why = "On TCP ports the proxy cannot see methods, paths, headers and tokens. A DENY rule "
            "that asks only for those is then applied without them, and denies everything.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  action: DENY
  rules:
  - to: #!
    - operation:
        methods: [DELETE]
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  action: DENY
  rules:
  - to:
    - operation:
        methods: [DELETE]
        ports: ["8080"]
)",
     .aliases = "IST0133",
     .check = denials_concern_connections},
    {.id = "MF1624",
     .name = "authorization-provider-missing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The provider of a CUSTOM policy is configured",
     .why = "When the mesh configuration has no such extension provider, the proxies deny every "
            "request that the policy is about.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    extensionProviders:
    - name: opa
      envoyExtAuthzGrpc: {service: opa.security.svc.cluster.local, port: 9191}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  action: CUSTOM
  provider:
    name: oap #!
  rules: [{}]
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    extensionProviders:
    - name: opa
      envoyExtAuthzGrpc: {service: opa.security.svc.cluster.local, port: 9191}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  action: CUSTOM
  provider:
    name: opa
  rules: [{}]
)",
     .check = providers_exist},
    {.id = "MF1625",
     .name = "authorization-token-unchecked",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A policy that asks for tokens has something that checks them",
     .why = "Only a RequestAuthentication turns a token into a principal and claims. Without one "
            "an ALLOW policy that asks for them lets nothing through.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: web #!
  namespace: shop
spec:
  rules:
  - from:
    - source:
        requestPrincipals: ["*"]
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: web, namespace: shop}
spec:
  jwtRules:
  - issuer: https://issuer.example.com
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: web
  namespace: shop
spec:
  rules:
  - from:
    - source:
        requestPrincipals: ["*"]
)",
     .check = tokens_are_checked},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family authorization_condition_rules() { return kRules; }

}  // namespace meshfn::lint
