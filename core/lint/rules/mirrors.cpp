// Copies of requests, and shares that were forgotten.

#include <fmt/format.h>

#include <map>

#include "lint/each.h"
#include "lint/references.h"
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

void shares_are_said(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    for (const Mirror& mirror : route.mirrors) {
      if (mirror.percentage || !mirror.destination.host) continue;
      found
          .add(mirror.destination.host.where(),
               fmt::format("every request is copied to `{}`", mirror.destination.host.value))
          .with_help("say so with a percentage of 100, or give a smaller share");
    }
  }
}

void copies_stay_in_the_mesh(const VirtualService& service, const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  for (const HttpRoute& route : service.http) {
    for (const Mirror& mirror : route.mirrors) {
      const auto& host = mirror.destination.host;
      if (!host) continue;
      const HostLookup& lookup = references.host(host.value, service.scope);
      if (lookup.service != nullptr || lookup.entries.empty()) continue;
      const auto& entry = *lookup.entries.front();
      if (entry.location.value == "MESH_INTERNAL") continue;
      found
          .add(host.where(),
               fmt::format("requests are copied to `{}`, outside the mesh", host.value))
          .relate(entry.where(), "location MESH_EXTERNAL")
          .with_help("mirror to a Service of the mesh: copies hold tokens and data of users");
    }
  }
}

/// The method of the route's matches that changes something; empty when none is named.
std::string_view writing_method(const HttpRoute& route) {
  for (const auto& match : route.match) {
    if (!match.method || match.method->kind != resource::istio::StringMatch::Kind::exact) continue;
    const std::string_view method = match.method->value.value;
    for (const std::string_view writes : {"POST", "PUT", "PATCH", "DELETE"}) {
      if (method == writes) return method;
    }
  }
  return {};
}

void writes_are_not_copied(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    const std::string_view method = writing_method(route);
    for (const Mirror& mirror : route.mirrors) {
      if (method.empty() || !mirror.destination.host) continue;
      if (mirror.percentage && mirror.percentage.value <= 0) continue;
      found
          .add(mirror.destination.host.where(),
               fmt::format("what a {} changes is changed by `{}` as well", method,
                           mirror.destination.host.value))
          .with_help("mirror reading requests only, unless the copy has data of its own");
    }
  }
}

void copies_are_few(const VirtualService& service, const Mesh&, Findings& found) {
  constexpr std::size_t kMany = 3;
  for (const HttpRoute& route : service.http) {
    if (route.mirrors.size() <= kMany) continue;
    found
        .add(route.mirrors[kMany].node.where(),
             fmt::format("one request may become {}", route.mirrors.size() + 1))
        .with_help("each copy costs the caller's proxy what a request costs");
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
    mirrorPercentage: {value: 10}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirror: {host: reviews-next}
    mirrorPercentage: {value: 10}
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
    mirrorPercentage: {value: 10}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: green, namespace: shop}
spec:
  hosts: [green.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: green}}]
    mirror: {host: blue} #!
    mirrorPercentage: {value: 10}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: blue, namespace: shop}
spec:
  hosts: [blue.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: blue}}]
    mirror: {host: green}
    mirrorPercentage: {value: 10}
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
    {.id = "MF5335",
     .name = "mirror-share-unsaid",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A mirror says which share of the requests it copies",
     .why = "Without a percentage every request is copied, and the host behind the mirror "
            "gets all of the load at once. Whoever means it can say so.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirror: {host: reviews-next} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirror: {host: reviews-next}
    mirrorPercentage: {value: 10}
)",
     .check = Each<shares_are_said>::run},
    {.id = "MF5336",
     .name = "mirror-outside",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Copies of requests stay in the mesh",
     .why = "A mirror gets whole requests, with the cookies, tokens and data in them. Sent to "
            "a host outside of the mesh they leave the hands of those who answer for them.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: audit, namespace: shop}
spec:
  hosts: [audit.example.com]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirror: {host: audit.example.com} #!
    mirrorPercentage: {value: 10}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirror: {host: reviews-next}
    mirrorPercentage: {value: 10}
)",
     .check = Each<copies_stay_in_the_mesh>::run},
    {.id = "MF5337",
     .name = "mirror-of-writes",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Requests that change something are not copied",
     .why = "The answer to a copy is thrown away, what it does is not: an order is placed "
            "twice, or a mail sent twice, where both hosts share what lies behind them.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{method: {exact: POST}}]
    route: [{destination: {host: reviews}}]
    mirror: {host: reviews-next} #!
    mirrorPercentage: {value: 10}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{method: {exact: GET}}]
    route: [{destination: {host: reviews}}]
    mirror: {host: reviews-next}
    mirrorPercentage: {value: 10}
)",
     .check = Each<writes_are_not_copied>::run},
    {.id = "MF5338",
     .name = "mirrors-many",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A request is copied a few times at most",
     .why = "The proxy of the caller sends every copy itself. Many mirrors multiply what it "
            "sends, and its memory, for each request of the route.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirrors:
    - {destination: {host: copy-1}, percentage: {value: 10}}
    - {destination: {host: copy-2}, percentage: {value: 10}}
    - {destination: {host: copy-3}, percentage: {value: 10}}
    - {destination: {host: copy-4}, percentage: {value: 10}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirrors:
    - {destination: {host: copy-1}, percentage: {value: 10}}
)",
     .check = Each<copies_are_few>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family mirror_rules() { return kRules; }

}  // namespace meshfn::lint
