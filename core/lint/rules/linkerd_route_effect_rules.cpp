// Routes that Linkerd accepts and then drops, or reads otherwise than they are meant.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/units.h"
#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_routes.h"
#include "lint/rules/linkerd_values.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::each_route;
using linkerd::ParentKind;
using linkerd::RouteKind;
using resource::Mesh;
using resource::Object;

constexpr std::array<std::string_view, 4> kDroppedFilters = {"RequestMirror", "URLRewrite",
                                                             "ExtensionRef", "CORS"};

bool is_outbound(const Object& route) {
  return linkerd::has_parent(route, ParentKind::service) ||
         linkerd::has_parent(route, ParentKind::egress_network);
}

/// Calls `visit(route, kind, rule)` for every rule of every route towards Services and networks.
template <class Visit>
void each_outbound_rule(const Mesh& mesh, Visit visit) {
  each_route(mesh, [&](const Object& route, RouteKind kind) {
    if (!is_outbound(route)) return;
    for (const yaml::Node rule : route.spec.find("rules").items()) visit(route, kind, rule);
  });
}

void report_filters(yaml::Node owner, Findings& found) {
  for (const yaml::Node filter : owner.find("filters").items()) {
    const yaml::Node type = filter.find("type");
    if (std::find(kDroppedFilters.begin(), kDroppedFilters.end(), type.text()) ==
        kDroppedFilters.end()) {
      continue;
    }
    found
        .add(type.where(),
             fmt::format("Linkerd has no filter {} and drops the whole route", type.text()))
        .with_help(
            "remove the filter; RequestHeaderModifier, ResponseHeaderModifier and "
            "RequestRedirect are there");
  }
}

void filters_are_supported(const Mesh& mesh, Findings& found) {
  each_outbound_rule(mesh, [&](const Object&, RouteKind kind, yaml::Node rule) {
    if (kind != RouteKind::http && kind != RouteKind::grpc) return;
    report_filters(rule, found);
    for (const yaml::Node backend : rule.find("backendRefs").items()) {
      report_filters(backend, found);
    }
  });
}

void durations_are_read(const Mesh& mesh, Findings& found) {
  each_outbound_rule(mesh, [&](const Object& route, RouteKind kind, yaml::Node rule) {
    const resource::Duration request = resource::duration(rule.at("timeouts", "request"));
    if (kind != RouteKind::http || !request) return;
    if (route.annotation("timeout.linkerd.io/request")) return;
    const std::string_view written = request.node.text();
    if (linkerd::annotation_duration(written)) return;
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(request.value).count();
    auto& added = found.add(request.where(),
                            fmt::format("Linkerd cannot read `{}` and sets no "
                                        "timeout: {}",
                                        written, linkerd::annotation_duration_problem(written)));
    const auto unit = milliseconds % 1000 == 0 ? 1000 : 1;
    const std::string same = fmt::format("{}{}", milliseconds / unit, unit == 1000 ? "s" : "ms");
    if (milliseconds <= 0) return;
    added.with_help(fmt::format("write `{}`", same))
        .with_fix({fmt::format("write it as `{}`", same), {{request.where(), same}}});
  });
}

void fields_are_used(const Mesh& mesh, Findings& found) {
  each_outbound_rule(mesh, [&](const Object&, RouteKind kind, yaml::Node rule) {
    if (!linkerd::is_http(kind)) return;
    if (const yaml::Node key = rule.find("timeouts").find_key("backendRequest")) {
      found.add(key.where(), "Linkerd does not use `backendRequest`")
          .with_help("for a timeout of each attempt, annotate `retry.linkerd.io/timeout`");
    }
    if (const yaml::Node key = rule.find_key("retry"); key && kind == RouteKind::http) {
      found.add(key.where(), "Linkerd does not use `retry`")
          .with_help("annotate `retry.linkerd.io/http` and `retry.linkerd.io/limit`");
    }
  });
}

void weights_choose(const Mesh& mesh, Findings& found) {
  each_outbound_rule(mesh, [&](const Object&, RouteKind, yaml::Node rule) {
    const yaml::Node backends = rule.find("backendRefs");
    if (backends.size() == 0) return;
    for (const yaml::Node backend : backends.items()) {
      const auto weight = resource::integer(backend.find("weight"));
      if (!weight || *weight != 0) return;
    }
    const yaml::Node first = backends.item(0).find("weight");
    if (backends.size() == 1) {
      found.add(first.where(), "an only backend gets all requests, whatever its weight")
          .with_help("to refuse requests, remove the route's rule or name a backend that refuses");
    } else {
      found.add(first.where(), "all backends have weight 0, and there is nothing to choose from")
          .with_help("give one of them a weight");
    }
  });
}

/// The path of a match that asks for nothing else; nothing for other matches.
yaml::Node only_path(yaml::Node match) {
  for (const std::string_view other : {"headers", "queryParams"}) {
    if (match.find(other).size() > 0) return {};
  }
  return match.find("method") ? yaml::Node() : match.find("path");
}

void exact_paths_win(const Mesh& mesh, Findings& found) {
  each_route(mesh, [&](const Object& route, RouteKind kind) {
    if (!linkerd::is_http(kind)) return;
    std::map<std::string_view, yaml::Node> prefixes;
    for (const yaml::Node rule : route.spec.find("rules").items()) {
      for (const yaml::Node match : rule.find("matches").items()) {
        const yaml::Node value = only_path(match).find("value");
        const std::string_view type = match.at("path", "type").text();
        if (!value.is_scalar() || value.text() == "/") continue;
        if (type.empty() || type == "PathPrefix") prefixes.try_emplace(value.text(), value);
        const auto prefix = prefixes.find(value.text());
        if (type != "Exact" || prefix == prefixes.end()) continue;
        found
            .add(value.where(), fmt::format("the prefix `{}` stands before this exact path and "
                                            "takes its requests",
                                            value.text()))
            .relate(prefix->second.where(), "the prefix")
            .with_help("put the rule of the exact path first");
      }
    }
  });
}

constexpr Rule kRules[] = {
    {.id = "MF3220",
     .name = "linkerd-filter-unsupported",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Routes of Services and networks use filters that Linkerd has",
     .why = "The webhook admits RequestMirror, URLRewrite, ExtensionRef and CORS. The "
            "policy controller then fails to convert the route, logs it and leaves out all "
            "of its rules.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - filters:
    - type: URLRewrite #!
      urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: {remove: [x-debug]}
    backendRefs: [{name: web, port: 80}]
)",
     .check = filters_are_supported},
    {.id = "MF3221",
     .name = "linkerd-timeout-unread",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Timeouts of routes are whole numbers of one unit",
     .why = "The Gateway API allows `1m30s`. Linkerd reads a whole number and one unit, "
            "ignores anything else, and the requests have no timeout.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - timeouts:
      request: 1m30s #!
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - timeouts:
      request: 90s
    backendRefs: [{name: web, port: 80}]
)",
     .check = durations_are_read},
    {.id = "MF3222",
     .name = "linkerd-route-field-unused",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Routes use only fields that Linkerd uses",
     .why = "Linkerd reads neither `timeouts.backendRequest` nor `retry` of a route. "
            "Attempts are not limited and nothing is retried.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - retry: #!
      attempts: 3
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
  annotations: {retry.linkerd.io/http: 5xx, retry.linkerd.io/limit: "3"}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - backendRefs: [{name: web, port: 80}]
)",
     .check = fields_are_used},
    {.id = "MF3223",
     .name = "linkerd-weights-zero",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "The weights of a rule leave a backend to choose",
     .why = "A rule with one backend ignores its weight, so 0 still gets every request. "
            "With several backends and no weight the proxy has nothing to draw from and "
            "fails.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - backendRefs:
    - {name: web, port: 80, weight: 0} #!
    - {name: api, port: 80, weight: 0}
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - backendRefs:
    - {name: web, port: 80, weight: 1}
    - {name: api, port: 80, weight: 0}
)",
     .check = weights_choose},
    {.id = "MF3224",
     .name = "linkerd-exact-after-prefix",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "An exact path stands before the prefix of the same path",
     .why =
         "The Gateway API prefers exact paths. Linkerd compares the lengths of what matched, and "
         "of equals the first in order wins: the exact path after the prefix is never chosen.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /cart}}]
    backendRefs: [{name: web, port: 80}]
  - matches: [{path: {type: Exact, value: /cart}}] #!
    backendRefs: [{name: cart, port: 80}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - matches: [{path: {type: Exact, value: /cart}}]
    backendRefs: [{name: web, port: 80}]
  - matches: [{path: {type: PathPrefix, value: /cart}}]
    backendRefs: [{name: cart, port: 80}]
)",
     .check = exact_paths_win},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_route_effect_rules() { return kRules; }

}  // namespace meshfn::lint
