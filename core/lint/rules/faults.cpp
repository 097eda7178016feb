// Faults that are injected on purpose, and then forgotten or put where they do nothing.

#include <fmt/format.h>

#include <algorithm>

#include "lint/each.h"
#include "lint/rules/insight_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Duration;
using resource::Mesh;
using resource::Number;
using resource::istio::Fault;
using resource::istio::HttpRoute;
using resource::istio::VirtualService;

bool hits_all(yaml::Node part, const Number& percentage) {
  return part && percentage.value_or(100) >= 100;
}

bool hits_none(yaml::Node part, const Number& percentage) {
  return part && percentage && percentage.value == 0;
}

void no_route_always_fails(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!route.fault || !hits_all(route.fault->abort_node, route.fault->abort_percentage)) continue;
    if (!route.match.empty() || route.route.empty()) continue;
    found
        .add(route.fault->abort_node.where(),
             "every request of this route is answered with an injected failure")
        .with_help("remove the fault, lower its percentage, or match the requests of the test");
  }
}

void faults_do_something(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!route.fault) continue;
    const Fault& fault = *route.fault;
    for (const auto& [part, percentage] : {std::pair(fault.delay_node, fault.delay_percentage),
                                           std::pair(fault.abort_node, fault.abort_percentage)}) {
      if (!hits_none(part, percentage)) continue;
      found.add(percentage.where(), "this fault is injected into 0% of the requests")
          .with_help("remove it, or give the share of requests to fail");
    }
  }
}

void faults_are_not_retried(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!route.fault || !route.fault->abort_node || !route.retries) continue;
    if (route.retries->attempts.value <= 0) continue;
    found
        .add(route.fault->abort_node.where(),
             "the retries of this route do not repeat a request that the fault aborts")
        .relate(route.retries->node.where(), "these retries")
        .with_help("inject the fault at another hop to test them");
  }
}

/// The limit of the route that a delay of this length was to hit: its timeout, or that of a try.
Duration missed_limit(const HttpRoute& route) {
  const Fault& fault = *route.fault;
  if (!fault.fixed_delay || hits_none(fault.delay_node, fault.delay_percentage)) return {};
  const bool tries = route.retries && route.retries->attempts.value > 0;
  for (const Duration& limit :
       {route.timeout, tries ? route.retries->per_try_timeout : Duration()}) {
    if (limit.value.count() > 0 && fault.fixed_delay.value >= limit.value) return limit;
  }
  return {};
}

void delays_are_cut_by_nothing(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    const Duration limit = route.fault ? missed_limit(route) : Duration();
    if (!limit) continue;
    const Fault& fault = *route.fault;
    found
        .add(fault.fixed_delay.where(),
             fmt::format("a delay of {} is not cut off by the timeout of {} of the same route",
                         fault.fixed_delay.node.text(), limit.node.text()))
        .relate(limit.where(), "the timeout begins after the delay")
        .with_help("inject the delay at a hop behind the timeout that is to be tested");
  }
}

/// Whether the matches of a route single out who asks, as those of a test do.
bool is_for_some(const HttpRoute& route) {
  return !route.match.empty() &&
         std::all_of(route.match.begin(), route.match.end(), [](const auto& match) {
           return !match.headers.empty() || !match.query_params.empty() ||
                  !match.source_labels.empty() || match.source_namespace;
         });
}

/// Whether another rule speaks of the fault already.
bool is_reported(const HttpRoute& route) {
  const Fault& fault = *route.fault;
  const bool tries = route.retries && route.retries->attempts.value > 0;
  const bool all = hits_all(fault.abort_node, fault.abort_percentage) && route.match.empty();
  return all || (fault.abort_node && tries) || missed_limit(route);
}

void faults_hit_their_test(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!route.fault || is_for_some(route) || is_reported(route)) continue;
    const Fault& fault = *route.fault;
    for (const auto& [part, percentage] : {std::pair(fault.delay_node, fault.delay_percentage),
                                           std::pair(fault.abort_node, fault.abort_percentage)}) {
      if (!part || percentage.value_or(100) <= 0) continue;
      found
          .add(part.where(),
               fmt::format("{}% of everybody's requests are {}", percentage.value_or(100),
                           part == fault.abort_node ? "aborted" : "delayed"))
          .with_help("remove the fault after the test, or match the requests of the test");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5011",
     .name = "fault-for-everyone",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "No route answers every request with an injected failure",
     .why = "A fault of 100% on a route without `match` takes the destination out of service. It "
            "is what is left behind by a test.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    fault:
      abort: {httpStatus: 500, percentage: {value: 100}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {x-test: {exact: outage}}}]
    route: [{destination: {host: reviews}}]
    fault:
      abort: {httpStatus: 500, percentage: {value: 100}}
  - route: [{destination: {host: reviews}}]
)",
     .check = Each<no_route_always_fails>::run},
    {.id = "MF5012",
     .name = "fault-for-nobody",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A fault that is configured is injected",
     .why = "A fault with percentage 0 does nothing and looks as if the route were under test.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    fault:
      delay: {fixedDelay: 2s, percentage: {value: 0}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    fault:
      delay: {fixedDelay: 2s, percentage: {value: 1}}
    match: [{headers: {x-test: {exact: slow}}}]
)",
     .check = Each<faults_do_something>::run},
    {.id = "MF5013",
     .name = "fault-not-retried",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Retries are tested with faults of another hop",
     .why = "The calling proxy injects the fault before it would send the request, so its own "
            "retries never see it: a test of the retries shows failures that retries would mend.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    fault:
      abort: {httpStatus: 503, percentage: {value: 10}} #!
    retries: {attempts: 2, retryOn: connect-failure}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {attempts: 2, retryOn: connect-failure}
)",
     .check = Each<faults_are_not_retried>::run},
    {.id = "MF5014",
     .name = "fault-outside-timeout",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A timeout is tested with a delay of another hop",
     .why = "The calling proxy waits for the delay first and starts the route's timeout when it "
            "sends the request. A delay longer than the timeout of the same route is therefore "
            "waited for to its end.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 2s
    fault:
      delay: {fixedDelay: 5s, percentage: {value: 10}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 2s
    fault:
      delay: {fixedDelay: 1s, percentage: {value: 10}}
    match: [{headers: {x-test: {exact: slow}}}]
)",
     .check = Each<delays_are_cut_by_nothing>::run},
    {.id = "MF5015",
     .name = "fault-left-in",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "An injected fault hits the requests of a test only",
     .why = "Faults are injected to see what callers make of them. One that is left in, and "
            "hits whoever comes along, makes a share of all requests slow or fail for good.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    fault:
      delay: {fixedDelay: 2s, percentage: {value: 5}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {x-test: {exact: slow}}}]
    route: [{destination: {host: reviews}}]
    fault:
      delay: {fixedDelay: 2s, percentage: {value: 5}}
  - route: [{destination: {host: reviews}}]
)",
     .check = Each<faults_hit_their_test>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family fault_rules() { return kRules; }

}  // namespace meshfn::lint
