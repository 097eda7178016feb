// Matches of HTTPRoute and GRPCRoute: expressions, repetitions, and which of two rules wins.

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/gateway_api_crowds.h"
#include "lint/rules/gateway_api_families.h"
#include "lint/rules/linkerd_routes.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Severity;
using gateways::Attached;
using gateways::Crowd;
using gateways::Route;
using resource::Mesh;
using resource::Text;
using resource::gateway_api::PathKind;
using resource::gateway_api::RouteKind;
using resource::gateway_api::RouteMatch;
using resource::gateway_api::ValueMatch;
using RouteRule = resource::gateway_api::Rule;

/// Calls `visit(match, rule)` for every match of a route.
template <class Visit>
void each_match(const Route& route, Visit visit) {
  for (const RouteRule& rule : route.rules) {
    for (const RouteMatch& match : rule.matches) visit(match, rule);
  }
}

/// The texts that a match takes for regular expressions.
std::vector<Text> expressions(const RouteMatch& match) {
  std::vector<Text> all;
  if (match.path_kind == PathKind::regex) all.push_back(match.path);
  if (match.regex) {
    all.push_back(match.service);
    all.push_back(match.method);
  }
  for (const auto* list : {&match.headers, &match.query_params}) {
    for (const ValueMatch& value : *list) {
      if (value.regex) all.push_back(value.value);
    }
  }
  return all;
}

void expressions_compile(const Mesh& mesh, Findings& found) {
  // Linkerd's webhook refuses such HTTPRoutes, which a rule of its own says.
  const linkerd::RouteFilter linkerd_programs(mesh);
  const auto check = [&](const Route& route, const Text& pattern) {
    if (!pattern) return;
    const re2::RE2 regex({pattern->data(), pattern->size()}, re2::RE2::Quiet);
    if (regex.ok() || (route.route_kind == RouteKind::http && linkerd_programs(route))) return;
    found
        .add(pattern.where(),
             fmt::format("`{}` is no regular expression: {}", *pattern, regex.error()))
        .with_help("Envoy and Linkerd use RE2, which has no look-around and no back references");
  };
  for (const Route& route : mesh.all<Route>()) {
    if (route.context) continue;
    each_match(route, [&](const RouteMatch& match, const RouteRule&) {
      for (const Text& pattern : expressions(match)) check(route, pattern);
    });
  }
}

/// Conditions in an order of their own; of headers with one name only the first counts.
void add_values(const std::vector<ValueMatch>& values, bool any_case, std::string& key) {
  std::map<std::string, const ValueMatch*> by_name;
  for (const ValueMatch& value : values) {
    by_name.emplace(any_case ? str::lower(value.name.value) : std::string(*value.name), &value);
  }
  for (const auto& [name, value] : by_name) {
    key += fmt::format("|{}{}{}", name, value->regex ? "~" : "=", value->value.value);
  }
}

/// Equal for matches that take the same requests.
std::string key_of(const RouteMatch& match, RouteKind kind) {
  std::string key;
  if (kind == RouteKind::grpc) {
    key = fmt::format("grpc {}{}/{}", match.regex ? "~" : "", match.service.value,
                      match.method.value);
  } else {
    std::string_view path = match.path.value_or("/");
    // A prefix is made of segments, so a slash at its end says nothing.
    const bool prefix = match.path_kind == PathKind::prefix;
    if (prefix && path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    const char* const type = prefix ? "^" : match.path_kind == PathKind::exact ? "=" : "~";
    key = fmt::format("http {}{} {}", type, path, match.method.value);
  }
  add_values(match.headers, true, key);
  key += " ?";
  add_values(match.query_params, false, key);
  return key;
}

/// The matches of a rule with their keys; one that takes everything for a rule without any.
std::vector<std::pair<std::string, yaml::Node>> keys_of(const RouteRule& rule, RouteKind kind) {
  std::vector<std::pair<std::string, yaml::Node>> keys;
  for (const RouteMatch& match : rule.matches) keys.emplace_back(key_of(match, kind), match.node);
  if (keys.empty()) keys.emplace_back(key_of({}, kind), rule.node);
  return keys;
}

bool has_matches(const Route& route) {
  return route.route_kind == RouteKind::http || route.route_kind == RouteKind::grpc;
}

void matches_differ_in_a_route(const Route& route, const Mesh&, Findings& found) {
  if (!has_matches(route)) return;
  std::map<std::string, std::pair<const RouteRule*, yaml::Node>> seen;
  for (const RouteRule& rule : route.rules) {
    for (const auto& [key, node] : keys_of(rule, route.route_kind)) {
      const auto [first, is_new] = seen.emplace(key, std::pair(&rule, node));
      if (is_new) continue;
      const bool same_rule = first->second.first == &rule;
      auto& added = found.add(node.where(),
                              same_rule ? "this match repeats an earlier one of the rule"
                                        : "an earlier rule has this match and takes its requests");
      added.relate(first->second.second.where(), "the earlier match")
          .with_help("remove it, or correct what it should match");
      if (same_rule) added.with_severity(Severity::info);
    }
  }
}

void report_taken_matches(const Crowd& crowd, Findings& found) {
  struct Owner {
    const Route* route;
    yaml::Node node;
  };

  std::map<std::string, Owner> owners;
  std::set<std::uint32_t> reported;
  for (const Attached& attached : crowd.routes) {
    const Route& route = *attached.route;
    if (!has_matches(route)) continue;
    reported.clear();
    for (const RouteRule& rule : route.rules) {
      for (const auto& [key, node] : keys_of(rule, route.route_kind)) {
        for (const std::string& name : attached.names()) {
          const auto [first, is_new] = owners.emplace(name + " " + key, Owner{&route, node});
          const Owner& owner = first->second;
          if (is_new || route.context || gateways::is_same_object(*owner.route, route)) continue;
          if (!reported.insert(node.id()).second) continue;
          found
              .add(node.where(),
                   fmt::format("{} `{}` has this match on {} too, and comes first",
                               route.kind.value, owner.route->name.value, crowd.place))
              .relate(owner.node.where(), "the other match")
              .with_help("the oldest route wins, and at equal age the first by name");
        }
      }
    }
  }
}

void matches_differ_between_routes(const Mesh& mesh, Findings& found) {
  for (const Crowd& crowd : mesh.derived<gateways::ListenerCrowds>().all())
    report_taken_matches(crowd, found);
  for (const Crowd& crowd : mesh.derived<gateways::ServiceCrowds>().all())
    report_taken_matches(crowd, found);
}

void header_names_differ(const Route& route, const Mesh&, Findings& found) {
  for (const RouteRule& rule : route.rules) {
    for (const RouteMatch& match : rule.matches) {
      std::map<std::string, const ValueMatch*> seen;
      for (const ValueMatch& header : match.headers) {
        const auto [first, is_new] = seen.emplace(str::lower(header.name.value), &header);
        // The schema refuses a name that is repeated letter by letter.
        if (is_new || first->second->name.value == header.name.value) continue;
        found
            .add(header.name.where(),
                 fmt::format("the condition on `{}` is ignored", header.name.value))
            .relate(first->second->name.where(), "only the first one of a name counts")
            .with_help("put both conditions into one expression");
      }
    }
  }
}

/// The first path of another rule that `regex` takes too, `/` aside; null when there is none.
const RouteMatch* rival_of(const Route& route, const RouteRule& own, const re2::RE2& regex) {
  const RouteMatch* rival = nullptr;
  each_match(route, [&](const RouteMatch& match, const RouteRule& rule) {
    const bool literal = match.path_kind != PathKind::regex && match.path;
    if (rival != nullptr || &rule == &own || !literal || *match.path == "/") return;
    if (re2::RE2::FullMatch({match.path->data(), match.path->size()}, regex)) rival = &match;
  });
  return rival;
}

void precedence_is_defined(const Route& route, const Mesh&, Findings& found) {
  if (route.route_kind != RouteKind::http) return;
  each_match(route, [&](const RouteMatch& match, const RouteRule& rule) {
    if (match.path_kind != PathKind::regex || !match.path) return;
    const re2::RE2 regex({match.path->data(), match.path->size()}, re2::RE2::Quiet);
    const RouteMatch* const rival = regex.ok() ? rival_of(route, rule, regex) : nullptr;
    if (rival == nullptr) return;
    found
        .add(match.path.where(),
             fmt::format("`{}` also takes `{}`, and which of the two wins is not defined",
                         *match.path, *rival->path))
        .relate(rival->path.where(), "the other path")
        .with_help("implementations order expressions differently; avoid the overlap");
  });
}

constexpr diagnostic::Rule kRules[] = {
    {.id = "MF2301",
     .name = "match-expression",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "Regular expressions of matches compile",
     .why = "The schema takes any text. Envoy and Linkerd compile expressions with RE2; a route "
            "with one that does not compile is refused, or matches nothing.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches:
    - path: {type: RegularExpression, value: "/(api|v1"} #!
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches:
    - path: {type: RegularExpression, value: '/(api|v1)'}
    backendRefs: [{name: web, port: 80}]
)",
     .check = expressions_compile},
    {.id = "MF2302",
     .name = "match-repeated",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "The matches of a route differ",
     .why = "Of two equal matches the first rule in the list wins, and the other never sees a "
            "request. Prefixes are made of segments, so `/a` and `/a/` are equal.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {value: /api}}]
    backendRefs: [{name: api, port: 80}]
  - matches: [{path: {value: /api/}}] #!
    backendRefs: [{name: api-v2, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {value: /api}}]
    backendRefs: [{name: api, port: 80}]
  - matches: [{path: {value: /api/v2}}]
    backendRefs: [{name: api-v2, port: 80}]
)",
     .check = Each<matches_differ_in_a_route>::run},
    {.id = "MF2303",
     .name = "match-taken",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "Routes of one hostname match different requests",
     .why = "Rules of all routes of a hostname are merged on a listener. Of two equal matches "
            "the one of the older route wins, and at equal age the first by namespace and "
            "name; the other never sees a request.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: api, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [shop.example.com]
  rules:
  - matches: [{path: {value: /api}}]
    backendRefs: [{name: api, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [shop.example.com]
  rules:
  - matches: [{path: {value: /api}}] #!
    backendRefs: [{name: web, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: api, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [shop.example.com]
  rules:
  - matches: [{path: {value: /api}}]
    backendRefs: [{name: api, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [shop.example.com]
  rules:
  - backendRefs: [{name: web, port: 80}]
)",
     .check = matches_differ_between_routes},
    {.id = "MF2304",
     .name = "header-match-ignored",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A match has one condition on each header",
     .why = "Header names compare without case, and of several conditions on one header only "
            "the first counts.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches:
    - headers:
      - {name: x-user, value: ann}
      - {name: X-User, value: bob} #!
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches:
    - headers:
      - {name: x-user, type: RegularExpression, value: ann|bob}
    backendRefs: [{name: web, port: 80}]
)",
     .check = Each<header_names_differ>::run},
    {.id = "MF2305",
     .name = "path-precedence-undefined",
     .severity = Severity::info,
     .group = "gateway-api",
     .summary = "It is defined which of two paths wins",
     .why = "Exact paths come before prefixes, and long prefixes before short ones. Where "
            "regular expressions stand in this order is up to the implementation.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches:
    - path: {type: RegularExpression, value: "/api/.*"} #!
    backendRefs: [{name: api, port: 80}]
  - matches: [{path: {value: /api/v2}}]
    backendRefs: [{name: api-v2, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {value: /api}}]
    backendRefs: [{name: api, port: 80}]
)",
     .check = Each<precedence_is_defined>::run},
};

static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_match_rules() { return kRules; }

}  // namespace meshfn::lint
