// Ambient mode: policies about requests need a waypoint, and stand where it reads them.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/ambient.h"
#include "lint/rules/insight_families.h"
#include "lint/rules/request_attributes.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::istio::DestinationRule;
using resource::istio::TrafficPolicy;
using resource::istio::VirtualService;

bool asks_about_requests(const Object& policy) {
  for (const yaml::Node rule : policy.spec.find("rules").items()) {
    if (http_attribute(rule)) return true;
  }
  return false;
}

/// Whether the object is a policy that only a proxy for requests can carry out.
bool is_about_requests(const Object& object) {
  const std::string_view kind = object.kind.value;
  const std::string_view group = object.group();
  if (group == "security.istio.io") {
    return kind == "RequestAuthentication" ||
           (kind == "AuthorizationPolicy" && asks_about_requests(object));
  }
  if (group == "extensions.istio.io") return kind == "WasmPlugin";
  if (group != "telemetry.istio.io" || kind != "Telemetry") return false;
  for (const yaml::Node metrics : object.spec.find("metrics").items()) {
    if (metrics.find("overrides").size() > 0) return true;
  }
  return object.spec.find("tracing") || object.spec.find("accessLogging");
}

/// Whether sidecars or waypoints would read routes of the VirtualService.
bool routes_in_mesh(const VirtualService& service) {
  return service.is_for_mesh() && !(service.http.empty() && service.tls.empty());
}

bool is_about_requests(const DestinationRule& rule) {
  const auto has = [](const std::optional<TrafficPolicy>& policy) {
    const auto hashed = policy ? policy->node.at("loadBalancer", "consistentHash") : yaml::Node();
    return policy && (policy->outlier_detection || policy->node.at("connectionPool", "http") ||
                      (hashed && !hashed.find("useSourceIp")));
  };
  return has(rule.traffic_policy) ||
         std::any_of(rule.subsets.begin(), rule.subsets.end(),
                     [&](const auto& subset) { return has(subset.traffic_policy); });
}

/// Namespaces in which something uses a waypoint.
class Waypoints {
 public:
  explicit Waypoints(const Mesh& mesh) : mesh_(mesh), scopes_(namespaces_with_waypoints(mesh)) {}

  /// Whether the namespace is ambient, and nothing in it has a waypoint.
  bool are_missing(std::string_view scope) const {
    return is_ambient(mesh_, scope) && !scopes_.contains(scope);
  }

  /// The same for a policy: also pods that it selects may be ambient by themselves.
  bool are_missing(const Object& policy) const {
    if (are_missing(policy.scope)) return true;
    const auto labels = resource::labels(policy.spec.at("selector", "matchLabels"));
    if (labels.empty() || scopes_.contains(policy.scope)) return false;
    const auto pods = mesh_.workloads(policy.scope, labels);
    return std::any_of(pods.begin(), pods.end(),
                       [&](const auto* pod) { return is_ambient(mesh_, *pod); });
  }

 private:
  const Mesh& mesh_;
  std::set<std::string_view> scopes_;
};

void report_missing(const source::Location& where, std::string_view kind, Findings& found) {
  found.add(where, fmt::format("no waypoint sees the requests that this {} is about", kind))
      .with_help("label the Namespace or Service with `istio.io/use-waypoint`");
}

/// Calls `visit` for every policy to be judged that is about requests.
template <class Visit>
void each_about_requests(const Mesh& mesh, Visit visit) {
  for (const auto& [group_kind, objects] : mesh.kinds()) {
    if (!group_kind.first.ends_with("istio.io")) continue;
    for (const Object* object : objects) {
      if (!object->context && is_about_requests(*object)) visit(*object);
    }
  }
}

void requests_are_seen(const Mesh& mesh, Findings& found) {
  if (!uses_ambient(mesh)) return;
  const auto& waypoints = mesh.derived<Waypoints>();
  each_about_requests(mesh, [&](const Object& object) {
    if (waypoints.are_missing(object)) report_missing(object.where(), object.kind.value, found);
  });
  const auto& references = mesh.derived<References>();
  const auto is_unseen = [&](const Object& object, std::string_view host) {
    const HostLookup& lookup = references.host(host, object.scope);
    // Calls to hosts outside are seen by a waypoint of the callers' namespace, if at all.
    if (lookup.service == nullptr) {
      return !lookup.entries.empty() && waypoints.are_missing(object.scope);
    }
    return is_ambient(mesh, lookup.service->scope) &&
           !has_waypoint(mesh, lookup.service->scope, lookup.service);
  };
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    if (service.context || !routes_in_mesh(service)) continue;
    const bool unseen =
        std::any_of(service.hosts.begin(), service.hosts.end(),
                    [&](const resource::Text& host) { return is_unseen(service, host.value); });
    if (unseen) report_missing(service.where(), service.kind.value, found);
  }
  for (const DestinationRule& rule : mesh.all<DestinationRule>()) {
    if (rule.context || !is_about_requests(rule) || !is_unseen(rule, rule.host.value)) continue;
    report_missing(rule.where(), rule.kind.value, found);
  }
}

void policies_have_a_target(const Mesh& mesh, Findings& found) {
  if (!uses_ambient(mesh)) return;
  const auto& waypoints = mesh.derived<Waypoints>();
  each_about_requests(mesh, [&](const Object& object) {
    if (has_target(object) || !is_ambient(mesh, object.scope)) return;
    if (waypoints.are_missing(object.scope)) return;
    found
        .add(object.where(),
             fmt::format("a waypoint does not read this {}: it has no target", object.kind.value))
        .with_help("add `targetRefs` with the Service or the waypoint's Gateway");
  });
}

void rules_stand_beside_the_service(const Mesh& mesh, Findings& found) {
  if (!uses_ambient(mesh)) return;
  const auto& references = mesh.derived<References>();
  const auto check = [&](const Object& object, const resource::Text& host) {
    const HostLookup& lookup = references.host(host.value, object.scope);
    if (lookup.service == nullptr || lookup.service->scope == object.scope) return;
    const std::string_view scope = lookup.service->scope;
    if (!is_ambient(mesh, scope) || !has_waypoint(mesh, scope, lookup.service)) return;
    found
        .add(host.where(), fmt::format("the waypoint of `{}` does not read a {} of `{}`",
                                       host.value, object.kind.value, object.scope))
        .relate(lookup.service->where(), "the Service")
        .with_help(fmt::format("move it to `{}`", scope));
  };
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    if (service.context || !routes_in_mesh(service)) continue;
    for (const auto& host : service.hosts) check(service, host);
  }
  for (const DestinationRule& rule : mesh.all<DestinationRule>()) {
    if (!rule.context && is_about_requests(rule)) check(rule, rule.host);
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5541",
     .name = "waypoint-needed",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Policies about requests have a waypoint that sees them",
     .why = "In ambient mode ztunnel sees connections only. Without a waypoint a policy about "
            "requests is not carried out, and an ALLOW policy that asks for methods or paths "
            "denies everything.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop} #!
spec:
  rules:
  - to: [{operation: {methods: [GET]}}]
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: way}]
  rules:
  - to: [{operation: {methods: [GET]}}]
)",
     .aliases = "KIA0109 KIA0210 KIA0211 KIA1109 KIA1110 KIA1111 KIA1112 KIA1113 KIA1317",
     .check = requests_are_seen},
    {.id = "MF5542",
     .name = "waypoint-policy-without-target",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Policies for a waypoint have a target",
     .why = "Waypoints read policies that name them, or a Service behind them, in `targetRefs`. "
            "Policies with a selector, or for the whole namespace, are for ztunnel and sidecars.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop} #!
spec:
  rules:
  - to: [{operation: {methods: [GET]}}]
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: way}]
  rules:
  - to: [{operation: {methods: [GET]}}]
)",
     .aliases = "KIA0110 KIA1115 KIA1116 KIA1117",
     .check = policies_have_a_target},
    {.id = "MF5543",
     .name = "waypoint-rule-elsewhere",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Routes and rules for a waypoint stand in the Service's namespace",
     .why = "A waypoint serves the Services of its namespace and reads the VirtualServices and "
            "DestinationRules of that namespace, not those of the callers.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}}
---
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: web}
spec:
  hosts: [reviews.shop.svc.cluster.local] #!
  http:
  - route: [{destination: {host: reviews.shop.svc.cluster.local}}]
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}}
---
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews.shop.svc.cluster.local}}]
)",
     .aliases = "KIA0212 KIA1114",
     .check = rules_stand_beside_the_service},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family waypoint_rules() { return kRules; }

}  // namespace meshfn::lint
