// The servers of one Gateway: ports, protocols, TLS.

#include <fmt/format.h>

#include <map>

#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/listeners.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::Gateway;
using resource::istio::Server;

bool is_http(std::string_view word) { return istio::speaks_http(istio::protocol(word)); }

bool is_tls(std::string_view word) { return istio::speaks_tls(istio::protocol(word)); }

bool is_unknown(std::string_view word) { return istio::protocol(word) == istio::Protocol::unknown; }

bool has(yaml::Node tls, std::string_view field) {
  const yaml::Node value = tls.find(field);
  return value.size() > 0 || !value.text().empty();
}

void tls_ports_have_tls(const Gateway& gateway, const Mesh&, Findings& found) {
  for (const Server& server : gateway.servers) {
    if (!is_tls(server.protocol.value) || server.tls.is_mapping()) continue;
    found
        .add(server.protocol.where(),
             fmt::format("a server with protocol {} needs `tls`", server.protocol.value))
        .with_help("add `tls` with a mode and, to terminate it here, a `credentialName`");
  }
}

void plain_ports_have_no_tls(const Gateway& gateway, const Mesh&, Findings& found) {
  for (const Server& server : gateway.servers) {
    if (!server.tls.is_mapping() || is_unknown(server.protocol.value)) continue;
    if (is_tls(server.protocol.value)) continue;
    const bool redirect_only = is_http(server.protocol.value) &&
                               passes_through(server.tls_mode.value) &&
                               !has(server.tls, "serverCertificate") &&
                               !has(server.tls, "privateKey") && !has(server.tls, "caCertificates");
    if (redirect_only) continue;
    found
        .add(server.protocol.where(),
             fmt::format("a server with protocol {} cannot have `tls`", server.protocol.value))
        .relate(server.tls.where(), "the TLS settings")
        .with_help("use HTTPS or TLS, or remove `tls`");
  }
}

void port_names_differ(const Gateway& gateway, const Mesh&, Findings& found) {
  std::map<std::string_view, const Server*> seen;
  for (const Server& server : gateway.servers) {
    if (server.port_name.value.empty()) continue;
    const auto [first, is_new] = seen.emplace(server.port_name.value, &server);
    if (is_new) continue;
    found
        .add(server.port_name.where(),
             fmt::format("port name `{}` is used twice", server.port_name.value))
        .relate(first->second->port_name.where(), "first here")
        .with_help("give each port a name of its own");
  }
}

void redirects_stand_on_plain_ports(const Gateway& gateway, const Mesh&, Findings& found) {
  for (const Server& server : gateway.servers) {
    if (!server.https_redirect.value || !server.protocol || is_http(server.protocol.value))
      continue;
    found
        .add(server.https_redirect.where(),
             fmt::format("`httpsRedirect` has no effect on protocol {}", server.protocol.value))
        .with_help("set it on the server of the plain HTTP port");
  }
}

void gateways_have_servers(const Gateway& gateway, const Mesh&, Findings& found) {
  if (gateway.spec.find("servers").size() > 0) return;
  found.add(gateway.where(), "the Gateway has no servers")
      .with_help("add `servers` with the ports and hosts it is for");
}

void servers_have_hosts(const Gateway& gateway, const Mesh&, Findings& found) {
  for (const Server& server : gateway.servers) {
    const yaml::Node hosts = server.node.find("hosts");
    if (!hosts.is_sequence() || hosts.size() > 0) continue;
    found.add(hosts.where(), "the server has no hosts")
        .with_help("name the hosts that it serves, or `\"*\"` for all");
  }
}

/// Gateways that Istio makes of Gateway API's have hosts in a form of their own.
bool is_generated(const Gateway& gateway) {
  return static_cast<bool>(gateway.annotation("internal.istio.io/gateway-semantics"));
}

void hosts_can_be_read(const Gateway& gateway, const Mesh&, Findings& found) {
  if (is_generated(gateway)) return;
  for (const Server& server : gateway.servers) {
    for (const resource::Text& host : server.hosts) {
      const std::string problem = istio::server_host_problem(host.value);
      if (problem.empty()) continue;
      found.add(host.where(), problem)
          .with_help("write `host`, `*.domain`, `*`, or one of these behind `namespace/`");
    }
  }
}

void names_are_labels(const Gateway& gateway, const Mesh&, Findings& found) {
  if (!gateway.name || istio::is_label(gateway.name.value)) return;
  found
      .add(gateway.name.where(),
           fmt::format("`{}` cannot be the name of a Gateway", gateway.name.value))
      .with_help("use letters, digits and inner `-`, at most 63 together");
}

constexpr std::string_view kOneServer = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 80, name: http, protocol: HTTP}
)";

constexpr Rule kRules[] = {
    {.id = "MF1311",
     .name = "gateway-tls-missing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A server for HTTPS or TLS has TLS settings",
     .why = "Without `tls` Istio does not know whether to end the connection or pass it on; "
            "its webhook refuses the server.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https, protocol: HTTPS} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: web}
)",
     .aliases = "IST0106",
     .check = Each<tls_ports_have_tls>::run},
    {.id = "MF1312",
     .name = "gateway-tls-on-plain-port",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A server for a plain protocol has no TLS settings",
     .why = "TLS is decided by the protocol of the port. On a plain port only `httpsRedirect` "
            "makes sense; Istio's webhook refuses certificates there.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 80, name: http, protocol: HTTP} #!
    tls: {mode: SIMPLE, credentialName: web}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 80, name: http, protocol: HTTP}
    tls: {httpsRedirect: true}
)",
     .aliases = "IST0106",
     .check = Each<plain_ports_have_no_tls>::run},
    {.id = "MF1313",
     .name = "gateway-port-name-duplicate",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The ports of a Gateway have different names",
     .why = "Istio's webhook refuses two servers whose ports have one name.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 80, name: http, protocol: HTTP}
  - hosts: [a.example.com]
    port: {number: 8080, name: http, protocol: HTTP} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 80, name: http, protocol: HTTP}
  - hosts: [a.example.com]
    port: {number: 8080, name: http-8080, protocol: HTTP}
)",
     .aliases = "IST0106",
     .check = Each<port_names_differ>::run},
    {.id = "MF1317",
     .name = "https-redirect-on-tls-port",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A redirect to HTTPS stands on a plain HTTP port",
     .why = "Clients of a TLS port use HTTPS already, so nothing is redirected there; the "
            "plain port probably lacks the setting.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: web, httpsRedirect: true} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 80, name: http, protocol: HTTP}
    tls: {httpsRedirect: true}
)",
     .aliases = "IST0133",
     .check = Each<redirects_stand_on_plain_ports>::run},
    {.id = "MF1323",
     .name = "gateway-without-servers",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A Gateway has servers",
     .why = "Without servers a Gateway does nothing; Istio's webhook refuses it.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop} #!
spec:
  selector: {istio: ingressgateway}
)",
     .good = kOneServer,
     .aliases = "IST0106",
     .check = Each<gateways_have_servers>::run},
    {.id = "MF1324",
     .name = "gateway-server-without-hosts",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A Gateway's server has hosts",
     .why = "A server without hosts would refuse every request; Istio's webhook refuses the "
            "server.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [] #!
    port: {number: 80, name: http, protocol: HTTP}
)",
     .good = kOneServer,
     .aliases = "IST0106",
     .check = Each<servers_have_hosts>::run},
    {.id = "MF1325",
     .name = "gateway-host-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A server's hosts are full names, wildcards or addresses",
     .why = "Istio's webhook refuses short names, a `*` that does not stand for whole labels on "
            "the left, and what is no host name. A namespace before the host says whose "
            "VirtualServices may bind to it.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: ["*example.com"] #!
    port: {number: 80, name: http, protocol: HTTP}
)",
     .good = kOneServer,
     .aliases = "IST0106",
     .check = Each<hosts_can_be_read>::run},
    {.id = "MF1326",
     .name = "gateway-name-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A Gateway's name has letters, digits and inner hyphens",
     .why = "Kubernetes takes dots and longer names, but Istio's webhook does not: a dot in a "
            "reference to a Gateway once meant the namespace.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public.shop, namespace: shop} #!
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 80, name: http, protocol: HTTP}
)",
     .good = kOneServer,
     .aliases = "IST0106",
     .check = Each<names_are_labels>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_server_rules() { return kRules; }

}  // namespace meshfn::lint
