// TrafficSplits, as linkerd-smi and linkerd-failover read them.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_routes.h"
#include "lint/rules/linkerd_values.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::kSplits;
using resource::Mesh;
using resource::Object;
using resource::Text;

constexpr std::string_view kKind = "TrafficSplit";
constexpr std::string_view kControlledBy = "failover.linkerd.io/controlled-by";
constexpr std::string_view kPrimary = "failover.linkerd.io/primary-service";

bool is_split(const Object& object) { return objects::is(object, kSplits, kKind); }

bool is_failover(const Object& split) { return static_cast<bool>(split.label(kControlledBy)); }

void services_exist(const Object& split, const Mesh& mesh, Findings& found) {
  if (!is_split(split)) return;
  const auto check = [&](Text name, std::string_view what) {
    if (!name || objects::find_service(mesh, split.scope, *name) != Found::missing) return;
    found
        .add(name.where(), fmt::format("the {} Service `{}` does not exist in namespace `{}`", what,
                                       *name, split.scope))
        .with_help(objects::service_hint(mesh, split.scope, *name));
  };
  check(resource::text(split.spec.find("service")), "split");
  for (const yaml::Node backend : split.spec.find("backends").items()) {
    check(resource::text(backend.find("service")), "backend");
  }
}

void weights_choose(const Object& split, const Mesh&, Findings& found) {
  // linkerd-failover writes the weights itself.
  if (!is_split(split) || is_failover(split)) return;
  const yaml::Node backends = split.spec.find("backends");
  if (backends.size() == 0) return;
  for (const yaml::Node backend : backends.items()) {
    const auto weight = linkerd::quantity(backend.find("weight").text());
    if (!weight || *weight != 0) return;
  }
  found
      .add(objects::place(backends.item(0), "weight"),
           "all backends have weight 0, so traffic goes to the split Service itself")
      .with_help("give one of them a weight");
}

void backends_differ(const Object& split, const Mesh&, Findings& found) {
  if (!is_split(split)) return;
  std::map<std::string_view, yaml::Node> first;
  for (const yaml::Node backend : split.spec.find("backends").items()) {
    const yaml::Node name = backend.find("service");
    if (!name.is_scalar()) continue;
    const auto [known, added] = first.try_emplace(name.text(), name);
    if (added) continue;
    found.add(name.where(), fmt::format("backend `{}` is listed twice", name.text()))
        .relate(known->second.where(), "the first time");
  }
}

void one_split_a_service(const Mesh& mesh, Findings& found) {
  std::map<std::pair<std::string_view, std::string_view>, const Object*> first;
  objects::each(mesh, kSplits, kKind, [&](const Object& split) {
    const std::string_view service = split.spec.find("service").text();
    const auto [known, added] = first.try_emplace({split.scope, service}, &split);
    // Two files of one name are variants of one object.
    const bool variant = known->second->name.value == split.name.value;
    if (added || variant || service.empty()) return;
    found
        .add(objects::place(split.spec, "service"),
             fmt::format("`{}` splits Service `{}` already", known->second->name.value, service))
        .relate(known->second->where(), "the other split");
  });
}

void primary_is_backend(const Object& split, const Mesh&, Findings& found) {
  if (!is_split(split)) return;
  const Text primary = split.annotation(kPrimary);
  if (!primary) return;
  std::vector<std::string_view> names;
  for (const yaml::Node backend : split.spec.find("backends").items()) {
    names.push_back(backend.find("service").text());
  }
  if (std::find(names.begin(), names.end(), *primary) == names.end()) {
    found.add(primary.where(), fmt::format("the primary `{}` is none of the backends", *primary))
        .with_help(did_you_mean(*primary, names));
  } else if (!is_failover(split)) {
    found.add(primary.where(), "no failover controller looks after this split")
        .with_help(fmt::format("add the label `{}: linkerd-failover`", kControlledBy));
  }
}

void splits_stand_alone(const Mesh& mesh, Findings& found) {
  std::map<std::pair<std::string_view, std::string_view>, const Object*> routed;
  linkerd::each_route(mesh, [&](const Object& route, linkerd::RouteKind) {
    for (const auto& parent : linkerd::parents(route)) {
      if (parent.target == linkerd::ParentKind::service) {
        routed.try_emplace({parent.scope, parent.name}, &route);
      }
    }
  });
  objects::each(mesh, kSplits, kKind, [&](const Object& split) {
    const yaml::Node service = split.spec.find("service");
    const auto route = routed.find({split.scope, service.text()});
    if (route == routed.end()) return;
    found
        .add(service.where(), fmt::format("{} `{}` of the same Service has no effect",
                                          route->second->kind.value, route->second->name.value))
        .relate(route->second->where(), "overruled by the split")
        .with_help("write the weights into the route, and remove the split");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF3280",
     .name = "linkerd-split-service-missing",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "The Services of a TrafficSplit exist",
     .why = "A backend that does not exist has no endpoints, and its share of the requests "
            "fails with 504. A split of a Service that does not exist is never used.",
     .bad = R"(apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: web
  namespace: shop
spec:
  service: web
  backends:
  - {service: web-v1, weight: 1}
  - {service: web-v3, weight: 1} #!
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: web-v1, namespace: shop}
spec:
  selector: {app: web-v1}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: web
  namespace: shop
spec:
  service: web
  backends:
  - {service: web-v1, weight: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: web-v1, namespace: shop}
spec:
  selector: {app: web-v1}
  ports: [{name: http, port: 80}]
)",
     .check = Each<services_exist>::run},
    {.id = "MF3281",
     .name = "linkerd-split-weights-zero",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "A TrafficSplit gives weight to a backend",
     .why = "Backends of weight 0 are removed. With none left the split does nothing, and "
            "traffic goes to the pods of the split Service.",
     .bad = R"(apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: web
  namespace: shop
spec:
  service: web
  backends:
  - {service: web-v1, weight: 0} #!
  - {service: web-v2, weight: 0}
)",
     .good = R"(apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: web
  namespace: shop
spec:
  service: web
  backends:
  - {service: web-v1, weight: 1}
  - {service: web-v2, weight: 0}
)",
     .check = Each<weights_choose>::run},
    {.id = "MF3282",
     .name = "linkerd-split-backend-twice",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "A TrafficSplit lists each backend once",
     .why = "Both entries get their weight, so that the backend takes more than either "
            "says, and linkerd-failover sets both.",
     .bad = R"(apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: web
  namespace: shop
spec:
  service: web
  backends:
  - {service: web-v1, weight: 1}
  - {service: web-v1, weight: 2} #!
)",
     .good = R"(apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: web
  namespace: shop
spec:
  service: web
  backends:
  - {service: web-v1, weight: 1}
  - {service: web-v2, weight: 2}
)",
     .check = Each<backends_differ>::run},
    {.id = "MF3283",
     .name = "linkerd-split-twice",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "A Service has one TrafficSplit",
     .why = "Each split is written into the same ServiceProfile: the last one to be looked "
            "at wins, and that changes from time to time.",
     .bad = R"(apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: a
  namespace: shop
spec:
  service: web
  backends:
  - {service: web-v1, weight: 1}
---
apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: b
  namespace: shop
spec:
  service: web #!
  backends:
  - {service: web-v1, weight: 1}
)",
     .good = R"(apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: a
  namespace: shop
spec:
  service: web
  backends:
  - {service: web-v1, weight: 1}
)",
     .check = one_split_a_service},
    {.id = "MF3284",
     .name = "linkerd-failover-primary",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "The primary of a failover is one of its backends",
     .why = "With a primary that is not among the backends linkerd-failover sets every "
            "weight to 0, and the split does nothing.",
     .bad = R"(apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: web
  namespace: shop
  labels: {failover.linkerd.io/controlled-by: linkerd-failover}
  annotations:
    failover.linkerd.io/primary-service: web-v3 #!
spec:
  service: web
  backends:
  - {service: web-v1, weight: 1}
)",
     .good = R"(apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: web
  namespace: shop
  labels: {failover.linkerd.io/controlled-by: linkerd-failover}
  annotations:
    failover.linkerd.io/primary-service: web-v1
spec:
  service: web
  backends:
  - {service: web-v1, weight: 1}
)",
     .check = Each<primary_is_backend>::run},
    {.id = "MF3285",
     .name = "linkerd-split-overrules",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "A Service has a TrafficSplit or routes, not both",
     .why = "A split becomes overrides in a ServiceProfile, which replaces the routes of "
            "the Service: they stay accepted and do nothing.",
     .bad = R"(apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: web
  namespace: shop
spec:
  service: web #!
  backends:
  - {service: web-v1, weight: 1}
---
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - backendRefs: [{name: web-v1, port: 80}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - backendRefs: [{name: web-v1, port: 80, weight: 1}, {name: web-v2, port: 80, weight: 9}]
)",
     .check = splits_stand_alone},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_split_rules() { return kRules; }

}  // namespace meshfn::lint
