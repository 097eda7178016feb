// Edits that `--fix` makes: applied to the text, and read again.

#include "lint/fix.h"

#include <string>

#include "catch.h"
#include "lint/linter.h"

namespace meshfn::lint {

namespace {

/// `yaml` after all safe fixes.
std::string mended(const std::string& yaml) {
  std::vector<Input> inputs(1);
  inputs.front().path = "a.yaml";
  inputs.front().text = yaml;
  inputs.front().named = true;
  Mended result = mend(std::move(inputs), {}, Piped::keep);
  return result.changes.empty() ? yaml : result.changes.front().after;
}

std::string rule_with(const std::string& policy) {
  return "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a, "
         "namespace: b}\nspec:\n  host: web\n  trafficPolicy:\n" +
         policy;
}

std::string route_with(const std::string& route) {
  return "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a, "
         "namespace: b}\nspec:\n  hosts: [web.b.svc.cluster.local]\n  http:\n" +
         route;
}

}  // namespace

TEST_CASE("failover gets the outlier detection it needs", "[fix]") {
  CHECK(mended(rule_with("    loadBalancer:\n      localityLbSetting:\n        failover: [{from: "
                         "eu, to: us}]\n")) ==
        rule_with("    outlierDetection: {consecutive5xxErrors: 5, interval: 10s, "
                  "baseEjectionTime: 30s}\n    loadBalancer:\n      localityLbSetting:\n        "
                  "failover: [{from: eu, to: us}]\n"));
}

TEST_CASE("weights that are whole percents are written so", "[fix]") {
  CHECK(mended(route_with("  - route:\n    - {destination: {host: web}, weight: 3}\n    - "
                          "{destination: {host: next}, weight: 1}\n")) ==
        route_with("  - route:\n    - {destination: {host: web}, weight: 75}\n    - "
                   "{destination: {host: next}, weight: 25}\n"));
}

TEST_CASE("weights whose meaning is not clear are left alone", "[fix]") {
  const std::string yaml = route_with(
      "  - route:\n    - {destination: {host: web}, weight: 50}\n    - {destination: "
      "{host: next}, weight: 60}\n");
  CHECK(mended(yaml) == yaml);
}

TEST_CASE("deprecated fields are written as their successors", "[fix]") {
  CHECK(mended(rule_with("    loadBalancer:\n      warmupDurationSecs: 60s\n")) ==
        rule_with("    loadBalancer:\n      warmup: {duration: 60s}\n"));
  CHECK(mended(route_with("  - route: [{destination: {host: web}}]\n    mirror: {host: next}\n    "
                          "mirrorPercent: 5\n")) ==
        route_with("  - route: [{destination: {host: web}}]\n    mirror: {host: next}\n    "
                   "mirrorPercentage: {value: 5}\n"));
}

TEST_CASE("a key that repeats itself is removed", "[fix]") {
  CHECK(mended(rule_with("    loadBalancer:\n      simple: RANDOM\n      simple: RANDOM\n")) ==
        rule_with("    loadBalancer:\n      simple: RANDOM\n"));
  const std::string differs =
      rule_with("    loadBalancer:\n      simple: RANDOM\n      simple: ROUND_ROBIN\n");
  CHECK(mended(differs) == differs);
}

TEST_CASE("an identity loses the scheme that it must not have", "[fix]") {
  const std::string before =
      "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a, namespace: "
      "b}\nspec:\n  rules:\n  - from: [{source: {principals: "
      "[\"spiffe://cluster.local/ns/b/sa/c\"]}}]\n";
  std::string after = before;
  after.replace(after.find("\"spiffe://cluster.local/ns/b/sa/c\""),
                std::string("\"spiffe://cluster.local/ns/b/sa/c\"").size(),
                "cluster.local/ns/b/sa/c");
  CHECK(mended(before) == after);
}

}  // namespace meshfn::lint
