// The Secrets from which gateway pods take the certificates of their servers.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/suggest.h"
#include "function/event/encode.h"
#include "lint/certificate.h"
#include "lint/each.h"
#include "lint/gateway_pods.h"
#include "lint/rules/families.h"
#include "lint/rules/listeners.h"
#include "schema/format.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::Text;
using resource::istio::Gateway;

/// The names under which Istio reads certificate and key, in its order.
constexpr std::pair<std::string_view, std::string_view> kKeys[] = {{"cert", "key"},
                                                                   {"tls.crt", "tls.key"}};

bool has_certificate(const Object& secret) {
  return std::any_of(std::begin(kKeys), std::end(kKeys), [&](const auto& keys) {
    return secret.root.at("data", keys.first) || secret.root.at("stringData", keys.first);
  });
}

/// The Secrets of the input by namespace, and the names of those that something makes.
class Secrets {
 public:
  explicit Secrets(const Mesh& mesh) {
    for (const Object& object : mesh.objects()) {
      if (object.kind.value == "Secret" && object.group().empty()) {
        secrets_[object.scope].try_emplace(object.name.value, &object);
        if (has_certificate(object)) shown_.insert(object.scope);
      } else if (makes_secrets(object)) {
        add_made(object);
      }
    }
  }

  const Object* find(std::string_view scope, std::string_view name) const {
    const auto here = secrets_.find(scope);
    if (here == secrets_.end()) return nullptr;
    const auto found = here->second.find(name);
    return found == here->second.end() ? nullptr : found->second;
  }

  bool is_made(std::string_view name) const { return made_.contains(name); }

  /// Whether the input shows the certificates of the namespace.
  bool shows(std::string_view scope) const { return shown_.contains(scope); }

  std::vector<std::string_view> names_in(std::string_view scope) const {
    std::vector<std::string_view> names;
    if (const auto here = secrets_.find(scope); here != secrets_.end()) {
      for (const auto& [name, secret] : here->second) names.push_back(name);
    }
    return names;
  }

  /// A Secret of this name in any namespace, the first in order of these; null without one.
  const Object* anywhere(std::string_view name) const {
    for (const auto& [scope, secrets] : secrets_) {
      if (const auto found = secrets.find(name); found != secrets.end()) return found->second;
    }
    return nullptr;
  }

 private:
  /// Certificates of cert-manager, SealedSecrets, ExternalSecrets and their like.
  static bool makes_secrets(const Object& object) {
    const std::string_view kind = object.kind.value;
    return !object.group().empty() && (kind.find("Secret") != std::string_view::npos ||
                                       kind.find("Certificate") != std::string_view::npos);
  }

  void add_made(const Object& object) {
    made_.insert(object.name.value);
    made_.insert(object.spec.find("secretName").text());
    for (const std::string_view field : {"target", "destination"}) {
      made_.insert(object.spec.at(field, "name").text());
    }
  }

  std::map<std::string_view, std::map<std::string_view, const Object*>> secrets_;
  std::set<std::string_view> shown_;
  std::set<std::string_view> made_;
};

/// One use of a Secret: what the Gateway calls it and where its pods look for it.
struct Use {
  Text name;
  std::string_view secret;                   ///< the name without a namespace
  std::vector<std::string_view> namespaces;  ///< in which it may be; never empty
};

/// Namespaces of the pods that a Gateway selects; empty when they are not known.
std::vector<std::string_view> pod_namespaces(const Mesh& mesh, const GatewayPods& pods,
                                             const resource::Labels& selector) {
  std::set<std::string_view> namespaces;
  for (const auto* pod : pods.selected(selector)) namespaces.insert(pod->scope);
  if (namespaces.empty() && is_installed_gateway(selector)) {
    namespaces.insert(mesh.settings().istio_namespace);
  }
  return {namespaces.begin(), namespaces.end()};
}

Use use_of(const Text& name, const std::vector<std::string_view>& namespaces) {
  const std::size_t slash = name.value.find('/');
  if (slash == std::string_view::npos) return {name, name.value, namespaces};
  return {name, name.value.substr(slash + 1), {name.value.substr(0, slash)}};
}

/// Calls `report(use)` for each Secret that a server takes its certificate from, unless it is given
/// in a form for other providers (`kubernetes://…`) or its namespace is not known.
template <class Report>
void each_use(const Mesh& mesh, Report report) {
  const auto& pods = mesh.derived<GatewayPods>();
  std::map<std::string, std::vector<std::string_view>> namespaces;  // by selector
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    if (gateway.context) continue;
    const auto [known, is_new] = namespaces.try_emplace(text_of(gateway.selector));
    if (is_new) known->second = pod_namespaces(mesh, pods, gateway.selector);
    for (const Listener& server : listeners(gateway)) {
      if (!server.terminates()) continue;
      std::vector<Text> names = resource::texts(server.tls.find("credentialNames"));
      names.push_back(resource::text(server.tls.find("credentialName")));
      for (const Text& name : names) {
        if (name.value.empty() || name.value.find("://") != std::string_view::npos) continue;
        const Use use = use_of(name, known->second);
        if (!use.namespaces.empty()) report(use);
      }
    }
  }
}

/// The Secret that is used; one whose namespace is not known may be meant for any.
const Object* found_secret(const Secrets& secrets, const Use& use) {
  for (const std::string_view scope : use.namespaces) {
    if (const Object* secret = secrets.find(scope, use.secret)) return secret;
  }
  return secrets.find("", use.secret);
}

std::string in(std::string_view scope) {
  return scope.empty() ? std::string() : fmt::format(" in namespace `{}`", scope);
}

bool is_assumed(const Mesh& mesh, std::string_view scope) {
  const auto& known = mesh.settings().assume.namespaces;
  return std::find(known.begin(), known.end(), scope) != known.end();
}

void credentials_exist(const Mesh& mesh, Findings& found) {
  const auto& secrets = mesh.derived<Secrets>();
  each_use(mesh, [&](const Use& use) {
    if (found_secret(secrets, use) != nullptr || secrets.is_made(use.secret)) return;
    const std::string_view scope = use.namespaces.front();
    if (is_assumed(mesh, scope)) return;
    const Object* other = secrets.anywhere(use.secret);
    const bool shown = mesh.settings().closed_world || secrets.shows(scope);
    if (other == nullptr && !shown) return;
    auto& finding = found.add(use.name.where(),
                              fmt::format("there is no Secret `{}`{}", use.secret, in(scope)));
    if (!shown) finding.with_severity(Severity::warning);
    if (other != nullptr) {
      finding.relate(other->where(), "this one is in another namespace")
          .with_help("a Secret is read in the namespace of the gateway's pods");
    } else {
      finding.with_help(did_you_mean(use.secret, secrets.names_in(scope)));
    }
  });
}

/// A value of a Secret: from `stringData` as it is, from `data` decoded; nothing when it is absent
/// or no base64, which the schema reports.
std::optional<std::string> value_of(const Object& secret, std::string_view key) {
  if (const yaml::Node plain = secret.root.at("stringData", key)) {
    return std::string(plain.text());
  }
  const yaml::Node encoded = secret.root.at("data", key);
  if (!encoded || !schema::has_format(encoded.text(), schema::Format::byte)) return std::nullopt;
  return function::from_base64(encoded.text());
}

bool has_value(const Object& secret, std::string_view key) {
  return !secret.root.at("stringData", key).text().empty() ||
         !secret.root.at("data", key).text().empty();
}

/// Why gateway pods cannot use the Secret; empty when they can, or when it does not show.
std::string secret_problem(const Object& secret, std::optional<std::int64_t> now) {
  const bool is_filled_elsewhere =
      secret.root.find("data").size() == 0 && secret.root.find("stringData").size() == 0;
  if (is_filled_elsewhere) return {};
  const auto* const keys = std::find_if(std::begin(kKeys), std::end(kKeys), [&](const auto& pair) {
    return has_value(secret, pair.first) && has_value(secret, pair.second);
  });
  if (keys == std::end(kKeys)) return "needs `tls.crt` and `tls.key`";
  const auto pem = value_of(secret, keys->first);
  if (!pem) return {};
  const std::string problem = certificate_problem(*pem, now);
  return problem.empty() ? problem : fmt::format("has a certificate that {}", problem);
}

void credentials_can_be_used(const Mesh& mesh, Findings& found) {
  const auto& secrets = mesh.derived<Secrets>();
  std::map<const Object*, std::string> problems;
  each_use(mesh, [&](const Use& use) {
    const Object* secret = found_secret(secrets, use);
    if (secret == nullptr) return;
    const auto [known, is_new] = problems.try_emplace(secret);
    if (is_new) known->second = secret_problem(*secret, mesh.settings().now);
    if (known->second.empty()) return;
    found.add(use.name.where(), fmt::format("Secret `{}` {}", use.secret, known->second))
        .relate(secret->where(), "the Secret")
        .with_help("put a valid PEM certificate under `tls.crt` and its key under `tls.key`");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1305",
     .name = "gateway-credential-missing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The Secret of a server's certificate is where its pods are",
     .why = "Gateway pods read Secrets of their own namespace only. Without the certificate the "
            "server's port is not opened, and clients are refused. Whether it is missing can be "
            "told only when the input shows Secrets with certificates, or a Secret of that name "
            "in another namespace; what cert-manager and its like make counts as there.",
     .bad = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: shop}
type: Opaque
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: web} #!
)",
     .good = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: istio-system}
type: Opaque
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: web}
)",
     .aliases = "IST0101",
     .check = credentials_exist},
    {.id = "MF1306",
     .name = "gateway-credential-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The Secret of a server has a valid certificate and a key",
     .why = "Envoy refuses a certificate that it cannot read, and clients refuse one that has "
            "expired.",
     .bad = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: istio-system}
type: Opaque
stringData: {tls.crt: certificate, tls.key: key}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: web} #!
)",
     .good = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: istio-system}
type: Opaque
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: web}
)",
     .aliases = "IST0161",
     .check = credentials_can_be_used},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_credential_rules() { return kRules; }

}  // namespace meshfn::lint
