// ReferenceGrants: the ones that are needed, and the ones that do nothing.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "lint/each.h"
#include "lint/rules/gateway_api_families.h"
#include "lint/rules/gateway_api_grants.h"
#include "lint/rules/linkerd_objects.h"
#include "lint/rules/linkerd_routes.h"
#include "lint/rules/namespaces.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using gateways::Grants;
using gateways::Reference;
using gateways::ReferenceGrant;
using gateways::Use;
using objects::KindIndex;
using resource::Mesh;
using resource::Object;
using resource::gateway_api::GrantFrom;
using resource::gateway_api::GrantTo;
using resource::gateway_api::kGroup;

bool leaves_namespace(const Use& use) {
  return !use.to->scope.empty() && !use.from->scope.empty() && use.to->scope != use.from->scope;
}

void report_missing_grant(const Mesh& mesh, const Grants& grants, const Use& use, Findings& found) {
  const Reference& to = *use.to;
  const auto near = grants.nearest(*use.from, to);
  auto& added =
      found.add(to.where("namespace"),
                fmt::format("namespace `{}` does not permit {}s of `{}` to refer to {}", to.scope,
                            use.from->kind.value, use.from->scope, describe(to)));
  if (near) added.relate(near->where, near->why);
  added.with_help(fmt::format(
      "add a ReferenceGrant to namespace `{}`: from group {}, kind {}, namespace {}; to group "
      "\"{}\", kind {}",
      to.scope, use.from->group(), use.from->kind.value, use.from->scope, to.group, to.kind));
  // A namespace of which nothing is shown may have the grant elsewhere.
  const bool shown = mesh.settings().closed_world || grants.shows(to.scope) ||
                     mesh.find(to.kind, to.scope, to.name) != nullptr;
  if (!shown || objects::is_assumed_namespace(mesh, to.scope)) {
    added.with_severity(Severity::info);
  }
}

void references_are_permitted(const Mesh& mesh, Findings& found) {
  const auto& grants = mesh.derived<Grants>();
  // Linkerd does not ask for grants.
  const linkerd::RouteFilter linkerd_programs(mesh);
  gateways::each_use(mesh, [&](const Use& use) {
    if (use.from->context || !leaves_namespace(use) || grants.permit(*use.from, *use.to)) return;
    if (!linkerd_programs(*use.from)) report_missing_grant(mesh, grants, use, found);
  });
}

bool is_route(const GrantFrom& from) {
  return from.group == kGroup && resource::gateway_api::route_kind(from.kind).has_value();
}

bool is_gateway(const GrantFrom& from) {
  return from.group == kGroup && (from.kind == "Gateway" || from.kind == "ListenerSet");
}

/// Why nothing can make use of an entry of `from`; empty when something can.
std::string from_problem(const ReferenceGrant& grant, const GrantFrom& from) {
  if (!grant.scope.empty() && from.scope == grant.scope) {
    return "references inside a namespace need no grant";
  }
  if (from.group.empty() || from.group == "core") {
    return fmt::format("{}s of the core group refer to nothing that needs a grant", from.kind);
  }
  if (from.group == kGroup && !is_route(from) && !is_gateway(from)) {
    return fmt::format("{}s refer to nothing that needs a grant", from.kind);
  }
  return "";
}

/// Why nothing needs an entry of `to`; empty when something may.
std::string to_problem(const ReferenceGrant& grant, const GrantTo& to) {
  if (to.group == "core") return "the core group is written `\"\"`";
  if (to.group == kGroup) {
    return fmt::format("references to a {} need no grant{}", to.kind,
                       to.kind == "Gateway" ? ": its listeners say whom they allow" : "");
  }
  if (!to.group.empty()) return "";
  const bool service = to.kind == "Service";
  if (!service && to.kind != "Secret" && to.kind != "ConfigMap") {
    return fmt::format("no reference to a {} needs a grant", to.kind);
  }
  const bool all_wrong = std::all_of(
      grant.from.begin(), grant.from.end(),
      [service](const GrantFrom& from) { return service ? is_gateway(from) : is_route(from); });
  if (!all_wrong || grant.from.empty()) return "";
  return fmt::format("{}s do not refer to {}s", grant.from.front().kind, to.kind);
}

void grants_can_be_used(const ReferenceGrant& grant, const Mesh&, Findings& found) {
  for (const GrantFrom& from : grant.from) {
    const std::string problem = from_problem(grant, from);
    if (problem.empty() || !from.node.is_mapping()) continue;
    const char* const field =
        !grant.scope.empty() && from.scope == grant.scope ? "namespace" : "kind";
    found.add(objects::place(from.node, field), problem)
        .with_help("`from` is the namespace and kind of what holds the reference");
  }
  for (const GrantTo& to : grant.to) {
    const std::string problem = to_problem(grant, to);
    if (problem.empty() || !to.node.is_mapping()) continue;
    found.add(objects::place(to.node, to.group.empty() ? "kind" : "group"), problem)
        .with_help("`to` is what the reference names, in the namespace of the grant");
  }
}

/// Everything that refers into other namespaces, by kind and namespace of what refers.
struct Crossings {
  using Side = std::pair<std::string_view, std::string_view>;
  using Target = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;

  std::set<Side> shown;
  std::map<Side, std::set<Target>> used;  ///< namespace, group, kind, name

  explicit Crossings(const Mesh& mesh) {
    for (const auto& [group_kind, objects] : mesh.kinds()) {
      if (group_kind.first != kGroup) continue;
      for (const Object* object : objects) shown.insert({object->kind.value, object->scope});
    }
    gateways::each_use(mesh, [&](const Use& use) {
      const Reference& to = *use.to;
      used[{use.from->kind.value, use.from->scope}].insert({to.scope, to.group, to.kind, to.name});
    });
  }

  bool uses(const GrantFrom& from, const ReferenceGrant& grant) const {
    const auto targets = used.find({from.kind, from.scope});
    if (targets == used.end()) return false;
    return std::any_of(grant.to.begin(), grant.to.end(), [&](const GrantTo& to) {
      const auto next = targets->second.lower_bound({grant.scope, to.group, to.kind, to.name});
      if (next == targets->second.end()) return false;
      const auto& [scope, group, kind, name] = *next;
      return scope == grant.scope && group == to.group && kind == to.kind &&
             (to.name.empty() || name == to.name);
    });
  }
};

void grants_are_used(const Mesh& mesh, Findings& found) {
  if (mesh.all<ReferenceGrant>().empty()) return;
  const Crossings crossings(mesh);
  for (const ReferenceGrant& grant : mesh.all<ReferenceGrant>()) {
    if (grant.context) continue;
    for (const GrantFrom& from : grant.from) {
      // Other kinds and namespaces may be in the cluster.
      if (from.group != kGroup || !crossings.shown.contains({from.kind, from.scope})) continue;
      if (!from_problem(grant, from).empty() || crossings.uses(from, grant)) continue;
      found
          .add(objects::place(from.node, "kind"),
               fmt::format("no {} of namespace `{}` in the input makes use of the grant", from.kind,
                           from.scope))
          .with_help("remove it if nothing in the cluster does either");
    }
  }
}

void granted_objects_exist(const Mesh& mesh, Findings& found) {
  const KindIndex secrets(mesh, "", "Secret");
  const KindIndex maps(mesh, "", "ConfigMap");
  for (const ReferenceGrant& grant : mesh.all<ReferenceGrant>()) {
    if (grant.context) continue;
    for (const GrantTo& to : grant.to) {
      if (to.name.empty() || !to.group.empty()) continue;
      Found state = Found::unknown;
      if (to.kind == "Service") state = objects::find_service(mesh, grant.scope, to.name);
      if (to.kind == "Secret") state = secrets.found(grant.scope, to.name);
      if (to.kind == "ConfigMap") state = maps.found(grant.scope, to.name);
      if (state != Found::missing) continue;
      found
          .add(objects::place(to.node, "name"),
               fmt::format("{} `{}/{}` does not exist", to.kind, grant.scope, to.name))
          .with_help(to.kind == "Service" ? objects::service_hint(mesh, grant.scope, to.name)
                                          : "an absent name means all objects of the kind");
    }
  }
}

void grants_are_for_namespaces(const ReferenceGrant& grant, const Mesh& mesh, Findings& found) {
  const auto& namespaces = mesh.derived<Namespaces>();
  for (const GrantFrom& from : grant.from) {
    namespaces.check(from.scope, objects::place(from.node, "namespace"), found);
  }
}

constexpr Rule kRules[] = {
    {.id = "MF2221",
     .name = "reference-not-granted",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "A namespace permits the references that lead into it",
     .why = "A reference to another namespace counts only if a ReferenceGrant there names kind "
            "and namespace of what refers, and kind (and name) of the target. Without it the "
            "reference is refused (ResolvedRefs is False, RefNotPermitted) and requests are "
            "answered with 500. An info where the input shows nothing of that namespace.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: pay, namespace: bank, port: 80}]}] #!
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: shop, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: GRPCRoute, namespace: shop}]
  to: [{group: "", kind: Service}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: pay, namespace: bank, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: shop, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: "", kind: Service}]
)",
     .aliases = "KIA1402",
     .check = references_are_permitted},
    {.id = "MF2222",
     .name = "grant-useless",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A ReferenceGrant permits something that needs a permit",
     .why = "A grant stands in the namespace of the target, `from` names routes or Gateways of "
            "other namespaces, and `to` what they refer to. An entry that no reference can "
            "need is a mistake: usually `from` and `to` are mixed up, or the group is wrong.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: shop, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: bank}] #!
  to: [{group: "", kind: Service}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: shop, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: "", kind: Service}]
)",
     .check = Each<grants_can_be_used>::run},
    {.id = "MF2223",
     .name = "grant-unused",
     .severity = Severity::info,
     .group = "gateway-api",
     .summary = "Some reference makes use of a ReferenceGrant",
     .why = "A grant that nothing uses any more keeps a door open. Said only where the input "
            "shows objects that the grant is for.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: shop, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}] #!
  to: [{group: "", kind: Service}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: pay, namespace: bank, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: shop, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: "", kind: Service}]
)",
     .check = grants_are_used},
    {.id = "MF2224",
     .name = "grant-target-missing",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "What a ReferenceGrant opens exists",
     .why = "A grant for a name that does not exist permits nothing; the name of what was to "
            "be opened is probably misspelt.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: pay, namespace: bank}
spec: {selector: {app: pay}, ports: [{name: http, port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: shop, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: "", kind: Service, name: payy}] #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: pay, namespace: bank}
spec: {selector: {app: pay}, ports: [{name: http, port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: shop, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: "", kind: Service, name: pay}]
)",
     .check = granted_objects_exist},
    {.id = "MF2225",
     .name = "grant-namespace-missing",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A ReferenceGrant is for namespaces that exist",
     .why = "What refers from the namespace that was meant is not permitted. It is an info unless "
            "the name looks like a typo of a Namespace of the input.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: shop, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shpo}] #!
  to: [{group: "", kind: Service}]
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: shop, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: "", kind: Service}]
)",
     .aliases = "KIA1601",
     .check = Each<grants_are_for_namespaces>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_grant_rules() { return kRules; }

}  // namespace meshfn::lint
