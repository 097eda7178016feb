// Servers: what the webhook refuses, and Servers that stand for no port or for another's.

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_objects.h"
#include "lint/rules/linkerd_values.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::kPolicy;
using objects::WorkloadIndex;
using resource::Mesh;
using resource::Object;
using resource::Text;
using resource::kubernetes::Workload;

/// Workloads of a Server; none for one of external workloads.
std::vector<const Workload*> pods_of(const WorkloadIndex& workloads, const Object& server) {
  const yaml::Node selector = server.spec.find("podSelector");
  if (!selector.is_mapping()) return {};
  return workloads.selected(server.scope, selector);
}

/// Turns a check of one Server and its pods into one of the mesh.
template <void (*Check)(const Object&, const WorkloadIndex&, const Mesh&, Findings&)>
void each_server(const Mesh& mesh, Findings& found) {
  const auto& workloads = mesh.derived<WorkloadIndex>();
  objects::each(mesh, kPolicy, "Server",
                [&](const Object& server) { Check(server, workloads, mesh, found); });
}

/// Port numbers that a Server stands for on a workload.
std::vector<std::int64_t> ports_on(const Object& server, const Workload& workload) {
  const Text port = resource::text(server.spec.find("port"));
  if (const auto number = linkerd::unsigned_number(*port)) {
    return {static_cast<std::int64_t>(*number)};
  }
  std::vector<std::int64_t> out;
  for (const auto& candidate : objects::ports_of(workload)) {
    const bool tcp = !candidate.protocol || *candidate.protocol == "TCP";
    if (tcp && candidate.port && candidate.name.value == *port) out.push_back(*candidate.port);
  }
  return out;
}

void check_word(const Object& server, std::string_view field,
                const std::vector<std::string_view>& words, Findings& found) {
  const Text value = resource::text(server.spec.find(field));
  if (!value) return;
  const std::string problem = linkerd::one_of_problem(*value, words);
  if (problem.empty()) return;
  found.add(value.where(), fmt::format("`{}` cannot be `{}`: {}", field, *value, problem));
}

void server_is_admitted(const Object& server, const Mesh&, Findings& found) {
  if (!objects::is(server, kPolicy, "Server")) return;
  check_word(server, "accessPolicy",
             {"all-authenticated", "all-unauthenticated", "cluster-authenticated",
              "cluster-unauthenticated", "deny", "audit"},
             found);
  check_word(server, "proxyProtocol", {"unknown", "HTTP/1", "HTTP/2", "gRPC", "opaque", "TLS"},
             found);
  const yaml::Node port = server.spec.find("port");
  if (!port.is_scalar() || port.is_null()) return;
  const auto number = resource::integer(port);
  if (number && (*number < 1 || *number > 65535)) {
    found.add(port.where(), fmt::format("port {} is not between 1 and 65535", *number));
  }
}

void server_selects(const Object& server, const WorkloadIndex& workloads, const Mesh& mesh,
                    Findings& found) {
  const yaml::Node selector = server.spec.find("podSelector");
  if (!selector.is_mapping() || !workloads.shows(server.scope)) return;
  if (objects::is_assumed_namespace(mesh, server.scope) || !pods_of(workloads, server).empty())
    return;
  found
      .add(selector.where(),
           fmt::format("no workload of namespace `{}` has pods with these labels", server.scope))
      .with_help("compare with the labels of the pod template");
}

void server_port_exists(const Object& server, const WorkloadIndex& workloads, const Mesh&,
                        Findings& found) {
  const Text port = resource::text(server.spec.find("port"));
  const auto pods = pods_of(workloads, server);
  if (!port || linkerd::unsigned_number(*port) || pods.empty()) return;
  std::vector<std::string_view> names;
  for (const Workload* workload : pods) {
    if (!ports_on(server, *workload).empty()) return;
    for (const auto& candidate : objects::ports_of(*workload)) {
      if (candidate.name) names.push_back(*candidate.name);
    }
  }
  found.add(port.where(), fmt::format("the pods have no TCP port called `{}`", *port))
      .relate(pods.front()->where(), "selected")
      .with_help(did_you_mean(*port, names));
}

void servers_do_not_overlap(const Mesh& mesh, Findings& found) {
  using Place = std::pair<const Workload*, std::int64_t>;
  const auto& workloads = mesh.derived<WorkloadIndex>();
  std::map<Place, const Object*> taken;
  std::vector<const Object*> servers = mesh.of_kind(kPolicy, "Server");
  // Files have no creation time; of Servers made together the first name wins.
  std::stable_sort(servers.begin(), servers.end(),
                   [](const Object* a, const Object* b) { return a->name.value < b->name.value; });
  for (const Object* server : servers) {
    bool told = server->context;
    for (const Workload* workload : pods_of(workloads, *server)) {
      for (const std::int64_t port : ports_on(*server, *workload)) {
        const auto [first, added] = taken.try_emplace({workload, port}, server);
        // Two files of one name are variants of one object.
        const bool same = first->second->name.value == server->name.value;
        if (added || told || same) continue;
        told = true;
        found
            .add(objects::place(server->spec, "port"),
                 fmt::format("port {} of `{}` belongs to Server `{}` already", port,
                             workload->name.value, first->second->name.value))
            .relate(first->second->where(), "the other Server")
            .with_help("one Server a port: merge them, or narrow a selector");
      }
    }
  }
}

void check_expressions(yaml::Node selector, Findings& found) {
  for (const yaml::Node expression : selector.find("matchExpressions").items()) {
    const std::string_view op = expression.find("operator").text();
    const bool values = expression.find("values").size() > 0;
    const bool takes_values = op == "In" || op == "NotIn";
    const bool takes_none = op == "Exists" || op == "DoesNotExist";
    if ((!takes_values || values) && (!takes_none || !values)) continue;
    found
        .add(objects::place(expression, "operator"),
             fmt::format("`{}` {} values, so this selects nothing", op,
                         takes_values ? "without" : "with"))
        .with_help(takes_values ? "add `values`" : "remove `values`");
  }
}

void expressions_can_match(const Object& object, const Mesh&, Findings& found) {
  if (objects::is(object, kPolicy, "Server")) {
    check_expressions(object.spec.find("podSelector"), found);
    check_expressions(object.spec.find("externalWorkloadSelector"), found);
  } else if (objects::is(object, kPolicy, "ServerAuthorization")) {
    check_expressions(object.spec.at("server", "selector"), found);
  }
}

void server_sees_traffic(const Object& server, const WorkloadIndex& workloads, const Mesh& mesh,
                         Findings& found) {
  for (const Workload* workload : pods_of(workloads, server)) {
    if (linkerd::injected(mesh, *workload) == linkerd::Injected::no) {
      found
          .add(server.where(),
               fmt::format("the pods of `{}` have no proxy to enforce this", workload->name.value))
          .relate(linkerd::pod_annotation(mesh, *workload, "linkerd.io/inject").where(),
                  "injection is off");
      return;
    }
    const Text skipped =
        linkerd::pod_annotation(mesh, *workload, "config.linkerd.io/skip-inbound-ports");
    for (const std::int64_t port : ports_on(server, *workload)) {
      if (!skipped || !linkerd::port_set(*skipped).contains(port)) continue;
      found
          .add(objects::place(server.spec, "port"),
               fmt::format("traffic to port {} of `{}` passes the proxy by", port,
                           workload->name.value))
          .relate(skipped.where(), "skipped here")
          .with_help("take the port out of `skip-inbound-ports`");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF3101",
     .name = "linkerd-server-value",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A Server's policy, protocol and port are possible ones",
     .why = "The schema takes any text here, and the webhook refuses the Server.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 70000 #!
  proxyProtocol: HTTP #!
  accessPolicy: authenticated #!
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
  proxyProtocol: HTTP/1
  accessPolicy: all-authenticated
)",
     .check = Each<server_is_admitted>::run},
    {.id = "MF3102",
     .name = "linkerd-server-selects-nothing",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "A Server selects pods",
     .why = "A Server looks at pods of its own namespace only. One that selects none protects "
            "nothing, and the port stays under the default policy.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: wep}} #!
  port: 8080
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers: [{name: web, image: "web:1", ports: [{name: http, containerPort: 8080}]}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
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
  containers: [{name: web, image: "web:1", ports: [{name: http, containerPort: 8080}]}]
)",
     .check = each_server<server_selects>},
    {.id = "MF3103",
     .name = "linkerd-server-port-missing",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A Server's named port is a TCP port of its pods",
     .why = "A name that no container port has selects no port: the policy is not enforced "
            "anywhere.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: htpp #!
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers: [{name: web, image: "web:1", ports: [{name: http, containerPort: 8080}]}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: http
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers: [{name: web, image: "web:1", ports: [{name: http, containerPort: 8080}]}]
)",
     .check = each_server<server_port_exists>},
    {.id = "MF3104",
     .name = "linkerd-server-overlap",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "A port of a pod has one Server",
     .why = "Of several Servers for one port only the oldest counts, then the first by name. The "
            "others and the policies attached to them are ignored.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: all, namespace: shop}
spec:
  podSelector: {}
  port: 8080
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: http #!
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers: [{name: web, image: "web:1", ports: [{name: http, containerPort: 8080}]}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: http
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers: [{name: web, image: "web:1", ports: [{name: http, containerPort: 8080}]}]
)",
     .check = servers_do_not_overlap},
    {.id = "MF3105",
     .name = "linkerd-selector-never-matches",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Selector expressions have the values that they need",
     .why = "Linkerd treats `In` or `NotIn` without values, and `Exists` or `DoesNotExist` with "
            "values, as matching nothing; the schema lets both pass.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector:
    matchExpressions:
    - {key: app, operator: Exists, values: [web]} #!
  port: 8080
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector:
    matchExpressions:
    - {key: app, operator: In, values: [web]}
  port: 8080
)",
     .check = Each<expressions_can_match>::run},
    {.id = "MF3106",
     .name = "linkerd-server-bypassed",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "The proxy sees the traffic of a Server's port",
     .why = "A port in `skip-inbound-ports` goes straight to the application, and pods without a "
            "proxy have nobody to enforce policy: everybody may connect.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080 #!
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels: {app: web}
  annotations: {config.linkerd.io/skip-inbound-ports: "8000-8090"}
spec:
  containers: [{name: web, image: "web:1", ports: [{name: http, containerPort: 8080}]}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  port: 8080
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels: {app: web}
  annotations: {config.linkerd.io/skip-inbound-ports: "9090"}
spec:
  containers: [{name: web, image: "web:1", ports: [{name: http, containerPort: 8080}]}]
)",
     .check = each_server<server_sees_traffic>},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_server_rules() { return kRules; }

}  // namespace meshfn::lint
