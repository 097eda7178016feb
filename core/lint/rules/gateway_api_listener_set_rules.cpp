// ListenerSets: the Gateway they belong to, and whether it takes their listeners.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "lint/each.h"
#include "lint/rules/gateway_api.h"
#include "lint/rules/gateway_api_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using gateways::Gateway;
using gateways::Listener;
using gateways::Parents;
using resource::Mesh;
using resource::gateway_api::From;
using routing::Admission;

/// Calls `visit(set, gateway)` for every ListenerSet whose Gateway is in the input.
template <class Visit>
void each_set(const Mesh& mesh, const Parents& parents, Visit visit) {
  for (const Gateway& set : mesh.all<Gateway>()) {
    if (!set.is_listener_set) continue;
    const Gateway* const gateway = parents.find(set.parent);
    if (gateway != nullptr && !gateway->is_listener_set) visit(set, *gateway);
  }
}

Admission admission(const Parents& parents, const Gateway& set, const Gateway& gateway) {
  return routing::admits(gateway.listener_sets, gateway.scope, set.scope,
                         parents.labels(set.scope));
}

void gateways_exist(const Gateway& set, const Mesh& mesh, Findings& found) {
  const auto& parents = mesh.derived<Parents>();
  if (!set.is_listener_set) return;
  if (parents.found(set.parent) != Found::missing) return;
  found.add(set.parent.where(), fmt::format("{} does not exist", describe(set.parent)))
      .with_help(parents.hint(set.parent));
}

void gateways_take_their_sets(const Mesh& mesh, Findings& found) {
  const auto& parents = mesh.derived<Parents>();
  each_set(mesh, parents, [&](const Gateway& set, const Gateway& gateway) {
    if (set.context || admission(parents, set, gateway) != Admission::no) return;
    const yaml::Node policy = gateway.listener_sets.node;
    found
        .add(set.parent.where(), fmt::format("Gateway `{}` takes no ListenerSets of namespace `{}`",
                                             gateway.name.value, set.scope))
        .relate(policy ? policy.where() : gateway.where(),
                policy ? "it takes these" : "it takes none, which is the default")
        .with_help("set `allowedListeners.namespaces.from` of the Gateway");
  });
}

/// Sets in the order in which their listeners are merged: the older, then the first by name.
bool merges_before(const Gateway* a, const Gateway* b) {
  const auto key = [](const Gateway& set) {
    return std::tuple(set.metadata.find("creationTimestamp").text(), set.scope, set.name.value);
  };
  return key(*a) < key(*b);
}

void report_conflicts(const Gateway& gateway, std::vector<const Gateway*> sets, Findings& found) {
  struct Merged {
    const Gateway* owner;
    const Listener* listener;
  };

  std::stable_sort(sets.begin(), sets.end(), merges_before);
  sets.insert(sets.begin(), &gateway);
  std::map<std::int64_t, std::vector<Merged>> by_port;
  for (const Gateway* owner : sets) {
    for (const Listener& listener : owner->listeners) {
      auto& earlier = by_port[listener.port.value_or(0)];
      const auto rival = std::find_if(earlier.begin(), earlier.end(), [&](const Merged& other) {
        return other.owner != owner &&
               !gateways::conflict_between(*other.listener, listener).empty();
      });
      if (rival == earlier.end()) {
        earlier.push_back({owner, &listener});
        continue;
      }
      if (owner->context || !owner->is_listener_set) continue;
      found
          .add(listener.name.where(),
               fmt::format("port {} with {} is taken by listener `{}` of {} `{}`",
                           listener.port.value, gateways::describe_hostname(listener),
                           rival->listener->name.value, rival->owner->kind.value,
                           rival->owner->name.value))
          .relate(rival->listener->node.where(), "this one comes first")
          .with_help(fmt::format("the listener stays out of force ({})",
                                 gateways::conflict_between(*rival->listener, listener)));
    }
  }
}

void sets_do_not_conflict(const Mesh& mesh, Findings& found) {
  const auto& parents = mesh.derived<Parents>();
  std::vector<const Gateway*> order;
  std::map<const Gateway*, std::vector<const Gateway*>> sets;
  each_set(mesh, parents, [&](const Gateway& set, const Gateway& gateway) {
    if (admission(parents, set, gateway) == Admission::no) return;
    auto& list = sets[&gateway];
    if (list.empty()) order.push_back(&gateway);
    list.push_back(&set);
  });
  for (const Gateway* gateway : order) report_conflicts(*gateway, sets[gateway], found);
}

constexpr Rule kRules[] = {
    {.id = "MF2021",
     .name = "listener-set-gateway-missing",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "The Gateway of a ListenerSet exists",
     .why = "A ListenerSet adds listeners to a Gateway; without it they are served by nobody.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: edge
  allowedListeners: {namespaces: {from: Same}}
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: more, namespace: shop}
spec:
  parentRef: {name: wep} #!
  listeners: [{name: api, port: 8080, protocol: HTTP}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: edge
  allowedListeners: {namespaces: {from: Same}}
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: more, namespace: shop}
spec:
  parentRef: {name: web}
  listeners: [{name: api, port: 8080, protocol: HTTP}]
)",
     .check = Each<gateways_exist>::run},
    {.id = "MF2022",
     .name = "listener-set-not-allowed",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "A Gateway takes the ListenerSets that refer to it",
     .why = "A Gateway takes no ListenerSets unless `allowedListeners` says from which "
            "namespaces. Others are refused (Accepted is False, NotAllowed).",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: edge
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: more, namespace: shop}
spec:
  parentRef: {name: web} #!
  listeners: [{name: api, port: 8080, protocol: HTTP}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: edge
  allowedListeners: {namespaces: {from: Same}}
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: more, namespace: shop}
spec:
  parentRef: {name: web}
  listeners: [{name: api, port: 8080, protocol: HTTP}]
)",
     .check = gateways_take_their_sets},
    {.id = "MF2023",
     .name = "listener-set-conflict",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "Listeners of a ListenerSet are not taken by earlier ones",
     .why = "The listeners of the Gateway come first, then those of its ListenerSets from the "
            "oldest on. A later one with the same port and hostname, or with a protocol that "
            "the port cannot have too, is refused.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: edge
  allowedListeners: {namespaces: {from: Same}}
  listeners: [{name: http, port: 80, protocol: HTTP, hostname: a.example.com}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: more, namespace: shop}
spec:
  parentRef: {name: web}
  listeners: [{name: again, port: 80, protocol: HTTP, hostname: a.example.com}] #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: edge
  allowedListeners: {namespaces: {from: Same}}
  listeners: [{name: http, port: 80, protocol: HTTP, hostname: a.example.com}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: more, namespace: shop}
spec:
  parentRef: {name: web}
  listeners: [{name: other, port: 80, protocol: HTTP, hostname: b.example.com}]
)",
     .check = sets_do_not_conflict},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_listener_set_rules() { return kRules; }

}  // namespace meshfn::lint
