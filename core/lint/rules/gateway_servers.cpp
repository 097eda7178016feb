// The servers of one Gateway: ports, protocols, TLS.

#include <fmt/format.h>

#include <array>
#include <map>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::Gateway;
using resource::istio::Server;

constexpr std::array<std::string_view, 5> kHttp = {"http", "http2", "http_proxy", "grpc",
                                                   "grpc-web"};

bool is_http(std::string_view protocol) {
  const std::string word = str::lower(protocol);
  return std::find(kHttp.begin(), kHttp.end(), word) != kHttp.end();
}

bool is_tls(std::string_view protocol) {
  return str::equals_ignore_case(protocol, "https") || str::equals_ignore_case(protocol, "tls");
}

bool terminates(std::string_view mode) {
  return mode == "SIMPLE" || mode == "MUTUAL" || mode == "OPTIONAL_MUTUAL";
}

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
    if (!server.protocol || !server.tls.is_mapping() || is_tls(server.protocol.value)) continue;
    const bool redirect_only = is_http(server.protocol.value) &&
                               !terminates(server.tls_mode.value) &&
                               server.tls_mode.value != "ISTIO_MUTUAL";
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

void certificates_are_complete(const Gateway& gateway, const Mesh&, Findings& found) {
  for (const Server& server : gateway.servers) {
    if (!terminates(server.tls_mode.value) || has(server.tls, "credentialName") ||
        has(server.tls, "credentialNames") || has(server.tls, "tlsCertificates")) {
      continue;
    }
    std::vector<std::string_view> missing;
    for (const std::string_view field : {"serverCertificate", "privateKey"}) {
      if (!has(server.tls, field)) missing.push_back(field);
    }
    if (server.tls_mode.value != "SIMPLE" && !has(server.tls, "caCertificates")) {
      missing.emplace_back("caCertificates");
    }
    if (missing.empty()) continue;
    found
        .add(server.tls_mode.where(),
             fmt::format("{} needs `credentialName`, or else `{}`", server.tls_mode.value,
                         fmt::join(missing, "`, `")))
        .with_help("add `credentialName` with the name of a Secret");
  }
}

void certificates_have_one_source(const Gateway& gateway, const Mesh&, Findings& found) {
  for (const Server& server : gateway.servers) {
    std::vector<std::string_view> sources;
    // A certificate without its key is no source.
    if (has(server.tls, "serverCertificate") && has(server.tls, "privateKey")) {
      sources.emplace_back("serverCertificate");
    }
    for (const std::string_view field : {"credentialName", "credentialNames", "tlsCertificates"}) {
      if (has(server.tls, field)) sources.push_back(field);
    }
    for (std::size_t i = 1; i < sources.size(); ++i) {
      found
          .add(server.tls.find_key(sources[i]).where(),
               fmt::format("the certificate comes from `{}` or `{}`, not both", sources[0],
                           sources[i]))
          .relate(server.tls.find_key(sources[0]).where(), "the other one")
          .with_help("remove one of them");
    }
  }
}

void the_mesh_brings_its_certificates(const Gateway& gateway, const Mesh&, Findings& found) {
  for (const Server& server : gateway.servers) {
    if (server.tls_mode.value != "ISTIO_MUTUAL") continue;
    for (const std::string_view field : {"serverCertificate", "privateKey", "caCertificates",
                                         "tlsCertificates", "credentialName", "credentialNames"}) {
      if (!has(server.tls, field)) continue;
      found
          .add(server.tls.find_key(field).where(),
               fmt::format("ISTIO_MUTUAL uses the mesh's certificates and cannot have `{}`", field))
          .with_help("remove it, or use MUTUAL");
    }
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
    {.id = "MF1314",
     .name = "gateway-certificate-missing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A server that ends TLS has a certificate",
     .why = "Istio's webhook refuses a server without certificate and key, and one for mutual "
            "TLS without the CA of its clients.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https, protocol: HTTPS}
    tls: {mode: SIMPLE} #!
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
     .check = Each<certificates_are_complete>::run},
    {.id = "MF1315",
     .name = "gateway-certificate-sources",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A server's certificate has one source",
     .why = "Istio's webhook refuses more than one of files, `credentialName`, "
            "`credentialNames` and `tlsCertificates`.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https, protocol: HTTPS}
    tls:
      mode: SIMPLE
      serverCertificate: /etc/c.pem
      privateKey: /etc/k.pem
      credentialName: web #!
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
     .check = Each<certificates_have_one_source>::run},
    {.id = "MF1316",
     .name = "gateway-mutual-own-certificate",
     .severity = Severity::error,
     .group = "istio",
     .summary = "ISTIO_MUTUAL has no certificates of its own",
     .why = "The mode uses the certificates that the mesh issues; Istio's webhook refuses "
            "others beside it.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: tls, protocol: TLS}
    tls:
      mode: ISTIO_MUTUAL
      credentialName: web #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: tls, protocol: TLS}
    tls:
      mode: ISTIO_MUTUAL
)",
     .aliases = "IST0106",
     .check = Each<the_mesh_brings_its_certificates>::run},
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
};
static_assert(ids_ascend(kRules));

}  // namespace

std::span<const Rule> gateway_server_rules() { return kRules; }

}  // namespace meshfn::lint
