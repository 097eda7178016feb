// Labels of ambient mode that contradict each other or lead nowhere.

#include <fmt/format.h>

#include "lint/each.h"
#include "lint/rules/insight_families.h"
#include "lint/rules/linkerd_objects.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Workload;

constexpr std::string_view kUse = "istio.io/use-waypoint";

void one_mode_is_chosen(const Mesh& mesh, Findings& found) {
  for (const Object& object : mesh.objects()) {
    if (object.context || !linkerd::is(object, "", "Namespace")) continue;
    const auto mode = object.label("istio.io/dataplane-mode");
    const auto inject = object.label("istio-injection");
    if (mode.value != "ambient" || inject.value != "enabled") continue;
    found.add(inject.where(), "this namespace asks for sidecars and for ambient mode")
        .relate(mode.where(), "ambient here")
        .with_help("remove one of the two labels");
  }
  for (const Workload& workload : mesh.all<Workload>()) {
    const std::string_view inject = resource::label(workload.pod_labels, "sidecar.istio.io/inject");
    const bool ambient =
        resource::label(workload.pod_labels, "istio.io/dataplane-mode") == "ambient";
    if (workload.context || inject != "true" || !ambient) continue;
    found.add(workload.where(), "these pods ask for a sidecar and for ambient mode")
        .with_help("remove one of the two labels of the pods");
  }
}

/// What the `use-waypoint` of an object names: a Gateway of its namespace or of the one given.
void check_use(const Mesh& mesh, const linkerd::KindIndex& gateways, const Object& object,
               std::string_view scope, Findings& found) {
  const auto use = object.label(kUse);
  if (object.context || !use || use.value == "none") return;
  const auto elsewhere = object.label("istio.io/use-waypoint-namespace");
  const std::string_view home = elsewhere ? elsewhere.value : scope;
  if (gateways.found(home, use.value) == Found::missing &&
      !linkerd::is_assumed_namespace(mesh, home)) {
    found.add(use.where(), fmt::format("`{}` has no Gateway `{}`", home, use.value))
        .with_help("create the waypoint, or correct the name");
  }
}

void waypoints_exist(const Mesh& mesh, Findings& found) {
  const linkerd::KindIndex gateways(mesh, linkerd::kGatewayApi, "Gateway");
  for (const Object& object : mesh.objects()) {
    if (linkerd::is(object, "", "Namespace")) {
      check_use(mesh, gateways, object, object.name.value, found);
    } else if (linkerd::is(object, "", "Service") ||
               linkerd::is(object, "networking.istio.io", "ServiceEntry")) {
      check_use(mesh, gateways, object, object.scope, found);
    }
  }
}

void users_of_waypoints_are_ambient(const Mesh& mesh, Findings& found) {
  for (const Object& object : mesh.objects()) {
    if (object.context || !linkerd::is(object, "", "Namespace")) continue;
    const auto use = object.label(kUse);
    const auto mode = object.label("istio.io/dataplane-mode");
    if (!use || use.value == "none" || mode.value == "ambient") continue;
    // Gateways may be told to use a waypoint for namespaces that are not ambient.
    if (object.label("istio.io/ingress-use-waypoint")) continue;
    found
        .add(use.where(), fmt::format("pods of `{}` are not ambient, so their calls pass by the "
                                      "waypoint",
                                      object.name.value))
        .with_help("add the label `istio.io/dataplane-mode: ambient`");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5544",
     .name = "ambient-and-sidecar",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Pods are in the mesh by a sidecar or by ambient mode",
     .why = "A pod with a sidecar is left out of ambient mode, or has its traffic redirected "
            "twice; which of the two depends on the order of events.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio.io/dataplane-mode: ambient
    istio-injection: enabled #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio.io/dataplane-mode: ambient
)",
     .aliases = "KIA1311 KIA1314 KIA1315",
     .check = one_mode_is_chosen},
    {.id = "MF5545",
     .name = "waypoint-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The waypoint that is to be used exists",
     .why = "Calls to a Service whose waypoint is missing go past it, and its policies are not "
            "carried out. It is reported when the input shows Gateways of the namespace.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop}
spec:
  gatewayClassName: istio-waypoint
  listeners: [{name: mesh, port: 15008, protocol: HBONE}]
---
apiVersion: v1
kind: Service
metadata:
  name: reviews
  namespace: shop
  labels: {istio.io/use-waypoint: way} #!
spec:
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop}
spec:
  gatewayClassName: istio-waypoint
  listeners: [{name: mesh, port: 15008, protocol: HBONE}]
---
apiVersion: v1
kind: Service
metadata:
  name: reviews
  namespace: shop
  labels: {istio.io/use-waypoint: waypoint}
spec:
  ports: [{name: http, port: 80}]
)",
     .aliases = "KIA1313",
     .check = waypoints_exist},
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

Insights ambient_label_rules() { return kRules; }

}  // namespace meshfn::lint
