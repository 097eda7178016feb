// Routes that say nothing, or too much.

#include <fmt/format.h>

#include "lint/each.h"
#include "lint/rules/families.h"
#include "routing/host_index.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::HttpRoute;
using resource::istio::VirtualService;

/// What a route does with a request, besides routing it.
std::vector<std::pair<std::string_view, yaml::Node>> actions(const HttpRoute& route) {
  std::vector<std::pair<std::string_view, yaml::Node>> list;
  if (route.redirect) list.emplace_back("redirect", route.redirect);
  if (route.direct_response) list.emplace_back("directResponse", route.direct_response);
  if (route.delegate) list.emplace_back("delegate", route.delegate);
  if (!route.route.empty()) list.emplace_back("route", route.node.find("route"));
  return list;
}

void a_route_does_something(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!route.node.is_mapping() || !actions(route).empty()) continue;
    found.add(route.node.where(), "this route has no destination, redirect or direct response")
        .with_help("add `route:`, `redirect:` or `directResponse:`");
  }
}

void a_route_does_one_thing(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    const auto list = actions(route);
    const auto report = [&](std::string_view what, yaml::Node where, std::string_view other,
                            yaml::Node place) {
      auto& finding =
          found.add(where.where(), fmt::format("a route with `{}` cannot have `{}`", other, what));
      finding.relate(place.where(), fmt::format("the `{}`", other));
      // The webhook lets this one through.
      if (other == "directResponse" && what == "delegate") finding.with_severity(Severity::warning);
    };
    for (std::size_t i = 1; i < list.size(); ++i) {
      report(list[i].first, list[i].second, list[0].first, list[0].second);
    }
    if (list.empty() || list[0].first == "route" || list[0].first == "delegate") continue;
    const std::pair<std::string_view, yaml::Node> extras[] = {
        {"fault", route.fault ? route.fault->node : yaml::Node()}, {"rewrite", route.rewrite}};
    for (const auto& [what, node] : extras) {
      if (node) report(what, node, list[0].first, list[0].second);
    }
  }
}

void a_service_has_routes(const VirtualService& service, const Mesh&, Findings& found) {
  if (!service.http.empty() || !service.tls.empty() || !service.tcp.empty()) return;
  if (!service.spec.is_mapping() && !service.spec.is_null()) return;
  found.add(service.where(), "this VirtualService has no http, tls or tcp routes")
      .with_help("add a route");
}

void the_mesh_takes_no_wildcard(const VirtualService& service, const Mesh&, Findings& found) {
  if (!service.is_for_mesh()) return;
  for (const auto& host : service.hosts) {
    if (host.value != "*") continue;
    found.add(host.where(), "`*` is no host for sidecars")
        .with_help("name the hosts, or bind the VirtualService to a gateway only");
  }
}

void a_delegate_stays_small(const VirtualService& service, const Mesh&, Findings& found) {
  if (!service.hosts.empty() || !service.spec) return;
  for (const std::string_view field : {"gateways", "tls", "tcp"}) {
    const yaml::Node value = service.spec.find(field);
    if (value.size() == 0) continue;
    found
        .add(
            service.spec.find_key(field).where(),
            fmt::format("a VirtualService without hosts is a delegate and cannot have `{}`", field))
        .with_help("add `hosts`, or remove it");
  }
}

void hosts_of_a_service_differ(const VirtualService& service, const Mesh&, Findings& found) {
  if (service.hosts.size() < 2) return;
  std::vector<std::string_view> names;
  for (const auto& host : service.hosts) names.push_back(host.value);
  const routing::HostIndex index(names);
  for (std::size_t i = 1; i < names.size(); ++i) {
    const auto other = index.first_before(i);
    if (!other) continue;
    const auto& a = service.hosts[*other];
    const auto& b = service.hosts[i];
    found.add(b.where(), fmt::format("`{}` is covered by `{}` of the same list", b.value, a.value))
        .relate(a.where(), "here")
        .with_help("remove one of them");
  }
}

void one_kind_of_mirror(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    const yaml::Node mirrors = route.node.find_key("mirrors");
    if (!mirrors || route.node.find("mirror").is_null()) continue;
    if (route.node.find("mirrors").is_null()) continue;
    found.add(mirrors.where(), "a route has `mirror` or `mirrors`, not both")
        .relate(route.node.find_key("mirror").where(), "the other one")
        .with_help("move `mirror` into the list `mirrors`");
  }
}

void a_try_fits_into_the_timeout(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!route.retries || !route.retries->per_try_timeout || !route.timeout) continue;
    const auto& per_try = route.retries->per_try_timeout;
    if (route.timeout.value.count() == 0 || per_try.value < route.timeout.value) continue;
    if (route.retries->attempts && route.retries->attempts.value == 0) continue;
    found
        .add(per_try.where(),
             fmt::format("one try may take {}, so the route's timeout of {} leaves no time for a "
                         "retry",
                         per_try.node.text(), route.timeout.node.text()))
        .relate(route.timeout.where(), "the timeout of all tries together")
        .with_help("make perTryTimeout shorter than the timeout");
  }
}

void retries_are_tried(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!route.retries || route.retries->attempts.value != 0) continue;
    const auto& retries = *route.retries;
    if (!retries.per_try_timeout && !retries.retry_on && !retries.retry_remote_localities) continue;
    const source::Location where =
        retries.attempts ? retries.attempts.where() : retries.node.where();
    found.add(where, "these retries have no attempts")
        .with_help("add `attempts`, or remove what it would govern");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1125",
     .name = "route-without-action",
     .severity = Severity::error,
     .group = "istio",
     .summary = "An HTTP route routes, redirects, responds or delegates",
     .why = "Istio's webhook refuses a route that says when it applies and not what happens then.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /old}}] #!
  - directResponse: {status: 404}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /old}}]
    redirect: {uri: /new}
  - directResponse: {status: 404}
)",
     .aliases = "IST0106",
     .check = Each<a_route_does_something>::run},
    {.id = "MF1126",
     .name = "route-actions-exclusive",
     .severity = Severity::error,
     .group = "istio",
     .summary = "An HTTP route does one thing with a request",
     .why = "A request is either redirected, answered, delegated or routed; faults and rewrites "
            "change a request that goes on. Istio's webhook refuses the combination.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /old}}]
    redirect: {uri: /new}
    rewrite: {uri: /newer} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /old}}]
    redirect: {uri: /newer}
)",
     .aliases = "IST0106",
     .check = Each<a_route_does_one_thing>::run},
    {.id = "MF1127",
     .name = "virtual-service-empty",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A VirtualService has routes",
     .why = "Without http, tls or tcp routes it says nothing, and Istio's webhook refuses it.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop} #!
spec:
  hosts: [reviews.shop.svc.cluster.local]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - directResponse: {status: 204}
)",
     .aliases = "IST0106",
     .check = Each<a_service_has_routes>::run},
    {.id = "MF1128",
     .name = "mesh-host-wildcard",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Sidecars get no routes for the host `*`",
     .why = "Bound to the mesh (no `gateways`, or `mesh` among them), `*` would catch every "
            "request of every sidecar; Istio's webhook refuses it.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: ["*"] #!
  http:
  - directResponse: {status: 204}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - directResponse: {status: 204}
)",
     .aliases = "IST0106",
     .check = Each<the_mesh_takes_no_wildcard>::run},
    {.id = "MF1129",
     .name = "delegate-with-binding",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A delegate has http routes only",
     .why = "A VirtualService without hosts is a delegate: its root decides gateways and hosts, so "
            "`gateways`, `tls` and `tcp` are refused by Istio's webhook.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  gateways: [mesh] #!
  http:
  - directResponse: {status: 204}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  http:
  - directResponse: {status: 204}
)",
     .aliases = "IST0106",
     .check = Each<a_delegate_stays_small>::run},
    {.id = "MF1130",
     .name = "hosts-overlap",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The hosts of one VirtualService do not overlap",
     .why =
         "Istio's webhook refuses a list in which one host is the same as, or covered by, another.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts:
  - "*.example.com"
  - reviews.example.com #!
  http:
  - directResponse: {status: 204}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts:
  - "*.example.com"
  http:
  - directResponse: {status: 204}
)",
     .aliases = "IST0106",
     .check = Each<hosts_of_a_service_differ>::run},
    {.id = "MF1131",
     .name = "mirror-twice",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A route has `mirror` or `mirrors`, not both",
     .why = "Istio's webhook refuses a route with both spellings.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirror: {host: reviews-next}
    mirrorPercentage: {value: 10}
    mirrors: [{destination: {host: reviews-test}, percentage: {value: 10}}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirrors:
    - {destination: {host: reviews-next}, percentage: {value: 10}}
    - {destination: {host: reviews-test}, percentage: {value: 10}}
)",
     .aliases = "IST0106",
     .check = Each<one_kind_of_mirror>::run},
    {.id = "MF1132",
     .name = "retry-exceeds-timeout",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A try is shorter than the timeout of its route",
     .why = "The route's timeout covers all tries together. When one try may take as long, a slow "
            "endpoint uses it up and no retry ever happens.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 2s
    retries: {attempts: 3, perTryTimeout: 2s} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 2s
    retries: {attempts: 3, perTryTimeout: 500ms}
)",
     .check = Each<a_try_fits_into_the_timeout>::run},
    {.id = "MF1133",
     .name = "retries-without-attempts",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Retries that are described are attempted",
     .why = "`attempts` 0, or none, switches retries off; Istio's webhook then refuses the "
            "settings that go with them.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {perTryTimeout: 500ms} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {attempts: 2, perTryTimeout: 500ms}
)",
     .aliases = "IST0106",
     .check = Each<retries_are_tried>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family virtual_service_route_rules() { return kRules; }

}  // namespace meshfn::lint
