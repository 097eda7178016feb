// Conditions that a controller has written into `status`: input that was taken from a cluster
// says itself what is wrong with it.

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

/// A condition that should not have this status.
struct Expectation {
  std::string_view type;
  std::string_view bad = "False";
};

constexpr std::array<Expectation, 6> kGateway = {{{"Accepted"},
                                                  {"Programmed"},
                                                  {"Ready"},
                                                  {"Scheduled"},
                                                  {"ResolvedRefs"},
                                                  {"Conflicted", "True"}}};
constexpr std::array<Expectation, 6> kListener = {{{"Accepted"},
                                                   {"Programmed"},
                                                   {"Ready"},
                                                   {"ResolvedRefs"},
                                                   {"Conflicted", "True"},
                                                   {"Detached", "True"}}};
constexpr std::array<Expectation, 4> kRoute = {
    {{"Accepted"}, {"Programmed"}, {"ResolvedRefs"}, {"PartiallyInvalid", "True"}}};
constexpr std::array<Expectation, 1> kBound = {{{"istio.io/WaypointBound"}}};
constexpr std::array<Expectation, 2> kPolicy = {{{"ZtunnelAccepted"}, {"WaypointAccepted"}}};

/// Reasons of a controller that has not finished, or has not begun.
constexpr std::array<std::string_view, 3> kPassing = {"Pending", "NotReconciled", "Waiting"};

void check_conditions(yaml::Node owner, std::span<const Expectation> expected, Findings& found) {
  for (const yaml::Node condition : owner.find("conditions").items()) {
    const std::string_view type = condition.find("type").text();
    const std::string_view reason = condition.find("reason").text();
    const yaml::Node status = condition.find("status");
    const bool is_bad = std::any_of(expected.begin(), expected.end(), [&](const Expectation& one) {
      return one.type == type && one.bad == status.text();
    });
    // The waypoint took some rules of the policy, whatever the status says.
    const bool partly = type == "WaypointAccepted" && reason == "PartiallyInvalid" && status;
    if (!is_bad && !(partly && expected.data() == kPolicy.data())) continue;
    const std::string_view message = condition.find("message").text();
    auto& added = found.add(status.where(), fmt::format("{} is {}{}{}", type, status.text(),
                                                        reason.empty() ? "" : ": ", reason));
    if (!message.empty()) added.with_help(fmt::format("the controller says: {}", message));
    if (std::find(kPassing.begin(), kPassing.end(), reason) != kPassing.end()) {
      added.with_severity(Severity::info);
    }
  }
}

bool is_istio(const Object& object, std::string_view group, std::string_view kind) {
  return object.group() == group && object.kind.value == kind;
}

void conditions_are_good(const Object& object, const Mesh&, Findings& found) {
  const yaml::Node status = object.root.find("status");
  if (!status.is_mapping()) return;
  const bool gateway_api = object.group() == kGroup;
  if (gateway_api && (object.kind.value == "Gateway" || object.kind.value == "ListenerSet")) {
    check_conditions(status, kGateway, found);
    for (const yaml::Node listener : status.find("listeners").items()) {
      check_conditions(listener, kListener, found);
    }
  } else if (gateway_api && resource::gateway_api::route_kind(object.kind.value)) {
    for (const yaml::Node parent : status.find("parents").items()) {
      check_conditions(parent, kRoute, found);
    }
  } else if (gateway_api && object.kind.value == "BackendTLSPolicy") {
    for (const yaml::Node ancestor : status.find("ancestors").items()) {
      check_conditions(ancestor, kRoute, found);
    }
  } else if (is_istio(object, "", "Service") ||
             is_istio(object, "networking.istio.io", "ServiceEntry") ||
             is_istio(object, "networking.istio.io", "WorkloadEntry")) {
    check_conditions(status, kBound, found);
  } else if (is_istio(object, "security.istio.io", "AuthorizationPolicy")) {
    check_conditions(status, kPolicy, found);
  }
}

constexpr Rule kRules[] = {
    {.id = "MF2521",
     .name = "status-condition",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "The controller has accepted the object",
     .why = "An object that was read from a cluster carries what its controller thinks of it. "
            "A condition such as Accepted, Programmed or ResolvedRefs that is False means that "
            "the object, or part of it, is not in force. An info when the reason says that the "
            "controller has not finished.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
status:
  parents:
  - parentRef: {name: edge}
    controllerName: istio.io/gateway-controller
    conditions:
    - type: ResolvedRefs
      status: "False" #!
      reason: BackendNotFound
      message: service web not found
      lastTransitionTime: "2026-01-01T00:00:00Z"
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
status:
  parents:
  - parentRef: {name: edge}
    controllerName: istio.io/gateway-controller
    conditions:
    - type: ResolvedRefs
      status: "True"
      reason: ResolvedRefs
      message: all references resolved
      lastTransitionTime: "2026-01-01T00:00:00Z"
)",
     .aliases = "IST0171 GWAPI",
     .check = Each<conditions_are_good>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

std::span<const Rule> gateway_api_status_rules() { return kRules; }

}  // namespace meshfn::lint
