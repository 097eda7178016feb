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
  yaml::Node server{};                       ///< that asks for it
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
        Use use = use_of(name, known->second);
        use.server = server.node;
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

/// Whether certificate and key of the Secret can be read and are not of each other.
bool key_differs(const Object& secret) {
  return std::any_of(std::begin(kKeys), std::end(kKeys), [&](const auto& keys) {
    const auto pem = value_of(secret, keys.first);
    const auto key = value_of(secret, keys.second);
    const auto der = pem ? first_pem_block(*pem) : std::nullopt;
    return key && der && !key_fits(*der, *key);
  });
}

void keys_are_of_their_certificates(const Mesh& mesh, Findings& found) {
  const auto& secrets = mesh.derived<Secrets>();
  std::map<const Object*, bool> differs;
  each_use(mesh, [&](const Use& use) {
    const Object* secret = found_secret(secrets, use);
    if (secret == nullptr) return;
    const auto [known, is_new] = differs.try_emplace(secret);
    if (is_new) known->second = key_differs(*secret);
    if (!known->second) return;
    found
        .add(use.name.where(),
             fmt::format("Secret `{}` has a key that is not that of its certificate", use.secret))
        .relate(secret->where(), "the Secret")
        .with_help("put the key that the certificate was made for under `tls.key`");
  });
}

/// The names that the Secret's certificate is for; empty when they cannot be read.
std::vector<std::string> names_of(const Object& secret) {
  for (const auto& keys : kKeys) {
    const auto pem = value_of(secret, keys.first);
    const auto der = pem ? first_pem_block(*pem) : std::nullopt;
    if (der) return certificate_names(*der);
  }
  return {};
}

void certificates_are_for_their_hosts(const Mesh& mesh, Findings& found) {
  const auto& secrets = mesh.derived<Secrets>();
  each_use(mesh, [&](const Use& use) {
    const Object* secret = found_secret(secrets, use);
    const auto names = secret == nullptr ? std::vector<std::string>() : names_of(*secret);
    // One of several certificates may be for the host.
    if (names.empty() || use.server.at("tls", "credentialNames").size() > 0) return;
    for (const Text& host : resource::texts(use.server.find("hosts"))) {
      const std::string_view name = host.value.substr(host.value.find('/') + 1);
      const bool known =
          name == "*" || std::any_of(names.begin(), names.end(),
                                     [&](const auto& own) { return certifies(own, name); });
      if (known) continue;
      found
          .add(host.where(),
               fmt::format("the certificate of Secret `{}` is not for `{}`", use.secret, name))
          .relate(secret->where(), fmt::format("it is for {}", fmt::join(names, ", ")))
          .with_help("clients refuse it; name a Secret whose certificate has the host");
    }
  });
}

void mutual_tls_has_a_ca(const Mesh& mesh, Findings& found) {
  const auto& secrets = mesh.derived<Secrets>();
  each_use(mesh, [&](const Use& use) {
    const yaml::Node mode = use.server.at("tls", "mode");
    const Object* secret = found_secret(secrets, use);
    if (secret == nullptr || (mode.text() != "MUTUAL" && mode.text() != "OPTIONAL_MUTUAL")) return;
    if (use.server.at("tls", "caCertCredentialName")) return;
    const bool own = has_value(*secret, "ca.crt") || has_value(*secret, "cacert");
    const std::string beside = fmt::format("{}-cacert", use.secret);
    const bool filled =
        secret->root.find("data").size() > 0 || secret->root.find("stringData").size() > 0;
    if (own || !filled || secrets.find(secret->scope, beside) != nullptr) return;
    found
        .add(mode.where(), fmt::format("nothing says which CA signs the clients' certificates: "
                                       "neither `ca.crt` of `{}` nor a Secret `{}`",
                                       use.secret, beside))
        .relate(secret->where(), "the Secret")
        .with_help("add `ca.crt` to the Secret");
  });
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

/// A server whose certificate could be read.
struct Certified {
  Use use;
  std::vector<std::string> names;
};

/// The host of `other` that a connection to `one` may be used for as well; absent when none is.
Text shared_host(const Certified& one, const Certified& other) {
  const auto own = resource::texts(one.use.server.find("hosts"));
  for (const Text& host : resource::texts(other.use.server.find("hosts"))) {
    const std::string_view name = host.value.substr(host.value.find('/') + 1);
    const bool both = std::any_of(own.begin(), own.end(), [&](const Text& mine) {
      return mine.value.substr(mine.value.find('/') + 1) == name;
    });
    const bool covered =
        std::any_of(one.names.begin(), one.names.end(),
                    [&](const std::string& pattern) { return certifies(pattern, name); });
    if (covered && !both && name != "*") return host;
  }
  return {};
}

void certificates_do_not_overlap(const Mesh& mesh, Findings& found) {
  const auto& secrets = mesh.derived<Secrets>();
  std::vector<Certified> seen;
  each_use(mesh, [&](const Use& use) {
    const Object* secret = found_secret(secrets, use);
    Certified now{use, secret == nullptr ? std::vector<std::string>() : names_of(*secret)};
    for (const Certified& before : seen) {
      // One Secret in two servers is MF1303's.
      const bool apart =
          before.use.secret != use.secret && before.use.namespaces == use.namespaces &&
          before.use.server.at("port", "number").text() == use.server.at("port", "number").text();
      Text host = apart ? shared_host(before, now) : Text();
      if (apart && !host) host = shared_host(now, before);
      if (!host) continue;
      found
          .add(use.name.where(), fmt::format("browsers use one connection for this server and for "
                                             "that with `{}`",
                                             before.use.secret))
          .relate(host.where(), "both certificates are for this host")
          .with_help(
              "the second host then gets 404; serve both hosts from one server, or use "
              "certificates without names in common");
      break;
    }
    if (!now.names.empty()) seen.push_back(std::move(now));
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
    {.id = "MF1307",
     .name = "gateway-certificate-names",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The certificate of a server is for its hosts",
     .why = "Clients compare the host they ask for with the names in the certificate and "
            "refuse one that is for others. A wildcard there stands for one label.",
     .bad = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: istio-system}
type: kubernetes.io/tls
stringData:
  tls.key: its-key
  tls.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBpzCCAU6gAwIBAgIUTdIILQkCElxnbLl94tK/rYbm7R8wCgYIKoZIzj0EAwIw
    DzENMAsGA1UEAwwEc2hvcDAgFw0yNjExMjkxMTEzMzRaGA8yMTI2MTEwNTExMTMz
    NFowDzENMAsGA1UEAwwEc2hvcDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPvU
    k2RXJY9ddABZGIH8LVESzJ4RC9Cv1JGGO+rgHaDWHho2e80ROSPNRkBB3KMdTgZ2
    /7o0gkKU9D3KbLNBvqmjgYUwgYIwHQYDVR0OBBYEFPRlfMGtdSP5ZUCZ4PhHA14Z
    T5j5MB8GA1UdIwQYMBaAFPRlfMGtdSP5ZUCZ4PhHA14ZT5j5MA8GA1UdEwEB/wQF
    MAMBAf8wLwYDVR0RBCgwJoIQc2hvcC5leGFtcGxlLmNvbYISKi5zaG9wLmV4YW1w
    bGUuY29tMAoGCCqGSM49BAMCA0cAMEQCIAEp70NzjgBFPVVUGwjO7eD82mURPgmD
    69qtcH/U+jueAiAxkU/7P6V2sCPQ/q3iXLNS3N4bt+KTtkTpQOERrGsc0Q==
    -----END CERTIFICATE-----
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: https, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: web}
    hosts: [www.example.com] #!
)",
     .good = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: istio-system}
type: kubernetes.io/tls
stringData:
  tls.key: its-key
  tls.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBpzCCAU6gAwIBAgIUTdIILQkCElxnbLl94tK/rYbm7R8wCgYIKoZIzj0EAwIw
    DzENMAsGA1UEAwwEc2hvcDAgFw0yNjExMjkxMTEzMzRaGA8yMTI2MTEwNTExMTMz
    NFowDzENMAsGA1UEAwwEc2hvcDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPvU
    k2RXJY9ddABZGIH8LVESzJ4RC9Cv1JGGO+rgHaDWHho2e80ROSPNRkBB3KMdTgZ2
    /7o0gkKU9D3KbLNBvqmjgYUwgYIwHQYDVR0OBBYEFPRlfMGtdSP5ZUCZ4PhHA14Z
    T5j5MB8GA1UdIwQYMBaAFPRlfMGtdSP5ZUCZ4PhHA14ZT5j5MA8GA1UdEwEB/wQF
    MAMBAf8wLwYDVR0RBCgwJoIQc2hvcC5leGFtcGxlLmNvbYISKi5zaG9wLmV4YW1w
    bGUuY29tMAoGCCqGSM49BAMCA0cAMEQCIAEp70NzjgBFPVVUGwjO7eD82mURPgmD
    69qtcH/U+jueAiAxkU/7P6V2sCPQ/q3iXLNS3N4bt+KTtkTpQOERrGsc0Q==
    -----END CERTIFICATE-----
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: https, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: web}
    hosts: [shop.example.com]
)",
     .check = certificates_are_for_their_hosts},
    {.id = "MF1308",
     .name = "gateway-client-ca-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A server that asks for client certificates knows their CA",
     .why = "The CA comes from `ca.crt` of the Secret, or from a second Secret whose name "
            "ends in `-cacert`. Without it istiod leaves the server out, and clients are "
            "refused.",
     .bad = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: istio-system}
type: kubernetes.io/tls
stringData:
  tls.key: its-key
  tls.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBpzCCAU6gAwIBAgIUTdIILQkCElxnbLl94tK/rYbm7R8wCgYIKoZIzj0EAwIw
    DzENMAsGA1UEAwwEc2hvcDAgFw0yNjExMjkxMTEzMzRaGA8yMTI2MTEwNTExMTMz
    NFowDzENMAsGA1UEAwwEc2hvcDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPvU
    k2RXJY9ddABZGIH8LVESzJ4RC9Cv1JGGO+rgHaDWHho2e80ROSPNRkBB3KMdTgZ2
    /7o0gkKU9D3KbLNBvqmjgYUwgYIwHQYDVR0OBBYEFPRlfMGtdSP5ZUCZ4PhHA14Z
    T5j5MB8GA1UdIwQYMBaAFPRlfMGtdSP5ZUCZ4PhHA14ZT5j5MA8GA1UdEwEB/wQF
    MAMBAf8wLwYDVR0RBCgwJoIQc2hvcC5leGFtcGxlLmNvbYISKi5zaG9wLmV4YW1w
    bGUuY29tMAoGCCqGSM49BAMCA0cAMEQCIAEp70NzjgBFPVVUGwjO7eD82mURPgmD
    69qtcH/U+jueAiAxkU/7P6V2sCPQ/q3iXLNS3N4bt+KTtkTpQOERrGsc0Q==
    -----END CERTIFICATE-----
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: https, protocol: HTTPS}
    tls: {mode: MUTUAL, credentialName: web} #!
    hosts: [shop.example.com]
)",
     .good = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: istio-system}
type: kubernetes.io/tls
stringData:
  tls.key: its-key
  ca.crt: the CA of clients
  tls.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBpzCCAU6gAwIBAgIUTdIILQkCElxnbLl94tK/rYbm7R8wCgYIKoZIzj0EAwIw
    DzENMAsGA1UEAwwEc2hvcDAgFw0yNjExMjkxMTEzMzRaGA8yMTI2MTEwNTExMTMz
    NFowDzENMAsGA1UEAwwEc2hvcDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPvU
    k2RXJY9ddABZGIH8LVESzJ4RC9Cv1JGGO+rgHaDWHho2e80ROSPNRkBB3KMdTgZ2
    /7o0gkKU9D3KbLNBvqmjgYUwgYIwHQYDVR0OBBYEFPRlfMGtdSP5ZUCZ4PhHA14Z
    T5j5MB8GA1UdIwQYMBaAFPRlfMGtdSP5ZUCZ4PhHA14ZT5j5MA8GA1UdEwEB/wQF
    MAMBAf8wLwYDVR0RBCgwJoIQc2hvcC5leGFtcGxlLmNvbYISKi5zaG9wLmV4YW1w
    bGUuY29tMAoGCCqGSM49BAMCA0cAMEQCIAEp70NzjgBFPVVUGwjO7eD82mURPgmD
    69qtcH/U+jueAiAxkU/7P6V2sCPQ/q3iXLNS3N4bt+KTtkTpQOERrGsc0Q==
    -----END CERTIFICATE-----
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: https, protocol: HTTPS}
    tls: {mode: MUTUAL, credentialName: web}
    hosts: [shop.example.com]
)",
     .check = mutual_tls_has_a_ca},
    {.id = "MF1309",
     .name = "gateway-certificates-overlap",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Servers with certificates of their own share no names in them",
     .why = "A browser uses a connection for every host that its certificate is for, if the "
            "address is the same. A second host then arrives at the first server, which has "
            "no routes for it: 404.",
     .bad = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: istio-system}
type: kubernetes.io/tls
stringData:
  tls.key: its-key
  tls.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBpzCCAU6gAwIBAgIUTdIILQkCElxnbLl94tK/rYbm7R8wCgYIKoZIzj0EAwIw
    DzENMAsGA1UEAwwEc2hvcDAgFw0yNjExMjkxMTEzMzRaGA8yMTI2MTEwNTExMTMz
    NFowDzENMAsGA1UEAwwEc2hvcDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPvU
    k2RXJY9ddABZGIH8LVESzJ4RC9Cv1JGGO+rgHaDWHho2e80ROSPNRkBB3KMdTgZ2
    /7o0gkKU9D3KbLNBvqmjgYUwgYIwHQYDVR0OBBYEFPRlfMGtdSP5ZUCZ4PhHA14Z
    T5j5MB8GA1UdIwQYMBaAFPRlfMGtdSP5ZUCZ4PhHA14ZT5j5MA8GA1UdEwEB/wQF
    MAMBAf8wLwYDVR0RBCgwJoIQc2hvcC5leGFtcGxlLmNvbYISKi5zaG9wLmV4YW1w
    bGUuY29tMAoGCCqGSM49BAMCA0cAMEQCIAEp70NzjgBFPVVUGwjO7eD82mURPgmD
    69qtcH/U+jueAiAxkU/7P6V2sCPQ/q3iXLNS3N4bt+KTtkTpQOERrGsc0Q==
    -----END CERTIFICATE-----
---
apiVersion: v1
kind: Secret
metadata: {name: pay, namespace: istio-system}
type: kubernetes.io/tls
stringData:
  tls.key: its-key
  tls.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBpzCCAU6gAwIBAgIUTdIILQkCElxnbLl94tK/rYbm7R8wCgYIKoZIzj0EAwIw
    DzENMAsGA1UEAwwEc2hvcDAgFw0yNjExMjkxMTEzMzRaGA8yMTI2MTEwNTExMTMz
    NFowDzENMAsGA1UEAwwEc2hvcDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPvU
    k2RXJY9ddABZGIH8LVESzJ4RC9Cv1JGGO+rgHaDWHho2e80ROSPNRkBB3KMdTgZ2
    /7o0gkKU9D3KbLNBvqmjgYUwgYIwHQYDVR0OBBYEFPRlfMGtdSP5ZUCZ4PhHA14Z
    T5j5MB8GA1UdIwQYMBaAFPRlfMGtdSP5ZUCZ4PhHA14ZT5j5MA8GA1UdEwEB/wQF
    MAMBAf8wLwYDVR0RBCgwJoIQc2hvcC5leGFtcGxlLmNvbYISKi5zaG9wLmV4YW1w
    bGUuY29tMAoGCCqGSM49BAMCA0cAMEQCIAEp70NzjgBFPVVUGwjO7eD82mURPgmD
    69qtcH/U+jueAiAxkU/7P6V2sCPQ/q3iXLNS3N4bt+KTtkTpQOERrGsc0Q==
    -----END CERTIFICATE-----
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: https-web, protocol: HTTPS}
    hosts: [shop.example.com]
    tls: {mode: SIMPLE, credentialName: web}
  - port: {number: 443, name: https-pay, protocol: HTTPS}
    hosts: [pay.shop.example.com]
    tls: {mode: SIMPLE, credentialName: pay} #!
)",
     .good = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: istio-system}
type: kubernetes.io/tls
stringData:
  tls.key: its-key
  tls.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBpzCCAU6gAwIBAgIUTdIILQkCElxnbLl94tK/rYbm7R8wCgYIKoZIzj0EAwIw
    DzENMAsGA1UEAwwEc2hvcDAgFw0yNjExMjkxMTEzMzRaGA8yMTI2MTEwNTExMTMz
    NFowDzENMAsGA1UEAwwEc2hvcDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPvU
    k2RXJY9ddABZGIH8LVESzJ4RC9Cv1JGGO+rgHaDWHho2e80ROSPNRkBB3KMdTgZ2
    /7o0gkKU9D3KbLNBvqmjgYUwgYIwHQYDVR0OBBYEFPRlfMGtdSP5ZUCZ4PhHA14Z
    T5j5MB8GA1UdIwQYMBaAFPRlfMGtdSP5ZUCZ4PhHA14ZT5j5MA8GA1UdEwEB/wQF
    MAMBAf8wLwYDVR0RBCgwJoIQc2hvcC5leGFtcGxlLmNvbYISKi5zaG9wLmV4YW1w
    bGUuY29tMAoGCCqGSM49BAMCA0cAMEQCIAEp70NzjgBFPVVUGwjO7eD82mURPgmD
    69qtcH/U+jueAiAxkU/7P6V2sCPQ/q3iXLNS3N4bt+KTtkTpQOERrGsc0Q==
    -----END CERTIFICATE-----
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: https-web, protocol: HTTPS}
    hosts: [shop.example.com, pay.shop.example.com]
    tls: {mode: SIMPLE, credentialName: web}
)",
     .aliases = "IST0138",
     .check = certificates_do_not_overlap},
    {.id = "MF1310",
     .name = "gateway-key-differs",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The key of a server is that of its certificate",
     .why = "Envoy refuses a key that does not belong to the certificate, and the listener goes "
            "without both.",
     .bad = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: istio-system}
type: kubernetes.io/tls
stringData:
  tls.key: |
    -----BEGIN EC PRIVATE KEY-----
    MHcCAQEEIAtInj+bxooM93VUrdr//JG47tYydTitWl3174cErLSCoAoGCCqGSM49
    AwEHoUQDQgAEiaP7VOyFHDA0dBHSOi9F4HLX7+tuQ1FW5zXYBMrR13yWQOpiyA2o
    S1vZ/AR/cVS7TwuKWvGHQZi2ohpmIgcvew==
    -----END EC PRIVATE KEY-----
  tls.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBpzCCAU6gAwIBAgIUTdIILQkCElxnbLl94tK/rYbm7R8wCgYIKoZIzj0EAwIw
    DzENMAsGA1UEAwwEc2hvcDAgFw0yNjExMjkxMTEzMzRaGA8yMTI2MTEwNTExMTMz
    NFowDzENMAsGA1UEAwwEc2hvcDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPvU
    k2RXJY9ddABZGIH8LVESzJ4RC9Cv1JGGO+rgHaDWHho2e80ROSPNRkBB3KMdTgZ2
    /7o0gkKU9D3KbLNBvqmjgYUwgYIwHQYDVR0OBBYEFPRlfMGtdSP5ZUCZ4PhHA14Z
    T5j5MB8GA1UdIwQYMBaAFPRlfMGtdSP5ZUCZ4PhHA14ZT5j5MA8GA1UdEwEB/wQF
    MAMBAf8wLwYDVR0RBCgwJoIQc2hvcC5leGFtcGxlLmNvbYISKi5zaG9wLmV4YW1w
    bGUuY29tMAoGCCqGSM49BAMCA0cAMEQCIAEp70NzjgBFPVVUGwjO7eD82mURPgmD
    69qtcH/U+jueAiAxkU/7P6V2sCPQ/q3iXLNS3N4bt+KTtkTpQOERrGsc0Q==
    -----END CERTIFICATE-----
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: https, protocol: HTTPS}
    hosts: [shop.example.com]
    tls: {mode: SIMPLE, credentialName: web} #!
)",
     .good = R"(apiVersion: v1
kind: Secret
metadata: {name: web, namespace: istio-system}
type: kubernetes.io/tls
stringData:
  tls.key: its-key
  tls.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBpzCCAU6gAwIBAgIUTdIILQkCElxnbLl94tK/rYbm7R8wCgYIKoZIzj0EAwIw
    DzENMAsGA1UEAwwEc2hvcDAgFw0yNjExMjkxMTEzMzRaGA8yMTI2MTEwNTExMTMz
    NFowDzENMAsGA1UEAwwEc2hvcDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPvU
    k2RXJY9ddABZGIH8LVESzJ4RC9Cv1JGGO+rgHaDWHho2e80ROSPNRkBB3KMdTgZ2
    /7o0gkKU9D3KbLNBvqmjgYUwgYIwHQYDVR0OBBYEFPRlfMGtdSP5ZUCZ4PhHA14Z
    T5j5MB8GA1UdIwQYMBaAFPRlfMGtdSP5ZUCZ4PhHA14ZT5j5MA8GA1UdEwEB/wQF
    MAMBAf8wLwYDVR0RBCgwJoIQc2hvcC5leGFtcGxlLmNvbYISKi5zaG9wLmV4YW1w
    bGUuY29tMAoGCCqGSM49BAMCA0cAMEQCIAEp70NzjgBFPVVUGwjO7eD82mURPgmD
    69qtcH/U+jueAiAxkU/7P6V2sCPQ/q3iXLNS3N4bt+KTtkTpQOERrGsc0Q==
    -----END CERTIFICATE-----
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: https, protocol: HTTPS}
    hosts: [shop.example.com]
    tls: {mode: SIMPLE, credentialName: web}
)",
     .check = keys_are_of_their_certificates},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_credential_rules() { return kRules; }

}  // namespace meshfn::lint
