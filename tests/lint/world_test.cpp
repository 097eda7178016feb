// What a closed world and an older Istio change in what is reported.

#include <fmt/format.h>

#include <algorithm>

#include "catch.h"
#include "lint/support.h"

namespace meshfn::lint {

namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view kRoute = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [edge/web]
  exportTo: [team]
  http:
  - match: [{port: 80}]
    route: [{destination: {host: api.example.com}}]
  - route: [{destination: {host: reviews, subset: v1}}]
)";

/// "RULE severity" of each finding, as all that exists is in the input.
Lines closed(std::string_view yaml, config::Assumptions assume = {}) {
  Options options;
  options.mesh.closed_world = true;
  options.mesh.assume = std::move(assume);
  const auto linted = lint_text(std::string(yaml), options);
  Lines lines;
  for (const auto& finding : linted->outcome.findings) {
    lines.push_back(
        fmt::format("{} {}", finding.rule->id, diagnostic::to_string(finding.severity)));
  }
  return lines;
}

/// Rules that are broken in a cluster that runs `istio`.
Lines in_release(std::string_view istio, std::string_view yaml) {
  Options options;
  options.mesh.istio = config::istio_release_of(istio);
  REQUIRE(options.mesh.istio);
  const auto linted = lint_text(std::string(yaml), options);
  Lines lines;
  for (const auto& finding : linted->outcome.findings) {
    if (finding.rule->id != "MF1109") lines.emplace_back(finding.rule->id);
  }
  return lines;
}

bool holds(const Lines& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

std::string entry(std::string_view resolution, std::string_view labels = "{}") {
  return fmt::format(R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: db, namespace: shop, labels: {}}}
spec:
  hosts: [db.example.com]
  location: MESH_EXTERNAL
  resolution: {}
  ports: [{{number: 5432, name: tcp, protocol: TCP}}]
)",
                     labels, resolution);
}

}  // namespace

TEST_CASE("in an open world what is not shown may exist", "[lint]") {
  const auto lines = lint_text(std::string(kRoute))->lines();
  CHECK(lines == Lines{"a.yaml:6 MF1115", "a.yaml:10 MF1109", "a.yaml:11 MF1109"});
}

TEST_CASE("in a closed world what is not shown is missing", "[lint]") {
  const Lines lines = closed(kRoute);
  CHECK(holds(lines, "MF1111 error"));    // the gateway
  CHECK(holds(lines, "MF1101 error"));    // both hosts
  CHECK(holds(lines, "MF5902 warning"));  // the namespace it is exported to
  CHECK_FALSE(holds(lines, "MF1109 info"));
  CHECK_FALSE(holds(lines, "MF1115 info"));
}

TEST_CASE("what is assumed exists in a closed world too", "[lint]") {
  config::Assumptions assume;
  assume.hosts = {"*.example.com"};
  assume.gateways = {"edge/web"};
  assume.namespaces = {"shop", "team"};
  // What a namespace that is complete elsewhere has is not known: the Service, and its subset.
  CHECK(closed(kRoute, assume) == Lines{"MF1109 info"});
}

TEST_CASE("policies of a closed world select pods and name accounts that are shown", "[lint]") {
  constexpr std::string_view kPolicy = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/front]}}]}]
)";
  CHECK(lint_text(std::string(kPolicy))->lines().empty());
  const Lines lines = closed(kPolicy);
  CHECK(holds(lines, "MF1626 warning"));
  CHECK(holds(lines, "MF5532 warning"));
}

TEST_CASE("an older Istio lacks versions, fields and values", "[lint]") {
  const std::string rule =
      "apiVersion: networking.istio.io/{}\nkind: DestinationRule\nmetadata: {{name: a}}\n"
      "spec: {{host: a, trafficPolicy: {{retryBudget: {{percent: 20}}}}}}\n";
  CHECK(in_release("1.27", fmt::format(fmt::runtime(rule), "v1")).empty());
  CHECK(in_release("1.26", fmt::format(fmt::runtime(rule), "v1")) == Lines{"MF0118"});
  CHECK(in_release("1.21", fmt::format(fmt::runtime(rule), "v1")) == Lines{"MF0118", "MF0118"});
  CHECK(in_release("1.21", fmt::format(fmt::runtime(rule), "v1beta1")) == Lines{"MF0118"});
  CHECK(holds(in_release("1.27", entry("DYNAMIC_DNS")), "MF0118"));
  CHECK_FALSE(holds(in_release("1.28", entry("DYNAMIC_DNS")), "MF0118"));
}

TEST_CASE("what replaces a field may be newer than the cluster", "[lint]") {
  constexpr std::string_view kOld = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a}
spec: {host: a, trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN, warmupDurationSecs: 10s}}}
)";
  CHECK(in_release("1.24", kOld) == Lines{"MF0116"});
  CHECK(in_release("1.23", kOld).empty());
}

TEST_CASE("addresses are given to hosts by themselves from 1.25 on", "[lint]") {
  const auto severity = [](std::string_view istio) {
    Options options;
    options.mesh.istio = config::istio_release_of(istio);
    const auto linted = lint_text(entry("DNS"), options);
    REQUIRE(linted->outcome.findings.size() == 1);
    return linted->outcome.findings.front().severity;
  };
  CHECK(severity("1.25") == diagnostic::Severity::info);
  CHECK(severity("1.24") == diagnostic::Severity::warning);
}

TEST_CASE("values that an older Istio refuses or reads otherwise", "[lint]") {
  const std::string sidecar =
      "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: a, namespace: shop}\n"
      "spec: {egress: [{hosts: ['*/*', '~other/*']}]}\n";
  CHECK(holds(in_release("1.30", sidecar), "MF1842"));
  CHECK_FALSE(holds(in_release("1.31", sidecar), "MF1842"));
  const std::string tokens =
      "apiVersion: security.istio.io/v1\nkind: RequestAuthentication\n"
      "metadata: {name: a, namespace: shop}\n"
      "spec: {jwtRules: [{jwksUri: 'https://issuer.example.com/keys'}]}\n";
  CHECK(holds(in_release("1.26", tokens), "MF1842"));
  CHECK_FALSE(holds(in_release("1.27", tokens), "MF1842"));
}

}  // namespace meshfn::lint
