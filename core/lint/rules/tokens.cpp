// JSON Web Tokens: asked for, and checked with keys that nobody else can give.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/insight_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

constexpr std::string_view kGroup = "security.istio.io";

/// Whether the policy asks for a token of the caller.
bool asks_for_token(const Object& policy) {
  for (const yaml::Node rule : policy.spec.find("rules").items()) {
    for (const yaml::Node from : rule.find("from").items()) {
      const yaml::Node source = from.find("source");
      if (source.find("requestPrincipals") || source.find("notRequestPrincipals")) return true;
    }
    for (const yaml::Node when : rule.find("when").items()) {
      if (when.find("key").text().starts_with("request.auth.")) return true;
    }
  }
  return false;
}

/// Whether pods may be selected by both.
bool overlap(const Object& a, const Object& b) {
  const auto left = resource::labels(a.spec.at("selector", "matchLabels"));
  const auto right = resource::labels(b.spec.at("selector", "matchLabels"));
  // Policies for a target are compared by the caller's namespace only.
  return left.empty() || right.empty() || resource::selects(left, right) ||
         resource::selects(right, left);
}

void tokens_are_asked_for(const Mesh& mesh, Findings& found) {
  std::map<std::string_view, std::vector<const Object*>> policies;
  for (const Object* policy : mesh.of_kind(kGroup, "AuthorizationPolicy")) {
    policies[policy->scope].push_back(policy);
  }
  objects::each(mesh, kGroup, "RequestAuthentication", [&](const Object& object) {
    if (object.spec.find("jwtRules").size() == 0) return;
    const auto own = policies.find(object.scope);
    // Where the namespace has no policy in the input, its policies may be elsewhere.
    if (own == policies.end()) return;
    for (const std::string_view scope :
         {object.scope, std::string_view(mesh.settings().istio_namespace)}) {
      const auto some = policies.find(scope);
      if (some == policies.end()) continue;
      const bool asked =
          std::any_of(some->second.begin(), some->second.end(), [&](const Object* policy) {
            return asks_for_token(*policy) && overlap(*policy, object);
          });
      if (asked) return;
    }
    found.add(object.where(), "requests without any token are let through")
        .with_help("add an AuthorizationPolicy that asks for `requestPrincipals: [\"*\"]`");
  });
}

bool is_inside(std::string_view url) {
  std::string_view host = url.substr(url.find("://") + 3);
  host = host.substr(0, host.find_first_of(":/"));
  return host.find('.') == std::string_view::npos || host.ends_with(".svc") ||
         host.ends_with(".local");
}

void keys_are_fetched_safely(const Mesh& mesh, Findings& found) {
  objects::each(mesh, kGroup, "RequestAuthentication", [&](const Object& object) {
    for (const yaml::Node rule : object.spec.find("jwtRules").items()) {
      yaml::Node uri = rule.find("jwksUri");
      if (!uri) uri = rule.find("jwks_uri");
      if (!uri.text().starts_with("http://") || is_inside(uri.text())) continue;
      found.add(uri.where(), "keys are fetched in plain text")
          .with_help("use https: whoever can change the answer can sign tokens");
    }
  });
}

void issuers_have_one_rule(const Mesh& mesh, Findings& found) {
  objects::each(mesh, kGroup, "RequestAuthentication", [&](const Object& object) {
    std::map<std::string_view, yaml::Node> seen;
    for (const yaml::Node rule : object.spec.find("jwtRules").items()) {
      const yaml::Node issuer = rule.find("issuer");
      if (issuer.text().empty()) continue;
      const auto [first, is_new] = seen.emplace(issuer.text(), issuer);
      if (is_new) continue;
      found.add(issuer.where(), fmt::format("`{}` has a rule already", issuer.text()))
          .relate(first->second.where(), "first here")
          .with_help("merge the two: their audiences, places of the token and keys");
    }
  });
}

constexpr Rule kRules[] = {
    {.id = "MF5511",
     .name = "token-not-required",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Tokens that are checked are also asked for",
     .why = "A RequestAuthentication refuses tokens that are wrong and lets requests without any "
            "pass. Only an AuthorizationPolicy requires one. It is reported where the input has "
            "policies of the namespace and none of them asks for a token.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: reviews, namespace: shop} #!
spec:
  jwtRules: [{issuer: https://id.example.com, jwksUri: https://id.example.com/keys}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - to: [{operation: {methods: [GET]}}]
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: reviews, namespace: shop}
spec:
  jwtRules: [{issuer: https://id.example.com, jwksUri: https://id.example.com/keys}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {requestPrincipals: ["*"]}}]
    to: [{operation: {methods: [GET]}}]
)",
     .check = tokens_are_asked_for},
    {.id = "MF5512",
     .name = "keys-in-plain-text",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Keys of token issuers are fetched over TLS",
     .why = "Whoever can answer the request for the keys in the issuer's place can make tokens "
            "that the mesh accepts.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: reviews, namespace: shop}
spec:
  jwtRules:
  - issuer: https://id.example.com
    jwksUri: http://id.example.com/keys #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: reviews, namespace: shop}
spec:
  jwtRules:
  - issuer: https://id.example.com
    jwksUri: https://id.example.com/keys
)",
     .check = keys_are_fetched_safely},
    {.id = "MF5513",
     .name = "issuer-twice",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "An issuer of tokens has one rule",
     .why = "With two rules for one issuer a token is accepted if it fits either, so the stricter "
            "of the two has no effect.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: reviews, namespace: shop}
spec:
  jwtRules:
  - {issuer: https://id.example.com, jwksUri: https://id.example.com/keys, audiences: [shop]}
  - {issuer: https://id.example.com, jwksUri: https://id.example.com/keys} #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: reviews, namespace: shop}
spec:
  jwtRules:
  - {issuer: https://id.example.com, jwksUri: https://id.example.com/keys, audiences: [shop]}
)",
     .check = issuers_have_one_rule},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family token_rules() { return kRules; }

}  // namespace meshfn::lint
