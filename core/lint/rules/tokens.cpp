// JSON Web Tokens: asked for, and checked with keys that nobody else can give.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/json.h"
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

using Json = nlohmann::json;

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

/// Where the keys of a rule come from.
std::string_view keys_of(yaml::Node rule) {
  for (const std::string_view field : {"jwksUri", "jwks_uri", "jwks"}) {
    if (const yaml::Node keys = rule.find(field)) return keys.text();
  }
  return {};
}

/// Reports issuers whose tokens another object checks with other keys, for the same pods.
void check_rivals(const Mesh& mesh, Findings& found) {
  std::map<std::pair<std::string_view, std::string_view>, std::pair<const Object*, yaml::Node>>
      seen;
  objects::each(mesh, kGroup, "RequestAuthentication", [&](const Object& object) {
    if (object.spec.find("targetRef") || object.spec.find("targetRefs")) return;
    for (const yaml::Node rule : object.spec.find("jwtRules").items()) {
      const yaml::Node issuer = rule.find("issuer");
      if (issuer.text().empty()) continue;
      const auto [first, is_new] =
          seen.emplace(std::pair(object.scope, issuer.text()), std::pair(&object, rule));
      const auto& [other, other_rule] = first->second;
      if (is_new || other == &object || !overlap(*other, object)) continue;
      if (keys_of(other_rule) == keys_of(rule)) continue;
      found
          .add(issuer.where(), fmt::format("`{}` of `{}` checks tokens of this issuer with other "
                                           "keys",
                                           other->name.value, other->scope))
          .relate(other_rule.find("issuer").where(), "here")
          .with_help("give an issuer one rule: which of them counts is not said");
    }
  });
}

void issuers_have_one_rule(const Mesh& mesh, Findings& found) {
  check_rivals(mesh, found);
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

/// Whether some Gateway runs on the pods of a policy.
bool is_of_gateway(const Mesh& mesh, const Object& policy) {
  const auto labels = resource::labels(policy.spec.at("selector", "matchLabels"));
  const auto& gateways = mesh.all<resource::istio::Gateway>();
  return !labels.empty() && std::any_of(gateways.begin(), gateways.end(), [&](const auto& one) {
    return !one.selector.empty() && resource::selects(one.selector, labels);
  });
}

/// Whether the next hop still sees the token of a rule, or what is in it.
bool passes_token(yaml::Node rule) {
  return resource::boolean(rule.find("forwardOriginalToken")).value ||
         rule.find("outputPayloadToHeader") || rule.find("outputClaimToHeaders");
}

void tokens_reach_the_next_check(const Mesh& mesh, Findings& found) {
  std::map<std::string_view, const Object*> inner;
  objects::each(mesh, kGroup, "RequestAuthentication", [&](const Object& object) {
    if (is_of_gateway(mesh, object)) return;
    for (const yaml::Node rule : object.spec.find("jwtRules").items()) {
      inner.emplace(rule.find("issuer").text(), &object);
    }
  });
  objects::each(mesh, kGroup, "RequestAuthentication", [&](const Object& object) {
    if (!is_of_gateway(mesh, object)) return;
    for (const yaml::Node rule : object.spec.find("jwtRules").items()) {
      const yaml::Node issuer = rule.find("issuer");
      const auto next = inner.find(issuer.text());
      if (next == inner.end() || issuer.text().empty() || passes_token(rule)) continue;
      found.add(issuer.where(), "the gateway takes the token away after it has checked it")
          .relate(next->second->where(), "pods behind it check tokens of this issuer, too")
          .with_help("set `forwardOriginalToken: true`");
    }
  });
}

/// Bits of an RSA key by its modulus, which is base64url without padding.
std::size_t bits_of(std::string_view modulus) { return modulus.size() * 6 / 8 * 8; }

void keys_are_long(const Mesh& mesh, Findings& found) {
  constexpr std::size_t kEnough = 2048;
  // What is shorter is no key at all, but stands in for one.
  constexpr std::size_t kShortest = 512;
  objects::each(mesh, kGroup, "RequestAuthentication", [&](const Object& object) {
    for (const yaml::Node rule : object.spec.find("jwtRules").items()) {
      const yaml::Node text = rule.find("jwks");
      const Json set = parse_json<Json>(text.text());
      if (!set.is_object() || !set.contains("keys") || !set["keys"].is_array()) continue;
      for (const Json& key : set["keys"]) {
        if (!key.is_object() || key.value("kty", "") != "RSA") continue;
        const std::size_t bits = bits_of(key.value("n", ""));
        if (bits < kShortest || bits >= kEnough) continue;
        found.add(text.where(), fmt::format("an RSA key of {} bits can be broken", bits))
            .with_help("let the issuer sign with 2048 bits or more");
      }
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
    {.id = "MF5515",
     .name = "token-not-forwarded",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A gateway passes on tokens that are checked behind it",
     .why = "The proxy removes a token that it has checked. Pods behind the gateway that "
            "check it again, or ask for its principal, get requests without one.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: ["shop.example.com"]
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: edge, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  jwtRules:
  - issuer: https://id.example.com #!
    jwksUri: https://id.example.com/keys
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: shop, namespace: shop}
spec:
  jwtRules:
  - issuer: https://id.example.com
    jwksUri: https://id.example.com/keys
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: ["shop.example.com"]
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: edge, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  jwtRules:
  - issuer: https://id.example.com
    jwksUri: https://id.example.com/keys
    forwardOriginalToken: true
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: shop, namespace: shop}
spec:
  jwtRules:
  - issuer: https://id.example.com
    jwksUri: https://id.example.com/keys
)",
     .check = tokens_reach_the_next_check},
    {.id = "MF5516",
     .name = "jwks-key-short",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Keys that sign tokens are long enough",
     .why = "RSA keys below 2048 bits are within reach of those who can rent computers, and "
            "who has the key signs any token.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: shop, namespace: shop}
spec:
  jwtRules:
  - issuer: https://id.example.com
    jwks: '{"keys": [{"kty": "RSA", "e": "AQAB", "n": "u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0_IzW7yWR7QkrmBL7jTKEn5u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRn"}]}' #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: shop, namespace: shop}
spec:
  jwtRules:
  - issuer: https://id.example.com
    jwksUri: https://id.example.com/keys
)",
     .check = keys_are_long},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family token_rules() { return kRules; }

}  // namespace meshfn::lint
