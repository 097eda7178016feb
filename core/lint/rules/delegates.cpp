// VirtualServices that other VirtualServices hand routes to.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "lint/each.h"
#include "lint/rules/insight_families.h"
#include "routing/delegate.h"
#include "routing/istio.h"
#include "routing/istio_route.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::HttpRoute;
using resource::istio::VirtualService;

/// `namespace/name` that the `delegate` of a route of `root` means.
using Key = std::pair<std::string_view, std::string_view>;

Key key_of(const VirtualService& root, const HttpRoute& route) {
  const std::string_view name_space = route.delegate.find("namespace").text();
  return {name_space.empty() ? root.scope : name_space, route.delegate.find("name").text()};
}

class Delegates {
 public:
  explicit Delegates(const Mesh& mesh) {
    for (const VirtualService& service : mesh.all<VirtualService>()) {
      by_name_.try_emplace({service.scope, service.name.value}, &service);
      ++numbers_[service.scope];
    }
  }

  const VirtualService* find(const Key& key) const {
    const auto found = by_name_.find(key);
    return found == by_name_.end() ? nullptr : found->second;
  }

  /// Whether the input shows VirtualServices of the namespace besides `root`.
  bool shows(std::string_view scope, const VirtualService& root) const {
    const auto number = numbers_.find(scope);
    return number != numbers_.end() && number->second > (scope == root.scope ? 1U : 0U);
  }

 private:
  std::map<Key, const VirtualService*> by_name_;
  std::map<std::string_view, std::size_t> numbers_;  ///< of VirtualServices by namespace
};

/// Calls `check(root, route)` for every route with a delegate.
template <class Check>
void each_delegation(const Mesh& mesh, Check check) {
  for (const VirtualService& root : mesh.all<VirtualService>()) {
    for (const HttpRoute& route : root.http) {
      if (route.delegate.find("name")) check(root, route);
    }
  }
}

void delegates_exist(const Mesh& mesh, Findings& found) {
  const auto& delegates = mesh.derived<Delegates>();
  each_delegation(mesh, [&](const VirtualService& root, const HttpRoute& route) {
    // A delegate that delegates again is refused by the webhook, which is said elsewhere.
    if (root.context || root.hosts.empty()) return;
    const Key key = key_of(root, route);
    const VirtualService* delegate = delegates.find(key);
    const source::Location where = route.delegate.find("name").where();
    if (delegate == nullptr) {
      auto& finding = found.add(
          where, fmt::format("there is no VirtualService `{}` in `{}`", key.second, key.first));
      const bool known = mesh.settings().closed_world || delegates.shows(key.first, root);
      if (!known) finding.with_severity(Severity::info);
    } else if (!delegate->hosts.empty()) {
      found.add(where, fmt::format("`{}` has hosts, so it is no delegate", key.second))
          .relate(delegate->hosts.front().where(), "its hosts")
          .with_help("remove `hosts` and `gateways` there: the root decides them");
    } else if (!routing::is_visible(delegate->export_to, delegate->scope, root.scope)) {
      found.add(where, fmt::format("`{}` is not exported to `{}`", key.second, root.scope))
          .relate(delegate->export_to.front().where(), "its `exportTo`")
          .with_help(fmt::format("add `{}` to it", root.scope));
    }
  });
}

void delegated_routes_fit(const Mesh& mesh, Findings& found) {
  const auto& delegates = mesh.derived<Delegates>();
  each_delegation(mesh, [&](const VirtualService& root, const HttpRoute& route) {
    const VirtualService* delegate = delegates.find(key_of(root, route));
    if (delegate == nullptr || !delegate->hosts.empty()) return;
    const auto index = static_cast<std::size_t>(&route - root.http.data());
    const routing::Route outer = routing::http_route(root, index);
    for (std::size_t i = 0; i < delegate->http.size(); ++i) {
      if (delegate->context || delegate->http[i].delegate) continue;
      const routing::Route inner = routing::http_route(*delegate, i);
      std::string why;
      if (routing::merge(outer, inner, why)) continue;
      const auto& match = delegate->http[i].match;
      found
          .add(match.empty() ? inner.where : match.front().node.where(),
               fmt::format("this route is dropped: {}", why))
          .relate(route.node.where(), "the root's route")
          .with_help("narrow the match to what the root hands over");
    }
  });
}

void delegates_are_used(const Mesh& mesh, Findings& found) {
  std::set<Key> used;
  each_delegation(mesh, [&](const VirtualService& root, const HttpRoute& route) {
    used.insert(key_of(root, route));
  });
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    // Where the input has no roots at all they are kept elsewhere.
    if (used.empty() || service.context) continue;
    if (!service.hosts.empty() || service.http.empty()) continue;
    if (used.contains({service.scope, service.name.value})) continue;
    found
        .add(service.where(), fmt::format("no VirtualService hands routes to `{}`, and it has no "
                                          "hosts of its own",
                                          service.name.value))
        .with_help("add `hosts`, or name it as `delegate` of a route");
  }
}

void settings_are_made_once(const Mesh& mesh, Findings& found) {
  constexpr std::array<std::string_view, 7> kSettings = {
      "timeout", "retries", "fault", "rewrite", "headers", "corsPolicy", "mirror"};
  const auto& delegates = mesh.derived<Delegates>();
  each_delegation(mesh, [&](const VirtualService& root, const HttpRoute& route) {
    const VirtualService* delegate = delegates.find(key_of(root, route));
    if (delegate == nullptr || root.context || !delegate->hosts.empty()) return;
    for (const std::string_view field : kSettings) {
      const yaml::Node own = route.node.find_key(field);
      if (!own) continue;
      for (const HttpRoute& inner : delegate->http) {
        const yaml::Node other = inner.node.find_key(field);
        if (!other) continue;
        found.add(own.where(), fmt::format("`{}` of the delegate is used instead of this", field))
            .relate(other.where(), "the delegate's")
            .with_help("make the setting in one place");
        break;
      }
    }
  });
}

constexpr Rule kRules[] = {
    {.id = "MF5351",
     .name = "delegate-missing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The delegate of a route exists, without hosts, and is exported",
     .why = "A route whose delegate cannot be used is dropped with no more than a line in "
            "istiod's log. A delegate in a namespace of which nothing else is given is an info.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ratings, namespace: shop}
spec:
  hosts: [ratings.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: ratings}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [web]
  http:
  - match: [{uri: {prefix: /reviews}}]
    delegate: {name: reviews} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [web]
  http:
  - match: [{uri: {prefix: /reviews}}]
    delegate: {name: reviews}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  http:
  - route: [{destination: {host: reviews}}]
)",
     .check = delegates_exist},
    {.id = "MF5352",
     .name = "delegated-route-dropped",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Routes of a delegate lie within the match of their root",
     .why = "Istio combines each match of the delegate with each of the root: a prefix has to "
            "extend the root's, an exact path to begin with it, and two regular expressions never "
            "fit. What does not fit is dropped in silence.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [web]
  http:
  - match: [{uri: {prefix: /reviews}}]
    delegate: {name: reviews}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  http:
  - match: [{uri: {prefix: /ratings}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [web]
  http:
  - match: [{uri: {prefix: /reviews}}]
    delegate: {name: reviews}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  http:
  - match: [{uri: {prefix: /reviews/ratings}}]
    route: [{destination: {host: reviews}}]
)",
     .check = delegated_routes_fit},
    {.id = "MF5353",
     .name = "delegate-unused",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A VirtualService without hosts is some route's delegate",
     .why = "Without hosts it says nothing by itself, and its routes are never used. It is "
            "reported where the input has routes with delegates.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [web]
  http:
  - delegate: {name: reviews}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  http:
  - route: [{destination: {host: reviews}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ratings, namespace: shop} #!
spec:
  http:
  - route: [{destination: {host: ratings}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [web]
  http:
  - match: [{uri: {prefix: /ratings}}]
    delegate: {name: ratings}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ratings, namespace: shop}
spec:
  http:
  - route: [{destination: {host: ratings}}]
)",
     .check = delegates_are_used},
    {.id = "MF5354",
     .name = "delegate-overrides",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A setting is made by the root or by its delegate",
     .why = "Where both make a setting, that of the delegate counts, as a whole. What the "
            "root says about it has no effect on these routes.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /a}}]
    delegate: {name: a}
    timeout: 2s #!
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, namespace: shop}
spec:
  http:
  - timeout: 5s
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /a}}]
    delegate: {name: a}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, namespace: shop}
spec:
  http:
  - timeout: 5s
    route: [{destination: {host: reviews}}]
)",
     .check = settings_are_made_once},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family delegate_rules() { return kRules; }

}  // namespace meshfn::lint
