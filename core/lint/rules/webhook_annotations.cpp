// Annotations of Istio's own kinds that its webhook looks at.

#include <fmt/format.h>

#include <array>

#include "lint/each.h"
#include "lint/rules/families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

constexpr std::array<std::string_view, 3> kInternal = {"internal.istio.io/webhook-always-reject",
                                                       "internal.istio.io/parents",
                                                       "internal.istio.io/parent-namespace"};

bool is_istio(const Object& object) {
  const std::string_view group = object.group();
  return group == "networking.istio.io" || group == "security.istio.io" ||
         group == "telemetry.istio.io" || group == "extensions.istio.io";
}

void annotations_are_the_users(const Object& object, const Mesh&, Findings& found) {
  const yaml::Node annotations = object.metadata.find("annotations");
  if (!annotations || !is_istio(object)) return;
  for (const std::string_view key : kInternal) {
    if (!annotations.find(key)) continue;
    found
        .add(annotations.find_key(key).where(),
             fmt::format("`{}` is an annotation that Istio keeps for itself", key))
        .with_help("remove it");
  }
  constexpr std::string_view kDryRun = "istio.io/dry-run";
  if (!annotations.find(kDryRun) || object.kind.value == "AuthorizationPolicy") return;
  found
      .add(annotations.find_key(kDryRun).where(),
           fmt::format("a {} cannot be tried with `{}`", object.kind.value, kDryRun))
      .with_help("remove it; only an AuthorizationPolicy has a dry run");
}

constexpr Rule kRules[] = {
    {.id = "MF1160",
     .name = "annotation-reserved",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Istio's objects have no annotation that is not theirs to have",
     .why = "Istio's webhook refuses annotations that are internal, and a dry run of anything but "
            "an AuthorizationPolicy.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: reviews
  namespace: shop
  annotations:
    istio.io/dry-run: "true" #!
spec:
  host: reviews
  trafficPolicy: {loadBalancer: {simple: RANDOM}}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: reviews
  namespace: shop
spec:
  host: reviews
  trafficPolicy: {loadBalancer: {simple: RANDOM}}
)",
     .aliases = "IST0106",
     .check = Each<annotations_are_the_users>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family istio_annotation_rules() { return kRules; }

}  // namespace meshfn::lint
