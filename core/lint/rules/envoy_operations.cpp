// How an EnvoyFilter changes what Istio generates: operations that have an effect, and the same one
// whatever other filters do.

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "lint/each.h"
#include "lint/rules/envoy_patches.h"
#include "lint/rules/security_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using istio::EnvoyPatch;
using resource::Mesh;
using resource::Object;

/// Whether filters of one name can be replaced.
bool is_replaceable(const EnvoyPatch& patch) {
  return patch.apply_to == "NETWORK_FILTER" || patch.apply_to == "HTTP_FILTER" ||
         patch.apply_to == "VIRTUAL_HOST";
}

bool is_whole_route(const EnvoyPatch& patch) {
  return patch.apply_to == "ROUTE_CONFIGURATION" || patch.apply_to == "HTTP_ROUTE";
}

/// Whether the outcome depends on what other filters did before.
bool is_relative(const EnvoyPatch& patch) {
  const std::string_view operation = patch.operation;
  return operation == "INSERT_BEFORE" || operation == "INSERT_AFTER" ||
         (operation == "REMOVE" && !is_whole_route(patch)) ||
         (operation == "REPLACE" && is_replaceable(patch));
}

/// What a patch is known by; names from the value and from the match are different things.
std::string name_of(const EnvoyPatch& patch) {
  const std::string_view own = patch.value.find("name").text();
  if (!own.empty()) return fmt::format("value {}", own);
  if (patch.value.size() == 0) return {};
  const yaml::Node filter = patch.match.at("listener", "filterChain", "filter", "name");
  return fmt::format("match {}", filter.text());
}

struct Relative {
  EnvoyPatch patch;
  bool versioned = false;  ///< an earlier patch changes the same for some versions of the proxy
};

/// Relative patches of a filter that says nothing about its turn.
std::vector<Relative> relative_patches(const Object& filter) {
  std::vector<Relative> out;
  std::set<std::string> versioned;
  if (resource::integer(filter.spec.find("priority")).value != 0) return out;
  for (const yaml::Node node : filter.spec.find("configPatches").items()) {
    const EnvoyPatch patch = istio::envoy_patch(node);
    const std::string name = name_of(patch);
    if (is_relative(patch)) out.push_back({patch, versioned.contains(name)});
    if (!patch.match.at("proxy", "proxyVersion").text().empty()) versioned.insert(name);
  }
  return out;
}

void check_relative(const Mesh& mesh, bool versioned, Findings& found) {
  objects::each(mesh, istio::kNetworking, "EnvoyFilter", [&](const Object& filter) {
    diagnostic::Diagnostic* first = nullptr;
    for (const Relative& relative : relative_patches(filter)) {
      if (relative.versioned != versioned) continue;
      const yaml::Node operation = relative.patch.patch.find("operation");
      if (first != nullptr) {
        first->relate(operation.where(), "and here");
        continue;
      }
      first = &found.add(
          operation.where(),
          fmt::format("what {} finds depends on the filters applied before{}", operation.text(),
                      versioned ? ", one of which changes the same for some versions" : ""));
      first->with_help("set `priority`, so that the order is fixed, or use INSERT_FIRST or MERGE");
    }
  });
}

void relative_patches_have_a_turn(const Mesh& mesh, Findings& found) {
  check_relative(mesh, false, found);
}

void versioned_patches_have_a_turn(const Mesh& mesh, Findings& found) {
  check_relative(mesh, true, found);
}

/// Reports, once a filter, patches with `operation` that `is_wrong`.
template <class Wrong>
void check_operation(const Mesh& mesh, std::string_view operation, Wrong is_wrong,
                     std::string_view help, Findings& found) {
  const Object* said = nullptr;
  istio::each_patch(mesh, [&](const EnvoyPatch& patch, const Object& filter) {
    if (patch.operation != operation || patch.apply_to.empty() || !is_wrong(patch)) return;
    if (said == &filter) return;
    said = &filter;
    found
        .add(patch.patch.find("operation").where(),
             fmt::format("{} has no effect on {}", operation, patch.apply_to))
        .with_help(std::string(help));
  });
}

void replaced_things_are_replaceable(const Mesh& mesh, Findings& found) {
  check_operation(
      mesh, "REPLACE", [](const EnvoyPatch& patch) { return !is_replaceable(patch); },
      "only filters and virtual hosts can be replaced; use MERGE, or REMOVE and ADD", found);
}

void routes_are_not_added(const Mesh& mesh, Findings& found) {
  check_operation(mesh, "ADD", is_whole_route,
                  "insert routes with INSERT_FIRST, INSERT_BEFORE or INSERT_AFTER, or MERGE",
                  found);
}

void routes_are_not_removed(const Mesh& mesh, Findings& found) {
  check_operation(mesh, "REMOVE", is_whole_route,
                  "change them with MERGE, or remove the VirtualService that they come from",
                  found);
}

/// A value as a text that equal values share, whatever the order of their fields.
std::string canonical(yaml::Node node) {
  if (node.is_scalar()) return fmt::format("{}:{}", node.text().size(), node.text());
  std::string out = node.is_sequence() ? "[" : "{";
  std::map<std::string_view, yaml::Node> fields;
  for (const yaml::Entry entry : node.entries()) fields[entry.key.text()] = entry.value;
  for (const auto& [name, value] : fields) out += fmt::format("{}={},", name, canonical(value));
  for (const yaml::Node item : node.items()) out += canonical(item) + ",";
  return out + ";";
}

/// What patches have in common that put something at the same place of the same proxies, and whose
/// filters have the same explicit priority; empty when nothing has.
std::string place_of(const EnvoyPatch& patch, const Object& filter) {
  const auto priority = resource::integer(filter.spec.find("priority"));
  if (priority.value == 0 || !patch.operation.starts_with("INSERT_")) return {};
  return fmt::format("{} {} {} {} {} {} {}", filter.scope, priority.value, patch.apply_to,
                     patch.operation, canonical(filter.spec.find("workloadSelector")),
                     canonical(filter.spec.find("targetRefs")), canonical(patch.match));
}

void priorities_differ(const Mesh& mesh, Findings& found) {
  struct Place {
    const Object* filter;
    yaml::Node operation;
  };

  std::unordered_map<std::string, Place> taken;  // by the first filter there
  istio::each_patch(mesh, [&](const EnvoyPatch& patch, const Object& filter) {
    const std::string place = place_of(patch, filter);
    if (place.empty()) return;
    const yaml::Node operation = patch.patch.find("operation");
    const auto [first, fresh] = taken.try_emplace(place, Place{&filter, operation});
    if (fresh || first->second.filter == &filter) return;
    found
        .add(filter.spec.find("priority").where(),
             fmt::format("`{}` inserts at the same place with the same priority",
                         first->second.filter->name.value))
        .relate(first->second.operation.where(), "here")
        .with_help("give them different priorities, so that the order is fixed");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1731",
     .name = "envoy-patch-relative",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A patch that depends on others has a priority",
     .why = "INSERT_BEFORE, INSERT_AFTER, REMOVE and REPLACE act on what is there when their turn "
            "comes. Without `priority` the turn depends on creation times, so the same files "
            "give different proxies.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: CLUSTER
    patch:
      operation: REMOVE #!
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  priority: 10
  configPatches:
  - applyTo: CLUSTER
    patch:
      operation: REMOVE
)",
     .aliases = "IST0151",
     .check = relative_patches_have_a_turn},
    {.id = "MF1732",
     .name = "envoy-replace-nothing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Only filters and virtual hosts are replaced",
     .why = "Istio applies REPLACE to network filters, HTTP filters and virtual hosts, and "
            "ignores it elsewhere.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: CLUSTER
    patch:
      operation: REPLACE #!
      value: {connect_timeout: 1s}
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: CLUSTER
    patch:
      operation: MERGE
      value: {connect_timeout: 1s}
)",
     .aliases = "IST0152",
     .check = replaced_things_are_replaceable},
    {.id = "MF1733",
     .name = "envoy-add-route",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Routes are inserted, not added",
     .why = "Istio ignores ADD for route configurations and routes.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: HTTP_ROUTE
    patch:
      operation: ADD #!
      value: {name: health}
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: HTTP_ROUTE
    patch:
      operation: INSERT_FIRST
      value: {name: health}
)",
     .aliases = "IST0153",
     .check = routes_are_not_added},
    {.id = "MF1734",
     .name = "envoy-remove-route",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Routes are changed, not removed",
     .why = "Istio ignores REMOVE for route configurations and routes.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: HTTP_ROUTE
    patch:
      operation: REMOVE #!
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: HTTP_ROUTE
    patch:
      operation: MERGE
      value: {name: health}
)",
     .aliases = "IST0154",
     .check = routes_are_not_removed},
    {.id = "MF1735",
     .name = "envoy-patch-relative-versioned",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A patch after one for some proxy versions has a priority",
     .why = "A patch that depends on another one, which is applied to some versions of the proxy "
            "only, does different things to different proxies, in an order that is not fixed.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: HTTP_FILTER
    match:
      proxy: {proxyVersion: '^1\.24.*'}
    patch:
      operation: INSERT_FIRST
      value:
        name: lua
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua}
  - applyTo: HTTP_FILTER
    patch:
      operation: INSERT_BEFORE #!
      value:
        name: lua
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua}
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  priority: 10
  configPatches:
  - applyTo: HTTP_FILTER
    match:
      proxy: {proxyVersion: '^1\.24.*'}
    patch:
      operation: INSERT_FIRST
      value:
        name: lua
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua}
  - applyTo: HTTP_FILTER
    patch:
      operation: INSERT_BEFORE
      value:
        name: lua
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua}
)",
     .aliases = "IST0155",
     .check = versioned_patches_have_a_turn},
    {.id = "MF1736",
     .name = "envoy-priority-shared",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Filters that are inserted at one place have priorities of their own",
     .why = "EnvoyFilters of one priority are applied in the order in which they were made. "
            "Two that insert at the same place change places when one of them is made anew.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: a, namespace: shop}
spec:
  priority: 10
  configPatches:
  - applyTo: HTTP_FILTER
    match: {context: SIDECAR_INBOUND}
    patch:
      operation: INSERT_BEFORE
      value:
        name: lua-a
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: b, namespace: shop}
spec:
  priority: 10 #!
  configPatches:
  - applyTo: HTTP_FILTER
    match: {context: SIDECAR_INBOUND}
    patch:
      operation: INSERT_BEFORE
      value:
        name: lua-b
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: a, namespace: shop}
spec:
  priority: 10
  configPatches:
  - applyTo: HTTP_FILTER
    match: {context: SIDECAR_INBOUND}
    patch:
      operation: INSERT_BEFORE
      value:
        name: lua-a
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: b, namespace: shop}
spec:
  priority: 20
  configPatches:
  - applyTo: HTTP_FILTER
    match: {context: SIDECAR_INBOUND}
    patch:
      operation: INSERT_BEFORE
      value:
        name: lua-b
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
)",
     .check = priorities_differ},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family envoy_patch_rules() { return kRules; }

}  // namespace meshfn::lint
