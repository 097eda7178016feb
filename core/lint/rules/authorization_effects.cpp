// AuthorizationPolicies that allow or deny more than they seem to.

#include <fmt/format.h>

#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/insight_families.h"
#include "lint/rules/request_attributes.h"
#include "lint/rules/service_index.h"
#include "resource/kubernetes/traffic.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Service;

template <class Visit>
void each_policy(const Mesh& mesh, Visit visit) {
  objects::each(mesh, "security.istio.io", "AuthorizationPolicy", visit);
}

std::string_view action_of(const Object& policy) {
  const std::string_view action = policy.spec.find("action").text();
  return action.empty() ? "ALLOW" : action;
}

/// Whether the Services lead only to ports that carry bytes, and to at least one.
bool carry_bytes_only(const ServiceIndex::Services& services) {
  bool any = false;
  for (const Service* service : services) {
    for (const auto& port : service->ports) {
      if (!is_opaque(traffic_of(port))) return false;
      any = true;
    }
  }
  return any;
}

void http_attributes_meet_requests(const Mesh& mesh, Findings& found) {
  const auto& services = mesh.derived<ServiceIndex>();
  each_policy(mesh, [&](const Object& policy) {
    const auto labels = resource::labels(policy.spec.at("selector", "matchLabels"));
    if (labels.empty()) return;
    const auto pods = mesh.workloads(policy.scope, labels);
    if (pods.empty()) return;
    ServiceIndex::Services all;
    for (const auto* pod : pods) {
      const auto some = services.of(*pod);
      all.insert(all.end(), some.begin(), some.end());
    }
    if (!carry_bytes_only(all)) return;
    for (const yaml::Node rule : policy.spec.find("rules").items()) {
      const yaml::Node key = http_attribute(rule);
      if (!key) continue;
      const bool allows = action_of(policy) == "ALLOW";
      found
          .add(key.where(),
               fmt::format("connections to these pods have no `{}`, so the rule {}", key.text(),
                           allows ? "allows nothing" : "holds for all of them"))
          .relate(all.front()->where(), "a Service whose ports carry bytes")
          .with_help("use attributes of connections, such as principals, namespaces and ports");
    }
  });
}

bool holds_for_all(yaml::Node rule) { return rule.is_mapping() && rule.size() == 0; }

void rules_say_for_whom(const Mesh& mesh, Findings& found) {
  each_policy(mesh, [&](const Object& policy) {
    const std::string_view action = action_of(policy);
    if (action != "ALLOW" && action != "DENY") return;
    // Some mean it, and their names say so.
    const std::string_view name = policy.name.value;
    if (name.find("all") != std::string_view::npos || name.find("any") != std::string_view::npos ||
        name.find("deny") != std::string_view::npos) {
      return;
    }
    for (const yaml::Node rule : policy.spec.find("rules").items()) {
      if (!holds_for_all(rule)) continue;
      found
          .add(rule.where(), fmt::format("an empty rule {} every request",
                                         action == "ALLOW" ? "allows" : "denies"))
          .with_help("name sources or operations, or call the policy what it is (`allow-all`)");
    }
  });
}

bool has_only(yaml::Node rule, std::string_view field) {
  return rule.size() == 1 && rule.find(field);
}

void parts_of_a_rule_belong_together(const Mesh& mesh, Findings& found) {
  each_policy(mesh, [&](const Object& policy) {
    const yaml::Node rules = policy.spec.find("rules");
    if (rules.size() != 2) return;
    const yaml::Node first = rules.item(0);
    const yaml::Node second = rules.item(1);
    const bool split = (has_only(first, "from") && has_only(second, "to")) ||
                       (has_only(first, "to") && has_only(second, "from")) ||
                       (has_only(first, "from") && has_only(second, "when")) ||
                       (has_only(first, "to") && has_only(second, "when"));
    if (!split) return;
    found.add(second.where(), "this is a rule of its own: either of the two is enough")
        .relate(first.where(), "the other rule")
        .with_help("take the dash away to ask for both");
  });
}

void denied_hosts_have_ports(const Mesh& mesh, Findings& found) {
  each_policy(mesh, [&](const Object& policy) {
    if (action_of(policy) != "DENY") return;
    for (const yaml::Node rule : policy.spec.find("rules").items()) {
      for (const yaml::Node to : rule.find("to").items()) {
        const yaml::Node hosts = to.find("operation").find("hosts");
        for (const yaml::Node host : hosts.items()) {
          const std::string_view text = host.text();
          if (text.find_first_of("*:") != std::string_view::npos || text.empty()) continue;
          const std::string with_port = fmt::format("{}:", text);
          bool covered = false;
          for (const yaml::Node other : hosts.items()) {
            covered = covered || other.text().starts_with(with_port) ||
                      other.text() == fmt::format("{}*", text);
          }
          if (covered) continue;
          found.add(host.where(), fmt::format("a client that asks for `{}:80` is not denied", text))
              .with_help(fmt::format("add `{}:*`", text));
        }
      }
    }
  });
}

/// Whether a `*` stands where it is compared as it is: a pattern has one, at an end.
bool has_literal_star(std::string_view text) {
  if (text.find('{') != std::string_view::npos) return false;
  if (text.starts_with('*')) {
    text.remove_prefix(1);
  } else if (text.ends_with('*')) {
    text.remove_suffix(1);
  }
  return text.find('*') != std::string_view::npos;
}

void paths_can_match(const Mesh& mesh, Findings& found) {
  each_policy(mesh, [&](const Object& policy) {
    for (const yaml::Node rule : policy.spec.find("rules").items()) {
      for (const yaml::Node to : rule.find("to").items()) {
        for (const std::string_view field : {"paths", "notPaths"}) {
          for (const yaml::Node path : to.find("operation").find(field).items()) {
            const std::string_view text = path.text();
            const bool query = text.find_first_of("?#") != std::string_view::npos;
            const bool rooted = text.starts_with('/') || text.starts_with('*');
            const bool star = has_literal_star(text);
            if (text.empty() || (rooted && !query && !star)) continue;
            found
                .add(path.where(), query  ? "a path is compared without its query string"
                                   : star ? "only a `*` at one end stands for other text"
                                          : "no path begins like this")
                .with_help(query  ? "end it with `*` before the `?`"
                           : star ? "use `{*}` for one segment, or a prefix"
                                  : "begin it with `/`");
          }
        }
      }
    }
  });
}

constexpr Rule kRules[] = {
    {.id = "MF5521",
     .name = "http-rule-on-bytes",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Attributes of requests are asked for where requests are seen",
     .why = "On a port that carries TCP or TLS there are no methods, paths, hosts or tokens. An "
            "ALLOW rule that asks for one is left out, which denies everything; in a DENY rule "
            "the attribute is left out, which denies more than was meant.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: shop}
spec:
  selector: {app: ledger}
  ports: [{name: tcp-db, port: 5432}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ledger, namespace: shop}
spec:
  selector: {matchLabels: {app: ledger}}
  template:
    metadata: {labels: {app: ledger}}
    spec: {containers: [{name: db, image: db:1, ports: [{containerPort: 5432}]}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: ledger, namespace: shop}
spec:
  selector: {matchLabels: {app: ledger}}
  rules:
  - to: [{operation: {methods: [GET], ports: ["5432"]}}] #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: shop}
spec:
  selector: {app: ledger}
  ports: [{name: tcp-db, port: 5432}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ledger, namespace: shop}
spec:
  selector: {matchLabels: {app: ledger}}
  template:
    metadata: {labels: {app: ledger}}
    spec: {containers: [{name: db, image: db:1, ports: [{containerPort: 5432}]}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: ledger, namespace: shop}
spec:
  selector: {matchLabels: {app: ledger}}
  rules:
  - to: [{operation: {ports: ["5432"]}}]
)",
     .check = http_attributes_meet_requests},
    {.id = "MF5522",
     .name = "rule-for-everyone",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A rule says for which requests it is",
     .why = "An empty rule holds for every request: in an ALLOW policy it opens the workload, in a "
            "DENY policy it closes it. Policies whose name says so are left alone.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - {} #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {namespaces: [shop]}}]
)",
     .check = rules_say_for_whom},
    {.id = "MF5523",
     .name = "rule-split-by-dash",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Who and what of a rule stand in one entry",
     .why = "Rules are alternatives. A dash too many turns `these callers may do this` into "
            "`these callers may do anything, and anybody may do this`.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {namespaces: [shop]}}]
  - to: [{operation: {methods: [GET]}}] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - from: [{source: {namespaces: [shop]}}]
    to: [{operation: {methods: [GET]}}]
)",
     .check = parts_of_a_rule_belong_together},
    {.id = "MF5524",
     .name = "denied-host-without-port",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A host that is denied is denied with a port, too",
     .why = "`hosts` is compared with the Host header as sent. `admin.example.com:80` is another "
            "text than `admin.example.com` and gets past a DENY rule for the latter.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: edge, namespace: shop}
spec:
  action: DENY
  rules:
  - from: [{source: {notNamespaces: [shop]}}]
    to: [{operation: {hosts: [admin.example.com], ports: ["80"]}}] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: edge, namespace: shop}
spec:
  action: DENY
  rules:
  - from: [{source: {notNamespaces: [shop]}}]
    to:
    - operation: {hosts: [admin.example.com, "admin.example.com:*"], ports: ["80"]}
)",
     .check = denied_hosts_have_ports},
    {.id = "MF5525",
     .name = "policy-path-impossible",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Paths of a policy are paths that requests can have",
     .why = "Paths begin with `/` and are compared without the query string. Another text never "
            "matches: an ALLOW rule lets nothing through, a DENY rule stops nothing.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - to: [{operation: {paths: [info]}}] #!
  - to: [{operation: {paths: [/items/*/picture]}}] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reviews, namespace: shop}
spec:
  rules:
  - to: [{operation: {paths: [/info]}}]
  - to: [{operation: {paths: ["/items/{*}/picture"]}}]
)",
     .check = paths_can_match},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family authorization_effect_rules() { return kRules; }

}  // namespace meshfn::lint
