// Values that VirtualServices and DestinationRules share: names, hosts, durations, expressions.

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/places.h"
#include "lint/rules/policies.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::istio::DestinationRule;
using resource::istio::VirtualService;

void report(yaml::Node node, const std::string& problem, Findings& found) {
  if (!problem.empty()) found.add(node.where(), problem);
}

constexpr std::string_view kDestinationHosts[] = {
    "http[].route[].destination.host", "http[].mirror.host", "http[].mirrors[].destination.host",
    "tls[].route[].destination.host", "tcp[].route[].destination.host"};

void service_hosts(const VirtualService& service, const Mesh&, Findings& found) {
  const bool names_mesh = resource::istio::names_mesh(service.gateways);
  // Names that a gateway between networks makes are known by what TLS asks for.
  const bool by_sni = std::any_of(service.tls.begin(), service.tls.end(), [](const auto& route) {
    return std::any_of(route.match.begin(), route.match.end(),
                       [](const auto& match) { return !match.sni_hosts.empty(); });
  });
  const auto check = [&](yaml::Node host, bool generated) {
    if (istio::is_ip(host.text()) || (generated && istio::is_generated_name(host.text()))) return;
    report(host, istio::domain_problem(host.text()), found);
  };
  each_at(service.spec, "hosts[]", [&](yaml::Node host) {
    check(host, by_sni && !names_mesh && !service.gateways.empty());
  });
  each_at(service.spec, "tls[].match[].sniHosts[]",
          [&](yaml::Node host) { check(host, !names_mesh); });
  std::string_view fine;  // most routes of a VirtualService lead to one host
  each_at_any(service.spec, kDestinationHosts, [&](yaml::Node host) {
    const std::string_view text = host.text();
    if (text.empty() || text == fine) return;  // an empty one is reported as missing
    if (text == "*") {
      found.add(host.where(), "`*` is no destination").with_help("name the host to send to");
      return;
    }
    const std::string problem = istio::domain_problem(text);
    report(host, problem, found);
    if (problem.empty()) fine = text;
  });
}

void rule_hosts(const DestinationRule& rule, const Mesh&, Findings& found) {
  // The schema asks for a host where there is a `spec`.
  if (rule.spec.is_null()) found.add(rule.where(), "this DestinationRule names no host");
  each_at(rule.spec, "host",
          [&](yaml::Node host) { report(host, istio::domain_problem(host.text()), found); });
  for (const PolicyUse& use : policies(rule)) {
    each_at(use.policy->node, "tunnel.targetHost", [&](yaml::Node host) {
      if (!istio::is_ip(host.text())) report(host, istio::name_problem(host.text()), found);
    });
  }
}

constexpr std::string_view kGatewayNames[] = {"gateways[]", "http[].match[].gateways[]",
                                              "tls[].match[].gateways[]",
                                              "tcp[].match[].gateways[]"};

constexpr std::string_view kServiceLabels[] = {
    "http[].route[].destination.subset",   "http[].mirror.subset",
    "http[].mirrors[].destination.subset", "tls[].route[].destination.subset",
    "tcp[].route[].destination.subset",    "http[].match[].sourceNamespace"};

void service_names(const VirtualService& service, const Mesh&, Findings& found) {
  each_at_any(service.spec, kGatewayNames, [&](yaml::Node name) {
    // Names that Istio generates for itself are another rule's.
    if (name.text().find('~') != std::string_view::npos) return;
    report(name, istio::gateway_name_problem(name.text()), found);
  });
  each_at_any(service.spec, kServiceLabels, [&](yaml::Node name) {
    // An empty text is the same as none.
    if (!name.text().empty()) report(name, istio::label_problem(name.text()), found);
  });
}

void subset_names(const DestinationRule& rule, const Mesh&, Findings& found) {
  each_at(rule.spec, "subsets[].name",
          [&](yaml::Node name) { report(name, istio::label_problem(name.text()), found); });
}

template <class R>
void exports(const R& object, const Mesh&, Findings& found) {
  for (const auto& problem : istio::export_problems(object.export_to, object.scope)) {
    found.add(problem.where, problem.message);
  }
}

/// A rule for selected workloads cannot leave their namespace.
void rule_exports(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  exports(rule, mesh, found);
  if (!rule.spec.find("workloadSelector").is_mapping()) return;
  for (const auto& name : rule.export_to) {
    if (name.value == "." || name.value == rule.scope) continue;
    found.add(name.where(), "a rule with `workloadSelector` is exported to its own namespace only")
        .relate(rule.spec.find_key("workloadSelector").where(), "the selector")
        .with_help("write `exportTo: [.]`, or leave it out");
  }
}

constexpr std::string_view kServiceDurations[] = {"http[].timeout", "http[].retries.perTryTimeout",
                                                  "http[].retries.backoff",
                                                  "http[].fault.delay.fixedDelay"};

constexpr std::string_view kPolicyDurations[] = {"outlierDetection.baseEjectionTime",
                                                 "outlierDetection.interval",
                                                 "connectionPool.http.idleTimeout",
                                                 "connectionPool.http.http2KeepAlive.interval",
                                                 "connectionPool.http.http2KeepAlive.timeout",
                                                 "connectionPool.tcp.connectTimeout",
                                                 "connectionPool.tcp.maxConnectionDuration",
                                                 "connectionPool.tcp.tcpKeepalive.time",
                                                 "connectionPool.tcp.tcpKeepalive.interval",
                                                 "loadBalancer.warmup.duration"};

/// Durations that may be zero, or whose form the schema does not know.
constexpr std::string_view kLenientDurations[] = {"connectionPool.tcp.idleTimeout",
                                                  "loadBalancer.consistentHash.httpCookie.ttl",
                                                  "retryBudget.budgetInterval"};

/// What the schema takes for a duration must be of whole units.
void check_duration(yaml::Node node, std::chrono::nanoseconds unit, std::string_view name,
                    Findings& found) {
  const auto value = parse_duration(node.text());
  if (!value || *value < std::chrono::milliseconds(1) || value->count() % unit.count() == 0) return;
  found.add(node.where(), fmt::format("`{}` is no whole number of {}", node.text(), name))
      .with_help(fmt::format("write `{}`", format_duration(*value - *value % unit)));
}

void service_durations(const VirtualService& service, const Mesh&, Findings& found) {
  each_at_any(service.spec, kServiceDurations, [&](yaml::Node node) {
    check_duration(node, std::chrono::milliseconds(1), "milliseconds", found);
  });
  each_at(service.spec, "http[].corsPolicy.maxAge", [&](yaml::Node node) {
    check_duration(node, std::chrono::seconds(1), "seconds", found);
  });
}

void policy_durations(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const auto check = [&](yaml::Node node) {
      check_duration(node, std::chrono::milliseconds(1), "milliseconds", found);
    };
    each_at_any(use.policy->node, kPolicyDurations, check);
    each_at_any(use.policy->node, kLenientDurations, [&](yaml::Node node) {
      if (!parse_duration(node.text())) {
        found.add(node.where(), fmt::format("`{}` is no duration", node.text()))
            .with_help("write a number and a unit, as in `1.5s` or `2m30s`");
      }
    });
    each_at(use.policy->node, kLenientDurations[0], [&](yaml::Node node) {
      const auto value = parse_duration(node.text());
      const bool is_off = value && value->count() == 0;
      if (value && !is_off) report(node, istio::duration_problem(*value), found);
    });
  }
}

/// Durations of a Sidecar's connectionPool, as of a rule's.
constexpr std::string_view kPoolDurations[] = {"tcp.connectTimeout",
                                               "tcp.maxConnectionDuration",
                                               "tcp.tcpKeepalive.time",
                                               "tcp.tcpKeepalive.interval",
                                               "tcp.idleTimeout",
                                               "http.idleTimeout",
                                               "http.http2KeepAlive.interval",
                                               "http.http2KeepAlive.timeout"};

void check_other_duration(yaml::Node node, Findings& found) {
  const auto value = parse_duration(node.text());
  if (!value) {
    found.add(node.where(), fmt::format("`{}` is no duration", node.text()))
        .with_help("write a number and a unit, as in `1.5s` or `2m30s`");
  } else if (value->count() != 0) {
    report(node, istio::duration_problem(*value), found);
  }
}

void other_durations(const Object& object, const Mesh&, Findings& found) {
  const auto check = [&](yaml::Node node) { check_other_duration(node, found); };
  if (objects::is(object, "networking.istio.io", "Sidecar")) {
    for (const std::string_view pool : {"inboundConnectionPool", "ingress[].connectionPool"}) {
      each_at(object.spec, pool,
              [&](yaml::Node node) { each_at_any(node, kPoolDurations, check); });
    }
  } else if (objects::is(object, "security.istio.io", "RequestAuthentication")) {
    each_at(object.spec, "jwtRules[].timeout", check);
  }
}

constexpr std::string_view kExpressions[] = {
    "http[].match[].uri.regex",           "http[].match[].scheme.regex",
    "http[].match[].method.regex",        "http[].match[].authority.regex",
    "http[].match[].headers{}.regex",     "http[].match[].withoutHeaders{}.regex",
    "http[].match[].queryParams{}.regex", "http[].corsPolicy.allowOrigins[].regex"};

void expressions_compile(const VirtualService& service, const Mesh&, Findings& found) {
  constexpr std::string_view kAnyHeader = "http[].match[].withoutHeaders{}.regex";
  for (const std::string_view path : kExpressions) {
    each_at(service.spec, path, [&](yaml::Node node) {
      // Istio takes a bare `*` there for "present with any value".
      if (path == kAnyHeader && node.text() == "*") return;
      report(node, istio::regex_problem(node.text()), found);
    });
  }
  each_at(service.spec, "http[].rewrite.uriRegexRewrite.match", [&](yaml::Node node) {
    if (!node.text().empty()) report(node, istio::regex_problem(node.text()), found);
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1105",
     .name = "host-name-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Hosts are DNS names, with a wildcard only as the first label",
     .why = "Istio's webhook refuses other names: `a*.example.com`, `reviews_v1`, an empty label. "
            "A destination is one host, so `*` is none.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.*.example.com] #!
  http:
  - route: [{destination: {host: reviews_v1}}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: ["*.reviews.example.com"]
  http:
  - route: [{destination: {host: reviews-v1}}]
)",
     .aliases = "IST0106",
     .check = Each<service_hosts, rule_hosts>::run},
    {.id = "MF1106",
     .name = "reference-name-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Subsets, gateways and namespaces are called by possible names",
     .why = "Names of subsets and namespaces are DNS labels, and a gateway is `name` or "
            "`namespace/name`. Istio's webhook refuses other text.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - {name: version_1, labels: {version: v1}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - {name: version-1, labels: {version: v1}}
)",
     .aliases = "IST0106",
     .check = Each<service_names, subset_names>::run},
    {.id = "MF1107",
     .name = "export-to-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "exportTo names namespaces once, or `*` alone",
     .why = "`exportTo` lists namespaces, `.` for the own one, or `*` for all. Istio's webhook "
            "refuses repetitions, and `*` among others.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  exportTo: [., "*"] #!
  trafficPolicy: {loadBalancer: {simple: RANDOM}}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  exportTo: ["*"]
  trafficPolicy: {loadBalancer: {simple: RANDOM}}
)",
     .aliases = "IST0106",
     .check = Each<exports<VirtualService>, rule_exports>::run},
    {.id = "MF1108",
     .name = "duration-fraction",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Durations can be read and are whole milliseconds",
     .why = "Envoy counts in milliseconds (a CORS answer's age in seconds), and Istio's webhook "
            "refuses what is finer.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 1.0005s #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 1.5s
)",
     .aliases = "IST0106",
     .check = Each<service_durations, policy_durations>::run},
    {.id = "MF1110",
     .name = "regex-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Regular expressions compile in RE2's dialect",
     .why = "Istio and Envoy use RE2, which has no look-around and no back references; the webhook "
            "refuses an expression that does not compile, is empty, or has more than 1024 bytes.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {regex: "/(?!admin).*"}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {regex: "/reviews/[0-9]+"}}]
    route: [{destination: {host: reviews}}]
)",
     .aliases = "IST0106",
     .check = Each<expressions_compile>::run},
    {.id = "MF1161",
     .name = "other-duration-fraction",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Durations of Sidecars and token rules are whole milliseconds",
     .why =
         "What holds for DestinationRules holds for the connection pools of Sidecars and for the "
         "time in which keys are fetched: Istio's webhook refuses what is finer or unreadable.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  inboundConnectionPool: {tcp: {connectTimeout: 1.5ms}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  inboundConnectionPool: {tcp: {connectTimeout: 1.5s}}
)",
     .aliases = "IST0106",
     .check = Each<other_durations>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family istio_value_rules() { return kRules; }

}  // namespace meshfn::lint
