// Faults that are injected on purpose, and then forgotten or put where they do nothing.

#include <fmt/format.h>

#include "lint/each.h"
#include "lint/rules/insight_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
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

void delays_are_cut_by_nothing(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!route.fault || !route.fault->fixed_delay || route.timeout.value.count() <= 0) continue;
    const Fault& fault = *route.fault;
    if (hits_none(fault.delay_node, fault.delay_percentage)) continue;
    if (fault.fixed_delay.value < route.timeout.value) continue;
    found
        .add(fault.fixed_delay.where(),
             fmt::format("a delay of {} is not cut off by the timeout of {} of the same route",
                         fault.fixed_delay.node.text(), route.timeout.node.text()))
        .relate(route.timeout.where(), "the timeout begins after the delay")
        .with_help("inject the delay at a hop behind the timeout that is to be tested");
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
)",
     .check = Each<delays_are_cut_by_nothing>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family fault_rules() { return kRules; }

}  // namespace meshfn::lint
