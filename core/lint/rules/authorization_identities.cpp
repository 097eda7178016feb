// Who and what an AuthorizationPolicy names: identities, methods and hosts that can exist.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/str.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/insight_families.h"
#include "resource/istio/mesh_config.h"
#include "routing/authorization/peer_modes.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using routing::PeerMode;
using routing::PeerModes;

constexpr std::array<std::string_view, 9> kMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
constexpr std::string_view kScheme = "spiffe://";

/// Calls `visit(policy, item)` for the items of the lists called `fields` of all sources or, with
/// `to`, operations.
template <class Fields, class Visit>
void each_item(const Mesh& mesh, std::string_view side, const Fields& fields, Visit visit) {
  const std::string_view inner = side == "from" ? "source" : "operation";
  objects::each(mesh, "security.istio.io", "AuthorizationPolicy", [&](const Object& policy) {
    for (const yaml::Node rule : policy.spec.find("rules").items()) {
      for (const yaml::Node entry : rule.find(side).items()) {
        for (const std::string_view field : fields) {
          for (const yaml::Node item : entry.find(inner).find(field).items()) visit(policy, item);
        }
      }
    }
  });
}

constexpr std::array<std::string_view, 2> kPrincipals = {"principals", "notPrincipals"};

/// `domain/ns/NAMESPACE/sa/ACCOUNT` taken apart.
struct Principal {
  std::string_view domain;
  std::string_view name_space;
  std::string_view account;
};

std::optional<Principal> principal_of(std::string_view text) {
  const auto parts = str::split(text, '/');
  if (parts.size() != 5 || parts[1] != "ns" || parts[3] != "sa") return std::nullopt;
  return Principal{parts[0], parts[2], parts[4]};
}

bool has_wildcard(std::string_view text) { return text.find('*') != std::string_view::npos; }

/// Whether a `*` stands where it is compared as it is: a pattern has one, at an end.
bool has_inner_wildcard(std::string_view text) {
  if (text.starts_with('*')) {
    text.remove_prefix(1);
  } else if (text.ends_with('*')) {
    text.remove_suffix(1);
  }
  return has_wildcard(text);
}

void principals_have_their_form(const Mesh& mesh, Findings& found) {
  each_item(mesh, "from", kPrincipals, [&](const Object&, yaml::Node item) {
    const std::string_view text = item.text();
    if (text.starts_with(kScheme)) {
      const std::string meant(text.substr(kScheme.size()));
      found.add(item.where(), "principals are written without `spiffe://`")
          .with_help(fmt::format("write `{}`", meant))
          .with_fix({"remove `spiffe://`", {{item.where(), meant}}});
    } else if (has_inner_wildcard(text)) {
      found.add(item.where(), "only a `*` at one end stands for other text")
          .with_help("use `*/sa/ACCOUNT` or `cluster.local/ns/NAMESPACE/*`, or list the accounts");
    } else if (!text.empty() && !has_wildcard(text) && !principal_of(text)) {
      found.add(item.where(), fmt::format("`{}` is nobody's identity", text))
          .with_help("write `TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT`, mostly `cluster.local/ns/…`");
    }
  });
}

/// Which ServiceAccounts the input shows, by their objects and by the pods that use them.
class Accounts {
 public:
  explicit Accounts(const Mesh& mesh) : closed_world_(mesh.settings().closed_world) {
    for (const Object* account : mesh.of_kind("", "ServiceAccount")) {
      known_.emplace(account->scope, account->name.value);
      shown_.insert(account->scope);
    }
    for (const auto& workload : mesh.all<resource::kubernetes::Workload>()) {
      known_.emplace(workload.scope, workload.service_account.value_or("default"));
    }
  }

  /// `name` may end with a `*`.
  bool is_missing(std::string_view scope, std::string_view name) const {
    const bool shown = closed_world_ || shown_.contains(scope);
    if (name == "default" || !shown) return false;
    if (!name.ends_with('*')) return !known_.contains({scope, name});
    name.remove_suffix(1);
    const auto next = known_.lower_bound({scope, name});
    return next == known_.end() || next->first != scope || !next->second.starts_with(name);
  }

 private:
  bool closed_world_;
  std::set<std::pair<std::string_view, std::string_view>> known_;
  std::set<std::string_view> shown_;
};

void principals_exist(const Mesh& mesh, Findings& found) {
  const Accounts accounts(mesh);
  const yaml::Node config = mesh.derived<resource::istio::MeshConfig>().node();
  std::set<std::string_view> domains = {"cluster.local", config.find("trustDomain").text()};
  for (const yaml::Node alias : config.find("trustDomainAliases").items()) {
    domains.insert(alias.text());
  }
  const auto check = [&](const Object&, yaml::Node item) {
    const auto principal = principal_of(item.text());
    if (!principal || has_inner_wildcard(item.text())) return;
    const auto& [domain, scope, account] = *principal;
    if (config.find("trustDomain") && domain != "*" && !domains.contains(domain)) {
      found.add(item.where(), fmt::format("`{}` is no trust domain of this mesh", domain))
          .with_help("use the mesh's `trustDomain` or one of its aliases");
    } else if (accounts.is_missing(scope, account) && !objects::is_assumed_namespace(mesh, scope)) {
      found.add(item.where(), fmt::format("`{}` has no ServiceAccount `{}`", scope, account))
          .with_help("name the account that the callers' pods run as");
    }
  };
  each_item(mesh, "from", kPrincipals, check);
  objects::each(mesh, "security.istio.io", "AuthorizationPolicy", [&](const Object& policy) {
    for (const yaml::Node rule : policy.spec.find("rules").items()) {
      for (const yaml::Node when : rule.find("when").items()) {
        if (when.find("key").text() != "source.principal") continue;
        for (const std::string_view field : {"values", "notValues"}) {
          for (const yaml::Node item : when.find(field).items()) check(policy, item);
        }
      }
    }
  });
}

bool is_method(std::string_view text) {
  if (text == "*" || text.empty()) return true;
  const bool prefix = text.ends_with('*');
  const bool suffix = text.starts_with('*');
  if (prefix) text.remove_suffix(1);
  if (suffix) text.remove_prefix(1);
  return std::any_of(kMethods.begin(), kMethods.end(), [&](std::string_view method) {
    if (prefix) return method.starts_with(text);
    return suffix ? method.ends_with(text) : method == text;
  });
}

void methods_exist(const Mesh& mesh, Findings& found) {
  constexpr std::array<std::string_view, 2> kFields = {"methods", "notMethods"};
  each_item(mesh, "to", kFields, [&](const Object&, yaml::Node item) {
    if (is_method(item.text())) return;
    const std::string upper = str::upper(str::trim(item.text()));
    auto& finding = found.add(item.where(), fmt::format("`{}` is no HTTP method", item.text()));
    if (is_method(upper)) {
      finding.with_help(fmt::format("write `{}`: methods are compared letter by letter", upper))
          .with_fix({fmt::format("replace it with `{}`", upper), {{item.where(), upper}}});
    } else {
      // gRPC calls are POSTs, and their names are paths.
      finding.with_help("name methods such as GET and POST; calls of gRPC are `paths`");
    }
  });
}

void hosts_exist(const Mesh& mesh, Findings& found) {
  constexpr std::array<std::string_view, 2> kFields = {"hosts", "notHosts"};
  if (mesh.of_kind("security.istio.io", "AuthorizationPolicy").empty()) return;
  std::set<std::string_view> routed;  // names that routes make up
  for (const auto& service : mesh.all<resource::istio::VirtualService>()) {
    for (const resource::Text& host : service.hosts) routed.insert(host.value);
  }
  each_item(mesh, "to", kFields, [&](const Object& policy, yaml::Node item) {
    const std::string_view text = item.text();
    const auto parts = str::split(text, '.');
    if (text.empty() || has_wildcard(text) || parts.size() > 2) return;
    if (text.find(':') != std::string_view::npos) return;
    const std::string_view scope = parts.size() == 2 ? parts[1] : policy.scope;
    if (mesh.service(scope, parts[0]) != nullptr || !mesh.has_services_in(scope)) return;
    if (routed.contains(text)) return;
    found.add(item.where(), fmt::format("`{}` has no Service `{}`", scope, parts[0]))
        .with_help("give the host that clients ask for");
  });
}

/// The key of the first attribute that is read from the caller's certificate.
yaml::Node identity_attribute(const Object& policy) {
  for (const yaml::Node rule : policy.spec.find("rules").items()) {
    for (const yaml::Node from : rule.find("from").items()) {
      for (const std::string_view field :
           {"principals", "notPrincipals", "namespaces", "notNamespaces"}) {
        if (const yaml::Node key = from.find("source").find_key(field)) return key;
      }
    }
    for (const yaml::Node when : rule.find("when").items()) {
      const yaml::Node key = when.find("key");
      const std::string_view name = key.text();
      if (name == "source.principal" || name == "source.namespace" || name == "connection.sni") {
        return key;
      }
    }
  }
  return {};
}

void identities_are_known(const Mesh& mesh, Findings& found) {
  const auto& peers = mesh.derived<PeerModes>();
  objects::each(mesh, "security.istio.io", "AuthorizationPolicy", [&](const Object& policy) {
    const yaml::Node key = identity_attribute(policy);
    if (!key) return;
    const auto labels = resource::labels(policy.spec.at("selector", "matchLabels"));
    const PeerMode mode = peers.of(policy.scope, labels, std::nullopt);
    if (mode.mode != "DISABLE") return;
    found.add(key.where(), fmt::format("without mutual TLS no caller has `{}`", key.text()))
        .relate(mode.node.where(), "mutual TLS is switched off here")
        .with_help("let the PeerAuthentication be STRICT");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF5531",
     .name = "principal-form",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Principals are written as Istio compares them",
     .why = "A principal is `TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT`, without the scheme of its "
            "SPIFFE ID. Another text never matches: ALLOW lets nobody in, DENY keeps nobody out.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {principals: ["spiffe://cluster.local/ns/shop/sa/web"]}}] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {principals: ["cluster.local/ns/shop/sa/web"]}}]
)",
     .check = principals_have_their_form},
    {.id = "MF5532",
     .name = "principal-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The ServiceAccount of a principal exists",
     .why = "A policy for an account that no pod runs as lets nobody in. It is reported when the "
            "input shows ServiceAccounts of the namespace, or the mesh's trust domains.",
     .bad = R"(apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {principals: [cluster.local/ns/shop/sa/frontend]}}] #!
)",
     .good = R"(apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]
)",
     .aliases = "KIA0106 KIA0107 KIA0108",
     .check = principals_exist},
    {.id = "MF5533",
     .name = "policy-method-unknown",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Methods of a policy are methods of HTTP",
     .why = "Methods are compared as written, in upper case. `get`, or the name of a gRPC call, "
            "never matches.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - to: [{operation: {methods: [get]}}] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - to: [{operation: {methods: [GET]}}]
)",
     .aliases = "KIA0102",
     .check = methods_exist},
    {.id = "MF5534",
     .name = "policy-host-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A Service that a policy names as host exists",
     .why = "`hosts` is compared with the Host header. A short name of which there is no Service "
            "is asked for by nobody.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - to: [{operation: {hosts: [review.shop]}}] #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - to: [{operation: {hosts: [reviews.shop]}}]
)",
     .aliases = "KIA0104",
     .check = hosts_exist},
    {.id = "MF5535",
     .name = "identity-without-mutual-tls",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A policy about identities is where callers have one",
     .why = "Principals and namespaces of callers are read from their certificates. Where a "
            "PeerAuthentication switches mutual TLS off there are none: ALLOW lets nobody in, "
            "DENY keeps nobody out.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: DISABLE}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {namespaces: [shop]}}] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {namespaces: [shop]}}]
)",
     .aliases = "KIA0105",
     .check = identities_are_known},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family authorization_identity_rules() { return kRules; }

}  // namespace meshfn::lint
