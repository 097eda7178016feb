// ServiceProfiles and the Services that they are about.

#include <fmt/format.h>

#include <map>
#include <optional>

#include "lint/each.h"
#include "lint/rules/linkerd_annotations.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_routes.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Service;

struct ServiceName {
  std::string_view name;
  std::string_view scope;
};

/// The Service of `name.namespace.svc.domain`; nothing for other names.
std::optional<ServiceName> service_of(std::string_view authority, std::string_view domain) {
  authority = authority.substr(0, authority.find(':'));
  const std::size_t dot = authority.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view rest = authority.substr(dot + 1);
  const std::size_t next = rest.find('.');
  if (next == std::string_view::npos) return std::nullopt;
  if (rest.substr(next + 1) != fmt::format("svc.{}", domain)) return std::nullopt;
  return ServiceName{authority.substr(0, dot), rest.substr(0, next)};
}

void report_service(const Mesh& mesh, resource::Text authority, std::string_view what,
                    Findings& found) {
  const std::string& domain = mesh.settings().cluster_domain;
  const auto service = service_of(*authority, domain);
  if (!service) return;
  if (objects::find_service(mesh, service->scope, service->name) != Found::missing) return;
  found
      .add(authority.where(), fmt::format("{} Service `{}` in namespace `{}`, which does not exist",
                                          what, service->name, service->scope))
      .with_help(objects::service_hint(mesh, service->scope, service->name));
}

void profile_has_service(const Object& profile, const Mesh& mesh, Findings& found) {
  if (!linkerd::is_profile(profile) || !profile.name) return;
  report_service(mesh, profile.name, "this is a profile of", found);
  // Profiles of hosts outside the cluster have names of any other form.
  if (profile.name->find('.') != std::string_view::npos) return;
  found
      .add(profile.name.where(), fmt::format("`{}` is not the name of a Service as the proxy asks "
                                             "for it",
                                             *profile.name))
      .with_help(fmt::format("write `{}.{}.svc.{}`", *profile.name,
                             profile.scope.empty() ? "NAMESPACE" : profile.scope,
                             mesh.settings().cluster_domain));
}

void overrides_have_targets(const Object& profile, const Mesh& mesh, Findings& found) {
  if (!linkerd::is_profile(profile)) return;
  const yaml::Node overrides = profile.spec.find("dstOverrides");
  bool any = false;
  for (const yaml::Node item : overrides.items()) {
    any = any || resource::number(item.find("weight")).value_or(1) > 0;
    const auto authority = resource::text(item.find("authority"));
    if (authority) report_service(mesh, authority, "traffic goes to", found);
  }
  if (overrides.size() == 0 || any) return;
  found
      .add(profile.spec.find_key("dstOverrides").where(),
           "all overrides have weight 0 and are removed, so traffic goes to the Service itself")
      .with_help("give one of them a weight");
}

/// What of a Service's policy a profile puts out of force: a route, or an annotation.
struct Overruled {
  source::Location where;
  std::string what;
};

using OverruledByService =
    std::map<std::pair<std::string_view, std::string_view>, std::vector<Overruled>>;

OverruledByService overruled_by_service(const Mesh& mesh) {
  OverruledByService out;
  linkerd::each_route(mesh, [&](const Object& route, linkerd::RouteKind) {
    for (const auto& parent : linkerd::parents(route)) {
      if (parent.target != linkerd::ParentKind::service) continue;
      out[{parent.scope, parent.name}].push_back(
          {route.where(), fmt::format("{} `{}`", route.kind.value, route.name.value)});
    }
  });
  for (const Service& service : mesh.all<Service>()) {
    for (const auto [key, value, merged] : service.metadata.find("annotations").entries()) {
      if (!linkerd::is_outbound_key(key.text())) continue;
      out[{service.scope, service.name.value}].push_back(
          {key.where(), fmt::format("`{}`", key.text())});
    }
  }
  return out;
}

void profiles_stand_alone(const Mesh& mesh, Findings& found) {
  const OverruledByService by_service = overruled_by_service(mesh);
  objects::each(mesh, linkerd::kProfiles, "ServiceProfile", [&](const Object& profile) {
    const bool has_policy =
        profile.spec.find("routes").size() > 0 || profile.spec.find("dstOverrides").size() > 0;
    const auto name = service_of(profile.name.value, mesh.settings().cluster_domain);
    if (!has_policy || !name) return;
    const auto overruled = by_service.find({name->scope, name->name});
    if (overruled == by_service.end()) return;
    const auto& all = overruled->second;
    auto& added =
        found.add(profile.where(),
                  fmt::format("this profile puts {}{} out of force", all[0].what,
                              all.size() == 1 ? "" : fmt::format(" and {} more", all.size() - 1)));
    for (const Overruled& one : all) added.relate(one.where, "without effect");
    added.with_help("remove the profile's routes and overrides, or everything else");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF3270",
     .name = "linkerd-profile-service-missing",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "A ServiceProfile is named after a Service that exists",
     .why = "The proxy asks for the profile of `name.namespace.svc.cluster.local`. A "
            "profile of another name is never found.",
     .bad = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: wep.shop.svc.cluster.local #!
  namespace: shop
spec:
  routes: [{name: cart, condition: {method: GET, pathRegex: /cart}}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes: [{name: cart, condition: {method: GET, pathRegex: /cart}}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = Each<profile_has_service>::run},
    {.id = "MF3271",
     .name = "linkerd-profile-override-missing",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Overrides of a ServiceProfile lead somewhere",
     .why = "An override to a Service that does not exist has no endpoints: requests wait "
            "three seconds and fail with 504. Overrides of weight 0 are removed.",
     .bad = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  dstOverrides:
  - {authority: wep.shop.svc.cluster.local:80, weight: 1} #!
  routes: []
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  dstOverrides:
  - {authority: web.shop.svc.cluster.local:80, weight: 1}
  routes: []
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = Each<overrides_have_targets>::run},
    {.id = "MF3272",
     .name = "linkerd-profile-overrules",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "A Service has a ServiceProfile or newer policy, not both",
     .why = "In the proxy a profile with routes or overrides replaces everything else of "
            "the Service: routes, retries, timeouts and failure accrual. They stay accepted "
            "and do nothing.",
     .bad = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local #!
  namespace: shop
spec:
  routes: [{name: cart, condition: {method: GET, pathRegex: /cart}}]
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations: {balancer.linkerd.io/failure-accrual: consecutive}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata:
  name: web.shop.svc.cluster.local
  namespace: shop
spec:
  routes: [{name: cart, condition: {method: GET, pathRegex: /cart}}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = profiles_stand_alone},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_profile_service_rules() { return kRules; }

}  // namespace meshfn::lint
