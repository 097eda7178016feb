// Routes that an earlier route of the same VirtualService leaves nothing for.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "lint/each.h"
#include "lint/rules/families.h"
#include "routing/cover_index.h"
#include "routing/cover_union.h"
#include "routing/istio_route.h"
#include "routing/match.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::HttpMatch;
using resource::istio::L4Match;
using resource::istio::VirtualService;

/// One match of one route, in the form that can be compared.
struct Condition {
  routing::Match match;
  source::Location where;
  std::string name;  ///< for messages: its own name or its place
  std::size_t route = 0;
  bool is_prefix = false;  ///< has a URI prefix, which is all that istioctl compares
};

struct RouteInfo {
  source::Location where;
  std::string name;
  std::size_t first = 0;  ///< its conditions are [first, last)
  std::size_t last = 0;

  bool has_condition() const { return last > first; }
};

/// The routes of one list of a VirtualService.
struct RouteList {
  std::vector<RouteInfo> routes;
  std::vector<Condition> conditions;
  std::size_t catch_all = 0;  ///< the first route without conditions; their number without one
  std::optional<routing::CoverIndex> index;  ///< of the conditions
};

Condition condition(const HttpMatch& match, std::string_view scope) {
  using Kind = resource::istio::StringMatch::Kind;
  const bool is_prefix = match.uri && match.uri->kind == Kind::prefix;
  return {routing::http_match(match, scope), match.node.where(), std::string(match.name.value), 0,
          is_prefix};
}

Condition condition(const L4Match& match, std::string_view scope) {
  return {routing::l4_match(match, scope), match.node.where(), "", 0, false};
}

std::string_view name_of(const resource::istio::HttpRoute& route) { return route.name.value; }

std::string_view name_of(const resource::istio::L4Route&) { return {}; }

std::string display(std::string_view name, std::string_view what, std::size_t index) {
  return name.empty() ? fmt::format("{} {}", what, index + 1) : fmt::format("`{}`", name);
}

/// So many conditions are compared sooner than indexed.
constexpr std::size_t kFew = 8;

void add_indices(RouteList& list) {
  const auto open = std::find_if(list.routes.begin(), list.routes.end(),
                                 [](const RouteInfo& route) { return !route.has_condition(); });
  list.catch_all = static_cast<std::size_t>(open - list.routes.begin());
  if (list.conditions.size() <= kFew) return;
  std::vector<const routing::Match*> matches;
  for (const Condition& one : list.conditions) matches.push_back(&one.match);
  list.index.emplace(matches);
}

template <class Routes>
RouteList list_of(const Routes& routes, std::string_view scope) {
  RouteList list;
  for (const auto& route : routes) {
    const std::size_t index = list.routes.size();
    RouteInfo info{route.node.where(), display(name_of(route), "route", index),
                   list.conditions.size(), 0};
    for (const auto& match : route.match) {
      Condition one = condition(match, scope);
      one.name = display(one.name, "match", list.conditions.size() - info.first);
      one.route = index;
      list.conditions.push_back(std::move(one));
    }
    info.last = list.conditions.size();
    list.routes.push_back(std::move(info));
  }
  add_indices(list);
  return list;
}

/// Whether two matches of the routes could be compared.
template <class Routes>
bool has_two_matches(const Routes& routes) {
  std::size_t matches = 0;
  for (const auto& route : routes) matches += route.match.size();
  return matches > 1;
}

/// Calls `check` for the http, tls and tcp routes of the VirtualService; only for lists with two
/// matches when it is they that are `compared`.
template <class Check>
void each_list(const VirtualService& service, bool compared, Check check) {
  const auto look = [&](const auto& routes) {
    if (routes.empty() || (compared && !has_two_matches(routes))) return;
    check(list_of(routes, service.scope));
  };
  look(service.http);
  look(service.tls);
  look(service.tcp);
}

bool is_same(const Condition& a, const Condition& b) {
  return covers(a.match, b.match) && covers(b.match, a.match);
}

/// The first earlier condition that fulfils `test(earlier, this)`, which holds only where the
/// earlier one covers this one. It may be of the same route unless `other_route`.
template <class Test>
const Condition* earlier(const RouteList& list, std::size_t index, bool other_route, Test test) {
  const Condition& one = list.conditions[index];
  const std::size_t end = other_route ? list.routes[one.route].first : index;
  const auto passes = [&](std::size_t i) { return test(list.conditions[i], one); };
  if (list.index) {
    const auto found = list.index->first(one.match, end, passes);
    return found ? &list.conditions[*found] : nullptr;
  }
  for (std::size_t i = 0; i < end; ++i) {
    if (passes(i)) return &list.conditions[i];
  }
  return nullptr;
}

bool takes_all_of(const Condition& wide, const Condition& narrow) {
  return covers(wide.match, narrow.match);
}

const RouteInfo* first_catch_all(const RouteList& list, std::size_t before) {
  return list.catch_all < before ? &list.routes[list.catch_all] : nullptr;
}

/// The condition that repeats the first one of the route, when all of them are repetitions.
template <class Test>
const Condition* all_taken(const RouteList& list, const RouteInfo& route, Test test) {
  const Condition* first = nullptr;
  for (std::size_t i = route.first; i < route.last; ++i) {
    const Condition* by = earlier(list, i, true, test);
    if (by == nullptr) return nullptr;
    if (first == nullptr) first = by;
  }
  return first;
}

void routes_are_reached(const VirtualService& service, const Mesh&, Findings& found) {
  each_list(service, false, [&](const RouteList& list) {
    for (std::size_t i = 1; i < list.routes.size(); ++i) {
      const RouteInfo& route = list.routes[i];
      if (const RouteInfo* all = first_catch_all(list, i)) {
        found
            .add(route.where,
                 fmt::format("{} is never reached: {} takes every request", route.name, all->name))
            .relate(all->where, "it has no `match`")
            .with_help("move the route without `match` to the end");
      } else if (const Condition* by = all_taken(list, route, is_same)) {
        found
            .add(route.where, fmt::format("{} is never reached: {} has the same matches",
                                          route.name, list.routes[by->route].name))
            .relate(by->where, "the same match")
            .with_help("remove it, or change its match");
      }
    }
  });
}

void matches_add_something(const VirtualService& service, const Mesh&, Findings& found) {
  each_list(service, true, [&](const RouteList& list) {
    for (std::size_t i = 1; i < list.conditions.size(); ++i) {
      const Condition& condition = list.conditions[i];
      const Condition* by = earlier(list, i, false, [](const Condition& a, const Condition& b) {
        return is_same(a, b) || (a.is_prefix && b.is_prefix && takes_all_of(a, b));
      });
      if (by == nullptr) continue;
      found
          .add(condition.where, fmt::format("{} of {} takes nothing: {} of {} takes all of it",
                                            condition.name, list.routes[condition.route].name,
                                            by->name, list.routes[by->route].name))
          .relate(by->where, by->match.describe())
          .with_help("remove it, or move it before the wider one");
    }
  });
}

/// Whether `matches_add_something` or `routes_are_reached` says it already.
bool is_said(const RouteList& list, const RouteInfo& route, std::size_t index) {
  return first_catch_all(list, index) != nullptr || all_taken(list, route, is_same) != nullptr;
}

void routes_are_not_shadowed(const VirtualService& service, const Mesh&, Findings& found) {
  each_list(service, true, [&](const RouteList& list) {
    for (std::size_t i = 1; i < list.routes.size(); ++i) {
      const RouteInfo& route = list.routes[i];
      if (!route.has_condition() || is_said(list, route, i)) continue;
      const Condition* by = all_taken(list, route, takes_all_of);
      if (by == nullptr) continue;
      found
          .add(route.where, fmt::format("{} is never reached: {} takes all that it matches",
                                        route.name, list.routes[by->route].name))
          .relate(by->where, by->match.describe())
          .with_help("move it before the wider route");
    }
  });
}

/// The earlier matches that together leave nothing for the route; empty when something is left, or
/// when one of them is enough for each of its matches.
std::vector<const routing::Match*> taken_together(const RouteList& list, const RouteInfo& route) {
  constexpr std::size_t kMost = 256;  // more of them are compared for seconds
  if (route.first < 2 || route.first > kMost) return {};
  std::vector<const routing::Match*> earlier;
  for (std::size_t i = 0; i < route.first; ++i) earlier.push_back(&list.conditions[i].match);
  std::set<const routing::Match*> taking;
  for (std::size_t i = route.first; i < route.last; ++i) {
    const auto by = routing::covering_together(earlier, list.conditions[i].match);
    if (!by) return {};
    taking.insert(by->begin(), by->end());
  }
  return {taking.begin(), taking.end()};
}

void routes_are_not_covered_together(const VirtualService& service, const Mesh&, Findings& found) {
  each_list(service, true, [&](const RouteList& list) {
    for (std::size_t i = 1; i < list.routes.size(); ++i) {
      const RouteInfo& route = list.routes[i];
      if (!route.has_condition() || first_catch_all(list, i) != nullptr) continue;
      if (all_taken(list, route, takes_all_of) != nullptr) continue;
      const auto by = taken_together(list, route);
      if (by.empty()) continue;
      auto& finding = found.add(
          route.where,
          fmt::format("{} is never reached: earlier matches together take all that it matches",
                      route.name));
      for (const routing::Match* one : by) finding.relate(one->where, one->describe());
      finding.with_help("move it before one of them, or remove it");
    }
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1141",
     .name = "route-unreachable",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "No route stands behind one that takes every request",
     .why = "Routes are tried in order and the first that matches wins. What stands behind a route "
            "without `match`, or repeats the matches of an earlier route, never gets a request.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - redirect: {authority: all.example.com}
  - match: [{uri: {prefix: /new}}] #!
    redirect: {uri: /other}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /new}}]
    redirect: {uri: /other}
  - redirect: {authority: all.example.com}
)",
     .aliases = "IST0130",
     .check = Each<routes_are_reached>::run},
    {.id = "MF1142",
     .name = "match-ineffective",
     .severity = Severity::info,
     .group = "istio",
     .summary = "No match repeats an earlier one or lies within its prefix",
     .why = "A match that an earlier one takes completely adds nothing. It is either left over, or "
            "meant to come first.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match:
    - uri: {prefix: /api}
    - uri: {prefix: /api/v1} #!
    redirect: {uri: /other}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match:
    - uri: {prefix: /api}
    redirect: {uri: /other}
)",
     .aliases = "IST0131",
     .check = Each<matches_add_something>::run},
    {.id = "MF1143",
     .name = "route-shadowed",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "No route stands behind one that takes all it matches",
     .why = "Routes are tried in order and the first that matches wins, so a narrow route behind a "
            "wider one never gets a request.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /api}}]
    redirect: {uri: /other}
  - match: [{uri: {exact: /api/v1}, method: {exact: GET}}] #!
    redirect: {uri: /new}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {exact: /api/v1}, method: {exact: GET}}]
    redirect: {uri: /new}
  - match: [{uri: {prefix: /api}}]
    redirect: {uri: /other}
)",
     .check = Each<routes_are_not_shadowed>::run},
    {.id = "MF1157",
     .name = "route-covered-together",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Earlier matches together leave something for a route",
     .why = "Of a header's being there and its being absent, or of all the names that a list or an "
            "expression gives, each may have a route already. What stands behind all of them never "
            "gets a request, although no single one takes everything. Lists of more than 256 "
            "matches are not looked at.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {x-beta: {exact: "on"}}}]
    redirect: {uri: /beta}
  - match: [{withoutHeaders: {x-beta: {exact: "on"}}}]
    redirect: {uri: /stable}
  - match: [{uri: {prefix: /api}}] #!
    redirect: {uri: /other}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /api}}]
    redirect: {uri: /other}
  - match: [{headers: {x-beta: {exact: "on"}}}]
    redirect: {uri: /beta}
  - match: [{withoutHeaders: {x-beta: {exact: "on"}}}]
    redirect: {uri: /stable}
)",
     .check = Each<routes_are_not_covered_together>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family virtual_service_shadowing_rules() { return kRules; }

}  // namespace meshfn::lint
