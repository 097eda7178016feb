// Versions and ciphers of listeners that speak TLS.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/listeners.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;

void old_versions_have_ciphers(const Mesh& mesh, Findings& found) {
  for (const Listener& listener : secured_listeners(mesh)) {
    const Text version = resource::text(listener.tls.find("minProtocolVersion"));
    if (version.value != "TLSV1_0" && version.value != "TLSV1_1") continue;
    if (listener.has("cipherSuites")) continue;
    found
        .add(version.where(),
             fmt::format("{} needs `cipherSuites`, for no default cipher works with it",
                         version.value))
        .with_help("use TLSV1_2, or list the ciphers that the old clients have");
  }
}

/// The names that BoringSSL knows, without the prefixes that combine and exclude.
constexpr std::array<std::string_view, 15> kCiphers = {"ECDHE-ECDSA-AES128-GCM-SHA256",
                                                       "ECDHE-RSA-AES128-GCM-SHA256",
                                                       "ECDHE-ECDSA-AES256-GCM-SHA384",
                                                       "ECDHE-RSA-AES256-GCM-SHA384",
                                                       "ECDHE-ECDSA-CHACHA20-POLY1305",
                                                       "ECDHE-RSA-CHACHA20-POLY1305",
                                                       "ECDHE-ECDSA-AES128-SHA",
                                                       "ECDHE-RSA-AES128-SHA",
                                                       "ECDHE-ECDSA-AES256-SHA",
                                                       "ECDHE-RSA-AES256-SHA",
                                                       "AES128-GCM-SHA256",
                                                       "AES256-GCM-SHA384",
                                                       "AES128-SHA",
                                                       "AES256-SHA",
                                                       "DES-CBC3-SHA"};

bool is_cipher(std::string_view name) {
  if (name.empty() || name == "ALL") return true;
  const char first = name.front();
  const bool is_alphanumeric = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
                               (first >= '0' && first <= '9');
  return !is_alphanumeric || std::find(kCiphers.begin(), kCiphers.end(), name) != kCiphers.end();
}

void ciphers_are_known(const Mesh& mesh, Findings& found) {
  const std::vector<std::string_view> names(kCiphers.begin(), kCiphers.end());
  for (const Listener& listener : secured_listeners(mesh)) {
    std::set<std::string_view> seen;
    for (const Text& cipher : resource::texts(listener.tls.find("cipherSuites"))) {
      if (!is_cipher(cipher.value)) {
        found.add(cipher.where(), fmt::format("`{}` is no cipher suite of Envoy's", cipher.value))
            .with_help(did_you_mean(cipher.value, names));
      } else if (!seen.insert(cipher.value).second) {
        found.add(cipher.where(), fmt::format("`{}` is listed twice", cipher.value))
            .with_help("remove one");
      }
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1331",
     .name = "tls-version-without-ciphers",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "TLS 1.0 and 1.1 are served with ciphers that they have",
     .why = "The default cipher suites are those of TLS 1.2 and later, so clients of the older "
            "versions, which are broken anyway, still cannot connect.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: web, minProtocolVersion: TLSV1_0} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: web, minProtocolVersion: TLSV1_2}
)",
     .aliases = "IST0133",
     .check = old_versions_have_ciphers},
    {.id = "MF1332",
     .name = "cipher-suite-unknown",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Cipher suites are ones that Envoy has, each listed once",
     .why = "Istio leaves unknown names out. The list that remains may be weaker than meant, "
            "and an empty one means the defaults.",
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
      credentialName: web
      cipherSuites: [ECDHE-RSA-AES256-GCM-SHA348] #!
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
      mode: SIMPLE
      credentialName: web
      cipherSuites: [ECDHE-RSA-AES256-GCM-SHA384]
)",
     .aliases = "IST0133",
     .check = ciphers_are_known},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family server_cipher_rules() { return kRules; }

}  // namespace meshfn::lint
