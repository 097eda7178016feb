// ServiceProfiles that Linkerd's webhook refuses. It reads them more strictly than their schema.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_objects.h"
#include "lint/rules/linkerd_values.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::kProfiles;
using resource::Mesh;
using resource::Object;

constexpr std::string_view kKind = "ServiceProfile";

/// A label of a DNS-1123 subdomain.
bool is_label(std::string_view text) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && alphanumeric(text.front()) && alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return alphanumeric(c) || c == '-'; });
}

void name_is_subdomain(const Object& profile, const Mesh&, Findings& found) {
  if (!linkerd::is_profile(profile) || !profile.name) return;
  const auto labels = str::split(*profile.name, '.');
  if (std::all_of(labels.begin(), labels.end(), is_label)) return;
  found.add(profile.name.where(), fmt::format("`{}` is no DNS name in lower case", *profile.name))
      .with_help("name it after the Service: `web.shop.svc.cluster.local`");
}

void routes_are_complete(const Object& profile, const Mesh&, Findings& found) {
  if (!linkerd::is_profile(profile)) return;
  for (const yaml::Node route : profile.spec.find("routes").items()) {
    if (route.find("name").is_null() || route.find("name").text().empty()) {
      found.add(objects::place(route, "name"), "this route has no name");
    }
    if (route.find("condition").is_null()) {
      const yaml::Node key = route.find_key("condition");
      found.add(key ? key.where() : objects::place(route, "name"), "this route has no condition")
          .with_help("add `condition:` with a `method` or a `pathRegex`");
    }
  }
}

/// What is wrong with conditions, found by walking down `all`, `any` and `not`.
class Conditions {
 public:
  explicit Conditions(Findings& found) : found_(found) {}

  void request(yaml::Node match) {
    if (!descend(match, &Conditions::request)) return;
    const auto given = [&](std::string_view field) { return !match.find(field).is_null(); };
    const auto said = [&](std::string_view field) { return !match.find(field).text().empty(); };
    if (given("all") || given("any") || given("not") || said("pathRegex") || said("method")) {
      return;
    }
    found_.add(match.where(), "this condition matches nothing in particular")
        .with_help("give one of `method`, `pathRegex`, `all`, `any`, `not`");
  }

  void response(yaml::Node match) {
    if (!descend(match, &Conditions::response)) return;
    status(match.find("status"));
    const auto given = [&](std::string_view field) { return !match.find(field).is_null(); };
    if (given("all") || given("any") || given("not") || given("status")) return;
    found_.add(match.where(), "this condition matches nothing in particular")
        .with_help("give one of `status`, `all`, `any`, `not`");
  }

 private:
  /// Visits the parts of `match`; false when it is no mapping.
  bool descend(yaml::Node match, void (Conditions::*visit)(yaml::Node)) {
    if (!match.is_mapping()) return false;
    for (const std::string_view list : {"all", "any"}) {
      for (const yaml::Node item : match.find(list).items()) {
        if (item.is_null()) {
          found_.add(match.find_key(list).where(),
                     fmt::format("`{}` holds a condition that is null", list));
        }
        (this->*visit)(item);
      }
    }
    (this->*visit)(match.find("not"));
    return true;
  }

  void status(yaml::Node range) {
    const auto least = resource::integer(range.find("min"));
    const auto most = resource::integer(range.find("max"));
    for (const auto& bound : {least, most}) {
      if (!bound || *bound == 0 || (*bound >= 100 && *bound <= 599)) continue;
      found_.add(bound.where(), fmt::format("{} is no status from 100 to 599", *bound));
    }
    if (least.value_or(0) != 0 && most.value_or(0) != 0 && *most < *least) {
      found_
          .add(most.where(),
               fmt::format("the range ends at {} before it begins at {}", *most, *least))
          .relate(least.where(), "the least");
    }
  }

  Findings& found_;
};

void conditions_are_complete(const Object& profile, const Mesh&, Findings& found) {
  if (!linkerd::is_profile(profile)) return;
  Conditions conditions(found);
  for (const yaml::Node route : profile.spec.find("routes").items()) {
    conditions.request(route.find("condition"));
    for (const yaml::Node response : route.find("responseClasses").items()) {
      if (response.find("condition").is_null()) {
        found.add(response.where(), "this response class has no condition");
      }
      conditions.response(response.find("condition"));
    }
  }
}

void durations_are_read(const Object& profile, const Mesh&, Findings& found) {
  if (!linkerd::is_profile(profile)) return;
  const auto check = [&](yaml::Node value, std::string_view field) {
    if (!value.is_scalar() || value.is_null()) return;
    const std::string problem = linkerd::go_duration_problem(value.text());
    if (problem.empty()) return;
    found.add(value.where(), fmt::format("`{}` cannot be `{}`: {}", field, value.text(), problem));
  };
  for (const yaml::Node route : profile.spec.find("routes").items()) {
    check(route.find("timeout"), "timeout");
  }
  check(profile.spec.at("retryBudget", "ttl"), "ttl");
}

void retry_budget_is_admitted(const Object& profile, const Mesh&, Findings& found) {
  if (!linkerd::is_profile(profile)) return;
  const yaml::Node budget = profile.spec.find("retryBudget");
  const auto ratio = resource::number(budget.find("retryRatio"));
  if (ratio && *ratio < 0) found.add(ratio.where(), "the ratio of retries cannot be negative");
  const auto least = resource::integer(budget.find("minRetriesPerSecond"));
  if (least && (*least < 0 || *least > 4294967295)) {
    found.add(least.where(), "retries per second are a whole number from 0 to 4294967295");
  }
}

void schema_and_webhook_agree(const Object& profile, const Mesh&, Findings& found) {
  if (!linkerd::is_profile(profile)) return;
  for (const yaml::Node route : profile.spec.find("routes").items()) {
    if (const yaml::Node key = route.find("condition").find_key("not")) {
      found.add(key.where(), "`not` cannot stand directly in the condition of a route")
          .with_help("put it into a list: `all: [{not: {…}}]`");
    }
  }
  const yaml::Node opaque = profile.spec.find("opaquePorts");
  if (opaque.size() > 0) {
    found
        .add(profile.spec.find_key("opaquePorts").where(),
             "no profile with `opaquePorts` is admitted")
        .with_help("annotate the Service with `config.linkerd.io/opaque-ports`");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF3240",
     .name = "linkerd-profile-name",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A ServiceProfile is named by a DNS name",
     .why = "Linkerd's webhook refuses names that are no DNS subdomain in lower case.",
     .bad = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web_api.shop.svc.cluster.local #!
  namespace: shop
spec:
  routes: [{name: cart, condition: {method: GET, pathRegex: /cart}}]
)",
     .good = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web-api.shop.svc.cluster.local
  namespace: shop
spec:
  routes: [{name: cart, condition: {method: GET, pathRegex: /cart}}]
)",
     .check = Each<name_is_subdomain>::run},
    {.id = "MF3241",
     .name = "linkerd-profile-route",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Routes of a ServiceProfile have a name and a condition",
     .why = "Linkerd's webhook refuses a route whose name is empty or whose condition is "
            "null; the schema asks only for the fields.",
     .bad = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes:
  - name: "" #!
    condition: {method: GET}
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
)",
     .check = Each<routes_are_complete>::run},
    {.id = "MF3242",
     .name = "linkerd-profile-condition",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Conditions of a ServiceProfile match something possible",
     .why = "Linkerd's webhook refuses empty conditions, null among others, statuses "
            "outside of 100 to 599 and ranges that descend.",
     .bad = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes:
  - name: cart
    condition:
      any:
      - {} #!
    responseClasses:
    - condition: {status: {min: 500, max: 400}} #!
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
    condition:
      any:
      - {method: GET}
    responseClasses:
    - condition: {status: {min: 500, max: 599}}
      isFailure: true
)",
     .check = Each<conditions_are_complete>::run},
    {.id = "MF3243",
     .name = "linkerd-profile-duration",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Durations of a ServiceProfile can be read",
     .why = "Linkerd's webhook refuses a timeout or a ttl that Go's `time.ParseDuration` "
            "cannot read.",
     .bad = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes:
  - name: cart
    condition: {method: GET}
    timeout: "30" #!
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
    timeout: 30s
)",
     .check = Each<durations_are_read>::run},
    {.id = "MF3244",
     .name = "linkerd-profile-retry-budget",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A retry budget is not negative",
     .why = "Linkerd's webhook refuses a negative ratio or number of retries.",
     .bad = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes: [{name: cart, condition: {method: GET, pathRegex: /cart}}]
  retryBudget: {minRetriesPerSecond: 10, retryRatio: -0.2, ttl: 10s} #!
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
     .check = Each<retry_budget_is_admitted>::run},
    {.id = "MF3245",
     .name = "linkerd-profile-inadmissible",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A ServiceProfile uses no field on which its judges disagree",
     .why = "The schema wants `condition.not` of a route and `opaquePorts` to be lists, the "
            "webhook wants mappings. Whatever is written, one of them refuses it.",
     .bad = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes:
  - name: cart
    condition:
      not: [{method: GET}] #!
)",
     .good = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes:
  - name: cart
    condition:
      all: [{not: {method: GET}}]
)",
     .check = Each<schema_and_webhook_agree>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_profile_rules() { return kRules; }

}  // namespace meshfn::lint
