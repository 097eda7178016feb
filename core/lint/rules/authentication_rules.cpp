// Who a client is: RequestAuthentication for users, PeerAuthentication for workloads.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/str.h"
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
using Json = nlohmann::json;

/// Calls `visit(jwtRules[])`.
template <class Visit>
void each_jwt_rule(const Mesh& mesh, Visit visit) {
  objects::each(mesh, istio::kSecurity, "RequestAuthentication", [&](const Object& object) {
    for (const yaml::Node rule : object.spec.find("jwtRules").items()) {
      if (rule.is_mapping()) visit(rule);
    }
  });
}

yaml::Node jwks_uri(yaml::Node rule) {
  const yaml::Node uri = rule.find("jwksUri");
  return uri ? uri : rule.find("jwks_uri");
}

void tokens_have_an_issuer(const Mesh& mesh, Findings& found) {
  each_jwt_rule(mesh, [&](yaml::Node rule) {
    const bool any = !rule.find("issuer").text().empty() || !jwks_uri(rule).text().empty();
    if (any) return;
    found.add(rule.where(), "this rule has neither `issuer` nor `jwksUri`")
        .with_help("add `issuer`, which also tells where the keys are");
  });
}

/// Why the text of `jwks` is no set of keys; empty when it is one.
/// Why a key (RFC 7517, RFC 7518 section 6) cannot be read; empty when it can.
std::string key_problem(const Json& key) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=";
  constexpr std::pair<std::string_view, std::array<std::string_view, 2>> kParts[] = {
      {"RSA", {"n", "e"}}, {"EC", {"x", "y"}}, {"OKP", {"x", "x"}}, {"oct", {"k", "k"}}};
  const auto& type = key["kty"].get_ref<const std::string&>();
  for (const auto& [name, parts] : kParts) {
    if (type != name) continue;
    for (const std::string_view part : parts) {
      const auto found = key.find(part);
      const bool text =
          found != key.end() && found->is_string() &&
          !found->get_ref<const std::string&>().empty() &&
          found->get_ref<const std::string&>().find_first_not_of(kDigits) == std::string::npos;
      if (!text) return fmt::format("a key of `jwks` with `kty` {} needs `{}`", type, part);
    }
    return {};
  }
  return fmt::format("a key of `jwks` has the type `{}`, which nobody knows", type);
}

std::string key_set_problem(const Json& set) {
  if (set.is_discarded()) return "`jwks` is not JSON";
  if (!set.is_object() || !set.contains("keys") || !set["keys"].is_array()) {
    return "`jwks` is no set of keys: it has no list `keys`";
  }
  for (const Json& key : set["keys"]) {
    if (!key.is_object() || !key.contains("kty") || !key["kty"].is_string()) {
      return "a key of `jwks` has no type `kty`";
    }
    const std::string problem = key_problem(key);
    if (!problem.empty()) return problem;
  }
  return {};
}

/// Whether a key can sign as well as verify.
bool is_secret(const Json& key) { return key.contains("d") || key["kty"] == "oct"; }

void key_sets_can_be_read(const Mesh& mesh, Findings& found) {
  each_jwt_rule(mesh, [&](yaml::Node rule) {
    const yaml::Node jwks = rule.find("jwks");
    if (jwks.text().empty()) return;
    const std::string problem = key_set_problem(parse_json<Json>(jwks.text()));
    if (problem.empty()) return;
    found.add(jwks.where(), problem)
        .with_help("paste what `jwksUri` serves: {\"keys\": [{\"kty\": \"RSA\", …}]}");
  });
}

void key_sets_are_public(const Mesh& mesh, Findings& found) {
  each_jwt_rule(mesh, [&](yaml::Node rule) {
    const yaml::Node jwks = rule.find("jwks");
    const Json set = parse_json<Json>(jwks.text());
    if (jwks.text().empty() || !key_set_problem(set).empty()) return;
    const auto& keys = set["keys"];
    if (std::none_of(keys.begin(), keys.end(), is_secret)) return;
    found.add(jwks.where(), "`jwks` has a private or symmetric key")
        .with_help("keep only the public parts: whoever reads this policy can sign tokens");
  });
}

bool limits_fetching(const Workload& istiod) {
  for (const auto& container : istiod.containers) {
    for (const yaml::Node variable : container.node.find("env").items()) {
      if (variable.find("name").text() == "BLOCKED_CIDRS_IN_JWKS_URIS" &&
          !variable.find("value").text().empty()) {
        return true;
      }
    }
  }
  return false;
}

void fetching_is_limited(const Mesh& mesh, Findings& found) {
  constexpr std::size_t kNamed = 5;
  std::vector<std::string> names;
  istio::each_known(mesh, istio::kSecurity, "RequestAuthentication", [&](const Object& object) {
    names.push_back(fmt::format("{}/{}", object.scope, object.name.value));
  });
  if (names.empty()) return;
  for (const Workload& workload : mesh.all<Workload>()) {
    if (workload.context || workload.kind.value != "Deployment") continue;
    if (workload.label("app").value != "istiod" || limits_fetching(workload)) continue;
    const std::size_t shown = std::min(names.size(), kNamed);
    const std::vector<std::string> first(names.begin(), names.begin() + static_cast<long>(shown));
    found
        .add(workload.where(),
             fmt::format(
                 "istiod fetches keys from whatever address {} names: {}{}",
                 str::count(names.size(), "RequestAuthentication"), str::join(first, ", "),
                 names.size() > shown ? fmt::format(" and {} more", names.size() - shown) : ""))
        .with_help("set BLOCKED_CIDRS_IN_JWKS_URIS on istiod, such as 169.254.0.0/16,127.0.0.0/8");
  }
}

/// Policies by namespace and selector.
using Groups = std::map<std::string, std::vector<const Object*>>;

void report_rivals(const Groups& groups, Findings& found) {
  for (const auto& [key, policies] : groups) {
    if (policies.size() < 2) continue;
    for (const Object* policy : policies) {
      if (policy->context) continue;
      const Object* const other = policy == policies.front() ? policies.back() : policies.front();
      found
          .add(policy->where(),
               fmt::format("PeerAuthentications `{}` and `{}` are for the same workloads",
                           policy->name.value, other->name.value))
          .relate(other->where(), "the other one")
          .with_help("only the oldest counts; merge them into one");
    }
  }
}

/// Reports policies whose selectors differ and both select some pods.
void report_overlaps(const Mesh& mesh, const Groups& groups, Findings& found) {
  std::map<const Workload*, const Object*> first;  // of the groups, by the pods that it selects
  for (const auto& [key, policies] : groups) {
    const Object& one = *policies.front();
    const Object* other = nullptr;
    for (const Workload* pods : mesh.workloads(one.scope, istio::selector_of(one))) {
      const Object* known = first.emplace(pods, &one).first->second;
      if (other == nullptr && known->name.value != one.name.value) other = known;
    }
    if (other == nullptr) continue;
    for (const Object* policy : policies) {
      if (policy->context) continue;
      found
          .add(policy->name.where(), fmt::format("PeerAuthentication `{}` selects some of the same "
                                                 "pods",
                                                 other->name.value))
          .relate(other->name.where(), "the other one")
          .with_help("only the older one counts for them; let their selectors exclude each other");
    }
  }
}

void workloads_have_one_mode(const Mesh& mesh, Findings& found) {
  Groups groups;
  istio::each_known(mesh, istio::kSecurity, "PeerAuthentication", [&](const Object& object) {
    std::vector<std::string> labels;
    for (const resource::Label& label : istio::selector_of(object)) {
      labels.push_back(fmt::format("{}={}", label.key.value, label.value.value));
    }
    std::sort(labels.begin(), labels.end());
    groups[fmt::format("{} {}", object.scope, str::join(labels, ","))].push_back(&object);
  });
  // Variants in files side by side are one object twice.
  for (auto& [key, policies] : groups) {
    std::set<std::string_view> names;
    std::vector<const Object*> different;
    for (const Object* policy : policies) {
      if (names.insert(policy->name.value).second) different.push_back(policy);
    }
    policies = std::move(different);
  }
  report_rivals(groups, found);
  report_overlaps(mesh, groups, found);
}

constexpr Rule kRules[] = {
    {.id = "MF1641",
     .name = "jwt-issuer-missing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A JWT rule names the issuer, or where its keys are",
     .why = "Without `issuer` and `jwksUri` nothing says whose tokens are meant; Istio's webhook "
            "refuses the rule.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: web, namespace: shop}
spec:
  jwtRules:
  - audiences: [web] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: web, namespace: shop}
spec:
  jwtRules:
  - issuer: https://issuer.example.com
    audiences: [web]
)",
     .aliases = "IST0106",
     .check = tokens_have_an_issuer},
    {.id = "MF1642",
     .name = "jwks-unreadable",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Keys given as text are a JSON Web Key Set",
     .why = "Istio's webhook refuses `jwks` that is no key set; without keys every token would "
            "be refused.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: web, namespace: shop}
spec:
  jwtRules:
  - issuer: https://issuer.example.com
    jwks: "{keys: []}" #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: web, namespace: shop}
spec:
  jwtRules:
  - issuer: https://issuer.example.com
    jwks: '{"keys": []}'
)",
     .aliases = "IST0106",
     .check = key_sets_can_be_read},
    {.id = "MF1643",
     .name = "jwks-secret",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Keys given as text are public ones",
     .why = "To verify a token its public key is enough. Whoever may read the policy could sign "
            "tokens with a private or symmetric one.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: web, namespace: shop}
spec:
  jwtRules:
  - issuer: https://issuer.example.com
    jwks: '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}' #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: web, namespace: shop}
spec:
  jwtRules:
  - issuer: https://issuer.example.com
    jwks: '{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}'
)",
     .aliases = "IST0133",
     .check = key_sets_are_public},
    {.id = "MF1644",
     .name = "jwks-fetch-unlimited",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "istiod does not fetch keys from internal addresses",
     .why = "istiod fetches whatever `jwksUri` names, from inside the cluster. Whoever may write "
            "a RequestAuthentication can make it call internal addresses, unless they are blocked.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: web, namespace: shop}
spec:
  jwtRules:
  - issuer: https://issuer.example.com
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: istiod #!
  namespace: istio-system
  labels: {app: istiod}
spec:
  selector: {matchLabels: {app: istiod}}
  template:
    metadata: {labels: {app: istiod}}
    spec:
      containers:
      - {name: discovery, image: istio/pilot}
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: web, namespace: shop}
spec:
  jwtRules:
  - issuer: https://issuer.example.com
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: istiod
  namespace: istio-system
  labels: {app: istiod}
spec:
  selector: {matchLabels: {app: istiod}}
  template:
    metadata: {labels: {app: istiod}}
    spec:
      containers:
      - name: discovery
        image: istio/pilot
        env:
        - {name: BLOCKED_CIDRS_IN_JWKS_URIS, value: 169.254.0.0/16}
)",
     .aliases = "IST0175",
     .check = fetching_is_limited},
    {.id = "MF1651",
     .name = "peer-authentication-conflict",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Workloads have one PeerAuthentication",
     .why = "Of two PeerAuthentications for the same workloads only the older one counts, so "
            "whether mTLS is required depends on which was applied first.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: strict #!
  namespace: shop
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: permissive #!
  namespace: shop
spec: {mtls: {mode: PERMISSIVE}}
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: strict
  namespace: shop
spec: {mtls: {mode: STRICT}}
)",
     .aliases = "KIA0002 KIA0003",
     .check = workloads_have_one_mode},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family authentication_rules() { return kRules; }

}  // namespace meshfn::lint
