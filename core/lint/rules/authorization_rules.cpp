// The shape of an Istio AuthorizationPolicy: what goes with its action, and what no part may lack.

#include <fmt/format.h>

#include <algorithm>

#include "lint/each.h"
#include "lint/rules/authorization_policy.h"
#include "lint/rules/linkerd_values.h"
#include "lint/rules/security_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

void custom_names_its_provider(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    const bool custom = istio::action_of(policy) == "CUSTOM";
    const yaml::Node provider = policy.spec.find("provider");
    if (!custom && !provider.is_null()) {
      found
          .add(policy.spec.find_key("provider").where(),
               fmt::format("action {} asks no provider", istio::action_of(policy)))
          .with_help("remove `provider`, or use action CUSTOM");
    }
    const bool judged = custom && !policy.spec.find("rules").is_null();
    if (!judged || !provider.find("name").text().empty()) return;
    found.add(policy.spec.find("action").where(), "action CUSTOM has no `provider.name` to ask")
        .with_help("name an entry of `extensionProviders` of the mesh configuration");
  });
}

void deny_and_custom_have_rules(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    const std::string_view action = istio::action_of(policy);
    if (action != "DENY" && action != "CUSTOM") return;
    if (!policy.spec.find("rules").is_null()) return;
    found
        .add(policy.spec.find("action").where(),
             fmt::format("action {} without `rules` concerns no request", action))
        .with_help("for all requests write `rules: [{}]`");
  });
}

/// What the external authorizer cannot be asked about, because the attribute is not known yet when
/// it is called.
constexpr std::array<std::string_view, 10> kUnknownToCustom = {
    "namespaces",        "notNamespaces",       "serviceAccounts", "notServiceAccounts",
    "trustDomains",      "notTrustDomains",     "principals",      "notPrincipals",
    "requestPrincipals", "notRequestPrincipals"};

bool is_unknown_key(std::string_view key) {
  return key == "source.namespace" || key == "source.serviceAccount" ||
         key == "source.trustDomain" || key == "source.principal" ||
         key.starts_with("request.auth.");
}

void custom_uses_what_is_known(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    if (istio::action_of(policy) != "CUSTOM") return;
    const auto add = [&](yaml::Node where, std::string_view what) {
      found.add(where.where(), fmt::format("a CUSTOM policy cannot ask for `{}`", what))
          .with_help("leave it to the provider, or to a second policy with action ALLOW or DENY");
    };
    istio::each_source(policy, [&](yaml::Node source) {
      for (const std::string_view field : kUnknownToCustom) {
        if (source.find(field).size() > 0) add(source.find_key(field), field);
      }
    });
    istio::each_condition(policy, [&](yaml::Node condition) {
      const yaml::Node key = condition.find("key");
      if (is_unknown_key(key.text())) add(key, key.text());
    });
  });
}

template <class Fields>
bool has_any(yaml::Node part, const Fields& fields) {
  return std::any_of(fields.begin(), fields.end(),
                     [&](std::string_view field) { return part.find(field).size() > 0; });
}

/// `list` is `from` or `to` of `rule`, and `part` what its items consist of.
template <class Fields>
void check_parts(yaml::Node rule, std::string_view list, std::string_view part,
                 const Fields& fields, Findings& found) {
  const yaml::Node items = rule.find(list);
  if (items.is_sequence() && items.size() == 0) {
    found.add(items.where(), fmt::format("`{}` is empty", list))
        .with_help("remove it if the rule is meant for everyone");
  }
  for (const yaml::Node item : items.items()) {
    if (!item.is_mapping() || has_any(item.find(part), fields)) continue;
    found.add(item.where(), fmt::format("this item of `{}` has no `{}` with a value", list, part))
        .with_help(fmt::format("give `{}` one of {}", part, fmt::join(fields, ", ")));
  }
}

void no_part_is_empty(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    for (const yaml::Node rule : policy.spec.find("rules").items()) {
      check_parts(rule, "from", "source", istio::kSourceLists, found);
      check_parts(rule, "to", "operation", istio::kOperationLists, found);
    }
  });
}

void report_empty_items(yaml::Node list, Findings& found) {
  for (const yaml::Node item : list.items()) {
    if (!item.is_scalar() || !item.text().empty()) continue;
    found.add(item.where(), "an empty text matches nothing here")
        .with_help("remove it, or use `*` for any value that is present");
    return;
  }
}

void no_value_is_empty(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    istio::each_source(policy, [&](yaml::Node source) {
      for (const std::string_view field : istio::kSourceLists) {
        report_empty_items(source.find(field), found);
      }
    });
    istio::each_operation(policy, [&](yaml::Node operation) {
      for (const std::string_view field : istio::kOperationLists) {
        report_empty_items(operation.find(field), found);
      }
    });
    istio::each_condition(policy, [&](yaml::Node condition) {
      report_empty_items(condition.find("values"), found);
      report_empty_items(condition.find("notValues"), found);
    });
  });
}

void dry_run_is_possible(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    const resource::Text dry_run = policy.annotation("istio.io/dry-run");
    if (!dry_run) return;
    const std::string problem = linkerd::boolean_problem(*dry_run);
    if (!problem.empty()) {
      found.add(dry_run.where(), fmt::format("`istio.io/dry-run` {}", problem));
    }
    const std::string_view action = istio::action_of(policy);
    if (action == "ALLOW" || action == "DENY") return;
    found.add(dry_run.where(), fmt::format("action {} cannot be tried without effect", action))
        .with_help("remove the annotation; only ALLOW and DENY have a dry run");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1601",
     .name = "authorization-provider",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A CUSTOM policy names its provider, and no other policy does",
     .why = "CUSTOM hands the decision to an external authorizer. Istio's webhook refuses the "
            "policy without one, and a provider beside another action.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  action: CUSTOM #!
  rules: [{}]
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  action: CUSTOM
  provider: {name: opa}
  rules: [{}]
)",
     .aliases = "IST0106",
     .check = custom_names_its_provider},
    {.id = "MF1602",
     .name = "authorization-rules-missing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A DENY or CUSTOM policy has rules",
     .why = "Without rules such a policy would never match, which Istio's webhook refuses. An "
            "ALLOW policy without rules denies everything.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  action: DENY #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  action: DENY
  rules: [{from: [{source: {namespaces: [shop]}}]}]
)",
     .aliases = "IST0106",
     .check = deny_and_custom_have_rules},
    {.id = "MF1603",
     .name = "authorization-custom-attribute",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A CUSTOM policy asks only for what is known so early",
     .why = "The external authorizer is called before peers and tokens are judged, so "
            "principals, namespaces and claims are not known then. Istio's webhook refuses them.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  action: CUSTOM
  provider: {name: opa}
  rules:
  - from:
    - source:
        namespaces: [front] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  action: CUSTOM
  provider: {name: opa}
  rules:
  - to:
    - operation:
        paths: [/admin/*]
)",
     .aliases = "IST0106",
     .check = custom_uses_what_is_known},
    {.id = "MF1604",
     .name = "authorization-part-empty",
     .severity = Severity::error,
     .group = "istio",
     .summary = "No part of an authorization rule is empty",
     .why = "An empty `from`, `to`, `source` or `operation` could mean everyone or no one, so "
            "Istio's webhook refuses it.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - from: [] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - from:
    - source:
        namespaces: [shop]
)",
     .aliases = "IST0106",
     .check = no_part_is_empty},
    {.id = "MF1605",
     .name = "authorization-value-empty",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Values of an authorization rule are not empty",
     .why = "An empty value in a list is nearly always a template that got no input. Istio's "
            "webhook refuses it.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - to:
    - operation:
        methods: [GET, ""] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - to:
    - operation:
        methods: [GET]
)",
     .aliases = "IST0106",
     .check = no_value_is_empty},
    {.id = "MF1606",
     .name = "authorization-dry-run",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A dry run is of an ALLOW or DENY policy",
     .why = "`istio.io/dry-run` is a boolean, and the proxies can only log what ALLOW and DENY "
            "would do. Istio's webhook refuses it elsewhere.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: web
  namespace: shop
  annotations:
    istio.io/dry-run: "yes" #!
spec:
  rules: [{from: [{source: {namespaces: [shop]}}]}]
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: web
  namespace: shop
  annotations:
    istio.io/dry-run: "true"
spec:
  rules: [{from: [{source: {namespaces: [shop]}}]}]
)",
     .aliases = "IST0106",
     .check = dry_run_is_possible},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family authorization_rules() { return kRules; }

}  // namespace meshfn::lint
