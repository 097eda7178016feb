// portLevelSettings: an entry is all that holds for its port.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/str.h"
#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/insight_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::DestinationRule;
using resource::istio::TrafficPolicy;

constexpr std::array<std::string_view, 4> kParts = {"tls", "outlierDetection", "connectionPool",
                                                    "loadBalancer"};

/// The parts that hold for a host or subset and that the entry of a port does not repeat.
std::vector<std::string> lost_parts(const TrafficPolicy& port, const TrafficPolicy* own,
                                    const TrafficPolicy* base) {
  std::vector<std::string> lost;
  for (const std::string_view part : kParts) {
    const bool set =
        (own != nullptr && own->node.find(part)) || (base != nullptr && base->node.find(part));
    if (set && !port.node.find(part)) lost.push_back(fmt::format("`{}`", part));
  }
  return lost;
}

void report_lost(const TrafficPolicy& own, const TrafficPolicy* base, Findings& found) {
  for (const TrafficPolicy& port : own.ports) {
    const auto lost = lost_parts(port, &own, base);
    if (lost.empty()) continue;
    auto& finding = found.add(port.port ? port.port.where() : port.node.where(),
                              fmt::format("port {} goes without {} of the policy", port.port.value,
                                          str::join(lost, ", ")));
    finding.relate(own.node.where(), "settings of a port replace these, they add nothing")
        .with_help("repeat them in the entry of the port");
    // Another way to balance is seldom missed.
    if (lost == std::vector<std::string>{"`loadBalancer`"}) finding.with_severity(Severity::info);
  }
}

void ports_keep_the_policy(const DestinationRule& rule, const Mesh&, Findings& found) {
  const TrafficPolicy* base = rule.traffic_policy ? &*rule.traffic_policy : nullptr;
  if (base != nullptr) report_lost(*base, nullptr, found);
  for (const auto& subset : rule.subsets) {
    if (subset.traffic_policy) report_lost(*subset.traffic_policy, base, found);
  }
}

/// Calls `check(ports of one policy)`.
template <class Check>
void each_port_list(const DestinationRule& rule, Check check) {
  if (rule.traffic_policy) check(rule.traffic_policy->ports);
  for (const auto& subset : rule.subsets) {
    if (subset.traffic_policy) check(subset.traffic_policy->ports);
  }
}

void ports_exist(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  if (!rule.host) return;
  const HostLookup& lookup = references.host(rule.host.value, rule.scope);
  const auto ports = lookup.ports();
  if (ports.empty()) return;
  each_port_list(rule, [&](const std::vector<TrafficPolicy>& entries) {
    for (const TrafficPolicy& entry : entries) {
      const bool known = std::find(ports.begin(), ports.end(), entry.port.value) != ports.end();
      if (!entry.port || known) continue;
      found
          .add(entry.port.where(),
               fmt::format("`{}` has no port {}", rule.host.value, entry.port.value))
          .with_help(fmt::format("it has {}: give the Service's port, not the container's",
                                 fmt::join(ports, ", ")));
    }
  });
}

void ports_stand_once(const DestinationRule& rule, const Mesh&, Findings& found) {
  each_port_list(rule, [&](const std::vector<TrafficPolicy>& entries) {
    std::map<std::int64_t, const TrafficPolicy*> seen;
    for (const TrafficPolicy& entry : entries) {
      if (!entry.port) continue;
      const auto [first, is_new] = seen.emplace(entry.port.value, &entry);
      if (is_new) continue;
      found
          .add(entry.port.where(), fmt::format("port {} has settings already, and the first ones "
                                               "are used",
                                               entry.port.value))
          .relate(first->second->port.where(), "first here")
          .with_help("merge the two entries");
    }
  });
}

constexpr Rule kRules[] = {
    {.id = "MF5121",
     .name = "port-settings-drop-policy",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Settings of a port repeat what the host has",
     .why = "An entry of `portLevelSettings` replaces `tls`, `outlierDetection`, `connectionPool` "
            "and `loadBalancer` of the level above for its port, also those that it does not "
            "name: a port can lose its encryption or its circuit breaker that way.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL}
    portLevelSettings:
    - port: {number: 9080} #!
      loadBalancer: {simple: ROUND_ROBIN}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL}
    portLevelSettings:
    - port: {number: 9080}
      loadBalancer: {simple: ROUND_ROBIN}
      tls: {mode: ISTIO_MUTUAL}
)",
     .check = Each<ports_keep_the_policy>::run},
    {.id = "MF5122",
     .name = "port-settings-port-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Settings of a port are for a port of the host",
     .why = "The number is that of the Service, not of the container. Settings of another number "
            "apply to nothing.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80, targetPort: 9080}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    portLevelSettings:
    - port: {number: 9080} #!
      tls: {mode: ISTIO_MUTUAL}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80, targetPort: 9080}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    portLevelSettings:
    - port: {number: 80}
      tls: {mode: ISTIO_MUTUAL}
)",
     .check = Each<ports_exist>::run},
    {.id = "MF5123",
     .name = "port-settings-twice",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A port has one entry of settings",
     .why = "Of two entries for one port the first is used and the second is ignored in silence.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    portLevelSettings:
    - {port: {number: 80}, tls: {mode: ISTIO_MUTUAL}}
    - {port: {number: 80}, loadBalancer: {simple: RANDOM}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    portLevelSettings:
    - {port: {number: 80}, tls: {mode: ISTIO_MUTUAL}, loadBalancer: {simple: RANDOM}}
)",
     .check = Each<ports_stand_once>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family port_setting_rules() { return kRules; }

}  // namespace meshfn::lint
