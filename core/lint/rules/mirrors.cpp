// Copies of requests, and shares that were forgotten.

#include <fmt/format.h>

#include <map>

#include "lint/each.h"
#include "lint/rules/insight_families.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::Destination;
using resource::istio::HttpRoute;
using resource::istio::Mirror;
using resource::istio::VirtualService;

bool is_same(const Destination& a, const Destination& b, std::string_view scope) {
  return routing::fqdn(a.host.value, scope) == routing::fqdn(b.host.value, scope) &&
         a.subset.value == b.subset.value && a.port.value == b.port.value;
}

void mirrors_lead_elsewhere(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    for (const Mirror& mirror : route.mirrors) {
      if (!mirror.destination.host) continue;
      for (const auto& entry : route.route) {
        if (!is_same(mirror.destination, entry.destination, service.scope)) continue;
        found
            .add(mirror.destination.host.where(),
                 fmt::format("`{}` gets every copied request twice", mirror.destination.host.value))
            .relate(entry.destination.host.where(), "the request itself goes there, too")
            .with_help("mirror to another subset or host");
        break;
      }
    }
  }
}

void mirrors_copy_something(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    for (const Mirror& mirror : route.mirrors) {
      if (!mirror.percentage || mirror.percentage.value > 0) continue;
      found.add(mirror.percentage.where(), "0% of the requests are copied")
          .with_help("remove the mirror, or give the share to copy");
    }
  }
}

/// A mirror from one host to another.
struct Copy {
  std::string to;
  const Mirror* mirror = nullptr;
  bool context = false;
};

using Copies = std::multimap<std::string, Copy>;

Copies copies_of(const Mesh& mesh) {
  Copies copies;
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    if (!service.is_for_mesh()) continue;
    for (const HttpRoute& route : service.http) {
      for (const Mirror& mirror : route.mirrors) {
        for (const auto& host : service.hosts) {
          copies.emplace(routing::fqdn(host.value, service.scope),
                         Copy{routing::fqdn(mirror.destination.host.value, service.scope), &mirror,
                              service.context});
        }
      }
    }
  }
  return copies;
}

void mirrors_do_not_return(const Mesh& mesh, Findings& found) {
  const Copies copies = copies_of(mesh);
  for (const auto& [from, copy] : copies) {
    if (copy.context || copy.to == from) continue;
    const auto [begin, end] = copies.equal_range(copy.to);
    for (auto back = begin; back != end; ++back) {
      if (back->second.to != from) continue;
      found
          .add(copy.mirror->destination.host.where(),
               fmt::format("`{}` is mirrored back to `{}`", copy.to, from))
          .relate(back->second.mirror->destination.host.where(), "here")
          .with_help("when these services call each other, a request is copied without end");
      break;
    }
  }
}

void every_destination_has_a_share(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    std::int64_t sum = 0;
    for (const auto& entry : route.route) sum += entry.weight.value;
    if (route.route.size() < 2 || sum == 0) continue;
    for (const auto& entry : route.route) {
      if (entry.weight || !entry.destination.host) continue;
      auto& finding = found.add(
          entry.destination.host.where(),
          fmt::format("`{}` has no weight here and gets no traffic", entry.destination.host.value));
      if (sum < 100) {
        finding.with_help(fmt::format("give it the remaining {}", 100 - sum));
      } else {
        finding.with_help("give it a weight, or remove it");
      }
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5331",
     .name = "mirror-to-destination",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A mirror is not a destination of its own route",
     .why = "The copy is sent besides the request. To the same pods it doubles their load, and "
            "what writes is done twice.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirror: {host: reviews} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirror: {host: reviews-next}
)",
     .check = Each<mirrors_lead_elsewhere>::run},
    {.id = "MF5332",
     .name = "mirror-of-nothing",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A mirror copies some of the requests",
     .why = "A percentage of 0 switches the mirror off; it is easily taken for a mirror that "
            "works.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirror: {host: reviews-next}
    mirrorPercentage: {value: 0} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirror: {host: reviews-next}
    mirrorPercentage: {value: 5}
)",
     .check = Each<mirrors_copy_something>::run},
    {.id = "MF5333",
     .name = "mirror-loop",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Hosts do not mirror to each other",
     .why = "When one of the two calls the other, each copy makes a copy of its own.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: blue, namespace: shop}
spec:
  hosts: [blue.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: blue}}]
    mirror: {host: green} #!
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: green, namespace: shop}
spec:
  hosts: [green.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: green}}]
    mirror: {host: blue} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: blue, namespace: shop}
spec:
  hosts: [blue.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: blue}}]
    mirror: {host: green}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: green, namespace: shop}
spec:
  hosts: [green.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: green}}]
)",
     .check = mirrors_do_not_return},
    {.id = "MF5334",
     .name = "destination-without-weight",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Every destination of a divided route has a weight",
     .why = "Beside destinations with weights, one without counts as 0 and takes nothing: it does "
            "not get the rest.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route:
    - {destination: {host: reviews}, weight: 100}
    - destination: {host: reviews-next} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route:
    - {destination: {host: reviews}, weight: 80}
    - {destination: {host: reviews-next}, weight: 20}
)",
     .check = Each<every_destination_has_a_share>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family mirror_rules() { return kRules; }

}  // namespace meshfn::lint
