// Who gets in: Servers that let nobody in, and routes that lock the kubelet's probes out.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_routes.h"
#include "lint/rules/linkerd_values.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::kPolicy;
using linkerd::ParentKind;
using linkerd::Reference;
using linkerd::RouteKind;
using objects::KindIndex;
using resource::Mesh;
using resource::Object;
using resource::Text;
using resource::kubernetes::Container;
using resource::kubernetes::Workload;

/// What decides about access in one namespace.
struct Access {
  std::vector<const Object*> policies;
  /// Names of the routes of each Server.
  std::map<std::string_view, std::set<std::string_view>> routes;
};

std::map<std::string_view, Access> access_by_namespace(const Mesh& mesh) {
  std::map<std::string_view, Access> out;
  for (const std::string_view kind : {"AuthorizationPolicy", "ServerAuthorization"}) {
    for (const Object* policy : mesh.of_kind(kPolicy, kind)) {
      out[policy->scope].policies.push_back(policy);
    }
  }
  linkerd::each_possible_route(mesh, [&](const Object& route, linkerd::RouteKind) {
    for (const Reference& parent : linkerd::parents(route)) {
      if (parent.target != ParentKind::server) continue;
      out[parent.scope].routes[parent.name].insert(route.name.value);
    }
  });
  return out;
}

bool authorizes(const Object& policy, const Object& server,
                const std::set<std::string_view>& routes) {
  if (objects::is(policy, kPolicy, "ServerAuthorization")) {
    const yaml::Node target = policy.spec.find("server");
    if (const Text name = resource::text(target.find("name"))) return *name == server.name.value;
    return resource::selector_matches(target.find("selector"),
                                      resource::labels(server.metadata.find("labels")));
  }
  const Reference target = linkerd::policy_reference(policy.spec.find("targetRef"), policy.scope);
  if (linkerd::refers_to(target, "", "Namespace")) return true;
  if (linkerd::refers_to(target, kPolicy, "Server")) return target.name == server.name.value;
  return routes.count(target.name) > 0;
}

bool is_open(const Object& server, Access& access) {
  const auto& routes = access.routes[server.name.value];
  return std::any_of(access.policies.begin(), access.policies.end(),
                     [&](const Object* policy) { return authorizes(*policy, server, routes); });
}

void servers_let_somebody_in(const Mesh& mesh, Findings& found) {
  auto by_namespace = access_by_namespace(mesh);
  objects::each(mesh, kPolicy, "Server", [&](const Object& server) {
    const Text access = resource::text(server.spec.find("accessPolicy"));
    if ((access && *access != "deny") || objects::is_assumed_namespace(mesh, server.scope)) return;
    // Without any policy in the namespace, they are probably just not in the input.
    Access& known = by_namespace[server.scope];
    if (known.policies.empty() || is_open(server, known)) return;
    found
        .add(server.where(),
             fmt::format("no policy lets anybody use Server `{}`", server.name.value))
        .with_help("target it with an AuthorizationPolicy, or set `accessPolicy`");
  });
}

/// Paths of the HTTP probes of a container that ask one of its ports.
std::vector<yaml::Node> probe_paths(const Container& container, std::string_view server_port) {
  std::vector<yaml::Node> out;
  for (const std::string_view kind : {"livenessProbe", "readinessProbe", "startupProbe"}) {
    const yaml::Node get = container.node.at(kind, "httpGet");
    if (!get.find("path").is_scalar()) continue;
    const std::string_view port = get.find("port").text();
    bool same = port == server_port;
    for (const auto& declared : container.ports) {
      const bool named = declared.name.value == port || declared.port.node.text() == port;
      same = same || (named && (declared.name.value == server_port ||
                                declared.port.node.text() == server_port));
    }
    if (same) out.push_back(get.find("path"));
  }
  return out;
}

/// Whether a match of a route takes `path`, its other conditions aside.
bool takes(yaml::Node match, std::string_view path) {
  const yaml::Node value = match.at("path", "value");
  const std::string_view type = match.at("path", "type").text();
  if (!value) return true;
  if (type == "Exact") return value.text() == path;
  // Whether an expression matches is not worth a wrong warning.
  if (type == "RegularExpression") return true;
  std::string_view prefix = value.text();
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  return path.starts_with(prefix) &&
         (path.size() == prefix.size() || path[prefix.size()] == '/' || path[prefix.size()] == '?');
}

bool route_takes(const Object& route, std::string_view path) {
  for (const yaml::Node rule : route.spec.find("rules").items()) {
    const yaml::Node matches = rule.find("matches");
    if (matches.size() == 0) return true;
    for (const yaml::Node match : matches.items()) {
      if (takes(match, path)) return true;
    }
  }
  return route.spec.find("rules").size() == 0;
}

void check_probes(const objects::WorkloadIndex& workloads, const Object& server,
                  const std::vector<const Object*>& routes, Findings& found) {
  const yaml::Node selector = server.spec.find("podSelector");
  if (!selector.is_mapping()) return;
  const std::string_view port = server.spec.find("port").text();
  for (const Workload* workload : workloads.selected(server.scope, selector)) {
    for (const Container& container : workload->containers) {
      for (const yaml::Node path : probe_paths(container, port)) {
        const bool taken = std::any_of(routes.begin(), routes.end(), [&](const Object* route) {
          return route_takes(*route, path.text());
        });
        if (taken) continue;
        found
            .add(routes.front()->where(),
                 fmt::format("no route of Server `{}` takes the probe of `{}` to `{}`",
                             server.name.value, workload->name.value, path.text()))
            .relate(path.where(), "the probe")
            .with_help("add a route for the path of the probe, and authorize it");
      }
    }
  }
}

void probes_get_through(const Mesh& mesh, Findings& found) {
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const Object*>> by_server;
  linkerd::each_route(mesh, [&](const Object& route, RouteKind kind) {
    if (kind != RouteKind::policy_http && kind != RouteKind::http) return;
    for (const Reference& parent : linkerd::parents(route)) {
      if (parent.target == ParentKind::server) {
        by_server[{parent.scope, parent.name}].push_back(&route);
      }
    }
  });
  const KindIndex servers(mesh, kPolicy, "Server");
  const auto& workloads = mesh.derived<objects::WorkloadIndex>();
  for (const auto& [key, routes] : by_server) {
    const Object* const server = servers.find(key.first, key.second);
    if (server != nullptr) check_probes(workloads, *server, routes, found);
  }
}

constexpr Rule kRules[] = {
    {.id = "MF3130",
     .name = "linkerd-server-closed",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Some policy lets clients use a Server",
     .why = "A Server without a policy refuses every request with 403, unless "
            "`accessPolicy` says otherwise. Reported only where the input shows other "
            "policies of the namespace.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop} #!
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  port: 8080
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: api, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: api}
  requiredAuthenticationRefs: []
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web}
  requiredAuthenticationRefs: []
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  port: 8080
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: api, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: api}
  requiredAuthenticationRefs: []
)",
     .check = servers_let_somebody_in},
    {.id = "MF3131",
     .name = "linkerd-probe-refused",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Routes of a Server leave a way for probes",
     .why = "Linkerd authorizes the kubelet's probes by itself only while a Server has no "
            "routes. With the first route they need one of their own; otherwise pods never "
            "become ready, or are restarted.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop} #!
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}]
  rules:
  - matches: [{path: {value: /cart}}]
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers:
  - name: web
    image: web:1
    ports: [{name: http, containerPort: 8080}]
    livenessProbe: {httpGet: {path: /healthz, port: http}}
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}]
  rules:
  - matches: [{path: {value: /cart}}]
  - matches: [{path: {value: /healthz}}]
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers:
  - name: web
    image: web:1
    ports: [{name: http, containerPort: 8080}]
    livenessProbe: {httpGet: {path: /healthz, port: http}}
)",
     .check = probes_get_through},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_access_rules() { return kRules; }

}  // namespace meshfn::lint
