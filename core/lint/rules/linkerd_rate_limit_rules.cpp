// HTTPLocalRateLimitPolicy: what the webhook refuses, and policies without effect.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_routes.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::kPolicy;
using linkerd::Reference;
using linkerd::refers_to;
using objects::KindIndex;
using resource::Integer;
using resource::Mesh;
using resource::Object;

constexpr std::string_view kKind = "HTTPLocalRateLimitPolicy";
/// The proxy counts in 32 bits.
constexpr std::int64_t kMost = 4294967295;

void target_is_server(const Object& policy, const Mesh&, Findings& found) {
  if (!objects::is(policy, kPolicy, kKind)) return;
  const Reference target = linkerd::policy_reference(policy.spec.find("targetRef"), policy.scope);
  if (!target.node.is_mapping() || refers_to(target, kPolicy, "Server")) return;
  found
      .add(objects::place(target.node, "kind"),
           fmt::format("a rate limit cannot target {}", linkerd::describe(target)))
      .with_help("the target is a Server of group policy.linkerd.io");
}

Integer rate_of(yaml::Node limit) { return resource::integer(limit.find("requestsPerSecond")); }

void check_rate(Integer rate, Integer total, Findings& found) {
  if (!rate) return;
  if (*rate < 1 || *rate > kMost) {
    found.add(rate.where(), fmt::format("a rate is at least 1 and at most {}", kMost));
  } else if (total && *total > 0 && *rate > *total) {
    found
        .add(rate.where(), fmt::format("{} per second is more than the total of {}", *rate, *total))
        .relate(total.where(), "the total");
  }
}

void rates_are_admitted(const Object& policy, const Mesh&, Findings& found) {
  if (!objects::is(policy, kPolicy, kKind)) return;
  const Integer total = rate_of(policy.spec.find("total"));
  check_rate(total, {}, found);
  check_rate(rate_of(policy.spec.find("identity")), total, found);
  for (const yaml::Node item : policy.spec.find("overrides").items()) {
    check_rate(rate_of(item), total, found);
    for (const yaml::Node client : item.find("clientRefs").items()) {
      const Reference ref = linkerd::policy_reference(client, policy.scope);
      if (refers_to(ref, "", "ServiceAccount")) continue;
      found
          .add(objects::place(client, "kind"),
               fmt::format("{} is no client", linkerd::describe(ref)))
          .with_help("clients are ServiceAccounts, without group");
    }
  }
}

void servers_exist(const Mesh& mesh, Findings& found) {
  const KindIndex servers(mesh, kPolicy, "Server");
  objects::each(mesh, kPolicy, kKind, [&](const Object& policy) {
    const Reference target = linkerd::policy_reference(policy.spec.find("targetRef"), policy.scope);
    if (!refers_to(target, kPolicy, "Server")) return;
    if (servers.found(policy.scope, target.name) != Found::missing) return;
    found
        .add(target.where(),
             fmt::format("Server `{}` does not exist in namespace `{}`", target.name, policy.scope))
        .with_help(servers.hint(policy.scope, target.name));
  });
}

void one_policy_a_server(const Mesh& mesh, Findings& found) {
  // By name, which decides among policies of the same age.
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const Object*>> by_server;
  objects::each(mesh, kPolicy, kKind, [&](const Object& policy) {
    by_server[{policy.scope, policy.spec.at("targetRef", "name").text()}].push_back(&policy);
  });
  for (auto& [server, policies] : by_server) {
    std::stable_sort(policies.begin(), policies.end(), [](const Object* a, const Object* b) {
      return a->name.value < b->name.value;
    });
    for (std::size_t i = 1; i < policies.size(); ++i) {
      // Two files of one name are variants of one object.
      if (policies[i]->name.value == policies[0]->name.value) continue;
      found
          .add(objects::place(policies[i]->spec.find("targetRef"), "name"),
               fmt::format("Server `{}` is limited by `{}` already", server.second,
                           policies[0]->name.value))
          .relate(policies[0]->where(), "the policy that counts, unless it is younger");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF3160",
     .name = "linkerd-rate-limit-target",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A rate limit targets a Server",
     .why = "Linkerd's webhook refuses every other kind of target.",
     .bad = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: HTTPLocalRateLimitPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef:
    group: core
    kind: Service #!
    name: web
  total: {requestsPerSecond: 100}
)",
     .good = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: HTTPLocalRateLimitPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef:
    group: policy.linkerd.io
    kind: Server
    name: web
  total: {requestsPerSecond: 100}
)",
     .check = Each<target_is_server>::run},
    {.id = "MF3161",
     .name = "linkerd-rate-limit-value",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Rates are positive and no more than the total",
     .why = "Linkerd's webhook refuses a rate of 0, rates of identities and overrides above the "
            "total, and "
            "clients that are no ServiceAccounts.",
     .bad = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: HTTPLocalRateLimitPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web}
  total: {requestsPerSecond: 100}
  identity: {requestsPerSecond: 0} #!
  overrides:
  - requestsPerSecond: 200 #!
    clientRefs: [{kind: ServiceAccount, name: front}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: HTTPLocalRateLimitPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web}
  total: {requestsPerSecond: 100}
  identity: {requestsPerSecond: 10}
  overrides:
  - requestsPerSecond: 50
    clientRefs: [{kind: ServiceAccount, name: front}]
)",
     .check = Each<rates_are_admitted>::run},
    {.id = "MF3162",
     .name = "linkerd-rate-limit-server-missing",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "The Server of a rate limit exists",
     .why = "A rate limit of a Server that does not exist is not accepted (NoMatchingTarget) and "
            "limits "
            "nobody.",
     .bad = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: HTTPLocalRateLimitPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: wep} #!
  total: {requestsPerSecond: 100}
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
)",
     .good = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: HTTPLocalRateLimitPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web}
  total: {requestsPerSecond: 100}
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
)",
     .check = servers_exist},
    {.id = "MF3163",
     .name = "linkerd-rate-limit-twice",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "A Server has one rate limit",
     .why = "Only the oldest counts, then the first by name; the others are not accepted "
            "(RateLimitReasonAlreadyExists).",
     .bad = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: HTTPLocalRateLimitPolicy
metadata: {name: a, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web}
  total: {requestsPerSecond: 100}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: HTTPLocalRateLimitPolicy
metadata: {name: b, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web} #!
  total: {requestsPerSecond: 50}
)",
     .good = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: HTTPLocalRateLimitPolicy
metadata: {name: a, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web}
  total: {requestsPerSecond: 100}
)",
     .check = one_policy_a_server},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_rate_limit_rules() { return kRules; }

}  // namespace meshfn::lint
