// Labels of ambient mode that contradict each other or lead nowhere.

#include <fmt/format.h>

#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/insight_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Workload;

constexpr std::string_view kUse = "istio.io/use-waypoint";

void one_mode_is_chosen(const Workload& workload, const Mesh&, Findings& found) {
  const std::string_view inject = resource::label(workload.pod_labels, "sidecar.istio.io/inject");
  const bool ambient = resource::label(workload.pod_labels, "istio.io/dataplane-mode") == "ambient";
  if (inject != "true" || !ambient) return;
  found.add(workload.where(), "these pods ask for a sidecar and for ambient mode")
      .with_help("remove one of the two labels of the pods");
}

void users_of_waypoints_are_ambient(const Mesh& mesh, Findings& found) {
  objects::each(mesh, "", "Namespace", [&](const Object& object) {
    const auto use = object.label(kUse);
    const auto mode = object.label("istio.io/dataplane-mode");
    if (!use || use.value == "none" || mode.value == "ambient") return;
    // Gateways may be told to use a waypoint for namespaces that are not ambient.
    if (object.label("istio.io/ingress-use-waypoint")) return;
    found
        .add(use.where(), fmt::format("pods of `{}` are not ambient, so their calls pass by the "
                                      "waypoint",
                                      object.name.value))
        .with_help("add the label `istio.io/dataplane-mode: ambient`");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF5544",
     .name = "ambient-and-sidecar",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Pods are in the mesh by a sidecar or by ambient mode",
     .why = "A pod with a sidecar is left out of ambient mode, or has its traffic redirected "
            "twice; which of the two depends on the order of events.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop} #!
spec:
  selector: {matchLabels: {app: reviews}}
  template:
    metadata:
      labels: {app: reviews, istio.io/dataplane-mode: ambient, sidecar.istio.io/inject: "true"}
    spec:
      containers: [{name: reviews, image: reviews}]
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  template:
    metadata:
      labels: {app: reviews, istio.io/dataplane-mode: ambient}
    spec:
      containers: [{name: reviews, image: reviews}]
)",
     .aliases = "KIA1311 KIA1314 KIA1315",
     .check = Each<one_mode_is_chosen>::run},
    {.id = "MF5546",
     .name = "waypoint-without-ambient",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A namespace that uses a waypoint is ambient",
     .why = "ztunnel sends calls to waypoints, and only for pods in ambient mode.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio.io/use-waypoint: way #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio.io/dataplane-mode: ambient
    istio.io/use-waypoint: way
)",
     .aliases = "KIA1312",
     .check = users_of_waypoints_are_ambient},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family ambient_label_rules() { return kRules; }

}  // namespace meshfn::lint
