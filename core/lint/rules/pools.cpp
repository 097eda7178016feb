// Connection pools whose limits are too small, or about another protocol.

#include <fmt/format.h>

#include <algorithm>

#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/insight_families.h"
#include "lint/rules/policies.h"
#include "resource/kubernetes/traffic.h"
#include "routing/host.h"
#include "routing/policy.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Integer;
using resource::Mesh;
using resource::istio::ConnectionPool;
using resource::istio::DestinationRule;
using resource::istio::VirtualService;
using resource::kubernetes::is_opaque;
using resource::kubernetes::Service;
using resource::kubernetes::Traffic;

void pools_are_for_traffic(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    if (!use.policy->connection_pool) continue;
    const ConnectionPool& pool = *use.policy->connection_pool;
    for (const Integer& limit :
         {pool.max_connections, pool.http1_max_pending_requests, pool.http2_max_requests}) {
      if (limit.value != 1) continue;
      found
          .add(limit.where(), fmt::format("a second request at the same time to `{}` is refused "
                                          "with 503",
                                          rule.host.value))
          .with_help("this is the size of a demonstration; raise it to what the host can serve");
      break;
    }
  }
}

/// The settings of the rule that stand for all ports of the host.
template <class Check>
void each_common_pool(const DestinationRule& rule, Check check) {
  for (const PolicyUse& use : policies(rule)) {
    if (!use.is_port && use.policy->connection_pool) check(*use.policy->connection_pool);
  }
}

template <class Test>
bool all_ports(const Service& service, Test test) {
  return !service.ports.empty() &&
         std::all_of(service.ports.begin(), service.ports.end(),
                     [&](const auto& port) { return test(traffic_of(port)); });
}

void pools_fit_the_protocol(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  const HostLookup& lookup = references.host(rule.host.value, rule.scope);
  if (lookup.service == nullptr) return;
  const bool opaque = all_ports(*lookup.service, is_opaque);
  const bool http2 =
      all_ports(*lookup.service, [](Traffic traffic) { return traffic == Traffic::http2; });
  each_common_pool(rule, [&](const ConnectionPool& pool) {
    const yaml::Node http = pool.node.find_key("http");
    if (opaque && http) {
      found
          .add(http.where(), fmt::format("`{}` has no HTTP port, so limits of requests do "
                                         "nothing",
                                         rule.host.value))
          .relate(lookup.service->where(), "its ports carry bytes")
          .with_help("use the limits below `tcp`, or name the port `http-…`");
    } else if (http2 && !pool.http2_max_requests &&
               (pool.max_connections || pool.http1_max_pending_requests)) {
      found
          .add((pool.max_connections ? pool.max_connections : pool.http1_max_pending_requests)
                   .where(),
               "HTTP/2 needs one connection an endpoint, so this does not limit requests")
          .relate(lookup.service->where(), "its ports carry HTTP/2")
          .with_help("set `http.http2MaxRequests`");
    }
  });
}

void connections_outlive_requests(const VirtualService& service, const Mesh& mesh,
                                  Findings& found) {
  const auto& rules = mesh.derived<routing::RuleIndex>();
  for (const auto& route : service.http) {
    if (route.timeout.value.count() <= 0) continue;
    for (const auto& entry : route.route) {
      const std::string host = routing::fqdn(entry.destination.host.value, service.scope);
      const auto policy =
          rules.policy(host, entry.destination.subset.value, std::nullopt, service.scope);
      if (policy.connection_pool == nullptr) continue;
      const auto& longest = policy.connection_pool->max_connection_duration;
      if (longest.value.count() <= 0 || longest.value >= route.timeout.value) continue;
      found
          .add(route.timeout.where(),
               fmt::format("a request may take {}, but connections to `{}` are closed after {}",
                           route.timeout.node.text(), entry.destination.host.value,
                           longest.node.text()))
          .relate(longest.where(), "the longest life of a connection")
          .with_help("raise maxConnectionDuration above the timeout");
      break;
    }
  }
}

void connections_are_used_again(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    if (!use.policy->connection_pool) continue;
    const Integer& most = use.policy->connection_pool->max_requests_per_connection;
    if (most.value != 1) continue;
    found
        .add(most.where(),
             fmt::format("every request to `{}` opens a connection of its own", rule.host.value))
        .with_help("leave it out: connections are then used until they fail or are idle");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5111",
     .name = "pool-of-one",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A connection pool admits more than one request",
     .why = "Limits of 1 are from the documentation's demonstration of circuit breaking. In use "
            "they answer 503 as soon as a proxy has two requests at once.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    connectionPool:
      http: {http1MaxPendingRequests: 1} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    connectionPool:
      http: {http1MaxPendingRequests: 100}
)",
     .check = Each<pools_are_for_traffic>::run},
    {.id = "MF5112",
     .name = "pool-of-other-protocol",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A connection pool limits what its host speaks",
     .why = "Limits of HTTP requests act only where the proxy sees requests, and the number of "
            "connections says little about HTTP/2, which sends many requests over one.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: shop}
spec:
  ports: [{name: tcp-db, port: 5432}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: ledger, namespace: shop}
spec:
  host: ledger
  trafficPolicy:
    connectionPool:
      http: {http2MaxRequests: 100} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: shop}
spec:
  ports: [{name: tcp-db, port: 5432}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: ledger, namespace: shop}
spec:
  host: ledger
  trafficPolicy:
    connectionPool:
      tcp: {maxConnections: 100}
)",
     .check = Each<pools_fit_the_protocol>::run},
    {.id = "MF5113",
     .name = "connection-shorter-than-timeout",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Connections live longer than requests may take",
     .why = "At `maxConnectionDuration` a connection is drained. Requests that the route still "
            "gives time are cut off when the draining ends.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    connectionPool: {tcp: {maxConnectionDuration: 10s}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 60s #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    connectionPool: {tcp: {maxConnectionDuration: 10m}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 60s
)",
     .check = Each<connections_outlive_requests>::run},
    {.id = "MF5114",
     .name = "connection-for-each-request",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A connection carries more than one request",
     .why = "With one request a connection there is no keep-alive: each request waits for "
            "handshakes, that of TLS among them, and ports run out under load. It is the size "
            "of a demonstration.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    connectionPool: {http: {maxRequestsPerConnection: 1}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    connectionPool: {http: {maxRequestsPerConnection: 1000}}
)",
     .check = Each<connections_are_used_again>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family pool_rules() { return kRules; }

}  // namespace meshfn::lint
