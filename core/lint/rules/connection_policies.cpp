// Traffic policies of DestinationRules: connections, hashing, warm-up, single ports.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/places.h"
#include "lint/rules/policies.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::DestinationRule;

constexpr std::array<std::string_view, 4> kPortSettings = {"outlierDetection", "connectionPool",
                                                           "loadBalancer", "tls"};

void port_settings_are_complete(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const yaml::Node node = use.policy->node;
    if (!use.is_port || !node.is_mapping()) continue;
    if (node.find("port").is_null()) {
      found.add(node.where(), "these settings are for no port")
          .with_help("add `port: {number: …}`, or move them to the policy itself");
    }
    const bool any = std::any_of(kPortSettings.begin(), kPortSettings.end(),
                                 [&](std::string_view key) { return node.find(key); });
    if (any) continue;
    found.add(node.where(), "this port has no settings")
        .with_help("remove it, or add what it should set");
  }
}

void tunnels_are_possible(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const yaml::Node tunnel = use.policy->node.find("tunnel");
    if (!tunnel.is_mapping()) continue;
    const yaml::Node proxy = use.policy->node.find_key("proxyProtocol");
    if (proxy) {
      found.add(proxy.where(), "a policy has `tunnel` or `proxyProtocol`, not both")
          .relate(use.policy->node.find_key("tunnel").where(), "the other one")
          .with_help("remove one of them");
    }
    const std::string_view protocol = tunnel.find("protocol").text();
    if (protocol.empty() || protocol == "CONNECT" || protocol == "POST") continue;
    found.add(tunnel.find("protocol").where(), fmt::format("`{}` opens no tunnel", protocol))
        .with_help("use `CONNECT` or `POST`");
  }
}

void keepalives_are_complete(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    each_at(use.policy->node, "connectionPool.http.http2KeepAlive", [&](yaml::Node keepalive) {
      const bool has_interval = !keepalive.find("interval").is_null();
      if (has_interval && !keepalive.find("timeout").is_null()) return;
      found.add(keepalive.where(), "`http2KeepAlive` needs `interval` and `timeout`")
          .with_help(has_interval ? "add `timeout:`" : "add `interval:`");
    });
  }
}

bool is_prime(std::int64_t number) {
  if (number < 2) return false;
  for (std::int64_t factor = 2; factor * factor <= number; ++factor) {
    if (number % factor == 0) return false;
  }
  return true;
}

/// Envoy's limit for a table, itself a prime.
constexpr std::int64_t kTableLimit = 5000011;

void check_table(yaml::Node maglev, Findings& found) {
  const yaml::Node written = maglev.find("tableSize");
  if (maglev.is_mapping() && (!written || written.is_null())) {
    found.add(maglev.where(), "this table has no size")
        .with_help("add `tableSize`, a prime such as 65537");
    return;
  }
  const auto size = resource::integer(written);
  if (!size || (size.value < kTableLimit && is_prime(size.value))) return;
  auto& finding = found.add(size.where(), fmt::format("{} is no size of a table", size.value));
  finding.with_help(fmt::format("give a prime below {}, for example 65537", kTableLimit));
}

void check_cookie(yaml::Node cookie, Findings& found) {
  const yaml::Node name = cookie.find("name");
  if (name && name.text().empty()) found.add(name.where(), "this cookie has no name");
  std::map<std::string_view, yaml::Node> seen;
  each_at(cookie, "attributes[].name", [&](yaml::Node attribute) {
    if (attribute.text().empty()) found.add(attribute.where(), "this attribute has no name");
    const auto [first, is_new] = seen.emplace(attribute.text(), attribute);
    if (is_new || attribute.text().empty()) return;
    found.add(attribute.where(), fmt::format("attribute `{}` is given twice", attribute.text()))
        .relate(first->second.where(), "first here")
        .with_help("remove one of them");
  });
}

void hashing_is_possible(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    each_at(use.policy->node, "loadBalancer.consistentHash", [&](yaml::Node hash) {
      check_cookie(hash.find("httpCookie"), found);
      check_table(hash.find("maglev"), found);
      if (resource::integer(hash.find("minimumRingSize")).value == 0) return;
      for (const std::string_view other : {"ringHash", "maglev"}) {
        if (!hash.find(other)) continue;
        found
            .add(hash.find_key("minimumRingSize").where(),
                 fmt::format("`minimumRingSize` cannot be combined with `{}`", other))
            .relate(hash.find_key(other).where(), "the other one")
            .with_help("use `ringHash.minimumRingSize` alone");
      }
    });
  }
}

void warmup_rises(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    each_at(use.policy->node, "loadBalancer.warmup.aggression", [&](yaml::Node node) {
      const auto aggression = resource::number(node);
      if (!aggression || aggression.value != 0) return;  // the schema knows what is below 0
      found.add(node.where(), "an aggression of 0 never warms up")
          .with_help("give a number above 0; 1 is linear");
    });
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1206",
     .name = "port-settings-incomplete",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Settings of a port name the port and set something",
     .why = "Istio's webhook refuses an entry of `portLevelSettings` without port or without "
            "settings.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    portLevelSettings:
    - loadBalancer: {simple: RANDOM} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    portLevelSettings:
    - port: {number: 80}
      loadBalancer: {simple: RANDOM}
)",
     .aliases = "IST0106",
     .check = Each<port_settings_are_complete>::run},
    {.id = "MF1207",
     .name = "tunnel-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A tunnel is opened with CONNECT or POST",
     .why = "Istio's webhook refuses other methods, and a tunnel together with the PROXY protocol.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    tunnel: {protocol: GET, targetHost: db.example.com, targetPort: 443} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    tunnel: {protocol: CONNECT, targetHost: db.example.com, targetPort: 443}
)",
     .aliases = "IST0106",
     .check = Each<tunnels_are_possible>::run},
    {.id = "MF1208",
     .name = "keepalive-incomplete",
     .severity = Severity::error,
     .group = "istio",
     .summary = "HTTP/2 keepalives have an interval and a timeout",
     .why = "Istio's webhook refuses one without the other.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    connectionPool:
      http:
        http2KeepAlive: {interval: 30s} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    connectionPool:
      http:
        http2KeepAlive: {interval: 30s, timeout: 5s}
)",
     .aliases = "IST0106",
     .check = Each<keepalives_are_complete>::run},
    {.id = "MF1209",
     .name = "consistent-hash-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Consistent hashing has a possible table and cookie",
     .why = "Maglev's table has a prime number of entries below 5000011. A cookie and its "
            "attributes have names, each attribute once. Istio's webhook refuses the rest.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      consistentHash:
        useSourceIp: true
        maglev: {tableSize: 65536} #!
  subsets:
  - name: v1
    labels: {version: v1}
    trafficPolicy:
      loadBalancer:
        consistentHash:
          useSourceIp: true
          maglev: {} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      consistentHash:
        useSourceIp: true
        maglev: {tableSize: 65537}
)",
     .aliases = "IST0106",
     .check = Each<hashing_is_possible>::run},
    {.id = "MF1210",
     .name = "warmup-without-rise",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The aggression of a warm-up is above 0",
     .why = "It is the exponent with which a new endpoint's share rises; Istio's webhook refuses "
            "0.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      simple: ROUND_ROBIN
      warmup: {duration: 30s, aggression: 0} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      simple: ROUND_ROBIN
      warmup: {duration: 30s, aggression: 1.5}
)",
     .aliases = "IST0106",
     .check = Each<warmup_rises>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family connection_policy_rules() { return kRules; }

}  // namespace meshfn::lint
