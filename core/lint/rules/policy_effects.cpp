// AuthorizationPolicies whose rules others make superfluous, and pods that none is about.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "lint/each.h"
#include "lint/rules/authorization_policy.h"
#include "lint/rules/practice_families.h"
#include "resource/istio/mesh_config.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Labels;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Workload;

bool is_equal(yaml::Node a, yaml::Node b);

bool equal_entries(yaml::Node a, yaml::Node b) {
  for (const yaml::Entry entry : a.entries()) {
    if (!is_equal(entry.value, b.find(entry.key.text()))) return false;
  }
  return true;
}

/// Whether two nodes say the same, whatever the order of their fields.
bool is_equal(yaml::Node a, yaml::Node b) {
  if (!a || !b || a.kind() != b.kind() || a.size() != b.size()) return !a && !b;
  if (a.is_mapping()) return equal_entries(a, b);
  if (a.is_scalar()) return a.text() == b.text();
  for (std::uint32_t i = 0; i < a.size(); ++i) {
    if (!is_equal(a.item(i), b.item(i))) return false;
  }
  return true;
}

/// Whether a rule applies to every request that another one applies to: each of its parts is absent
/// or the same.
bool takes_all_of(yaml::Node wide, yaml::Node narrow) {
  if (!wide.is_mapping() || !narrow.is_mapping()) return false;
  for (const std::string_view part : {"from", "to", "when"}) {
    const yaml::Node own = wide.find(part);
    if (!own.is_null() && !is_equal(own, narrow.find(part))) return false;
  }
  return true;
}

bool has_targets(const Object& policy) {
  return policy.spec.find("targetRef").is_mapping() || policy.spec.find("targetRefs").size() > 0;
}

/// One rule of a policy.
struct PolicyRule {
  const Object* policy = nullptr;
  yaml::Node node;
  Labels selector;
  std::size_t order = 0;  ///< of the policies, as they were read
};

/// The rules of all policies that go by a selector, by action, namespace and the first label that
/// they select.
class PolicyRules {
 public:
  explicit PolicyRules(const Mesh& mesh) : root_(resource::istio::root_namespace(mesh)) {
    std::size_t order = 0;
    istio::each_known(mesh, istio::kSecurity, "AuthorizationPolicy", [&](const Object& policy) {
      ++order;
      if (has_targets(policy)) return;
      for (const yaml::Node rule : policy.spec.find("rules").items()) {
        rules_.push_back({&policy, rule, istio::selector_of(policy), order});
      }
    });
    for (const PolicyRule& rule : rules_) {
      const auto& labels = rule.selector;
      index_[labels.empty() ? key(rule.policy->scope, istio::action_of(*rule.policy))
                            : key(rule.policy->scope, istio::action_of(*rule.policy), labels[0])]
          .push_back(&rule);
    }
  }

  const std::vector<PolicyRule>& all() const { return rules_; }

  /// Another policy's rule with this action that applies wherever `rule` does; null without one. Of
  /// two that say the same the first one counts.
  const PolicyRule* over(const PolicyRule& rule, std::string_view action) const {
    for (const std::string_view scope : {rule.policy->scope, root_}) {
      if (const PolicyRule* wide = among(key(scope, action), rule)) return wide;
      for (const auto& label : rule.selector) {
        if (const PolicyRule* wide = among(key(scope, action, label), rule)) return wide;
      }
    }
    return nullptr;
  }

 private:
  using Key = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;

  static Key key(std::string_view scope, std::string_view action) {
    return {scope, action, "", ""};
  }

  static Key key(std::string_view scope, std::string_view action, const resource::Label& label) {
    return {scope, action, label.key.value, label.value.value};
  }

  const PolicyRule* among(const Key& where, const PolicyRule& rule) const {
    const auto candidates = index_.find(where);
    if (candidates == index_.end()) return nullptr;
    const auto wide = std::find_if(
        candidates->second.begin(), candidates->second.end(), [&](const PolicyRule* other) {
          if (other->policy == rule.policy || !covers(*other, rule)) return false;
          const bool same = istio::action_of(*other->policy) == istio::action_of(*rule.policy) &&
                            covers(rule, *other);
          return !same || other->order < rule.order;
        });
    return wide == candidates->second.end() ? nullptr : *wide;
  }

  static bool covers(const PolicyRule& wide, const PolicyRule& narrow) {
    return selects(wide.selector, narrow.selector) && takes_all_of(wide.node, narrow.node);
  }

  std::string_view root_;
  std::vector<PolicyRule> rules_;
  std::map<Key, std::vector<const PolicyRule*>> index_;
};

void rules_have_an_effect(const Mesh& mesh, Findings& found) {
  const PolicyRules rules(mesh);
  for (const PolicyRule& rule : rules.all()) {
    const std::string_view action = istio::action_of(*rule.policy);
    if (rule.policy->context || (action != "ALLOW" && action != "DENY")) continue;
    const PolicyRule* denied = rules.over(rule, "DENY");
    const PolicyRule* over = denied != nullptr ? denied : rules.over(rule, action);
    if (over == nullptr) continue;
    found
        .add(rule.node.where(),
             fmt::format("this rule changes nothing: `{}` {} all that it is about",
                         over->policy->name.value, denied != nullptr ? "denies" : "allows"))
        .relate(over->node.where(), "the wider rule")
        .with_help("remove the rule, or narrow the other one");
  }
}

/// The labels that the policies of each namespace select.
class Guarded {
 public:
  explicit Guarded(const Mesh& mesh) : root_(resource::istio::root_namespace(mesh)) {
    for (const Object* policy : mesh.of_kind(istio::kSecurity, "AuthorizationPolicy")) {
      any_targets_ = any_targets_ || has_targets(*policy);
      selectors_[policy->scope].push_back(istio::selector_of(*policy));
    }
  }

  /// Whether pods are left out where others are guarded. What a target is attached to is not told
  /// by labels, so with one of those nothing is known.
  bool leaves_out(const Workload& pods) const {
    if (any_targets_ || !selectors_.contains(pods.scope)) return false;
    return !selected(pods.scope, pods) && !selected(root_, pods);
  }

 private:
  bool selected(std::string_view scope, const Workload& pods) const {
    const auto here = selectors_.find(scope);
    return here != selectors_.end() &&
           std::any_of(here->second.begin(), here->second.end(),
                       [&](const Labels& labels) { return selects(labels, pods.pod_labels); });
  }

  std::string_view root_;
  bool any_targets_ = false;
  std::map<std::string_view, std::vector<Labels>> selectors_;
};

void workloads_have_a_policy(const Mesh& mesh, Findings& found) {
  const Guarded guarded(mesh);
  for (const Workload& pods : mesh.all<Workload>()) {
    if (pods.context || !guarded.leaves_out(pods)) continue;
    if (istio::meshed(mesh, pods) != istio::Meshed::yes) continue;
    found
        .add(pods.where(), fmt::format("no AuthorizationPolicy of `{}` is about `{}`, so everybody "
                                       "may call it",
                                       pods.scope, pods.name.value))
        .with_help("say who may, or deny what no other policy allows: a policy with `spec: {}`");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5571",
     .name = "policy-rule-without-effect",
     .severity = Severity::info,
     .group = "istio",
     .summary = "No rule of a policy lies within a wider one of another",
     .why = "What is denied is denied whatever is allowed, and what one policy allows no other "
            "can allow more. A rule within a wider one is left over, or the wider one is a "
            "mistake.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  rules:
  - from: [{source: {namespaces: [shop]}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews-read, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  rules:
  - from: [{source: {namespaces: [shop]}}] #!
    to: [{operation: {ports: ["9080"]}}]
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  rules:
  - from: [{source: {namespaces: [shop]}}]
    to: [{operation: {ports: ["9081"]}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews-read, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  rules:
  - from: [{source: {namespaces: [shop]}}]
    to: [{operation: {ports: ["9080"]}}]
)",
     .check = rules_have_an_effect},
    {.id = "MF5572",
     .name = "workload-without-policy",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Where some pods have an AuthorizationPolicy, all have one",
     .why = "Pods that no policy is about accept every call. In a namespace that has policies that "
            "is often one that was forgotten.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec: {containers: [{name: app, image: "reviews:1"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ratings, namespace: shop} #!
spec:
  selector: {matchLabels: {app: ratings}}
  template:
    metadata: {labels: {app: ratings}}
    spec: {containers: [{name: app, image: "ratings:1"}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  rules:
  - from: [{source: {namespaces: [shop]}}]
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec: {containers: [{name: app, image: "reviews:1"}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  rules:
  - from: [{source: {namespaces: [shop]}}]
)",
     .aliases = "KIA1301",
     .check = workloads_have_a_policy},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family policy_effect_rules() { return kRules; }

}  // namespace meshfn::lint
