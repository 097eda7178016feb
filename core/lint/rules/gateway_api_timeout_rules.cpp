// Timeouts and retries of HTTPRoutes.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/units.h"
#include "lint/each.h"
#include "lint/rules/gateway_api.h"
#include "lint/rules/gateway_api_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Severity;
using gateways::Route;
using resource::Mesh;
using RouteRule = resource::gateway_api::Rule;

void retries_fit_the_timeout(const Route& route, const Mesh&, Findings& found) {
  for (const RouteRule& rule : route.rules) {
    const auto& whole = rule.request_timeout;
    const auto& one = rule.backend_timeout;
    if (!rule.retry.is_mapping() || !whole || !one || whole->count() == 0 || one->count() == 0) {
      continue;
    }
    const auto pause = resource::duration(rule.retry.find("backoff")).value;
    // The schema refuses a try that is longer than the request.
    if (*one > *whole || *one + pause < *whole) continue;
    found
        .add(one.where(), fmt::format("a try may take {}, which leaves no time of {} for another",
                                      format_duration(*one), format_duration(*whole)))
        .relate(whole.where(), "the timeout of the request")
        .relate(rule.retry.where(), "the retries")
        .with_help("shorten `backendRequest`, or lengthen `request`");
  }
}

/// Client errors that may go away by themselves.
constexpr std::array<std::int64_t, 4> kPassing = {408, 409, 425, 429};

void retried_codes_may_pass(const Route& route, const Mesh&, Findings& found) {
  for (const RouteRule& rule : route.rules) {
    for (const yaml::Node node : rule.retry.find("codes").items()) {
      const auto code = resource::integer(node);
      if (!code || *code < 400 || *code >= 500) continue;
      if (std::find(kPassing.begin(), kPassing.end(), *code) != kPassing.end()) continue;
      found.add(node.where(), fmt::format("a request answered with {} is retried", *code))
          .with_help("the request itself is at fault, and the next try ends the same way");
    }
  }
}

void tries_fit_the_timeout(const Route& route, const Mesh&, Findings& found) {
  for (const RouteRule& rule : route.rules) {
    const auto attempts = resource::integer(rule.retry.find("attempts"));
    const auto& whole = rule.request_timeout;
    const auto& one = rule.backend_timeout;
    if (!attempts || !whole || !one || whole->count() == 0 || one->count() == 0) continue;
    const auto pause = resource::duration(rule.retry.find("backoff")).value;
    // With time for one try only, another rule speaks.
    if (*one + pause >= *whole || *one * (*attempts + 1) <= *whole) continue;
    found
        .add(one.where(),
             fmt::format("{} tries of {} do not fit into {}: there is time for {}", *attempts + 1,
                         format_duration(*one), format_duration(*whole), *whole / *one))
        .relate(whole.where(), "the timeout of the request")
        .relate(attempts.where(), "the tries")
        .with_help("shorten `backendRequest`, lower `attempts`, or lengthen `request`");
  }
}

constexpr diagnostic::Rule kRules[] = {
    {.id = "MF2321",
     .name = "route-retry-exceeds-timeout",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A try and its pause are shorter than the timeout of the request",
     .why = "`timeouts.request` spans all tries. When one try (`backendRequest`) with the pause "
            "after it takes as long, a try that times out is never followed by another.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - timeouts: {request: 2s, backendRequest: 2s} #!
    retry: {attempts: 2, codes: [503]}
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - timeouts: {request: 2s, backendRequest: 500ms}
    retry: {attempts: 2, codes: [503]}
    backendRefs: [{name: web, port: 80}]
)",
     .check = Each<retries_fit_the_timeout>::run},
    {.id = "MF2322",
     .name = "retry-of-client-error",
     .severity = Severity::info,
     .group = "gateway-api",
     .summary = "Retried statuses are ones that may pass",
     .why = "Statuses from 400 to 499 say that the request is wrong; sending it again changes "
            "nothing and adds load. 408, 409, 425 and 429 may pass.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - retry: {attempts: 2, codes: [503, 404]} #!
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - retry: {attempts: 2, codes: [503]}
    backendRefs: [{name: web, port: 80}]
)",
     .check = Each<retried_codes_may_pass>::run},
    {.id = "MF2323",
     .name = "route-tries-exceed-timeout",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "All tries of a rule fit into the timeout of the request",
     .why = "`timeouts.request` spans the first try and all others. Those that it leaves no "
            "time for are never made.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - timeouts: {request: 5s, backendRequest: 2s} #!
    retry: {attempts: 3, codes: [503]}
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - timeouts: {request: 9s, backendRequest: 2s}
    retry: {attempts: 3, codes: [503]}
    backendRefs: [{name: web, port: 80}]
)",
     .check = Each<tries_fit_the_timeout>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_timeout_rules() { return kRules; }

}  // namespace meshfn::lint
