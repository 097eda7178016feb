// Which workloads a DestinationRule is for.

#include "lint/each.h"
#include "lint/rules/families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::DestinationRule;

void selectors_select(const DestinationRule& rule, const Mesh&, Findings& found) {
  const yaml::Node selector = rule.spec.find("workloadSelector");
  if (!selector.is_mapping() || !rule.workload_selector.empty()) return;
  found.add(selector.where(), "this selector has no labels and so takes every workload")
      .with_help("add `matchLabels`, or drop the selector");
}

constexpr Rule kRules[] = {
    {.id = "MF1226",
     .name = "workload-selector-empty",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A workload selector has labels",
     .why = "An empty selector takes every workload of the namespace, as none does; Istio's "
            "webhook warns of it.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  workloadSelector: {matchLabels: {}} #!
  trafficPolicy: {loadBalancer: {simple: RANDOM}}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  workloadSelector: {matchLabels: {app: front}}
  trafficPolicy: {loadBalancer: {simple: RANDOM}}
)",
     .aliases = "IST0133",
     .check = Each<selectors_select>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family destination_rule_selector_rules() { return kRules; }

}  // namespace meshfn::lint
