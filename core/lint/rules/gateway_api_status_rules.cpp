// Conditions that a controller has written into `status`, beyond those that istioctl reads: of
// listeners, of the kinds that it passes over, and of what is half in force.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lint/each.h"
#include "lint/rules/gateway_api_families.h"
#include "resource/gateway_api/route.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::gateway_api::kGroup;
using resource::gateway_api::RouteKind;

/// A condition that should not have this status.
struct Expectation {
  std::string_view type;
  std::string_view bad = "False";
};

// Accepted, Programmed and ResolvedRefs of a Gateway, HTTPRoute or GRPCRoute are Istio's
// condition-false.
constexpr Expectation kClass[] = {{"Accepted"}, {"SupportedVersion"}};
constexpr Expectation kGateway[] = {{"Ready"}, {"Scheduled"}, {"Conflicted", "True"}};
constexpr Expectation kListener[] = {
    {"Accepted"},     {"Programmed"},         {"Ready"},
    {"ResolvedRefs"}, {"Conflicted", "True"}, {"Detached", "True"}};
constexpr Expectation kRequestRoute[] = {{"PartiallyInvalid", "True"}};
constexpr Expectation kStreamRoute[] = {
    {"Accepted"}, {"ResolvedRefs"}, {"PartiallyInvalid", "True"}};
constexpr Expectation kPolicy[] = {{"Accepted"}, {"ResolvedRefs"}};

/// Reasons of a controller that has not finished, or has not begun.
constexpr std::array<std::string_view, 3> kPassing = {"Pending", "NotReconciled", "Waiting"};

void check_conditions(yaml::Node owner, std::span<const Expectation> expected, Findings& found) {
  for (const yaml::Node condition : owner.find("conditions").items()) {
    const std::string_view type = condition.find("type").text();
    const yaml::Node status = condition.find("status");
    const bool is_bad = std::any_of(expected.begin(), expected.end(), [&](const Expectation& one) {
      return one.type == type && one.bad == status.text();
    });
    if (!is_bad) continue;
    const std::string_view reason = condition.find("reason").text();
    const std::string_view message = condition.find("message").text();
    auto& added = found.add(status.where(), fmt::format("{} is {}{}{}", type, status.text(),
                                                        reason.empty() ? "" : ": ", reason));
    if (!message.empty()) added.with_help(fmt::format("the controller says: {}", message));
    if (std::find(kPassing.begin(), kPassing.end(), reason) != kPassing.end()) {
      added.with_severity(Severity::info);
    }
  }
}

void check_each(yaml::Node list, std::span<const Expectation> expected, Findings& found) {
  for (const yaml::Node item : list.items()) check_conditions(item, expected, found);
}

void conditions_are_good(const Object& object, const Mesh&, Findings& found) {
  if (object.group() != kGroup) return;
  const yaml::Node status = object.root.find("status");
  const std::string_view kind = object.kind.value;
  if (kind == "GatewayClass") check_conditions(status, kClass, found);
  if (kind == "Gateway") check_conditions(status, kGateway, found);
  if (kind == "ListenerSet") check_conditions(status, kListener, found);
  if (kind == "BackendTLSPolicy") check_each(status.find("ancestors"), kPolicy, found);
  check_each(status.find("listeners"), kListener, found);
  if (const auto route = resource::gateway_api::route_kind(kind)) {
    const bool requests = *route == RouteKind::http || *route == RouteKind::grpc;
    const std::span<const Expectation> expected =
        requests ? std::span<const Expectation>(kRequestRoute) : kStreamRoute;
    check_each(status.find("parents"), expected, found);
  }
}

constexpr Rule kRules[] = {
    {.id = "MF2521",
     .name = "status-condition",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "The controller has accepted every part of the object",
     .why = "An object that was read from a cluster carries what its controller thinks of it. "
            "A listener, stream route or policy with a condition such as Accepted or "
            "ResolvedRefs that is False is not in force; Conflicted, Detached and "
            "PartiallyInvalid are bad when they are True. An info when the reason says that "
            "the controller has not finished.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: db, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: db, port: 5432}]}]
status:
  parents:
  - parentRef: {name: edge}
    controllerName: example.com/edge
    conditions:
    - type: ResolvedRefs
      status: "False" #!
      reason: BackendNotFound
      message: service db not found
      lastTransitionTime: "2026-01-01T00:00:00Z"
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: db, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: db, port: 5432}]}]
status:
  parents:
  - parentRef: {name: edge}
    controllerName: example.com/edge
    conditions:
    - type: ResolvedRefs
      status: "True"
      reason: ResolvedRefs
      message: all references resolved
      lastTransitionTime: "2026-01-01T00:00:00Z"
)",
     .aliases = "GWAPI",
     .check = Each<conditions_are_good>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_status_rules() { return kRules; }

}  // namespace meshfn::lint
