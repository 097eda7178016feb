// ServiceProfiles that are admitted, and of which the proxy then leaves parts out.

#include <fmt/format.h>
#include <re2/re2.h>

#include <limits>

#include "base/units.h"
#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_objects.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

/// Calls `visit` for every condition below `condition`, itself included.
template <class Visit>
void each_condition(yaml::Node condition, const Visit& visit) {
  if (!condition.is_mapping()) return;
  visit(condition);
  for (const std::string_view list : {"all", "any"}) {
    for (const yaml::Node item : condition.find(list).items()) each_condition(item, visit);
  }
  each_condition(condition.find("not"), visit);
}

void expressions_compile(const Object& profile, const Mesh&, Findings& found) {
  if (!linkerd::is_profile(profile)) return;
  for (const yaml::Node route : profile.spec.find("routes").items()) {
    each_condition(route.find("condition"), [&](yaml::Node condition) {
      const yaml::Node path = condition.find("pathRegex");
      if (!path.is_scalar()) return;
      const re2::RE2 regex({path.text().data(), path.text().size()}, re2::RE2::Quiet);
      if (regex.ok()) return;
      found.add(path.where(),
                fmt::format("`{}` is no regular expression: {}", path.text(), regex.error()));
    });
  }
}

void ranges_have_two_sides(const Object& profile, const Mesh&, Findings& found) {
  if (!linkerd::is_profile(profile)) return;
  for (const yaml::Node route : profile.spec.find("routes").items()) {
    for (const yaml::Node response : route.find("responseClasses").items()) {
      each_condition(response.find("condition"), [&](yaml::Node condition) {
        const yaml::Node status = condition.find("status");
        const auto least = resource::integer(status.find("min"));
        const auto most = resource::integer(status.find("max"));
        const bool lower = least.value_or(0) != 0;
        if (!status.is_mapping() || lower == (most.value_or(0) != 0)) return;
        found
            .add(status.where(),
                 fmt::format("a range of statuses without `{}` is left out", lower ? "max" : "min"))
            .with_help(lower ? fmt::format("add `max: {}`, or 599", *least)
                             : fmt::format("add `min: {}`, or 100", *most));
      });
    }
  }
}

void budget_is_in_bounds(const Object& profile, const Mesh&, Findings& found) {
  if (!linkerd::is_profile(profile)) return;
  using namespace std::chrono_literals;
  const yaml::Node budget = profile.spec.find("retryBudget");
  const auto ttl = resource::duration(budget.find("ttl"));
  if (ttl && (*ttl < 1s || *ttl > 60s)) {
    found.add(ttl.where(),
              fmt::format("a ttl of {} is not between 1s and 60s", format_duration(*ttl)));
  }
  const auto ratio = resource::number(budget.find("retryRatio"));
  if (ratio && *ratio > 1000) found.add(ratio.where(), "the ratio of retries is more than 1000");
  const auto least = resource::integer(budget.find("minRetriesPerSecond"));
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (least && *least > kMost && *least <= 2 * kMost + 1) {
    found.add(least.where(), fmt::format("retries per second are more than {}", kMost));
  }
}

void timeouts_are_positive(const Object& profile, const Mesh&, Findings& found) {
  if (!linkerd::is_profile(profile)) return;
  for (const yaml::Node route : profile.spec.find("routes").items()) {
    const auto timeout = resource::duration(route.find("timeout"));
    if (timeout && timeout->count() < 0) found.add(timeout.where(), "a timeout is not negative");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF3260",
     .name = "linkerd-profile-expression",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Path expressions of a ServiceProfile compile",
     .why = "The webhook does not compile them. The proxy leaves out a condition whose "
            "expression does not compile; inside of `all` that makes the route match more "
            "than it says.",
     .bad = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes:
  - name: cart
    condition: {pathRegex: '/cart/(.*'} #!
)",
     .good = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes:
  - name: cart
    condition: {pathRegex: '/cart/(.*)'}
)",
     .check = Each<expressions_compile>::run},
    {.id = "MF3261",
     .name = "linkerd-profile-range-open",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "A range of statuses has both ends",
     .why = "The proxy takes a missing end for 0, which is no status, and leaves out the "
            "whole response class: failures are not counted and not retried.",
     .bad = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes:
  - name: cart
    condition: {method: GET}
    responseClasses:
    - condition:
        status: {min: 500} #!
      isFailure: true
)",
     .good = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes:
  - name: cart
    condition: {method: GET}
    responseClasses:
    - condition:
        status: {min: 500, max: 599}
      isFailure: true
)",
     .check = Each<ranges_have_two_sides>::run},
    {.id = "MF3262",
     .name = "linkerd-profile-retries-off",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "A retry budget is one that the proxy takes",
     .why = "The webhook admits other values. The proxy then drops the budget, and there "
            "are no retries at all.",
     .bad = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes: [{name: cart, condition: {method: GET, pathRegex: /cart}}]
  retryBudget: {minRetriesPerSecond: 10, retryRatio: 0.2, ttl: 500ms} #!
)",
     .good = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes: [{name: cart, condition: {method: GET, pathRegex: /cart}}]
  retryBudget: {minRetriesPerSecond: 10, retryRatio: 0.2, ttl: 10s}
)",
     .check = Each<budget_is_in_bounds>::run},
    {.id = "MF3263",
     .name = "linkerd-profile-timeout-negative",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Timeouts of a ServiceProfile are not negative",
     .why = "The webhook admits any duration of Go. A negative one has no meaning, and the "
            "route is left without a timeout.",
     .bad = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes:
  - name: cart
    condition: {method: GET}
    timeout: -5s #!
)",
     .good = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes:
  - name: cart
    condition: {method: GET}
    timeout: 5s
)",
     .check = Each<timeouts_are_positive>::run},
};

static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_profile_effect_rules() { return kRules; }

}  // namespace meshfn::lint
