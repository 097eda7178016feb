// Proposals: drafts are changed where the mesh would read it, and the smallest change wins.

#include "simulate/suggest.h"

#include <cstdio>

#include "base/files.h"
#include "catch.h"
#include "simulate/suggest_report.h"
#include "simulate/support.h"
#include "yaml/reader.h"

namespace meshfn::simulate {

namespace {

using Target = Edit::Target;

yaml::Value value(std::string_view text) {
  const source::File file("test", std::string(text));
  std::vector<diagnostic::Diagnostic> problems;
  return yaml::Value::from(yaml::read(file, problems)->documents().front().root);
}

Drafts drafts(std::initializer_list<std::string_view> mesh) {
  Drafts out;
  out.scenario = value("{kind: Scenario, services: {shop: {endpoints: 2}}, load: [{to: shop}]}");
  for (const std::string_view text : mesh) out.mesh.push_back(value(text));
  return out;
}

ChangedDrafts changed(const Drafts& from, Target target, std::string path, yaml::Value to) {
  return change_drafts(from, {"", {{target, "shop", std::move(path), std::move(to)}}});
}

}  // namespace

TEST_CASE("a setting without an object makes one", "[simulate][suggest]") {
  const auto rule =
      changed(drafts({}), Target::destination_rule, "outlierDetection.consecutive5xxErrors", 5);
  CHECK(rule.fields == 1);
  CHECK(to_yaml(rule) ==
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: shop\n"
        "spec:\n  host: shop\n  trafficPolicy:\n    outlierDetection:\n"
        "      consecutive5xxErrors: 5\n");
  const auto routes = changed(drafts({}), Target::virtual_service, "timeout", "1s");
  CHECK(to_yaml(routes) ==
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: shop\n"
        "spec:\n  hosts:\n    - shop\n  http:\n    - route:\n        - destination:\n"
        "            host: shop\n      timeout: 1s\n");
}

TEST_CASE("a setting changes the object that is there", "[simulate][suggest]") {
  const Drafts from = drafts(
      {"{kind: DestinationRule, metadata: {name: a}, spec: {host: other}}",
       "{kind: DestinationRule, metadata: {name: b}, spec: {host: shop.default.svc.cluster.local, "
       "trafficPolicy: {retryBudget: {percent: 20}}}}",
       "{kind: VirtualService, metadata: {name: c}, spec: {hosts: [shop.example.com], http: ["
       "{route: [{destination: {host: shop}}], timeout: 3s}, {route: [{destination: {host: "
       "x}}]}]}}"});
  const auto rule = changed(from, Target::destination_rule, "retryBudget.percent", 10);
  CHECK(rule.objects == std::vector<std::size_t>{1});
  CHECK(rule.settings ==
        std::vector<std::string>{"DestinationRule b: trafficPolicy.retryBudget.percent: 10"});
  CHECK(changed(from, Target::destination_rule, "retryBudget.percent", 20).fields == 0);
  const auto routes = changed(from, Target::virtual_service, "timeout", "1s");
  CHECK(routes.objects == std::vector<std::size_t>{2});
  const std::string text = to_yaml(routes);
  CHECK(text.find("timeout: 1s") != std::string::npos);
  CHECK(text.find("timeout: 1s") == text.rfind("timeout: 1s"));
}

TEST_CASE("a rule of its own keeps what a wildcard's rule said", "[simulate][suggest]") {
  const Drafts from = drafts(
      {"{kind: DestinationRule, metadata: {name: all}, spec: {host: '*.default.svc.cluster.local', "
       "trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}}"});
  const auto rule =
      changed(from, Target::destination_rule, "outlierDetection.maxEjectionPercent", 100);
  CHECK(rule.objects == std::vector<std::size_t>{1});
  CHECK(to_yaml(rule).find("ISTIO_MUTUAL") != std::string::npos);
  CHECK(to_yaml(rule).find("host: shop\n") != std::string::npos);
}

TEST_CASE("annotations and scenarios are changed too", "[simulate][suggest]") {
  const Drafts from = drafts({"{kind: Service, metadata: {name: shop}, spec: {}}"});
  CHECK(has_service(from, "shop"));
  CHECK_FALSE(has_service(from, "cart"));
  const auto service =
      changed(from, Target::annotation, "balancer.linkerd.io/failure-accrual", "consecutive");
  CHECK(to_yaml(service).find("balancer.linkerd.io/failure-accrual: consecutive") !=
        std::string::npos);
  const auto scenario = change_drafts(from, {"", {{Target::scenario, "", "load.0.retry", "none"}}});
  CHECK(scenario.scenario);
  CHECK(scenario.settings == std::vector<std::string>{"scenario: load.0.retry: none"});
  CHECK(change_drafts(from, {"", {{Target::scenario, "", "load.7.retry", "none"}}}).fields == 0);
}

TEST_CASE("the smallest change that meets the expectations is proposed", "[simulate][suggest]") {
  const Ran panic = meshfn({"simulate", gallery("panic"), "--suggest"});
  CHECK(panic.code == 0);
  CHECK(panic.out.find("PASS 1 field is enough: no panic for quote\n") != std::string::npos);
  const Ran again = meshfn({"simulate", gallery("panic"), "--suggest"});
  CHECK(panic.out == again.out);

  const Ran met = meshfn({"simulate", gallery("no-panic"), "--suggest"});
  CHECK(met.code == 0);
  CHECK(met.out.find("PASS nothing has to change") != std::string::npos);
}

TEST_CASE("what is proposed holds when it is applied", "[simulate][suggest]") {
  const std::string path = gallery("control-plane-outage");
  const Ran fix = meshfn({"simulate", path, "--suggest", "-o", "yaml"});
  CHECK(fix.code == 0);
  const std::string file = "suggested-test.yaml";
  REQUIRE(real_files()->write(file, fix.out, false));
  CHECK(meshfn({"simulate", path}).code == 1);
  CHECK(meshfn({"simulate", path, "--mesh", file}).code == 0);
  std::remove(file.c_str());
}

TEST_CASE("it is said when no setting suffices", "[simulate][suggest]") {
  const Ran none = meshfn({"simulate", gallery("canary"), "--suggest", "-o", "json"});
  CHECK(none.code == 1);
  CHECK(none.out.find("\"proposal\": null") != std::string::npos);
  CHECK(none.out.find("none of ") != std::string::npos);
  const Ran without = meshfn({"simulate", "-", "--suggest"},
                             "{kind: Scenario, name: x, duration: 1s, services: {s: {endpoints: 1, "
                             "service-time: 1ms}}, load: [{to: s, arrivals: {poisson: 1/s}}]}");
  CHECK(without.code == 2);
  CHECK(without.err.find("--expect") != std::string::npos);
}

}  // namespace meshfn::simulate
