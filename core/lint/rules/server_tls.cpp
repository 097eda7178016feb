// Certificates of listeners: the servers of Gateways and the ingress of Sidecars.

#include <fmt/format.h>

#include <array>

#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/listeners.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;

bool names_a_secret(const Listener& listener) {
  return listener.has("credentialName") || listener.has("credentialNames");
}

/// What a certificate written out, or given by its files, lacks.
std::vector<std::string_view> missing_of_pair(yaml::Node holder) {
  std::vector<std::string_view> missing;
  for (const std::string_view field : {"serverCertificate", "privateKey"}) {
    if (holder.find(field).text().empty()) missing.push_back(field);
  }
  return missing;
}

void check_pairs(const Listener& listener, Findings& found) {
  for (const yaml::Node pair : listener.tls.find("tlsCertificates").items()) {
    const auto missing = missing_of_pair(pair);
    if (missing.empty()) continue;
    found.add(pair.where(), fmt::format("the certificate needs `{}`", fmt::join(missing, "`, `")))
        .with_help("give both the certificate and its key");
  }
}

void certificates_are_complete(const Mesh& mesh, Findings& found) {
  for (const Listener& listener : secured_listeners(mesh)) {
    if (!listener.terminates() || names_a_secret(listener)) continue;
    const bool has_pairs = listener.has("tlsCertificates");
    if (has_pairs) check_pairs(listener, found);
    std::vector<std::string_view> missing;
    if (!has_pairs) missing = missing_of_pair(listener.tls);
    if (listener.mode.value != "SIMPLE" && !listener.has("caCertificates")) {
      missing.emplace_back("caCertificates");
    }
    if (missing.empty()) continue;
    const bool is_gateway = listener.of == Listener::Of::gateway;
    found
        .add(listener.mode.where(), fmt::format("{} needs {}`{}`", listener.mode.value,
                                                is_gateway ? "`credentialName`, or else " : "",
                                                fmt::join(missing, "`, `")))
        .with_help(is_gateway ? "add `credentialName` with the name of a Secret"
                              : "give the paths of the files in the proxy");
  }
}

void certificates_have_one_source(const Mesh& mesh, Findings& found) {
  for (const Listener& listener : secured_listeners(mesh)) {
    std::vector<std::string_view> sources;
    // A certificate without its key is no source.
    if (listener.has("serverCertificate") && listener.has("privateKey")) {
      sources.emplace_back("serverCertificate");
    }
    for (const std::string_view field : {"credentialName", "credentialNames", "tlsCertificates"}) {
      if (listener.has(field)) sources.push_back(field);
    }
    for (std::size_t i = 1; i < sources.size(); ++i) {
      found
          .add(listener.tls.find_key(sources[i]).where(),
               fmt::format("the certificate comes from `{}` or `{}`, not both", sources[0],
                           sources[i]))
          .relate(listener.tls.find_key(sources[0]).where(), "the other one")
          .with_help("remove one of them");
    }
  }
}

void the_mesh_brings_its_certificates(const Mesh& mesh, Findings& found) {
  for (const Listener& listener : secured_listeners(mesh)) {
    if (listener.mode.value != "ISTIO_MUTUAL" || listener.of != Listener::Of::gateway) continue;
    for (const std::string_view field : {"serverCertificate", "privateKey", "caCertificates",
                                         "tlsCertificates", "credentialName", "credentialNames"}) {
      if (!listener.has(field)) continue;
      found
          .add(listener.tls.find_key(field).where(),
               fmt::format("ISTIO_MUTUAL uses the mesh's certificates and cannot have `{}`", field))
          .with_help("remove it, or use MUTUAL");
    }
  }
}

constexpr std::array<std::string_view, 7> kCertificateFields = {
    "serverCertificate", "privateKey",      "caCertificates", "caCrl",
    "credentialName",    "credentialNames", "tlsCertificates"};

void passing_through_needs_no_certificate(const Mesh& mesh, Findings& found) {
  for (const Listener& listener : secured_listeners(mesh)) {
    if (!passes_through(listener.mode.value)) continue;
    for (const std::string_view field : kCertificateFields) {
      if (!listener.has(field)) continue;
      found
          .add(listener.tls.find_key(field).where(),
               fmt::format("{} ends no TLS, so `{}` is not used",
                           listener.mode.value_or("PASSTHROUGH"), field))
          .with_help("use mode SIMPLE to end TLS here, or remove the certificate");
      break;
    }
  }
}

void revocations_are_used(const Mesh& mesh, Findings& found) {
  for (const Listener& listener : secured_listeners(mesh)) {
    if (!listener.has("caCrl") || (listener.terminates() && names_a_secret(listener))) continue;
    std::string problem;
    if (listener.mode.value == "SIMPLE") {
      problem = "SIMPLE asks clients for no certificate, so `caCrl` has nothing to check";
    } else if (listener.has("credentialName")) {
      problem = "`caCrl` cannot stand beside `credentialName`";
    }
    if (problem.empty()) continue;
    found.add(listener.tls.find_key("caCrl").where(), problem)
        .with_help("use MUTUAL with `caCertificates`, or put `ca.crl` into the Secret");
  }
}

constexpr Rule kRules[] = {
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
     .check = certificates_are_complete},
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
     .check = certificates_have_one_source},
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
     .check = the_mesh_brings_its_certificates},
    {.id = "MF1333",
     .name = "passthrough-certificate",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A server that passes TLS on has no certificate",
     .why = "PASSTHROUGH, which is also what no mode means, forwards the encrypted connection. "
            "The certificate is ignored, and clients see the one of the workload behind.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: tls, protocol: TLS}
    tls:
      mode: PASSTHROUGH
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
      mode: PASSTHROUGH
)",
     .aliases = "IST0133",
     .check = passing_through_needs_no_certificate},
    {.id = "MF1334",
     .name = "revocation-list-unused",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A revocation list stands beside the CA that it belongs to",
     .why = "`caCrl` revokes certificates of clients, which only mutual TLS asks for, and "
            "belongs to `caCertificates`. Istio's webhook refuses it elsewhere.",
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
      caCrl: /etc/crl.pem #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https, protocol: HTTPS}
    tls:
      mode: MUTUAL
      serverCertificate: /etc/c.pem
      privateKey: /etc/k.pem
      caCertificates: /etc/ca.pem
      caCrl: /etc/crl.pem
)",
     .aliases = "IST0106",
     .check = revocations_are_used},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family server_tls_rules() { return kRules; }

}  // namespace meshfn::lint
