// Certificates of listeners, gateways and policies: the Secrets and ConfigMaps that hold them.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "lint/certificate.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/gateway_api_families.h"
#include "lint/rules/gateway_api_grants.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using gateways::Purpose;
using gateways::Reference;
using objects::KindIndex;
using resource::Mesh;
using resource::Object;
using resource::gateway_api::kGroup;

/// Calls `visit(reference, is_authority)` for every reference to a certificate of an object that
/// is to be judged.
template <class Visit>
void each_credential(const Mesh& mesh, Visit visit) {
  gateways::each_use(mesh, [&](const gateways::Use& use) {
    const bool authority = use.purpose == Purpose::client_ca;
    const bool own =
        use.purpose == Purpose::certificate || use.purpose == Purpose::client_certificate;
    if ((authority || own) && !use.from->context) visit(*use.to, authority);
  });
  objects::each(mesh, kGroup, "BackendTLSPolicy", [&](const Object& policy) {
    for (const Reference& reference : resource::gateway_api::decode_references(
             policy.spec.at("validation", "caCertificateRefs"), "", "", policy.scope)) {
      visit(reference, true);
    }
  });
}

bool is_holder(const Reference& reference, bool authority) {
  return reference.is("", "Secret") || (authority && reference.is("", "ConfigMap"));
}

void kinds_hold_certificates(const Mesh& mesh, Findings& found) {
  each_credential(mesh, [&](const Reference& reference, bool authority) {
    if (is_holder(reference, authority)) return;
    const bool foreign = !reference.group.empty() && reference.group != "core";
    const char* const wanted = authority ? "ConfigMaps" : "Secrets";
    const std::string_view group = reference.group.empty() ? "core" : reference.group;
    auto& added = found.add(
        reference.where(foreign || reference.group == "core" ? "group" : "kind"),
        fmt::format("certificates come from {} of the core group, not from {} of group `{}`",
                    wanted, reference.kind, group));
    added.with_help("the reference is refused (ResolvedRefs is False); the core group is \"\"");
    // Some implementation may know the kind.
    if (foreign) added.with_severity(Severity::warning);
  });
}

void certificates_exist(const Mesh& mesh, Findings& found) {
  const KindIndex secrets(mesh, "", "Secret");
  const KindIndex maps(mesh, "", "ConfigMap");
  each_credential(mesh, [&](const Reference& reference, bool authority) {
    if (!is_holder(reference, authority)) return;
    const KindIndex& index = reference.kind == "Secret" ? secrets : maps;
    if (index.found(reference.scope, reference.name) != Found::missing) return;
    const std::string hint = index.hint(reference.scope, reference.name);
    auto& added =
        found.add(reference.where(), fmt::format("{} does not exist", describe(reference)));
    added.with_help(hint);
    // Secrets are seldom kept where everything else is, and other tools make them.
    if (hint.empty()) added.with_severity(Severity::warning);
  });
}

int digit(char c) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t at = kDigits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::string from_base64(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = digit(c);
    if (value < 0) continue;
    bits = (bits << 6U) | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
  }
  return out;
}

/// What is wrong with `key` of a Secret or ConfigMap that should hold PEM; empty when nothing is.
std::string problem_with(const Object& holder, std::string_view key, yaml::Node& at) {
  const bool secret = holder.kind.value == "Secret";
  const yaml::Node encoded = holder.root.at("data", key);
  const yaml::Node plain = holder.root.at("stringData", key);
  at = secret && plain ? plain : encoded;
  if (!at) return fmt::format("has no `{}`", key);
  const std::string text = secret && !plain ? from_base64(at.text()) : std::string(at.text());
  if (text.find("-----BEGIN ") == std::string::npos) {
    return fmt::format("has no PEM text in `{}`", key);
  }
  // What lacks its end is an example, or was cut for the eye.
  if (key == "tls.key" || text.find("-----END ") == std::string::npos) return "";
  const std::string problem = certificate_problem(text, std::nullopt);
  return problem.empty() ? "" : fmt::format("has a `{}` that {}", key, problem);
}

/// Whether the Secret's key is known to be that of another certificate.
bool has_another_key(const Object& secret) {
  const auto text_of = [&](std::string_view key) {
    const yaml::Node plain = secret.root.at("stringData", key);
    return plain ? std::string(plain.text()) : from_base64(secret.root.at("data", key).text());
  };
  const std::string pem = text_of("tls.crt");
  const auto certificate = first_pem_block(pem);
  if (!certificate || !certificate_problem(pem, std::nullopt).empty()) return false;
  return !key_fits(*certificate, text_of("tls.key"));
}

void check_content(const Object& holder, const Reference& reference, bool authority,
                   Findings& found) {
  const auto report = [&](const std::string& problem, yaml::Node at) -> diagnostic::Diagnostic& {
    return found.add(reference.where(), fmt::format("{} {}", describe(reference), problem))
        .relate(at ? at.where() : holder.where(), at ? "here" : "defined here");
  };
  const std::vector<std::string_view> keys =
      authority ? std::vector<std::string_view>{"ca.crt"}
                : std::vector<std::string_view>{"tls.crt", "tls.key"};
  for (const std::string_view key : keys) {
    yaml::Node at;
    const std::string problem = problem_with(holder, key, at);
    if (problem.empty()) continue;
    report(problem, at).with_help("the listener or policy is refused without it");
    return;
  }
  if (!authority && has_another_key(holder)) {
    report("has the key of another certificate", holder.root.find_key("stringData"))
        .with_help("the listener is refused; put the certificate's own key into `tls.key`");
    return;
  }
  const auto type = resource::text(holder.root.find("type"));
  if (authority || type.value_or("Opaque") == "kubernetes.io/tls") return;
  report(fmt::format("has type {}", type.value_or("Opaque")), type.node)
      .with_help("only type kubernetes.io/tls is understood everywhere")
      .with_severity(Severity::warning);
}

void certificates_are_usable(const Mesh& mesh, Findings& found) {
  const KindIndex secrets(mesh, "", "Secret");
  const KindIndex maps(mesh, "", "ConfigMap");
  each_credential(mesh, [&](const Reference& reference, bool authority) {
    if (!is_holder(reference, authority)) return;
    const KindIndex& index = reference.kind == "Secret" ? secrets : maps;
    const Object* const holder = index.find(reference.scope, reference.name);
    if (holder != nullptr) check_content(*holder, reference, authority, found);
  });
}

constexpr Rule kRules[] = {
    {.id = "MF2031",
     .name = "certificate-kind",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "Certificates come from Secrets, and CAs from ConfigMaps",
     .why = "A reference of another kind is refused (ResolvedRefs is False, "
            "InvalidCertificateRef or InvalidCACertificateKind), unless an implementation "
            "brings a kind of its own.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - name: https
    port: 443
    protocol: HTTPS
    tls: {certificateRefs: [{kind: ConfigMap, name: web}]} #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - name: https
    port: 443
    protocol: HTTPS
    tls: {certificateRefs: [{kind: Secret, name: web}]}
)",
     .check = kinds_hold_certificates},
    {.id = "MF2032",
     .name = "certificate-missing",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "The Secret or ConfigMap of a certificate exists",
     .why = "A listener whose certificate cannot be found is not served, and a backend whose "
            "CA cannot be found answers 500. Said only where the input shows others of the "
            "namespace, and as a warning unless one of them has nearly this name: certificates "
            "are often made by other tools.",
     .bad = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: shop}
type: kubernetes.io/tls
stringData: {tls.crt: "-----BEGIN CERTIFICATE-----", tls.key: "-----BEGIN PRIVATE KEY-----"}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: webb}]}} #!
)",
     .good = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: shop}
type: kubernetes.io/tls
stringData: {tls.crt: "-----BEGIN CERTIFICATE-----", tls.key: "-----BEGIN PRIVATE KEY-----"}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: web}]}}
)",
     .check = certificates_exist},
    {.id = "MF2033",
     .name = "certificate-unusable",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "A certificate is PEM text under the keys that are read",
     .why = "A Secret for a listener has type kubernetes.io/tls with `tls.crt` and `tls.key`, "
            "and a CA stands in `ca.crt`. Anything else is refused (ResolvedRefs is False, "
            "InvalidCertificateRef or InvalidCACertificateRef).",
     .bad = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: shop}
type: kubernetes.io/tls
stringData: {tls.crt: "-----BEGIN CERTIFICATE-----", tls.key: "to be filled in"}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: web}]}} #!
)",
     .good = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: shop}
type: kubernetes.io/tls
stringData: {tls.crt: "-----BEGIN CERTIFICATE-----", tls.key: "-----BEGIN PRIVATE KEY-----"}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: web}]}}
)",
     .check = certificates_are_usable},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_certificate_rules() { return kRules; }

}  // namespace meshfn::lint
