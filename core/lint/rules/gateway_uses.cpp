// What Gateways offer and nobody uses, and names of Gateways that more than one has.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/str.h"
#include "lint/each.h"
#include "lint/gateway_pods.h"
#include "lint/references.h"
#include "lint/rules/practice_families.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::istio::Gateway;
using resource::istio::Server;
using resource::istio::VirtualService;

/// The VirtualServices bound to one Gateway, by their hosts.
struct Users {
  std::map<std::string, std::vector<const VirtualService*>> by_name;
  std::vector<std::pair<std::string, const VirtualService*>> by_wildcard;
  const VirtualService* first = nullptr;
};

/// Those of each Gateway: Mesh::derived<GatewayUsers>.
class GatewayUsers {
 public:
  explicit GatewayUsers(const Mesh& mesh) {
    const auto& references = mesh.derived<References>();
    for (const VirtualService& service : mesh.all<VirtualService>()) {
      shown_.insert(service.scope);
      for (const Text& name : service.gateways) {
        const auto lookup = references.gateway(name.value, service.scope);
        if (lookup.istio != nullptr) add(service, users_[lookup.istio]);
      }
    }
  }

  /// Null for a Gateway that nothing is bound to.
  const Users* of(const Gateway& gateway) const {
    const auto found = users_.find(&gateway);
    return found == users_.end() ? nullptr : &found->second;
  }

  /// Whether the input shows VirtualServices of the namespace.
  bool shows(std::string_view scope) const { return shown_.contains(scope); }

 private:
  static void add(const VirtualService& service, Users& users) {
    if (users.first == nullptr) users.first = &service;
    for (const Text& host : service.hosts) {
      const std::string name = str::lower(routing::fqdn(host.value, service.scope));
      if (routing::is_wildcard(name)) {
        users.by_wildcard.emplace_back(name, &service);
      } else {
        users.by_name[name].push_back(&service);
      }
    }
  }

  std::map<const Gateway*, Users> users_;
  std::set<std::string_view> shown_;
};

/// A host of a server, `namespace/host`, taken apart; all namespaces without one.
struct ServerHost {
  std::string_view scope = "*";
  std::string_view host;
};

ServerHost split(const Text& text, const Gateway& gateway) {
  const std::size_t slash = text.value.find('/');
  if (slash == std::string_view::npos) return {"*", text.value};
  const std::string_view scope = text.value.substr(0, slash);
  return {scope == "." ? gateway.scope : scope, text.value.substr(slash + 1)};
}

bool is_admitted(const VirtualService& service, const ServerHost& host) {
  return host.scope == "*" || host.scope == service.scope;
}

/// Whether one of the VirtualServices that the host admits is about it.
bool is_used(const ServerHost& host, const Users& users) {
  const auto admitted = [&](const VirtualService* one) { return is_admitted(*one, host); };
  const bool wild =
      std::any_of(users.by_wildcard.begin(), users.by_wildcard.end(), [&](const auto& entry) {
        return admitted(entry.second) && routing::overlaps(entry.first, host.host);
      });
  if (wild) return true;
  if (routing::is_wildcard(host.host)) {
    return std::any_of(users.by_name.begin(), users.by_name.end(), [&](const auto& entry) {
      return routing::overlaps(entry.first, host.host) &&
             std::any_of(entry.second.begin(), entry.second.end(), admitted);
    });
  }
  const auto named = users.by_name.find(str::lower(host.host));
  return named != users.by_name.end() &&
         std::any_of(named->second.begin(), named->second.end(), admitted);
}

bool is_about(const VirtualService& service, const ServerHost& host) {
  return is_admitted(service, host) &&
         std::any_of(service.hosts.begin(), service.hosts.end(), [&](const Text& one) {
           return routing::overlaps(routing::fqdn(one.value, service.scope), host.host);
         });
}

/// Whether requests to the server need a VirtualService to be answered.
bool needs_routes(const Server& server) {
  return !server.https_redirect.value && server.tls_mode.value != "AUTO_PASSTHROUGH";
}

/// Whether some host of the Gateway has routes.
bool has_routes(const Gateway& gateway, const Users& users) {
  return std::any_of(gateway.servers.begin(), gateway.servers.end(), [&](const Server& server) {
    return std::any_of(server.hosts.begin(), server.hosts.end(),
                       [&](const Text& host) { return is_used(split(host, gateway), users); });
  });
}

void hosts_have_routes(const Gateway& gateway, const Mesh& mesh, Findings& found) {
  const Users* users = mesh.derived<GatewayUsers>().of(gateway);
  // Without any the routes are elsewhere, made by somebody else, or refused.
  if (users == nullptr || !has_routes(gateway, *users)) return;
  for (const Server& server : gateway.servers) {
    for (const Text& text : server.hosts) {
      const ServerHost host = split(text, gateway);
      if (!needs_routes(server) || host.scope == "~" || is_used(host, *users)) continue;
      // A namespace that has none at all is the other rule's.
      if (host.scope != "*" && host.scope != gateway.scope) continue;
      found
          .add(text.where(),
               fmt::format("no VirtualService bound to `{}` is about `{}`, so nothing "
                           "answers there",
                           gateway.name.value, host.host))
          .relate(users->first->where(), "one that is bound, to other hosts")
          .with_help("bind a VirtualService with this host, or remove the host");
    }
  }
}

void namespaces_have_routes(const Gateway& gateway, const Mesh& mesh, Findings& found) {
  const auto& all = mesh.derived<GatewayUsers>();
  const Users* users = all.of(gateway);
  for (const Server& server : gateway.servers) {
    for (const Text& text : server.hosts) {
      const ServerHost host = split(text, gateway);
      const bool foreign = host.scope != "*" && host.scope != "~" && host.scope != gateway.scope;
      if (!foreign || !all.shows(host.scope)) continue;
      if (users != nullptr && is_used(host, *users)) continue;
      found
          .add(text.where(),
               fmt::format("no VirtualService of namespace `{}` is bound to `{}` with `{}`",
                           host.scope, gateway.name.value, host.host))
          .with_help("bind one, or correct the namespace before the `/`");
    }
  }
}

/// Another Gateway of this name for the same pods that serves a host of the VirtualService too.
const Gateway* namesake(const Gateway& own, const VirtualService& service, const Mesh& mesh) {
  for (const Gateway& other : mesh.all<Gateway>()) {
    if (&other == &own || other.name.value != own.name.value || other.scope == own.scope) continue;
    if (text_of(other.selector) != text_of(own.selector)) continue;
    for (const Server& server : other.servers) {
      for (const Text& text : server.hosts) {
        if (is_about(service, split(text, other))) return &other;
      }
    }
  }
  return nullptr;
}

/// Names that Gateways of several namespaces have.
class Namesakes {
 public:
  explicit Namesakes(const Mesh& mesh) {
    for (const Gateway& gateway : mesh.all<Gateway>()) {
      scopes_[gateway.name.value].insert(gateway.scope);
    }
  }

  bool has(std::string_view name) const {
    const auto found = scopes_.find(name);
    return found != scopes_.end() && found->second.size() > 1;
  }

 private:
  std::map<std::string_view, std::set<std::string_view>> scopes_;
};

void names_are_clear(const VirtualService& service, const Mesh& mesh, Findings& found) {
  for (const Text& name : service.gateways) {
    if (name.value == "mesh" || name.value.find_first_of("/.") != std::string_view::npos) continue;
    if (!mesh.derived<Namesakes>().has(name.value)) continue;
    const auto lookup = mesh.derived<References>().gateway(name.value, service.scope);
    if (lookup.istio == nullptr) continue;
    const Gateway* other = namesake(*lookup.istio, service, mesh);
    if (other == nullptr) continue;
    found
        .add(name.where(), fmt::format("`{}` is the Gateway of `{}`; `{}` has one of this name for "
                                       "the same pods and hosts",
                                       name.value, lookup.istio->scope, other->scope))
        .relate(other->where(), "the other one")
        .with_help(fmt::format("write `{}/{}`, or `{}/{}`", lookup.istio->scope, name.value,
                               other->scope, name.value));
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5411",
     .name = "gateway-host-unanswered",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A host of a Gateway has a VirtualService",
     .why = "A Gateway only listens. A host that no VirtualService bound to it is about is "
            "answered with 404, or for TLS that is passed on, not at all. It is reported for "
            "Gateways of which another host has one.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts:
    - shop.example.com
    - api.example.com #!
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [edge]
  http: [{redirect: {authority: www.example.com}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts:
    - shop.example.com
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [edge]
  http: [{redirect: {authority: www.example.com}}]
)",
     .check = Each<hosts_have_routes>::run},
    {.id = "MF5412",
     .name = "gateway-namespace-unused",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A namespace that a Gateway admits binds a VirtualService",
     .why = "`namespace/host` admits the VirtualServices of one namespace only. When that one has "
            "none for the host, those of the namespace that was meant are refused.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts:
    - shop/shop.example.com
    - stock/stock.example.com #!
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [infra/edge]
  http: [{redirect: {authority: www.example.com}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: audit, namespace: stock}
spec:
  hosts: [audit.example.com]
  http: [{redirect: {authority: www.example.com}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts:
    - shop/shop.example.com
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [infra/edge]
  http: [{redirect: {authority: www.example.com}}]
)",
     .check = Each<namespaces_have_routes>::run},
    {.id = "MF5413",
     .name = "gateway-name-ambiguous",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A bare name of a gateway can mean one Gateway only",
     .why = "A name without a namespace is that of the VirtualService's own namespace. When "
            "another namespace has a Gateway of this name for the same pods and hosts, routes "
            "easily end up on the wrong one.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 8080, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [edge] #!
  http: [{redirect: {authority: www.example.com}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 8080, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [shop/edge]
  http: [{redirect: {authority: www.example.com}}]
)",
     .check = Each<names_are_clear>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_use_rules() { return kRules; }

}  // namespace meshfn::lint
