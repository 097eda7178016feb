// What the matches of VirtualServices hold besides names and expressions.

#include <fmt/format.h>

#include "lint/each.h"
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
using resource::istio::DestinationRule;
using resource::istio::VirtualService;

constexpr std::string_view kPrefixes[] = {
    "http[].match[].scheme.prefix",           "http[].match[].method.prefix",
    "http[].match[].authority.prefix",        "http[].match[].headers{}.prefix",
    "http[].match[].withoutHeaders{}.prefix", "http[].match[].queryParams{}.prefix"};

void matches_say_something(const VirtualService& service, const Mesh&, Findings& found) {
  each_at_any(service.spec, kPrefixes, [&](yaml::Node node) {
    if (!node.text().empty()) return;
    found.add(node.where(), "an empty prefix matches everything")
        .with_help("leave the match out, or write `{}` to ask for a header with any value");
  });
  each_at(service.spec, "http[].match[].headers", [&](yaml::Node headers) {
    for (const yaml::Entry header : headers.entries()) {
      if (!header.value.is_null()) continue;
      found.add(header.key.where(), fmt::format("nothing is asked of `{}`", header.key.text()))
          .with_help("write `{}` to ask for the header with any value");
    }
  });
}

constexpr std::string_view kLabels[] = {"http[].match[].sourceLabels", "tls[].match[].sourceLabels",
                                        "tcp[].match[].sourceLabels"};

void report_labels(yaml::Node labels, Findings& found) {
  for (const auto& problem : istio::label_problems(resource::labels(labels))) {
    found.add(problem.where, problem.message);
  }
}

void source_labels_can_be_labels(const VirtualService& service, const Mesh&, Findings& found) {
  each_at_any(service.spec, kLabels, [&](yaml::Node labels) { report_labels(labels, found); });
}

void subset_labels_can_be_labels(const DestinationRule& rule, const Mesh&, Findings& found) {
  each_at(rule.spec, "subsets[].labels", [&](yaml::Node labels) { report_labels(labels, found); });
}

constexpr std::string_view kDestinationPorts[] = {
    "http[].route[].destination.port", "http[].mirror.port", "http[].mirrors[].destination.port",
    "tls[].route[].destination.port", "tcp[].route[].destination.port"};

constexpr std::string_view kMatchPorts[] = {"http[].match[].port", "tls[].match[].port",
                                            "tcp[].match[].port"};

void report_port(yaml::Node node, Findings& found) {
  const auto number = resource::integer(node);
  if (!number) return;
  const std::string problem = istio::port_problem(number.value);
  if (!problem.empty()) found.add(node.where(), problem).with_help("ports are 1 to 65535");
}

void ports_are_ports(const VirtualService& service, const Mesh&, Findings& found) {
  each_at_any(service.spec, kDestinationPorts, [&](yaml::Node port) {
    if (!port.is_mapping()) return;
    if (port.find("number").is_null()) {
      found.add(port.where(), "this port has no number").with_help("add `number:`, or drop `port`");
    } else {
      report_port(port.find("number"), found);
    }
  });
  each_at(service.spec, "http[].redirect.port", [&](yaml::Node port) { report_port(port, found); });
  each_at_any(service.spec, kMatchPorts, [&](yaml::Node port) {
    // Zero is the same as no port in a match.
    if (resource::integer(port).value != 0) report_port(port, found);
  });
}

void tunnel_ports_are_ports(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    each_at(use.policy->node, "tunnel.targetPort",
            [&](yaml::Node port) { report_port(port, found); });
  }
}

constexpr std::string_view kSubnets[] = {"tls[].match[].destinationSubnets[]",
                                         "tcp[].match[].destinationSubnets[]"};

void subnets_are_ranges(const VirtualService& service, const Mesh&, Findings& found) {
  each_at_any(service.spec, kSubnets, [&](yaml::Node node) {
    const std::string problem = istio::ip_range_problem(node.text());
    if (!problem.empty()) {
      found.add(node.where(), problem).with_help("write an address, or a range as `10.0.0.0/8`");
    }
  });
}

constexpr std::string_view kGateways[] = {"gateways[]", "http[].match[].gateways[]",
                                          "tls[].match[].gateways[]", "tcp[].match[].gateways[]"};

void gateways_are_named_with_a_slash(const VirtualService& service, const Mesh&, Findings& found) {
  each_at_any(service.spec, kGateways, [&](yaml::Node node) {
    const std::string_view name = node.text();
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos || name.find('/') != std::string_view::npos) return;
    if (!istio::gateway_name_problem(name).empty()) return;
    const std::string_view rest = name.substr(dot + 1);
    found.add(node.where(), fmt::format("`{}` names a gateway in the old form", name))
        .with_help(
            fmt::format("write `{}/{}`", rest.substr(0, rest.find('.')), name.substr(0, dot)));
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1116",
     .name = "match-value-empty",
     .severity = Severity::error,
     .group = "istio",
     .summary = "What is matched is not empty",
     .why = "Istio's webhook refuses an empty prefix everywhere but in `uri`, and a header without "
            "any match.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {x-user: {prefix: ""}}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {x-user: {}}}]
    route: [{destination: {host: reviews}}]
)",
     .aliases = "IST0106",
     .check = Each<matches_say_something>::run},
    {.id = "MF1117",
     .name = "label-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Labels that are asked for are ones that pods can have",
     .why = "Keys and values of labels are letters, digits, `-`, `_` and `.`; a key may have a "
            "prefix. Istio's webhook refuses others, and no pod could have them.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - {name: v1, labels: {version: "v 1"}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - {name: v1, labels: {version: v1}}
)",
     .aliases = "IST0106",
     .check = Each<source_labels_can_be_labels, subset_labels_can_be_labels>::run},
    {.id = "MF1118",
     .name = "port-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Ports are 1 to 65535",
     .why = "Istio's webhook refuses other numbers, and a `port` without number.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews, port: {number: 90800}}}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews, port: {number: 9080}}}]
)",
     .aliases = "IST0106",
     .check = Each<ports_are_ports, tunnel_ports_are_ports>::run},
    {.id = "MF1119",
     .name = "subnet-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Subnets to match are addresses or ranges of addresses",
     .why = "Istio's webhook refuses other text; names are not looked up here.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db, namespace: shop}
spec:
  hosts: [db.shop.svc.cluster.local]
  tcp:
  - match: [{destinationSubnets: [10.0.0.0/40]}] #!
    route: [{destination: {host: db}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db, namespace: shop}
spec:
  hosts: [db.shop.svc.cluster.local]
  tcp:
  - match: [{destinationSubnets: [10.0.0.0/24]}]
    route: [{destination: {host: db}}]
)",
     .aliases = "IST0106",
     .check = Each<subnets_are_ranges>::run},
    {.id = "MF1120",
     .name = "gateway-name-legacy",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A gateway of another namespace is named `namespace/name`",
     .why = "The dotted form is an old one, which Istio's webhook warns of.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: front, namespace: edge}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [front.edge.svc.cluster.local] #!
  http:
  - directResponse: {status: 204}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: front, namespace: edge}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [edge/front]
  http:
  - directResponse: {status: 204}
)",
     .aliases = "IST0133 KIA1108",
     .check = Each<gateways_are_named_with_a_slash>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family virtual_service_match_rules() { return kRules; }

}  // namespace meshfn::lint
