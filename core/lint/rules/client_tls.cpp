// TLS from the client's side: the `tls` of a DestinationRule's policies.

#include <fmt/format.h>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/policies.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::DestinationRule;

bool is_verified_mode(std::string_view mode) { return mode == "SIMPLE" || mode == "MUTUAL"; }

/// Where to point for a `tls` without something: its mode.
source::Location mode_of(yaml::Node tls) {
  return tls.find("mode") ? tls.find("mode").where() : tls.where();
}

/// Reports a `tls` that encrypts without asking who answers, at one level.
void report_unverified(const DestinationRule& rule, bool ports, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const yaml::Node tls = use.policy->node.find("tls");
    if (use.is_port != ports || !is_verified_mode(tls.find("mode").text())) continue;
    const bool by_name = !tls.find("credentialName").text().empty();
    // The credential's CA is used, but only where a workload selector makes istiod deliver it.
    if (by_name && !rule.workload_selector.empty()) continue;
    if (!tls.find("caCertificates").text().empty()) continue;
    if (resource::boolean(tls.find("insecureSkipVerify")).value) continue;
    found.add(mode_of(tls), fmt::format("the certificate of `{}` is not verified", rule.host.value))
        .with_help("add `caCertificates`, for example the system's bundle");
  }
}

void destination_is_verified(const DestinationRule& rule, const Mesh&, Findings& found) {
  report_unverified(rule, false, found);
}

void ports_are_verified(const DestinationRule& rule, const Mesh&, Findings& found) {
  report_unverified(rule, true, found);
}

void credentials_have_one_source(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const yaml::Node tls = use.policy->node.find("tls");
    if (!is_verified_mode(tls.find("mode").text()) || tls.find("credentialName").text().empty()) {
      continue;
    }
    for (const std::string_view field :
         {"clientCertificate", "privateKey", "caCertificates", "caCrl"}) {
      if (tls.find(field).text().empty()) continue;
      found
          .add(tls.find_key(field).where(),
               fmt::format("`{}` cannot be combined with `credentialName`", field))
          .relate(tls.find("credentialName").where(), "the credential has it")
          .with_help("remove one of them");
    }
  }
}

void mutual_has_a_certificate(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const yaml::Node tls = use.policy->node.find("tls");
    if (tls.find("mode").text() != "MUTUAL" || !tls.find("credentialName").text().empty()) continue;
    for (const std::string_view field : {"clientCertificate", "privateKey"}) {
      if (!tls.find(field).text().empty()) continue;
      found.add(mode_of(tls), fmt::format("MUTUAL needs `{}` or `credentialName`", field))
          .with_help(
              "add the client's certificate and key, or use ISTIO_MUTUAL for the mesh's own");
      break;
    }
  }
}

void skipping_verification_is_consistent(const DestinationRule& rule, const Mesh&,
                                         Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const yaml::Node tls = use.policy->node.find("tls");
    if (!resource::boolean(tls.find("insecureSkipVerify")).value) continue;
    const std::string_view mode = tls.find("mode").text();
    for (const std::string_view field : {"caCertificates", "subjectAltNames", "credentialName"}) {
      // In mutual mode the credential is the client's certificate too.
      if (!is_verified_mode(mode) || (field == "credentialName" && mode == "MUTUAL")) continue;
      const yaml::Node value = tls.find(field);
      if (value.is_scalar() ? value.text().empty() : value.size() == 0) continue;
      found
          .add(tls.find_key(field).where(),
               fmt::format("`{}` has no use with `insecureSkipVerify`", field))
          .relate(tls.find("insecureSkipVerify").where(), "nothing is verified")
          .with_help("remove one of them");
    }
  }
}

void config_maps_are_in_reach(const DestinationRule& rule, const Mesh&, Findings& found) {
  constexpr std::string_view kScheme = "configmap://";
  for (const PolicyUse& use : policies(rule)) {
    const yaml::Node credential = use.policy->node.at("tls", "credentialName");
    if (!credential.text().starts_with(kScheme)) continue;
    const auto parts = str::split(credential.text().substr(kScheme.size()), '/');
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) {
      found.add(credential.where(), fmt::format("`{}` names no ConfigMap", credential.text()))
          .with_help("write `configmap://namespace/name`");
    } else if (!rule.scope.empty() && parts[0] != rule.scope) {
      found
          .add(credential.where(),
               fmt::format("a ConfigMap of namespace `{}` cannot be used in `{}`", parts[0],
                           rule.scope))
          .with_help(fmt::format("write `{}{}/{}`", kScheme, rule.scope, parts[1]));
    }
  }
}

void modes_agree(const DestinationRule& rule, const Mesh&, Findings& found) {
  yaml::Node first = rule.spec.at("trafficPolicy", "tls", "mode");
  for (const auto& subset : rule.subsets) {
    const yaml::Node mode = subset.node.at("trafficPolicy", "tls", "mode");
    if (mode.text().empty()) continue;
    if (first.text().empty()) first = mode;
    if ((mode.text() == "DISABLE") == (first.text() == "DISABLE")) continue;
    found
        .add(mode.where(),
             fmt::format("some requests to `{}` are encrypted and some are not", rule.host.value))
        .relate(first.where(), fmt::format("{} here", first.text()))
        .with_help("use one mode for all, unless the pods of the subset are outside the mesh");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1231",
     .name = "certificate-not-verified",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A TLS client verifies the server's certificate",
     .why = "Without `caCertificates` the proxy encrypts, but accepts any certificate, and so "
            "anybody in between.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    tls: {mode: SIMPLE} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    tls: {mode: SIMPLE, caCertificates: /etc/ssl/certs/ca-certificates.crt}
)",
     .aliases = "IST0128",
     .check = Each<destination_is_verified>::run},
    {.id = "MF1232",
     .name = "port-certificate-not-verified",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A TLS client of a port verifies the server's certificate",
     .why = "Without `caCertificates` the proxy encrypts, but accepts any certificate, and so "
            "anybody in between.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    portLevelSettings:
    - port: {number: 443}
      tls: {mode: SIMPLE} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    portLevelSettings:
    - port: {number: 443}
      tls: {mode: SIMPLE, caCertificates: /etc/ssl/certs/ca-certificates.crt}
)",
     .aliases = "IST0129",
     .check = Each<ports_are_verified>::run},
    {.id = "MF1233",
     .name = "client-credential-conflict",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A client's certificates come from files or a credential",
     .why = "Istio's webhook refuses `credentialName` together with paths: it could not tell "
            "which to use.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  workloadSelector: {matchLabels: {app: web}}
  exportTo: [.]
  trafficPolicy:
    tls:
      mode: SIMPLE
      credentialName: reviews-ca
      caCertificates: /etc/ca.pem #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  workloadSelector: {matchLabels: {app: web}}
  exportTo: [.]
  trafficPolicy:
    tls:
      mode: SIMPLE
      credentialName: reviews-ca
)",
     .aliases = "IST0106",
     .check = Each<credentials_have_one_source>::run},
    {.id = "MF1234",
     .name = "client-certificate-missing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Mutual TLS has a client certificate",
     .why = "Mode MUTUAL shows a certificate of your own, which it needs; ISTIO_MUTUAL is the "
            "mode for the certificates of the mesh.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    tls: {mode: MUTUAL, caCertificates: /etc/ca.pem} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    tls: {mode: MUTUAL, caCertificates: /etc/ca.pem, clientCertificate: /etc/c.pem, privateKey: /etc/k.pem}
)",
     .aliases = "IST0106",
     .check = Each<mutual_has_a_certificate>::run},
    {.id = "MF1235",
     .name = "verification-skipped-and-set",
     .severity = Severity::error,
     .group = "istio",
     .summary = "What is not verified has no settings for verification",
     .why = "`insecureSkipVerify` switches the check off; Istio's webhook refuses settings of "
            "that check beside it.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    tls:
      mode: SIMPLE
      insecureSkipVerify: true
      caCertificates: /etc/ca.pem #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    tls:
      mode: SIMPLE
      caCertificates: /etc/ca.pem
)",
     .aliases = "IST0106",
     .check = Each<skipping_verification_is_consistent>::run},
    {.id = "MF1236",
     .name = "credential-out-of-reach",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A credential in a ConfigMap is one of the rule's namespace",
     .why = "Istio's webhook refuses other forms than `configmap://namespace/name`, and other "
            "namespaces.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  workloadSelector: {matchLabels: {app: front}}
  trafficPolicy:
    tls: {mode: SIMPLE, credentialName: configmap://other/ca} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  workloadSelector: {matchLabels: {app: front}}
  trafficPolicy:
    tls: {mode: SIMPLE, credentialName: configmap://shop/ca}
)",
     .aliases = "IST0106",
     .check = Each<config_maps_are_in_reach>::run},
    {.id = "MF1237",
     .name = "tls-modes-mixed",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The subsets of a host are all encrypted or none is",
     .why =
         "What a subset says about TLS takes the place of what the host says. Which requests are "
         "then sent in the clear depends on how routes divide them, and a pod that requires "
         "mutual TLS refuses those.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL}
  subsets:
  - name: v1
    labels: {version: v1}
    trafficPolicy:
      tls: {mode: DISABLE} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL}
  subsets:
  - name: v1
    labels: {version: v1}
    trafficPolicy:
      tls: {mode: ISTIO_MUTUAL}
)",
     .check = Each<modes_agree>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family client_tls_rules() { return kRules; }

}  // namespace meshfn::lint
