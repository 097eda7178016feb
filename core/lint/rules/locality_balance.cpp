// How localities share traffic, and what moves it elsewhere.

#include <fmt/format.h>

#include <optional>

#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/policies.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::DestinationRule;
using resource::istio::LocalitySetting;
using resource::istio::TrafficPolicy;

const LocalitySetting* locality_of(const TrafficPolicy& policy) {
  if (!policy.load_balancer || !policy.load_balancer->locality) return nullptr;
  return &*policy.load_balancer->locality;
}

/// Inserts outlier detection with Envoy's own defaults before the first setting of the policy.
std::optional<diagnostic::Fix> with_detection(const TrafficPolicy& policy) {
  constexpr std::string_view kDetection =
      "outlierDetection: {consecutive5xxErrors: 5, interval: 10s, baseEjectionTime: 30s}";
  for (const yaml::Entry entry : policy.node.entries()) {
    source::Location where = entry.key.where();
    where.span.end = where.span.begin;
    const std::string_view text = where.file->text();
    const std::size_t line = text.substr(0, where.span.begin).rfind('\n') + 1;
    const bool flow = policy.node.style() == yaml::Style::flow;
    const std::string indent(where.span.begin - line, ' ');
    return diagnostic::Fix{"add outlier detection",
                           {{where, fmt::format("{}{}", kDetection, flow ? ", " : "\n" + indent)}}};
  }
  return std::nullopt;
}

void failover_has_a_trigger(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    if (use.policy->outlier_detection || !use.policy->load_balancer) continue;
    bool is_first = true;  // one edit mends all findings of the policy
    for (const std::string_view kind : {"localityLbSetting", "zoneAwareLbSetting"}) {
      const yaml::Node setting = use.policy->load_balancer->node.find(kind);
      for (const std::string_view field : {"failover", "failoverPriority"}) {
        if (setting.find(field).size() == 0) continue;
        auto& finding =
            found
                .add(setting.find_key(field).where(),
                     fmt::format("`{}` never acts without `outlierDetection`", field))
                .with_help(
                    "add `outlierDetection` to the same policy: it tells which endpoints are ill");
        if (is_first) finding.fix = with_detection(*use.policy);
        is_first = false;
      }
    }
  }
}

void distribute_or_fail_over(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const LocalitySetting* locality = locality_of(*use.policy);
    if (locality == nullptr || locality->distribute.empty() || locality->failover.empty()) continue;
    found
        .add(locality->node.find_key("failover").where(),
             "a locality setting has `distribute` or `failover`, not both")
        .relate(locality->node.find_key("distribute").where(), "the other one")
        .with_help("remove one of them");
  }
}

void shares_add_up(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const LocalitySetting* locality = locality_of(*use.policy);
    if (locality == nullptr) continue;
    for (const auto& distribute : locality->distribute) {
      std::int64_t sum = 0;
      for (const auto& share : distribute.to) sum += share.weight.value;
      if (distribute.to.empty() || sum == 100) continue;
      found
          .add(distribute.to.back().weight.where(),
               fmt::format("the shares of `{}` add up to {}, not 100", distribute.from.value, sum))
          .with_help("make them 100 together");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1217",
     .name = "failover-without-detection",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Locality failover has outlier detection to trigger it",
     .why = "Traffic leaves a locality when its endpoints are ejected. Without "
            "`outlierDetection` none ever is, and the failover that the rule describes never "
            "happens.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      localityLbSetting:
        failover: [{from: eu-west-1, to: us-east-1}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5}
    loadBalancer:
      localityLbSetting:
        failover: [{from: eu-west-1, to: us-east-1}]
)",
     .aliases = "IST0133",
     .check = Each<failover_has_a_trigger>::run},
    {.id = "MF1218",
     .name = "distribute-and-failover",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A locality setting distributes or fails over, not both",
     .why = "Istio's webhook refuses `distribute` together with `failover`: the first sets "
            "the weights that the second would change.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5}
    loadBalancer:
      localityLbSetting:
        distribute: [{from: eu-west-1/*, to: {eu-west-1/*: 100}}]
        failover: [{from: eu-west-1, to: us-east-1}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5}
    loadBalancer:
      localityLbSetting:
        failover: [{from: eu-west-1, to: us-east-1}]
)",
     .aliases = "IST0106",
     .check = Each<distribute_or_fail_over>::run},
    {.id = "MF1219",
     .name = "distribute-not-100",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The shares of a locality add up to 100",
     .why = "The shares divide all traffic of a locality; Istio's webhook refuses other sums.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      localityLbSetting:
        distribute:
        - from: eu-west-1/*
          to: {eu-west-1/*: 80, us-east-1/*: 10} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      localityLbSetting:
        distribute:
        - from: eu-west-1/*
          to: {eu-west-1/*: 80, us-east-1/*: 20}
)",
     .aliases = "IST0106",
     .check = Each<shares_add_up>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family locality_balance_rules() { return kRules; }

}  // namespace meshfn::lint
