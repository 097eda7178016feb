// The arithmetic of tries and timeouts, and what a retry may do to the destination.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/insight_families.h"
#include "resource/kubernetes/traffic.h"
#include "routing/host.h"
#include "routing/istio_route.h"
#include "routing/policy.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::HttpRoute;
using resource::istio::VirtualService;
using resource::kubernetes::Traffic;

/// Conditions under which the destination may have worked on the request already.
constexpr std::array<std::string_view, 6> kAfterWork = {
    "5xx",           "gateway-error",          "reset",
    "retriable-4xx", "retriable-status-codes", "http3-post-connect-failure"};
constexpr std::array<std::string_view, 5> kGrpcWords = {
    "cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"};
/// From this number of retries on, limits for all retries together are asked for.
constexpr std::int64_t kManyRetries = 3;

template <class List>
bool holds(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_number(std::string_view word) { return yaml::to_int(word).has_value(); }

std::vector<std::string_view> words_of(const HttpRoute& route) {
  std::vector<std::string_view> words;
  for (const std::string_view word : str::split(route.retries->retry_on.value, ',')) {
    words.push_back(str::trim(word));
  }
  return words;
}

/// The first condition of `retryOn` under which work may be done twice; empty for none.
std::string_view repeats_work(const HttpRoute& route) {
  for (const std::string_view word : words_of(route)) {
    if (holds(kAfterWork, word) || is_number(word)) return word;
  }
  return {};
}

bool retries(const HttpRoute& route) { return route.retries && route.retries->attempts.value > 0; }

void tries_fit_into_the_timeout(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!retries(route) || route.timeout.value.count() <= 0) continue;
    const auto& per_try = route.retries->per_try_timeout;
    // A try as long as the timeout is MF1132's.
    if (per_try.value.count() <= 0 || per_try.value >= route.timeout.value) continue;
    const std::int64_t tries = route.retries->attempts.value + 1;
    const std::int64_t fit = route.timeout.value / per_try.value;
    if (tries <= fit || per_try.value * tries <= route.timeout.value) continue;
    found
        .add(route.timeout.where(),
             fmt::format("{} tries of {} do not fit into {}: there is time for {}", tries,
                         per_try.node.text(), route.timeout.node.text(), fit))
        .relate(route.retries->node.where(), "the tries")
        .with_help("shorten perTryTimeout, lower attempts, or give the route more time");
  }
}

void a_slow_try_leaves_time(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!retries(route) || route.timeout.value.count() <= 0) continue;
    if (route.retries->per_try_timeout || repeats_work(route).empty()) continue;
    found
        .add(route.retries->node.where(),
             fmt::format("a first try that hangs uses up all of the timeout of {}",
                         route.timeout.node.text()))
        .relate(route.timeout.where(), "for all tries together")
        .with_help("add `perTryTimeout`, so that a slow try is given up and repeated");
  }
}

void retries_are_limited(const VirtualService& service, const Mesh& mesh, Findings& found) {
  const auto& rules = mesh.derived<routing::RuleIndex>();
  for (const HttpRoute& route : service.http) {
    if (!retries(route)) continue;
    if (route.retries->attempts.value < kManyRetries || repeats_work(route).empty()) continue;
    for (const auto& entry : route.route) {
      const std::string host = routing::fqdn(entry.destination.host.value, service.scope);
      const auto policy =
          rules.policy(host, entry.destination.subset.value, std::nullopt, service.scope);
      if (policy.retry_budget) continue;
      if (policy.connection_pool != nullptr && policy.connection_pool->max_retries) continue;
      found
          .add(route.retries->attempts.where(),
               fmt::format("up to {} retries of every failed request to `{}`, and no limit for "
                           "all of them together",
                           route.retries->attempts.value, entry.destination.host.value))
          .with_help(
              "set `connectionPool.http.maxRetries` or `retryBudget` in a "
              "DestinationRule of the host");
      break;
    }
  }
}

/// The method of the match that must not be repeated; empty when none is named.
std::string_view written_method(const VirtualService& service, const HttpRoute& route) {
  for (const auto& match : route.match) {
    const routing::Match conditions = routing::http_match(match, service.scope);
    for (const routing::Condition& condition : conditions.conditions) {
      if (condition.subject != routing::Subject::method || condition.negated) continue;
      for (const std::string_view method : {"POST", "PATCH"}) {
        for (const auto& text : condition.any_of) {
          if (text.matches(method)) return method;
        }
      }
    }
  }
  return {};
}

void writes_are_not_repeated(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!retries(route)) continue;
    const std::string_view word = repeats_work(route);
    const std::string_view method = word.empty() ? word : written_method(service, route);
    if (method.empty()) continue;
    found
        .add(route.retries->retry_on.where(),
             fmt::format("a {} that failed with `{}` is sent again, although it may have been done",
                         method, word))
        .with_help(
            "retry on connect-failure, refused-stream and reset-before-request only, or "
            "give writing requests a route without retries");
  }
}

void status_codes_are_given(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!retries(route)) continue;
    const auto words = words_of(route);
    const bool numbers = std::any_of(words.begin(), words.end(), is_number);
    if (holds(words, "retriable-status-codes") && !numbers) {
      found
          .add(route.retries->retry_on.where(),
               "`retriable-status-codes` retries nothing without status codes")
          .with_help("add the codes to the list: `retriable-status-codes,503`");
    }
    if (holds(words, "retriable-headers")) {
      found
          .add(route.retries->retry_on.where(),
               "`retriable-headers` retries nothing: a VirtualService cannot say which headers")
          .with_help("remove it");
    }
  }
}

/// Whether every port that the destination may mean is known to carry something but gRPC.
bool is_without_grpc(const HostLookup& lookup, const resource::istio::Destination& to) {
  if (lookup.service == nullptr || lookup.service->ports.empty()) return false;
  return std::all_of(lookup.service->ports.begin(), lookup.service->ports.end(),
                     [&](const auto& port) {
                       const Traffic traffic = traffic_of(port);
                       const bool meant = !to.port || to.port.value == port.port.value;
                       return !meant || (traffic != Traffic::unknown && traffic != Traffic::http2);
                     });
}

void grpc_is_retried_as_grpc(const VirtualService& service, const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  for (const HttpRoute& route : service.http) {
    if (!retries(route) || route.route.empty()) continue;
    const auto words = words_of(route);
    const auto word = std::find_if(words.begin(), words.end(),
                                   [](const auto one) { return holds(kGrpcWords, one); });
    if (word == words.end()) continue;
    const auto& to = route.route.front().destination;
    if (!is_without_grpc(references.host(to.host.value, service.scope), to)) continue;
    found
        .add(route.retries->retry_on.where(),
             fmt::format("`{}` is a status of gRPC, which `{}` does not speak", *word,
                         to.host.value))
        .with_help("use conditions of HTTP, or name the port `grpc-…` if it is gRPC");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5001",
     .name = "tries-exceed-timeout",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "All tries of a route fit into its timeout",
     .why = "`attempts` counts retries, so there is one try more, and the route's timeout covers "
            "all of them and the pauses between. What does not fit is never tried.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 3s #!
    retries: {attempts: 3, perTryTimeout: 1s, retryOn: connect-failure}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 5s
    retries: {attempts: 3, perTryTimeout: 1s, retryOn: connect-failure}
)",
     .check = Each<tries_fit_into_the_timeout>::run},
    {.id = "MF5002",
     .name = "per-try-timeout-missing",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Retries within a timeout have a limit for each try",
     .why = "Without `perTryTimeout` a try may take as long as the route. A destination that hangs "
            "is then never given up in favour of another, which is what the retries were for.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 3s
    retries: {attempts: 2, retryOn: "5xx,connect-failure"} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 3s
    retries: {attempts: 2, perTryTimeout: 1s, retryOn: "5xx,connect-failure"}
)",
     .check = Each<a_slow_try_leaves_time>::run},
    {.id = "MF5003",
     .name = "retries-unlimited",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Many retries have a limit for all requests together",
     .why = "When a destination fails under load, three retries a request are four times the load. "
            "Istio sets no limit to retries in flight; `connectionPool.http.maxRetries` or a "
            "`retryBudget` does.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {attempts: 5, perTryTimeout: 1s, retryOn: "5xx,connect-failure"} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {attempts: 5, perTryTimeout: 1s, retryOn: "5xx,connect-failure"}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy: {connectionPool: {http: {maxRetries: 10}}}
)",
     .check = Each<retries_are_limited>::run},
    {.id = "MF5004",
     .name = "write-retried",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Requests that write are retried only if they were not sent",
     .why = "After a 5xx or a reset the destination may have done its work: a POST or PATCH that "
            "is sent again orders, pays or books twice.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: orders, namespace: shop}
spec:
  hosts: [orders.shop.svc.cluster.local]
  http:
  - match: [{method: {exact: POST}}]
    route: [{destination: {host: orders}}]
    retries: {attempts: 2, perTryTimeout: 1s, retryOn: "5xx"} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: orders, namespace: shop}
spec:
  hosts: [orders.shop.svc.cluster.local]
  http:
  - match: [{method: {exact: POST}}]
    route: [{destination: {host: orders}}]
    retries: {attempts: 2, perTryTimeout: 1s, retryOn: "connect-failure,refused-stream"}
)",
     .check = Each<writes_are_not_repeated>::run},
    {.id = "MF5005",
     .name = "retry-condition-idle",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Conditions of retries have what they need",
     .why = "`retriable-status-codes` needs numbers in the list, and `retriable-headers` a list of "
            "headers that a VirtualService cannot give. Without them nothing is retried.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {attempts: 2, retryOn: "connect-failure,retriable-status-codes"} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {attempts: 2, retryOn: "connect-failure,retriable-status-codes,503"}
)",
     .check = Each<status_codes_are_given>::run},
    {.id = "MF5006",
     .name = "retry-condition-of-grpc",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Statuses of gRPC are retried where gRPC is spoken",
     .why = "`unavailable`, `cancelled` and their like look at the `grpc-status` of an answer. An "
            "HTTP/1 destination sends none, and nothing is retried.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {attempts: 2, retryOn: unavailable} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: grpc, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {attempts: 2, retryOn: unavailable}
)",
     .check = Each<grpc_is_retried_as_grpc>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family retry_rules() { return kRules; }

}  // namespace meshfn::lint
