// Labels of ambient mode that contradict each other or lead nowhere.

#include <fmt/format.h>

#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/ambient.h"
#include "lint/rules/insight_families.h"
#include "lint/rules/istio_objects.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Workload;

constexpr std::string_view kUse = "istio.io/use-waypoint";

constexpr std::string_view kMode = "istio.io/dataplane-mode";

/// Whether the Namespace of the pods has sidecars put into them.
bool is_injected_by_namespace(const Mesh& mesh, const Workload& workload) {
  const Object* const home = mesh.find("Namespace", "", workload.scope);
  return home != nullptr && (home->label("istio-injection").value == "enabled" ||
                             !home->label("istio.io/rev").value.empty());
}

void one_mode_is_chosen(const Workload& workload, const Mesh& mesh, Findings& found) {
  const bool own = resource::label(workload.pod_labels, kMode) == "ambient";
  const bool redirected =
      workload.pod_annotation("ambient.istio.io/redirection").value == "enabled";
  const bool ambient = own || redirected || is_ambient(mesh, workload);
  if (!ambient) return;
  const resource::Text inject = istio::inject_setting(workload);
  const bool asked = inject.value == "true";
  if (asked || (own && !inject && is_injected_by_namespace(mesh, workload))) {
    auto& finding =
        found.add(workload.where(), "these pods ask for a sidecar and for ambient mode");
    finding.with_help("choose one: `sidecar.istio.io/inject` or `istio.io/dataplane-mode`");
    // On the way from one mode to the other a pod may keep its sidecar in an ambient namespace.
    if (!own && !redirected) finding.with_severity(Severity::warning);
  } else if (istio::proxy_of(workload) != nullptr) {
    auto& finding = found.add(workload.where(), "these ambient pods bring a sidecar of their own");
    finding.with_help("remove the container `istio-proxy`, or take the pods out of ambient mode");
    if (!own && !redirected) finding.with_severity(Severity::warning);
  }
}

void users_of_waypoints_are_ambient(const Mesh& mesh, Findings& found) {
  for (const Workload& workload : mesh.all<Workload>()) {
    if (workload.context || is_ambient(mesh, workload)) continue;
    for (const resource::Label& label : workload.pod_labels) {
      if (label.key.value != kUse || label.value.value == "none") continue;
      found
          .add(label.key.where(), fmt::format("the pods of `{}` are not ambient, so their calls "
                                              "pass by the waypoint",
                                              workload.name.value))
          .with_help("add the label `istio.io/dataplane-mode: ambient`");
    }
  }
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
     .aliases = "KIA1311 KIA1314 KIA1315 KIA1316",
     .check = Each<one_mode_is_chosen>::run},
    {.id = "MF5546",
     .name = "waypoint-without-ambient",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Namespaces and pods that use a waypoint are ambient",
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
