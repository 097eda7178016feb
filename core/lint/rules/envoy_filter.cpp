// What an EnvoyFilter matches: complete patches, and matches that suit what they change.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lint/each.h"
#include "lint/rules/envoy_patches.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/security_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using istio::EnvoyPatch;
using resource::Mesh;
using resource::Object;

/// Istio looks no further into patches of waypoints.
bool is_judged(const EnvoyPatch& patch) { return patch.context != "WAYPOINT"; }

/// What a patch lacks; empty when it is complete.
std::string_view missing_part(const EnvoyPatch& patch) {
  if (patch.apply_to.empty()) return "`applyTo`: say what it changes";
  if (!patch.patch.is_mapping()) return "`patch`: say how to change it";
  if (patch.operation.empty()) return "`patch.operation`: say how to change it";
  if (patch.operation != "REMOVE" && patch.value.is_null()) {
    return "`patch.value`: only REMOVE does without";
  }
  return {};
}

bool is_complete(const EnvoyPatch& patch) { return missing_part(patch).empty(); }

void patches_are_complete(const Mesh& mesh, Findings& found) {
  istio::each_patch(mesh, [&](const EnvoyPatch& patch, const Object&) {
    if (!is_judged(patch) || is_complete(patch)) return;
    found.add(patch.node.where(), fmt::format("the patch has no {}", missing_part(patch)));
  });
}

constexpr std::array<std::string_view, 3> kMatches = {"listener", "routeConfiguration", "cluster"};

/// The match that a patch may have, of `kMatches`; empty when any will do.
std::string_view suitable_match(const EnvoyPatch& patch) {
  if (istio::is_about_listeners(patch)) return "listener";
  if (istio::is_about_routes(patch)) return "routeConfiguration";
  return patch.apply_to == "CLUSTER" ? "cluster" : "";
}

void matches_suit_their_objects(const Mesh& mesh, Findings& found) {
  istio::each_patch(mesh, [&](const EnvoyPatch& patch, const Object&) {
    const std::string_view suitable = suitable_match(patch);
    if (!is_judged(patch) || !is_complete(patch) || suitable.empty()) return;
    for (const std::string_view match : kMatches) {
      if (match == suitable || !patch.match.find(match).is_mapping()) continue;
      found
          .add(patch.match.find_key(match).where(),
               fmt::format("a patch of {} cannot match by `{}`", patch.apply_to, match))
          .with_help(fmt::format("match by `{}`", suitable));
    }
  });
}

constexpr std::array<std::string_view, 2> kHttpManagers = {
    "envoy.filters.network.http_connection_manager", "envoy.http_connection_manager"};

yaml::Node filter_of(const EnvoyPatch& patch) {
  return patch.match.at("listener", "filterChain", "filter");
}

void check_sub_filter(const EnvoyPatch& patch, yaml::Node filter, Findings& found) {
  const yaml::Node sub = filter.find("subFilter");
  if (!sub.is_mapping()) return;
  const source::Location where = filter.find_key("subFilter").where();
  const std::string_view name = filter.find("name").text();
  if (patch.apply_to != "HTTP_FILTER") {
    found.add(where, fmt::format("`subFilter` matches nothing in a patch of {}", patch.apply_to))
        .with_help("use applyTo HTTP_FILTER");
  } else if (std::find(kHttpManagers.begin(), kHttpManagers.end(), name) == kHttpManagers.end()) {
    found.add(where, fmt::format("filter `{}` has no filters below it", name))
        .with_help(fmt::format("only `{}` has", kHttpManagers.front()));
  } else if (sub.find("name").text().empty()) {
    found.add(where, "`subFilter` has no name to match");
  }
}

void filters_are_matched_by_name(const Mesh& mesh, Findings& found) {
  istio::each_patch(mesh, [&](const EnvoyPatch& patch, const Object&) {
    const yaml::Node filter = filter_of(patch);
    if (!is_judged(patch) || !is_complete(patch) || !istio::is_about_listeners(patch)) return;
    if (!filter.is_mapping()) return;
    const yaml::Node chain = patch.match.at("listener", "filterChain");
    if (filter.find("name").text().empty()) {
      found.add(chain.find_key("filter").where(), "`filter` has no name to match");
      return;
    }
    check_sub_filter(patch, filter, found);
    if (patch.apply_to != "LISTENER" && patch.apply_to != "FILTER_CHAIN") return;
    found
        .add(chain.find_key("filter").where(),
             fmt::format("a patch of {} does not heed `filter`", patch.apply_to))
        .with_severity(Severity::warning)
        .with_help("remove it, or patch the filter itself with NETWORK_FILTER");
  });
}

void versions_can_be_matched(const Mesh& mesh, Findings& found) {
  constexpr std::size_t kMost = 1024;
  istio::each_patch(mesh, [&](const EnvoyPatch& patch, const Object&) {
    const yaml::Node version = patch.match.at("proxy", "proxyVersion");
    if (version.text().empty()) return;
    if (version.text().size() > kMost) {
      found.add(version.where(), "this expression is longer than 1024 characters")
          .with_severity(Severity::warning)
          .with_help("match fewer versions at once");
      return;
    }
    const std::string problem = istio::regex_problem(version.text());
    if (!problem.empty()) found.add(version.where(), problem);
  });
}

void selectors_are_plain(const Mesh& mesh, Findings& found) {
  objects::each(mesh, istio::kNetworking, "EnvoyFilter", [&](const Object& filter) {
    const yaml::Node selector = filter.spec.find("workloadSelector");
    for (const resource::Label& label : resource::labels(selector.find("labels"))) {
      if (label.key.value.empty()) found.add(label.key.where(), "a label without a key");
      if (label.key.value.find('*') == std::string_view::npos) continue;
      found.add(label.key.where(),
                fmt::format("label `{}` has a wildcard, and labels are compared as they are",
                            label.key.value));
    }
    if (!selector.is_mapping() || selector.find("labels").size() > 0) return;
    found
        .add(filter.spec.find_key("workloadSelector").where(),
             "this selector has no labels, so the filter is for every proxy of the namespace")
        .with_severity(Severity::warning)
        .with_help("name labels, or remove `workloadSelector`");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1721",
     .name = "envoy-patch-incomplete",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A patch of an EnvoyFilter says what it changes, and how",
     .why = "Istio's webhook refuses a patch without `applyTo`, operation, or, except for "
            "REMOVE, value.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: CLUSTER #!
    patch: {operation: MERGE}
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: CLUSTER
    patch: {operation: MERGE, value: {connect_timeout: 1s}}
)",
     .aliases = "IST0106",
     .check = patches_are_complete},
    {.id = "MF1722",
     .name = "envoy-match-unsuited",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A patch matches by the kind of object that it changes",
     .why = "Listeners and filters are matched by `listener`, routes by `routeConfiguration`, "
            "clusters by `cluster`. Istio's webhook refuses other matches.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: CLUSTER
    match:
      listener: {portNumber: 80} #!
    patch: {operation: MERGE, value: {connect_timeout: 1s}}
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: CLUSTER
    match:
      cluster: {portNumber: 80}
    patch: {operation: MERGE, value: {connect_timeout: 1s}}
)",
     .aliases = "IST0106",
     .check = matches_suit_their_objects},
    {.id = "MF1723",
     .name = "envoy-match-filter",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A match of filters names them, at the right level",
     .why = "Filters are found by name, and only the HTTP connection manager has filters below "
            "it. Istio's webhook refuses matches that can find nothing.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: HTTP_FILTER
    match:
      listener:
        filterChain:
          filter:
            name: envoy.filters.network.tcp_proxy
            subFilter: {name: envoy.filters.http.router} #!
    patch: {operation: MERGE, value: {}}
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: HTTP_FILTER
    match:
      listener:
        filterChain:
          filter:
            name: envoy.filters.network.http_connection_manager
            subFilter: {name: envoy.filters.http.router}
    patch: {operation: MERGE, value: {}}
)",
     .aliases = "IST0106",
     .check = filters_are_matched_by_name},
    {.id = "MF1724",
     .name = "envoy-match-version",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The proxy versions of a match are a regular expression",
     .why = "Istio's webhook refuses `proxyVersion` when RE2 cannot compile it.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: CLUSTER
    match:
      proxy: {proxyVersion: '^1\.2(4.*'} #!
    patch: {operation: MERGE, value: {connect_timeout: 1s}}
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: CLUSTER
    match:
      proxy: {proxyVersion: '^1\.24.*'}
    patch: {operation: MERGE, value: {connect_timeout: 1s}}
)",
     .aliases = "IST0106",
     .check = versions_can_be_matched},
    {.id = "MF1725",
     .name = "envoy-filter-selector",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The selector of an EnvoyFilter has plain labels",
     .why = "Labels are compared as they are written. Istio's webhook refuses wildcards in them; "
            "a selector without labels is the same as none.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  workloadSelector: #!
    labels: {}
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  workloadSelector:
    labels: {app: web}
)",
     .aliases = "IST0106 IST0133",
     .check = selectors_are_plain},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family envoy_filter_rules() { return kRules; }

}  // namespace meshfn::lint
