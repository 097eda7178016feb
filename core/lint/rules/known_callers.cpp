// Callers that the input knows of, and the ALLOW policies that leave them out.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/authorization_policy.h"
#include "lint/rules/imports.h"
#include "lint/rules/istio_objects.h"
#include "lint/rules/practice_families.h"
#include "routing/authorization/istio_rule.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Service;
using resource::kubernetes::Workload;

/// The host of a URL or of `host:port`; empty for other texts.
std::string_view host_in(std::string_view text) {
  const std::size_t scheme = text.find("://");
  std::string_view host = scheme == std::string_view::npos ? text : text.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  const std::size_t colon = host.find(':');
  if (scheme == std::string_view::npos && colon == std::string_view::npos) return {};
  return host.substr(0, colon);
}

/// The Service that pods of `scope` mean by a host in a URL; null when it is none of the input.
const Service* service_called(const Mesh& mesh, std::string_view host, std::string_view scope) {
  const std::size_t dot = host.find('.');
  if (host.empty()) return nullptr;
  if (dot == std::string_view::npos) return mesh.service(scope, host);
  const auto name = routing::service_of(host);
  if (name) return mesh.service(name->name_space, name->name);
  return mesh.service(host.substr(dot + 1), host.substr(0, dot));
}

/// A workload that calls a Service, and the value that says so.
struct Caller {
  const Workload* pods = nullptr;
  yaml::Node where;
};

/// The callers of each Service by what stands in the `env` of containers:
/// Mesh::derived<KnownCallers>.
class KnownCallers {
 public:
  explicit KnownCallers(const Mesh& mesh) {
    for (const Workload& pods : mesh.all<Workload>()) {
      for (const auto& container : pods.containers) {
        for (const yaml::Node variable : container.node.find("env").items()) {
          const yaml::Node value = variable.find("value");
          const Service* callee = service_called(mesh, host_in(value.text()), pods.scope);
          if (callee != nullptr) add(*callee, {&pods, value});
        }
      }
    }
  }

  const std::vector<Caller>& of(const Service& service) const {
    static const std::vector<Caller> none;
    const auto found = callers_.find(&service);
    return found == callers_.end() ? none : found->second;
  }

 private:
  void add(const Service& callee, Caller caller) {
    auto& callers = callers_[&callee];
    const bool known = std::any_of(callers.begin(), callers.end(),
                                   [&](const Caller& other) { return other.pods == caller.pods; });
    if (!known) callers.push_back(caller);
  }

  std::map<const Service*, std::vector<Caller>> callers_;
};

/// Whether `holds(item)` for some item of a list.
template <class Holds>
bool any_item(yaml::Node list, Holds holds) {
  for (const yaml::Node item : list.items()) {
    if (holds(item)) return true;
  }
  return false;
}

bool any_matches(yaml::Node list, const std::string& text) {
  return any_item(list,
                  [&](yaml::Node item) { return routing::istio::text_matches(item.text(), text); });
}

/// `account` or `namespace/account`, as policies of namespace `scope` write it.
bool names_account(yaml::Node list, const Workload& pods, std::string_view scope) {
  const std::string_view own = pods.service_account.value_or("default");
  return any_item(list, [&](yaml::Node item) {
    const std::size_t slash = item.text().find('/');
    const bool bare = slash == std::string_view::npos;
    const std::string_view where = bare ? scope : item.text().substr(0, slash);
    return where == pods.scope && (bare ? item.text() : item.text().substr(slash + 1)) == own;
  });
}

/// Whether a source excludes the pods by who they are; addresses and tokens are not known.
bool excludes(yaml::Node source, const Workload& pods, std::string_view scope) {
  const std::string space(pods.scope);
  const std::string principal = fmt::format("cluster.local/ns/{}/sa/{}", pods.scope,
                                            pods.service_account.value_or("default"));
  const auto lacks = [&](std::string_view field, const std::string& text) {
    return source.find(field).size() > 0 && !any_matches(source.find(field), text);
  };
  const bool accounts = source.find("serviceAccounts").size() > 0 &&
                        !names_account(source.find("serviceAccounts"), pods, scope);
  return lacks("principals", principal) || lacks("namespaces", space) || accounts ||
         any_matches(source.find("notPrincipals"), principal) ||
         any_matches(source.find("notNamespaces"), space);
}

/// Whether some rule of the policy may let the pods in, whatever they ask for.
bool may_allow(const Object& policy, const Workload& pods) {
  return any_item(policy.spec.find("rules"), [&](yaml::Node rule) {
    const yaml::Node from = rule.find("from");
    return from.size() == 0 || any_item(from, [&](yaml::Node item) {
             return !excludes(item.find("source"), pods, policy.scope);
           });
  });
}

/// The ALLOW policies of the pods of a Service, those of its namespace and of the mesh included.
std::vector<const Object*> policies_of(const Mesh& mesh, const Service& service) {
  std::vector<const Object*> list;
  for (const Object* policy : mesh.of_kind(istio::kSecurity, "AuthorizationPolicy")) {
    const bool targeted = policy->spec.find("targetRef") || policy->spec.find("targetRefs");
    const bool near = policy->scope == service.scope || istio::is_mesh_wide(mesh, *policy);
    if (targeted || !near || istio::action_of(*policy) != "ALLOW") continue;
    const auto labels = istio::selector_of(*policy);
    if (selects(labels, service.selector)) list.push_back(policy);
  }
  return list;
}

void known_callers_are_allowed(const Mesh& mesh, Findings& found) {
  if (mesh.of_kind(istio::kSecurity, "AuthorizationPolicy").empty()) return;
  const auto& known = mesh.derived<KnownCallers>();
  for (const Service& service : mesh.all<Service>()) {
    const auto& callers = known.of(service);
    const auto policies =
        callers.empty() ? std::vector<const Object*>{} : policies_of(mesh, service);
    if (policies.empty()) continue;
    for (const Caller& caller : callers) {
      const bool allowed = std::any_of(policies.begin(), policies.end(), [&](const Object* policy) {
        return may_allow(*policy, *caller.pods);
      });
      const Object& first = *policies.front();
      // A policy without rules denies all on purpose.
      if (allowed || first.context || first.spec.find("rules").size() == 0) continue;
      found
          .add(first.spec.find_key("rules").where(),
               fmt::format("{} `{}` calls `{}`, and no ALLOW policy lets it in",
                           caller.pods->kind.value, caller.pods->name.value, service.name.value))
          .relate(caller.where.where(), "it is told to call the Service here")
          .with_help("add its identity to `from`: with one ALLOW policy, all others are denied");
    }
  }
}

void called_services_are_imported(const Mesh& mesh, Findings& found) {
  const auto sidecars = default_sidecars(mesh);
  if (sidecars.empty()) return;
  const auto& callers = mesh.derived<KnownCallers>();
  for (const Service& service : mesh.all<Service>()) {
    const std::string host = routing::fqdn(service.name.value, service.scope);
    for (const Caller& caller : callers.of(service)) {
      const auto sidecar = sidecars.find(caller.pods->scope);
      if (caller.pods->context || sidecar == sidecars.end()) continue;
      if (istio::meshed(mesh, *caller.pods) == istio::Meshed::no) continue;
      if (imports_any(*sidecar->second, host)) continue;
      found
          .add(caller.where.where(),
               fmt::format("the sidecars of `{}` are not told of `{}`", caller.pods->scope, host))
          .relate(sidecar->second->where(), "what they are told of")
          .with_help("add the host to the Sidecar's egress");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5573",
     .name = "known-caller-denied",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Callers that the input shows are let in by an ALLOW policy",
     .why =
         "The first ALLOW policy for a workload denies everybody whom no policy allows. Who calls "
         "is read from URLs in the `env` of containers; what the caller asks for is not looked "
         "at, only who it is.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
      - name: app
        image: "web:1"
        env: [{name: REVIEWS, value: "http://reviews/all"}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  rules: #!
  - from: [{source: {principals: [cluster.local/ns/shop/sa/batch]}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec:
      containers: [{name: app, image: "reviews:1"}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
      - name: app
        image: "web:1"
        env: [{name: REVIEWS, value: "http://reviews/all"}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  rules:
  - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec:
      containers: [{name: app, image: "reviews:1"}]
)",
     .check = known_callers_are_allowed},
    {.id = "MF5574",
     .name = "called-service-not-imported",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Sidecars are told of the Services that their pods call",
     .why = "A Service that the namespace's Sidecar does not import is unknown to its "
            "proxies: calls to it get no routes, no balancing and no mutual TLS, and with "
            "REGISTRY_ONLY they fail. Calls are read from URLs in the `env` of containers.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: pay, namespace: bank}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts: ["./*"]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        env: [{name: PAY, value: "http://pay.bank/v1"}] #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: pay, namespace: bank}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts: ["./*", "bank/*"]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        env: [{name: PAY, value: "http://pay.bank/v1"}]
)",
     .check = called_services_are_imported},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family known_caller_rules() { return kRules; }

}  // namespace meshfn::lint
