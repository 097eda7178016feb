// Traffic policies of DestinationRules: balancing, pools, ejection, locality.

#include <fmt/format.h>

#include <functional>

#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/policies.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Integer;
using resource::Mesh;
using resource::istio::DestinationRule;
using resource::istio::LocalitySetting;
using resource::istio::TrafficPolicy;

constexpr std::string_view kParts[] = {
    "outlierDetection",  "connectionPool", "loadBalancer",  "tls",
    "portLevelSettings", "tunnel",         "proxyProtocol", "retryBudget"};

void a_policy_sets_something(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    if (use.is_port) continue;
    bool any = false;
    for (const std::string_view part : kParts) any = any || use.policy->node.find(part);
    if (any) continue;
    found.add(use.policy->node.where(), "this traffic policy sets nothing")
        .with_help("remove it, or add what it should set");
  }
}

void a_pool_sets_something(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const yaml::Node pool = use.policy->node.find("connectionPool");
    if (!pool || pool.find("http") || pool.find("tcp")) continue;
    found.add(pool.where(), "this connection pool has neither `http` nor `tcp`")
        .with_help("remove it, or add the limits that it should set");
  }
}

void limits_are_not_negative(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    if (!use.policy->connection_pool) continue;
    const auto& pool = *use.policy->connection_pool;
    for (const Integer& limit :
         {pool.max_connections, pool.http1_max_pending_requests, pool.http2_max_requests,
          pool.max_requests_per_connection, pool.max_retries, pool.max_concurrent_streams}) {
      if (!limit || limit.value >= 0) continue;
      found.add(limit.where(), fmt::format("a limit of {} is below 0", limit.value))
          .with_help("leave the field out for the default");
    }
  }
}

void one_protocol_wins(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const yaml::Node http = use.policy->node.at("connectionPool", "http");
    const yaml::Node upgrade = http.find("h2UpgradePolicy");
    if (upgrade.text() != "UPGRADE" || !resource::boolean(http.find("useClientProtocol")).value) {
      continue;
    }
    found
        .add(upgrade.where(),
             "the pool cannot both upgrade to HTTP/2 and keep the client's protocol")
        .relate(http.find("useClientProtocol").where(), "the client's protocol is kept here")
        .with_help("remove one of them");
  }
}

void ejection_percentages_are_percentages(const DestinationRule& rule, const Mesh&,
                                          Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    if (!use.policy->outlier_detection) continue;
    const auto& outlier = *use.policy->outlier_detection;
    for (const Integer& percent : {outlier.max_ejection_percent, outlier.min_health_percent}) {
      if (!percent || (percent.value >= 0 && percent.value <= 100)) continue;
      found.add(percent.where(), fmt::format("{} is no percentage", percent.value))
          .with_help("give a number from 0 to 100");
    }
  }
}

void local_failures_are_told_apart(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    if (!use.policy->outlier_detection) continue;
    const auto& outlier = *use.policy->outlier_detection;
    const Integer& failures = outlier.consecutive_local_origin_failures;
    if (failures.value <= 0 || outlier.split_external_local_origin_errors.value) continue;
    found
        .add(failures.where(),
             "local failures are counted apart only with `splitExternalLocalOriginErrors`")
        .with_help("add `splitExternalLocalOriginErrors: true`");
  }
}

const LocalitySetting* locality_of(const TrafficPolicy& policy) {
  if (!policy.load_balancer || !policy.load_balancer->locality) return nullptr;
  return &*policy.load_balancer->locality;
}

void failover_has_a_trigger(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const LocalitySetting* locality = locality_of(*use.policy);
    if (locality == nullptr || use.policy->outlier_detection) continue;
    for (const std::string_view field : {"failover", "failoverPriority"}) {
      const yaml::Node key = locality->node.find_key(field);
      if (!key || locality->node.find(field).size() == 0) continue;
      found.add(key.where(), fmt::format("`{}` never acts without `outlierDetection`", field))
          .with_help("add `outlierDetection` to the same policy: it tells which endpoints are ill");
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
    {.id = "MF1211",
     .name = "traffic-policy-empty",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A traffic policy sets something",
     .why = "Istio's webhook refuses an empty policy; the setting was probably written one "
            "level too high or misspelt.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy: {} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy: {loadBalancer: {simple: LEAST_REQUEST}}
)",
     .aliases = "IST0106",
     .check = Each<a_policy_sets_something>::run},
    {.id = "MF1212",
     .name = "connection-pool-empty",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A connection pool sets http or tcp limits",
     .why = "Istio's webhook refuses a pool with neither; the limits stand below `http` and "
            "`tcp`.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    connectionPool: {} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    connectionPool: {tcp: {maxConnections: 100}}
)",
     .aliases = "IST0106",
     .check = Each<a_pool_sets_something>::run},
    {.id = "MF1213",
     .name = "connection-limit-negative",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A limit of a connection pool is not below 0",
     .why = "Istio's webhook refuses negative limits.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    connectionPool: {tcp: {maxConnections: -1}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    connectionPool: {tcp: {maxConnections: 100}}
)",
     .aliases = "IST0106",
     .check = Each<limits_are_not_negative>::run},
    {.id = "MF1214",
     .name = "pool-protocol-conflict",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A pool upgrades to HTTP/2 or keeps the client's protocol",
     .why = "`useClientProtocol` sends what the client spoke, `h2UpgradePolicy: UPGRADE` "
            "always HTTP/2. Istio's webhook refuses both together.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    connectionPool:
      http:
        h2UpgradePolicy: UPGRADE #!
        useClientProtocol: true
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    connectionPool:
      http:
        h2UpgradePolicy: UPGRADE
)",
     .aliases = "IST0106",
     .check = Each<one_protocol_wins>::run},
    {.id = "MF1215",
     .name = "ejection-percent-range",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Percentages of outlier detection lie between 0 and 100",
     .why = "Both are shares of the endpoints of a host; Istio's webhook refuses other numbers.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {maxEjectionPercent: 150} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {maxEjectionPercent: 50}
)",
     .aliases = "IST0106",
     .check = Each<ejection_percentages_are_percentages>::run},
    {.id = "MF1216",
     .name = "local-failures-not-split",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Local failures are counted only where they are told apart",
     .why = "`consecutiveLocalOriginFailures` is looked at only with "
            "`splitExternalLocalOriginErrors`; Istio's webhook refuses it without.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutiveLocalOriginFailures: 5} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutiveLocalOriginFailures: 5, splitExternalLocalOriginErrors: true}
)",
     .aliases = "IST0106",
     .check = Each<local_failures_are_told_apart>::run},
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

std::span<const Rule> traffic_policy_rules() { return kRules; }

}  // namespace meshfn::lint
