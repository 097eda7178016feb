// Headers that VirtualServices match, change and allow.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/places.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using istio::HeaderUse;
using resource::Mesh;
using resource::istio::HttpRoute;
using resource::istio::VirtualService;

struct NamePlace {
  std::string_view path;
  HeaderUse use;
};

constexpr NamePlace kNames[] = {
    {"http[].match[].headers<>", HeaderUse::match},
    {"http[].match[].withoutHeaders<>", HeaderUse::match},
    {"http[].headers.request.add<>", HeaderUse::set},
    {"http[].headers.request.set<>", HeaderUse::set},
    {"http[].headers.request.remove[]", HeaderUse::remove},
    {"http[].headers.response.add<>", HeaderUse::remove},
    {"http[].headers.response.set<>", HeaderUse::remove},
    {"http[].headers.response.remove[]", HeaderUse::remove},
    {"http[].route[].headers.request.add<>", HeaderUse::set},
    {"http[].route[].headers.request.set<>", HeaderUse::set},
    {"http[].route[].headers.request.remove[]", HeaderUse::remove},
    {"http[].route[].headers.response.add<>", HeaderUse::remove},
    {"http[].route[].headers.response.set<>", HeaderUse::remove},
    {"http[].route[].headers.response.remove[]", HeaderUse::remove},
    {"http[].corsPolicy.allowHeaders[]", HeaderUse::cors},
    {"http[].corsPolicy.exposeHeaders[]", HeaderUse::cors},
};

void names_can_be_names(const VirtualService& service, const Mesh&, Findings& found) {
  for (const NamePlace& place : kNames) {
    each_at(service.spec, place.path, [&](yaml::Node name) {
      const std::string problem = istio::header_name_problem(name.text(), place.use);
      if (!problem.empty()) found.add(name.where(), problem);
    });
  }
}

constexpr std::string_view kValues[] = {
    "http[].headers.request.add{}",          "http[].headers.request.set{}",
    "http[].headers.response.add{}",         "http[].headers.response.set{}",
    "http[].route[].headers.request.add{}",  "http[].route[].headers.request.set{}",
    "http[].route[].headers.response.add{}", "http[].route[].headers.response.set{}"};

void values_can_be_formatted(const VirtualService& service, const Mesh&, Findings& found) {
  each_at_any(service.spec, kValues, [&](yaml::Node value) {
    const std::string problem = istio::header_value_problem(value.text());
    if (problem.empty()) return;
    found.add(value.where(), problem)
        .with_help("Envoy replaces expressions such as `%START_TIME%`; `%%` is a percent sign");
  });
}

constexpr std::string_view kMatchedNames[] = {"http[].match[].headers<>",
                                              "http[].match[].withoutHeaders<>"};

void claims_are_known_at_gateways(const VirtualService& service, const Mesh&, Findings& found) {
  const bool in_mesh =
      service.gateways.empty() ||
      std::any_of(service.gateways.begin(), service.gateways.end(),
                  [](const resource::Text& gateway) { return gateway.value == "mesh"; });
  if (!in_mesh) return;
  each_at_any(service.spec, kMatchedNames, [&](yaml::Node name) {
    if (!istio::is_claim(name.text())) return;
    found.add(name.where(), fmt::format("sidecars cannot route by the claim `{}`", name.text()))
        .with_help("bind the VirtualService to gateways only");
  });
}

/// Every place of a route that sets the authority of the request.
std::vector<yaml::Node> authorities(const HttpRoute& route) {
  std::vector<yaml::Node> places;
  const yaml::Node rewrite = route.rewrite.find("authority");
  if (!rewrite.text().empty()) places.push_back(rewrite);
  for (const std::string_view path : {"request.set<>", "request.add<>"}) {
    each_at(route.headers, path, [&](yaml::Node name) {
      const bool is_authority =
          name.text() == ":authority" || str::equals_ignore_case(name.text(), "host");
      if (is_authority) places.push_back(name);
    });
  }
  return places;
}

void authority_is_set_once(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    const auto places = authorities(route);
    for (std::size_t i = 1; i < places.size(); ++i) {
      found.add(places[i].where(), "this route sets the authority of the request twice")
          .relate(places.front().where(), "first set here")
          .with_help("remove one of them");
    }
  }
}

constexpr std::array<std::string_view, 10> kMethods = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"};

void cors_is_possible(const VirtualService& service, const Mesh&, Findings& found) {
  each_at(service.spec, "http[].corsPolicy.allowMethods[]", [&](yaml::Node method) {
    if (std::find(kMethods.begin(), kMethods.end(), method.text()) != kMethods.end()) return;
    found.add(method.where(), fmt::format("`{}` is no method of HTTP", method.text()))
        .with_help(did_you_mean(str::upper(method.text()), {kMethods.begin(), kMethods.end()}));
  });
  each_at(service.spec, "http[].corsPolicy.allowOrigins[]", [&](yaml::Node origin) {
    if (origin.find("regex")) return;  // its expression is checked as one
    for (const std::string_view kind : {"exact", "prefix"}) {
      if (!origin.find(kind).text().empty()) return;
    }
    found.add(origin.where(), "this origin matches nothing")
        .with_help("give `exact`, `prefix` or `regex` a value; `regex: .*` is every origin");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1134",
     .name = "header-name-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Headers are called by names that they can have",
     .why = "A header's name is a token; pseudo-headers such as `:path` can be matched but not "
            "changed, except `:authority` of a request. Istio's webhook refuses the rest.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {"x user": {exact: ann}}}] #!
    headers:
      response: {set: {":status": "200"}} #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {x-user: {exact: ann}}}]
    headers:
      response: {set: {x-status: "200"}}
    route: [{destination: {host: reviews}}]
)",
     .aliases = "IST0106",
     .check = Each<names_can_be_names>::run},
    {.id = "MF1135",
     .name = "header-value-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Values of headers are what Envoy can format",
     .why = "Envoy takes `%` for the begin of an expression. Istio's webhook refuses one without "
            "end, and control characters.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - headers:
      request: {set: {x-share: 50%}} #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - headers:
      request: {set: {x-share: 50%%}}
    route: [{destination: {host: reviews}}]
)",
     .aliases = "IST0106",
     .check = Each<values_can_be_formatted>::run},
    {.id = "MF1136",
     .name = "claim-route-in-mesh",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Routes by claims of a JWT are bound to gateways only",
     .why = "Only gateways keep the claims that they verified for routing. Istio's webhook refuses "
            "`@request.auth.claims…` in a VirtualService that is bound to the mesh.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {"@request.auth.claims.group": {exact: beta}}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {x-group: {exact: beta}}}]
    route: [{destination: {host: reviews}}]
)",
     .aliases = "IST0106",
     .check = Each<claims_are_known_at_gateways>::run},
    {.id = "MF1137",
     .name = "authority-set-twice",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The authority of a request is set in one place",
     .why = "`rewrite.authority` and the headers `:authority` and `Host` are the same thing. "
            "Istio's webhook refuses a route that sets it more than once.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - rewrite: {authority: reviews.example.com}
    headers:
      request: {set: {Host: other.example.com}} #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - rewrite: {authority: reviews.example.com}
    route: [{destination: {host: reviews}}]
)",
     .aliases = "IST0106",
     .check = Each<authority_is_set_once>::run},
    {.id = "MF1138",
     .name = "cors-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A CORS policy has methods of HTTP and origins that match",
     .why = "Istio's webhook refuses unknown methods, also those in lower case, and an origin "
            "without a value.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - corsPolicy:
      allowOrigins: [{exact: "https://shop.example.com"}]
      allowMethods: [get] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - corsPolicy:
      allowOrigins: [{exact: "https://shop.example.com"}]
      allowMethods: [GET]
    route: [{destination: {host: reviews}}]
)",
     .aliases = "IST0106",
     .check = Each<cors_is_possible>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family virtual_service_header_rules() { return kRules; }

}  // namespace meshfn::lint
