// Filters of routes: combinations that exclude each other, and ones that do nothing.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/gateway_api.h"
#include "lint/rules/gateway_api_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Severity;
using gateways::Parents;
using gateways::Reference;
using gateways::Route;
using resource::Mesh;
using resource::gateway_api::Backend;
using resource::gateway_api::Filter;
using resource::gateway_api::PathKind;
using resource::gateway_api::Protocol;
using RouteRule = resource::gateway_api::Rule;

/// Filters that decide where a request goes or what its path is: one of them a request.
bool changes_target(const Filter& filter) {
  return filter.type.value == "RequestRedirect" || filter.type.value == "URLRewrite";
}

void filters_go_together(const Route& route, const Mesh&, Findings& found) {
  for (const RouteRule& rule : route.rules) {
    const auto own = std::find_if(rule.filters.begin(), rule.filters.end(), changes_target);
    if (own == rule.filters.end()) continue;
    for (const Backend& backend : rule.backends) {
      const auto other =
          std::find_if(backend.filters.begin(), backend.filters.end(), changes_target);
      // The schema refuses backends beside a redirect.
      if (other == backend.filters.end() || own->type.value == "RequestRedirect") continue;
      found
          .add(other->type.where(),
               fmt::format("{} of a backend does not go together with {} of its rule",
                           other->type.value, own->type.value))
          .relate(own->type.where(), "the filter of the rule")
          .with_help("keep one of the two (the rule is refused with IncompatibleFilters)");
    }
  }
}

/// Whether the filter replaces the prefix that was matched.
yaml::Node replaced_prefix(const Filter& filter) {
  if (!changes_target(filter)) return {};
  return filter.body.at("path", "replacePrefixMatch");
}

bool matches_one_prefix(const RouteRule& rule) {
  if (rule.node.find("matches").is_sequence() && rule.matches.empty()) return false;
  return rule.matches.empty() ||
         (rule.matches.size() == 1 && rule.matches.front().path_kind == PathKind::prefix);
}

void replaced_prefixes_are_matched(const Route& route, const Mesh&, Findings& found) {
  for (const RouteRule& rule : route.rules) {
    if (matches_one_prefix(rule)) continue;
    std::map<std::string_view, std::vector<yaml::Node>> by_type;
    for (const Backend& backend : rule.backends) {
      for (const Filter& filter : backend.filters) {
        const yaml::Node prefix = replaced_prefix(filter);
        if (prefix) by_type[filter.type.value].push_back(prefix);
      }
    }
    for (const auto& [type, prefixes] : by_type) {
      // The schema's condition sees a prefix that one backend alone replaces.
      if (prefixes.size() < 2) continue;
      found.add(prefixes.front().where(), "the rule does not match exactly one prefix to replace")
          .with_help("give the rule one match, of type PathPrefix");
    }
  }
}

bool serves_only_https(const Route& route, const Parents& parents) {
  bool any = false;
  for (const Reference& parent : route.parents) {
    const auto* const gateway = parents.find(parent);
    if (gateway == nullptr) return false;
    const auto attachment = routing::attach(route, parent, *gateway, parents.labels(route.scope));
    for (const auto& one : attachment.listeners) {
      if (one.reason != routing::AttachReason::accepted) continue;
      if (one.listener->protocol != Protocol::https) return false;
      any = true;
    }
  }
  return any;
}

/// Why a redirect leads to where the request already is; empty when it does not.
std::string loop_reason(const Route& route, const RouteRule& rule, const Filter& filter,
                        const Parents& parents) {
  const yaml::Node redirect = filter.body;
  if (redirect.find("hostname") || redirect.find("port")) return "";
  const yaml::Node scheme = redirect.find("scheme");
  if (scheme && (scheme.text() != "https" || !serves_only_https(route, parents))) return "";
  if (redirect.find("path")) {
    const yaml::Node prefix = replaced_prefix(filter);
    const bool same = prefix && rule.matches.size() == 1 && rule.matches.front().path &&
                      rule.matches.front().path.value == prefix.text();
    return same ? "the redirect replaces the prefix by itself" : "";
  }
  return scheme ? "all listeners of the route are HTTPS already"
                : "the redirect changes neither scheme, hostname, port nor path";
}

void redirects_lead_elsewhere(const Route& route, const Mesh& mesh, Findings& found) {
  const auto& parents = mesh.derived<Parents>();
  for (const RouteRule& rule : route.rules) {
    const Filter* const filter = rule.filter("RequestRedirect");
    if (filter == nullptr || !filter->body.is_mapping()) continue;
    const std::string reason = loop_reason(route, rule, *filter, parents);
    if (reason.empty()) continue;
    found.add(filter->type.where(), reason + ": clients go round in circles")
        .with_help("set what should be different, for example `scheme` or `hostname`");
  }
}

void check_header_filter(const Filter& filter, Findings& found) {
  struct Change {
    yaml::Node name;
    std::string_view list;
  };

  std::map<std::string, Change> seen;
  const auto add = [&](yaml::Node name, std::string_view list) {
    if (!name.is_scalar()) return;
    const auto [first, is_new] = seen.emplace(str::lower(name.text()), Change{name, list});
    const Change& earlier = first->second;
    // The schema refuses a name that a list repeats letter by letter.
    if (is_new || (earlier.list == list && earlier.name.text() == name.text())) return;
    found
        .add(name.where(),
             fmt::format("header `{}` is changed twice, here by `{}`", name.text(), list))
        .relate(earlier.name.where(), "first here")
        .with_help("which change comes last is not defined; keep one");
  };
  for (const std::string_view list : {"set", "add"}) {
    for (const yaml::Node entry : filter.body.find(list).items()) add(entry.find("name"), list);
  }
  for (const yaml::Node name : filter.body.find("remove").items()) add(name, "remove");
}

void headers_are_changed_once(const Route& route, const Mesh&, Findings& found) {
  const auto check = [&](const std::vector<Filter>& filters) {
    for (const Filter& filter : filters) {
      if (filter.type.value.ends_with("HeaderModifier")) check_header_filter(filter, found);
    }
  };
  for (const RouteRule& rule : route.rules) {
    check(rule.filters);
    for (const Backend& backend : rule.backends) check(backend.filters);
  }
}

void mirrors_lead_elsewhere(const Route& route, const Mesh&, Findings& found) {
  for (const RouteRule& rule : route.rules) {
    for (const Filter& filter : rule.filters) {
      if (filter.type.value != "RequestMirror" || !filter.backend) continue;
      const Reference& mirror = *filter.backend;
      const auto same =
          std::find_if(rule.backends.begin(), rule.backends.end(), [&](const Backend& backend) {
            return backend.kind == mirror.kind && backend.scope == mirror.scope &&
                   backend.name == mirror.name && backend.port.value == mirror.port.value;
          });
      if (same == rule.backends.end()) continue;
      found
          .add(mirror.where(),
               fmt::format("{} gets its own requests a second time", describe(mirror)))
          .relate(same->where(), "the backend")
          .with_help("mirror to another Service");
    }
  }
}

void credentials_have_origins(const Route& route, const Mesh&, Findings& found) {
  for (const RouteRule& rule : route.rules) {
    const Filter* const filter = rule.filter("CORS");
    if (filter == nullptr) continue;
    const auto allowed = resource::boolean(filter->body.find("allowCredentials"));
    if (!allowed.value_or(false)) continue;
    for (const yaml::Node origin : filter->body.find("allowOrigins").items()) {
      if (origin.text() != "*") continue;
      found.add(origin.where(), "every web site may make requests with the user's credentials")
          .relate(allowed.where(), "credentials are allowed")
          .with_help("list the origins");
    }
  }
}

constexpr diagnostic::Rule kRules[] = {
    {.id = "MF2311",
     .name = "filters-incompatible",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "Filters of a rule and of its backends go together",
     .why = "A request is redirected or rewritten once. Where a rule and its backend both do "
            "so, the rule is refused (IncompatibleFilters) or one of them is lost.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters:
    - {type: URLRewrite, urlRewrite: {hostname: a.example.com}}
    backendRefs:
    - name: web
      port: 80
      filters:
      - {type: URLRewrite, urlRewrite: {hostname: b.example.com}} #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters:
    - {type: URLRewrite, urlRewrite: {hostname: a.example.com}}
    backendRefs: [{name: web, port: 80}]
)",
     .check = Each<filters_go_together>::run},
    {.id = "MF2312",
     .name = "replaced-prefix-not-matched",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "A rule that replaces a prefix matches exactly one prefix",
     .why = "What `replacePrefixMatch` replaces is the prefix that the rule's only match names. "
            "The schema's condition overlooks a rule in which several backends replace one.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {type: Exact, value: /old}}]
    backendRefs:
    - name: web
      port: 80
      filters:
      - type: URLRewrite
        urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /a}} #!
    - name: web-v2
      port: 80
      filters:
      - type: URLRewrite
        urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /old}}]
    backendRefs:
    - name: web
      port: 80
      filters:
      - type: URLRewrite
        urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /a}}
)",
     .check = Each<replaced_prefixes_are_matched>::run},
    {.id = "MF2313",
     .name = "redirect-loop",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A redirect leads somewhere else",
     .why = "A redirect to the address that was asked for comes back to the same rule, until "
            "the client gives up. What a redirect does not set is taken from the request.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters:
    - {type: RequestRedirect, requestRedirect: {statusCode: 301}} #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters:
    - {type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}
)",
     .check = Each<redirects_lead_elsewhere>::run},
    {.id = "MF2314",
     .name = "header-changed-twice",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A filter changes each header once",
     .why = "The order of `set`, `add` and `remove` is not defined, and names compare without "
            "case: what a header is in the end depends on the implementation.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters:
    - type: RequestHeaderModifier
      requestHeaderModifier:
        set: [{name: X-User, value: ann}]
        remove: [x-user] #!
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters:
    - type: RequestHeaderModifier
      requestHeaderModifier:
        set: [{name: X-User, value: ann}]
    backendRefs: [{name: web, port: 80}]
)",
     .check = Each<headers_are_changed_once>::run},
    {.id = "MF2315",
     .name = "mirror-to-itself",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A mirror is not the backend itself",
     .why = "A mirror gets a copy of each request. When it is the backend too, everything is "
            "done twice there.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters:
    - {type: RequestMirror, requestMirror: {backendRef: {name: web, port: 80}}} #!
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters:
    - {type: RequestMirror, requestMirror: {backendRef: {name: shadow, port: 80}}}
    backendRefs: [{name: web, port: 80}]
)",
     .check = Each<mirrors_lead_elsewhere>::run},
    {.id = "MF2316",
     .name = "cors-credentials-anywhere",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "Credentials are allowed to listed origins only",
     .why = "With `allowCredentials` and the origin `*` every web site that a user visits can "
            "make requests with the user's cookies and read the answers.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters:
    - {type: CORS, cors: {allowCredentials: true, allowOrigins: ["*"]}} #!
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters:
    - {type: CORS, cors: {allowCredentials: true, allowOrigins: ["https://a.example.com"]}}
    backendRefs: [{name: web, port: 80}]
)",
     .check = Each<credentials_have_origins>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_filter_rules() { return kRules; }

}  // namespace meshfn::lint
