// Istio's waypoints: Gateways for traffic inside an ambient mesh, and what is enrolled in them.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/gateway_api.h"
#include "lint/rules/gateway_api_families.h"
#include "lint/written.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using gateways::Gateway;
using gateways::Listener;
using gateways::Parents;
using gateways::Reference;
using resource::Mesh;
using resource::Object;
using resource::Text;
using resource::gateway_api::kGroup;
using routing::Admission;

constexpr std::string_view kClass = "istio-waypoint";
constexpr std::string_view kUse = "istio.io/use-waypoint";
constexpr std::string_view kUseNamespace = "istio.io/use-waypoint-namespace";
constexpr std::string_view kFor = "istio.io/waypoint-for";
constexpr std::int64_t kPort = 15008;

bool is_entrance(const Listener& listener) {
  return listener.protocol_name.value == "HBONE" && listener.port.value == kPort;
}

void waypoints_have_an_entrance(const Gateway& gateway, const Mesh&, Findings& found) {
  if (gateway.class_name.value != kClass || gateway.listeners.empty()) return;
  if (std::any_of(gateway.listeners.begin(), gateway.listeners.end(), is_entrance)) return;
  found
      .add(gateway.listeners.front().node.where(),
           fmt::format("a waypoint needs a listener with protocol HBONE on port {}", kPort))
      .relate(gateway.class_name.where(), "the class")
      .with_help("ztunnel reaches waypoints there and nowhere else");
}

void purposes_are_known(const Object& object, const Mesh&, Findings& found) {
  if (object.kind.value != "Gateway" && object.kind.value != "GatewayClass") return;
  if (object.group() != kGroup) return;
  const std::vector<std::string_view> known = {"service", "workload", "all", "none"};
  const Text purpose = object.label(kFor);
  if (!purpose || std::find(known.begin(), known.end(), *purpose) != known.end()) return;
  const std::string hint = did_you_mean(*purpose, known);
  found.add(purpose.where(), fmt::format("`{}` is not what a waypoint can be for", *purpose))
      .with_help(hint.empty() ? "it is for service, workload, all or none" : hint);
}

/// A waypoint that something is enrolled in.
struct Enrolment {
  Text name;
  Text name_space;
  std::string_view scope;  ///< namespace of what is enrolled
  std::string_view kind;   ///< service or workload; empty for a namespace and what else there is

  Reference reference() const {
    Reference to;
    to.node = name.node;
    to.group = kGroup;
    to.kind = "Gateway";
    to.name = name.value;
    to.scope = name_space.value_or(scope);
    return to;
  }
};

/// The labels of every object that is to be judged, and of the pods that workloads make.
class Enrolments {
 public:
  explicit Enrolments(const Mesh& mesh) {
    Mentions mentioned("waypoint");
    for (const Object& object : mesh.objects()) {
      if (object.context || !mentioned(object)) continue;
      const bool core = object.group().empty();
      const bool is_namespace = object.kind.value == "Namespace" && core;
      const std::string_view kind = !core                            ? ""
                                    : object.kind.value == "Service" ? "service"
                                    : object.kind.value == "Pod"     ? "workload"
                                                                     : "";
      read(object.metadata.find("labels"), is_namespace ? object.name.value : object.scope, kind);
    }
    for (const auto& workload : mesh.all<resource::kubernetes::Workload>()) {
      if (workload.context || workload.kind.value == "Pod" || !mentioned(workload)) continue;
      read(workload.pod_metadata.find("labels"), workload.scope, "workload");
    }
  }

  const std::vector<Enrolment>& all() const { return all_; }

 private:
  void read(yaml::Node labels, std::string_view scope, std::string_view kind) {
    const Text name = resource::text(labels.find(kUse));
    // `none` opts out of the namespace's waypoint.
    if (!name || name->empty() || *name == "none") return;
    all_.push_back(Enrolment{name, resource::text(labels.find(kUseNamespace)), scope, kind});
  }

  std::vector<Enrolment> all_;
};

void waypoints_exist(const Mesh& mesh, Findings& found) {
  const auto& parents = mesh.derived<Parents>();
  for (const Enrolment& enrolment : mesh.derived<Enrolments>().all()) {
    const Reference to = enrolment.reference();
    if (parents.found(to) != Found::missing) continue;
    found
        .add(enrolment.name.where(), fmt::format("there is no waypoint `{}/{}`", to.scope, to.name))
        .with_help(parents.hint(to));
  }
}

void waypoints_take_what_uses_them(const Mesh& mesh, Findings& found) {
  const auto& parents = mesh.derived<Parents>();
  for (const Enrolment& enrolment : mesh.derived<Enrolments>().all()) {
    const Gateway* const gateway = parents.find(enrolment.reference());
    if (gateway == nullptr) continue;
    if (gateway->class_name.value != kClass) {
      found
          .add(enrolment.name.where(),
               fmt::format("Gateway `{}` is no waypoint", gateway->name.value))
          .relate(gateway->class_name ? gateway->class_name.where() : gateway->where(), "its class")
          .with_help("name a Gateway of class istio-waypoint");
      continue;
    }
    const auto entrance =
        std::find_if(gateway->listeners.begin(), gateway->listeners.end(), is_entrance);
    if (entrance == gateway->listeners.end()) continue;
    const Admission admission = routing::admits(entrance->namespaces, gateway->scope,
                                                enrolment.scope, parents.labels(enrolment.scope));
    if (admission != Admission::no) continue;
    found
        .add(enrolment.name.where(), fmt::format("waypoint `{}` takes nothing of namespace `{}`",
                                                 gateway->name.value, enrolment.scope))
        .relate(entrance->node.where(), "its listener")
        .with_help("set `allowedRoutes.namespaces.from` of the listener");
  }
}

void waypoints_are_for_their_users(const Mesh& mesh, Findings& found) {
  const auto& parents = mesh.derived<Parents>();
  for (const Enrolment& enrolment : mesh.derived<Enrolments>().all()) {
    const Gateway* const gateway = parents.find(enrolment.reference());
    if (gateway == nullptr || gateway->class_name.value != kClass || enrolment.kind.empty())
      continue;
    const Text purpose = gateway->label(kFor);
    const std::string_view takes = purpose.value_or("service");
    // Other words are MF2512's.
    if (takes == "all" || takes == enrolment.kind) continue;
    if (takes != "service" && takes != "workload" && takes != "none") continue;
    found
        .add(enrolment.name.where(), fmt::format("waypoint `{}` is for {}, and this is a {}",
                                                 gateway->name.value, takes, enrolment.kind))
        .relate(purpose ? purpose.where() : gateway->where(), "what it is for")
        .with_help(fmt::format("label it `{}: {}` or `all`", kFor, enrolment.kind));
  }
}

constexpr Rule kRules[] = {
    {.id = "MF2511",
     .name = "waypoint-listener",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "A waypoint listens where ztunnel looks for it",
     .why = "Traffic in an ambient mesh reaches a waypoint through HBONE on port 15008. Without "
            "such a listener the waypoint gets none, and its policies do not apply.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop}
spec:
  gatewayClassName: istio-waypoint
  listeners:
  - {name: mesh, port: 80, protocol: HTTP} #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop}
spec:
  gatewayClassName: istio-waypoint
  listeners:
  - {name: mesh, port: 15008, protocol: HBONE}
)",
     .check = Each<waypoints_have_an_entrance>::run},
    {.id = "MF2512",
     .name = "waypoint-purpose",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A waypoint is for services, workloads, all or none",
     .why = "The label `istio.io/waypoint-for` says which traffic goes through a waypoint; with "
            "another value it does not say what was meant.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop, labels: {istio.io/waypoint-for: services}} #!
spec:
  gatewayClassName: istio-waypoint
  listeners:
  - {name: mesh, port: 15008, protocol: HBONE}
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop, labels: {istio.io/waypoint-for: service}}
spec:
  gatewayClassName: istio-waypoint
  listeners:
  - {name: mesh, port: 15008, protocol: HBONE}
)",
     .check = Each<purposes_are_known>::run},
    {.id = "MF2513",
     .name = "waypoint-missing",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "The waypoint that something is enrolled in exists",
     .why = "Traffic that should pass a missing waypoint goes around it: routes and policies "
            "for requests do not apply. Said only where the input shows Gateways of the "
            "namespace.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio.io/dataplane-mode: ambient
    istio.io/use-waypoint: waypiont #!
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop}
spec:
  gatewayClassName: istio-waypoint
  listeners:
  - {name: mesh, port: 15008, protocol: HBONE}
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio.io/dataplane-mode: ambient
    istio.io/use-waypoint: waypoint
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop}
spec:
  gatewayClassName: istio-waypoint
  listeners:
  - {name: mesh, port: 15008, protocol: HBONE}
)",
     .aliases = "KIA1313",
     .check = waypoints_exist},
    {.id = "MF2514",
     .name = "waypoint-refuses",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "A waypoint takes what is enrolled in it",
     .why = "A waypoint serves its own namespace, and others only if `allowedRoutes` of its "
            "listener lets them in. What it does not take is not bound to it "
            "(`istio.io/WaypointBound` is False).",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio.io/dataplane-mode: ambient
    istio.io/use-waypoint: waypoint #!
    istio.io/use-waypoint-namespace: infra
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: infra}
spec:
  gatewayClassName: istio-waypoint
  listeners:
  - {name: mesh, port: 15008, protocol: HBONE}
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio.io/dataplane-mode: ambient
    istio.io/use-waypoint: waypoint
    istio.io/use-waypoint-namespace: infra
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: infra}
spec:
  gatewayClassName: istio-waypoint
  listeners:
  - name: mesh
    port: 15008
    protocol: HBONE
    allowedRoutes: {namespaces: {from: All}}
)",
     .check = waypoints_take_what_uses_them},
    {.id = "MF2515",
     .name = "waypoint-for-others",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "A waypoint is for the kind of what is enrolled in it",
     .why = "A waypoint takes requests to Services, to pods by their addresses, or both, as "
            "its label `istio.io/waypoint-for` says; Services without the label. What it is "
            "not for goes past it, and past its policies.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop, labels: {istio.io/waypoint-for: workload}}
spec:
  gatewayClassName: istio-waypoint
  listeners: [{name: mesh, port: 15008, protocol: HBONE}]
---
apiVersion: v1
kind: Service
metadata:
  name: reviews
  namespace: shop
  labels: {istio.io/use-waypoint: waypoint} #!
spec:
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop, labels: {istio.io/waypoint-for: service}}
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
     .check = waypoints_are_for_their_users},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_waypoint_rules() { return kRules; }

}  // namespace meshfn::lint
