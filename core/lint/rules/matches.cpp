// Matches that are valid and match something else than they seem to.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/insight_families.h"
#include "routing/cover_index.h"
#include "routing/istio_route.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::HttpMatch;
using resource::istio::HttpRoute;
using resource::istio::StringMatch;
using resource::istio::VirtualService;

/// Fields of a match that people write below `headers`, and what is meant.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kPseudo = {{
    {"uri", "uri"},
    {"path", "uri"},
    {":path", "uri"},
    {"scheme", "scheme"},
    {"method", "method"},
    {":method", "method"},
    {"authority", "authority"},
    {"host", "authority"},
}};

/// Calls `check(route, match)` for every http match.
template <class Check>
void each_match(const VirtualService& service, Check check) {
  for (const HttpRoute& route : service.http) {
    for (const HttpMatch& match : route.match) check(route, match);
  }
}

void headers_are_headers(const VirtualService& service, const Mesh&, Findings& found) {
  each_match(service, [&](const HttpRoute&, const HttpMatch& match) {
    for (const auto& header : match.headers) {
      const std::string name = str::lower(header.name.value);
      const auto* const pseudo = std::find_if(
          kPseudo.begin(), kPseudo.end(), [&](const auto& entry) { return entry.first == name; });
      // `:path` and `:method` do work, they are only not how it is written.
      if (pseudo == kPseudo.end() || name.starts_with(':')) continue;
      found
          .add(header.name.where(),
               fmt::format("this asks for a header called `{}`", header.name.value))
          .with_help(fmt::format("write `{}` beside `headers`, not below", pseudo->second));
    }
  });
}

void cookies_are_found(const VirtualService& service, const Mesh&, Findings& found) {
  each_match(service, [&](const HttpRoute&, const HttpMatch& match) {
    for (const auto& header : match.headers) {
      if (!str::equals_ignore_case(header.name.value, "cookie")) continue;
      if (header.match.kind != StringMatch::Kind::exact) continue;
      found
          .add(header.match.value.where(), "this matches only while the client has no other cookie")
          .with_help(fmt::format("use `regex: ^(.*?;\\s*)?({})(;.*)?$`", header.match.value.value));
    }
  });
}

/// What an entry of `match` asks for, besides its name.
std::vector<std::string_view> fields_of(const HttpMatch& match) {
  std::vector<std::string_view> fields;
  for (const yaml::Entry entry : match.node.entries()) {
    if (entry.key.text() != "name") fields.push_back(entry.key.text());
  }
  return fields;
}

bool is_uri_only(const HttpMatch& match) {
  const auto fields = fields_of(match);
  return fields.size() == 1 && fields.front() == "uri" &&
         match.uri->kind != StringMatch::Kind::regex;
}

bool is_refinement(const HttpMatch& match) {
  const auto fields = fields_of(match);
  return fields.size() == 1 && (fields.front() == "method" || fields.front() == "queryParams");
}

void conditions_belong_together(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (route.match.size() != 2) continue;
    const HttpMatch& first = route.match[0];
    const HttpMatch& second = route.match[1];
    if (!first.uri || !is_uri_only(first) || !is_refinement(second)) continue;
    found
        .add(second.node.where(),
             fmt::format("`{}` alone is enough for this route, whatever the path",
                         fields_of(second).front()))
        .relate(first.node.where(), "entries of `match` are alternatives")
        .with_help("take the dash away to ask for both");
  }
}

void sources_are_compared(const VirtualService& service, const Mesh&, Findings& found) {
  each_match(service, [&](const HttpRoute&, const HttpMatch& match) {
    yaml::Node key = match.node.find_key("sourceLabels");
    if (!key) key = match.node.find_key("sourceNamespace");
    if (!key) return;
    const bool names_mesh = match.gateways.empty() ||
                            std::any_of(match.gateways.begin(), match.gateways.end(),
                                        [](const auto& name) { return name.value == "mesh"; });
    if (!service.is_for_mesh()) {
      found
          .add(key.where(), fmt::format("at a gateway `{}` means the gateway's own pods, never the "
                                        "client",
                                        key.text()))
          .with_help("bind the VirtualService to `mesh`, or remove it");
    } else if (!names_mesh) {
      found.add(key.where(), fmt::format("`{}` is not looked at for gateways", key.text()))
          .relate(match.node.find_key("gateways").where(), "the match is for gateways only")
          .with_help("add `mesh` to the gateways of the match, or remove it");
    }
  });
}

/// Ports of the gateways that the VirtualService is bound to; empty unless all are known.
std::vector<std::int64_t> gateway_ports(const VirtualService& service,
                                        const References& references) {
  std::vector<std::int64_t> ports;
  for (const auto& name : service.gateways) {
    const auto lookup = references.gateway(name.value, service.scope);
    if (lookup.istio == nullptr) return {};
    for (const auto& server : lookup.istio->servers) ports.push_back(server.port_number.value);
  }
  return ports;
}

/// Ports of the hosts that a VirtualService is about; empty unless all are known.
std::vector<std::int64_t> host_ports(const VirtualService& service, const References& references) {
  std::vector<std::int64_t> ports;
  for (const auto& host : service.hosts) {
    const auto own = references.host(host.value, service.scope).ports();
    if (own.empty()) return {};
    ports.insert(ports.end(), own.begin(), own.end());
  }
  return ports;
}

void ports_are_served(const VirtualService& service, const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  const bool sidecars = service.is_for_mesh();
  if ((sidecars && service.gateways.size() > 1)) return;
  const auto ports =
      sidecars ? host_ports(service, references) : gateway_ports(service, references);
  if (ports.empty()) return;
  each_match(service, [&](const HttpRoute&, const HttpMatch& match) {
    const bool known = std::find(ports.begin(), ports.end(), match.port.value) != ports.end();
    if (!match.port || known) return;
    found
        .add(match.port.where(),
             fmt::format("no {} has port {}",
                         sidecars ? "Service of these hosts" : "server of these gateways",
                         match.port.value))
        .with_help(fmt::format("they have {}", fmt::join(ports, ", ")));
  });
}

/// What the matches of a VirtualService say about paths.
std::vector<routing::Match> paths_of(const VirtualService& service) {
  std::vector<routing::Match> paths;
  each_match(service, [&](const HttpRoute&, const HttpMatch& match) {
    if (!match.uri) return;
    paths.push_back(routing::http_match(match, service.scope));
    std::erase_if(paths.back().conditions,
                  [](const auto& one) { return one.subject != routing::Subject::path; });
  });
  return paths;
}

/// Whether some match takes every path.
bool takes_any_path(const VirtualService& service) {
  return std::any_of(service.http.begin(), service.http.end(), [](const HttpRoute& route) {
    return route.match.empty() || std::any_of(route.match.begin(), route.match.end(),
                                              [](const HttpMatch& match) { return !match.uri; });
  });
}

void a_folder_has_its_name(const VirtualService& service, const Mesh&, Findings& found) {
  if (takes_any_path(service) || service.hosts.empty()) return;
  const std::vector<routing::Match> paths = paths_of(service);
  std::vector<const routing::Match*> pointers;
  for (const routing::Match& path : paths) pointers.push_back(&path);
  const routing::CoverIndex index(pointers);
  each_match(service, [&](const HttpRoute&, const HttpMatch& match) {
    if (!match.uri || match.uri->kind != StringMatch::Kind::prefix) return;
    const std::string_view prefix = match.uri->value.value;
    if (prefix.size() < 2 || !prefix.ends_with('/')) return;
    routing::Request request;
    request.path = prefix.substr(0, prefix.size() - 1);
    routing::Match folder;
    folder.conditions.push_back({routing::Subject::path,
                                 {},
                                 {{routing::StringMatch::Kind::exact, request.path}},
                                 false,
                                 {}});
    const auto taken =
        index.first(folder, paths.size(), [&](std::size_t i) { return paths[i].holds(request); });
    if (taken) return;
    found
        .add(match.uri->value.where(),
             fmt::format("`{}` is not below `{}` and gets 404", request.path, prefix))
        .with_help(fmt::format("add `exact: {}` to the match if clients ask for it", request.path));
  });
}

constexpr Rule kRules[] = {
    {.id = "MF5311",
     .name = "request-line-as-header",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Path, method, scheme and authority are matched by their own fields",
     .why = "Below `headers`, `uri` or `method` is the name of a header like any other. Clients "
            "send no such header, so the match never holds.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {method: {exact: GET}}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{method: {exact: GET}}]
    route: [{destination: {host: reviews}}]
)",
     .check = Each<headers_are_headers>::run},
    {.id = "MF5312",
     .name = "cookie-exact",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A cookie is found among others",
     .why = "All cookies of a client come in one header. An exact match of it fails as soon as a "
            "second cookie is set.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {cookie: {exact: "group=beta"}}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {cookie: {regex: '^(.*?;\s*)?(group=beta)(;.*)?$'}}}]
    route: [{destination: {host: reviews}}]
)",
     .check = Each<cookies_are_found>::run},
    {.id = "MF5313",
     .name = "match-split-by-dash",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Conditions that belong together stand in one entry of `match`",
     .why =
         "Conditions of one entry must all hold; entries are alternatives. A dash too many turns "
         "`this path and this method` into `this path, or this method on any path`.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match:
    - uri: {prefix: /admin}
    - method: {exact: GET} #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match:
    - uri: {prefix: /admin}
      method: {exact: GET}
    route: [{destination: {host: reviews}}]
)",
     .check = Each<conditions_belong_together>::run},
    {.id = "MF5314",
     .name = "source-not-compared",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Sources are matched where the caller is in the mesh",
     .why =
         "`sourceLabels` and `sourceNamespace` are compared with the pod whose proxy routes. At a "
         "gateway that is the gateway itself, and a match for gateways does not look at them.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.example.com]
  gateways: [web]
  http:
  - match: [{sourceLabels: {app: shop}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{sourceLabels: {app: shop}}]
    route: [{destination: {host: reviews}}]
)",
     .check = Each<sources_are_compared>::run},
    {.id = "MF5315",
     .name = "match-port-not-served",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A match asks for a port that its gateway or host has",
     .why =
         "`port` is compared with the port of the Gateway's server or, in sidecars, with the one "
         "on which the host is called. A match for another one never holds.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [reviews.example.com]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.example.com]
  gateways: [web]
  http:
  - match: [{port: 9080}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [reviews.example.com]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.example.com]
  gateways: [web]
  http:
  - match: [{port: 80}]
    route: [{destination: {host: reviews}}]
)",
     .check = Each<ports_are_served>::run},
    {.id = "MF5316",
     .name = "prefix-without-folder",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A prefix that ends in `/` is reached without it, too",
     .why = "Prefixes are compared letter by letter, so `/api/` does not take `/api`. Where no "
            "other match takes it either, the answer is 404.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /api/}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /api/}}, {uri: {exact: /api}}]
    route: [{destination: {host: reviews}}]
)",
     .check = Each<a_folder_has_its_name>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family match_rules() { return kRules; }

}  // namespace meshfn::lint
