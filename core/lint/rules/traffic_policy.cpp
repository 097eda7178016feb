// Traffic policies of DestinationRules: pools and ejection.

#include <fmt/format.h>

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
};
static_assert(ids_ascend(kRules));

}  // namespace

Family traffic_policy_rules() { return kRules; }

}  // namespace meshfn::lint
