// Counts and conditions: retries and weights.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/places.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::VirtualService;

constexpr std::array<std::string_view, 16> kConditions = {"5xx",
                                                          "gateway-error",
                                                          "reset",
                                                          "reset-before-request",
                                                          "connect-failure",
                                                          "retriable-4xx",
                                                          "refused-stream",
                                                          "retriable-status-codes",
                                                          "retriable-headers",
                                                          "envoy-ratelimited",
                                                          "http3-post-connect-failure",
                                                          "cancelled",
                                                          "deadline-exceeded",
                                                          "internal",
                                                          "resource-exhausted",
                                                          "unavailable"};

/// Status codes that have a name of their own (the IANA registry, as Go's net/http lists it).
bool is_named_status(std::int64_t code) {
  struct Range {
    std::int64_t first, last;
  };

  constexpr Range kNamed[] = {{100, 103}, {200, 208}, {226, 226}, {300, 305},
                              {307, 308}, {400, 418}, {421, 426}, {428, 429},
                              {431, 431}, {451, 451}, {500, 508}, {510, 511}};
  return std::any_of(std::begin(kNamed), std::end(kNamed), [code](const Range& range) {
    return range.first <= code && code <= range.last;
  });
}

bool is_condition(std::string_view word) {
  const bool is_number = !word.empty() && std::all_of(word.begin(), word.end(),
                                                      [](char c) { return c >= '0' && c <= '9'; });
  if (is_number) return is_named_status(yaml::to_int(word).value_or(0));
  return !word.empty() &&
         std::find(kConditions.begin(), kConditions.end(), word) != kConditions.end();
}

void conditions_are_known(const VirtualService& service, const Mesh&, Findings& found) {
  each_at(service.spec, "http[].retries.retryOn", [&](yaml::Node list) {
    if (list.text().empty()) return;
    for (const std::string_view word : str::split(list.text(), ',')) {
      if (is_condition(word)) continue;
      const std::string_view bare = str::trim(word);
      found.add(list.where(), fmt::format("`{}` is no condition to retry on", word))
          .with_help(bare != word && is_condition(bare)
                         ? std::string("write the list without spaces")
                         : did_you_mean(bare, {kConditions.begin(), kConditions.end()}));
    }
  });
}

constexpr std::string_view kCounts[] = {"http[].retries.attempts", "http[].route[].weight",
                                        "tls[].route[].weight", "tcp[].route[].weight"};

void counts_are_not_negative(const VirtualService& service, const Mesh&, Findings& found) {
  each_at_any(service.spec, kCounts, [&](yaml::Node node) {
    const auto count = resource::integer(node);
    if (count.value < 0) found.add(node.where(), fmt::format("{} is below 0", count.value));
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1147",
     .name = "retry-condition-unknown",
     .severity = Severity::error,
     .group = "istio",
     .summary = "retryOn lists conditions that Envoy knows",
     .why = "`retryOn` is a list of words and status codes between commas, without spaces. "
            "Istio's webhook refuses what it does not know.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {attempts: 2, retryOn: "5xx, reset"} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {attempts: 2, retryOn: "5xx,reset"}
)",
     .aliases = "IST0106",
     .check = Each<conditions_are_known>::run},
    {.id = "MF1148",
     .name = "count-negative",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Weights and attempts are not below 0",
     .why = "Istio's webhook refuses negative numbers.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {attempts: -1} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {attempts: 2}
)",
     .aliases = "IST0106",
     .check = Each<counts_are_not_negative>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family virtual_service_retry_rules() { return kRules; }

}  // namespace meshfn::lint
