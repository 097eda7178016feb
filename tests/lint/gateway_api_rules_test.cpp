// Rules about the Gateway API against upstream's conformance manifests, whose broken objects have a
// known meaning, and what examples of one mistake cannot show.

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "catch.h"
#include "lint/support.h"
#include "support/paths.h"

namespace meshfn::lint {

namespace {

using Rules = std::set<std::string>;

const char* const kManifests = "lint/cases/gateway-linkerd/gwapi-conformance/";

/// Rules that say what a controller says with this reason.
const std::map<std::string, Rules> kReasons = {
    {"Conflicted", {"MF2404"}},
    {"InvalidCACertificateRef", {"MF2032", "MF2033"}},
    {"NoValidCACertificate", {"MF2031", "MF2032", "MF2033"}},
    {"InvalidCACertificateKind", {"MF2031"}},
    {"InvalidKind", {"MF2031", "MF2203"}},
    {"UnsupportedProtocol", {"MF2012"}},
    {"InvalidCertificateRef", {"MF2031", "MF2032", "MF2033"}},
    {"RefNotPermitted", {"MF2221"}},
    {"NoMatchingListenerHostname", {"MF2114"}},
    {"NoMatchingParent", {"MF2111"}},
    {"NotAllowedByListeners", {"MF2112", "MF2113"}},
    {"NotAllowed", {"MF2022"}},
    {"InvalidRouteKinds", {"MF2013"}},
    {"HostnameConflict", {"MF2011", "MF2023"}},
    {"BackendNotFound", {"MF2201"}},
};

/// Tests that change the manifest on the way, or ask for a feature to be absent.
const Rules kChanging = {
    "TCPRouteReferenceGrant", "UDPRouteReferenceGrant", "ListenerSetProtocolConflict",
    "TLSRouteListenerMixedTerminationNotSupported", "TLSRouteListenerTerminateNotSupported"};

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Rules rules_for(const std::string& manifest) {
  const std::string folder = test::shared_path(kManifests);
  std::vector<Input> inputs = {{"base.yaml", read(folder + "base/manifests.yaml"), true, true},
                               {manifest, read(folder + manifest), false, true}};
  Linted linted;
  linted.outcome = lint(std::move(inputs), {}, linted.store);
  Rules rules;
  for (const auto& finding : linted.outcome.findings) rules.emplace(finding.rule->id);
  return rules;
}

/// The reasons that a conformance test expects of false conditions, those of `kReasons`.
Rules expected_reasons(const nlohmann::json& test) {
  Rules reasons;
  for (const auto& condition : test["conditions"]) {
    if (condition["status"] != "False" || condition["reason"].is_null()) continue;
    const auto reason = condition["reason"].get<std::string>();
    if (kReasons.contains(reason)) reasons.insert(reason);
  }
  return reasons;
}

bool meet(const Rules& a, const Rules& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& id) { return b.contains(id); });
}

/// Ids of the findings about one text.
std::vector<std::string> findings(const std::string& yaml) { return lint_text(yaml)->lines(); }

}  // namespace

TEST_CASE("what a conforming controller refuses is found in the conformance manifests", "[lint]") {
  if (!test::have_shared(kManifests)) return;
  const auto tests =
      nlohmann::json::parse(read(test::shared_path("lint/crds/semantics_gwapi_conformance.json")));
  std::size_t checked = 0;
  for (const auto& one : tests) {
    const auto name = one["test"].get<std::string>();
    const Rules reasons = expected_reasons(one);
    if (reasons.empty() || kChanging.contains(name)) continue;
    Rules found;
    for (const auto& manifest : one["manifests"]) {
      const auto path = manifest.get<std::string>();
      if (!std::ifstream(test::shared_path(kManifests) + path)) continue;
      found.merge(rules_for(path));
    }
    if (found.empty()) continue;
    for (const std::string& reason : reasons) {
      INFO(name << ": " << reason);
      CHECK(meet(kReasons.at(reason), found));
      ++checked;
    }
  }
  CHECK(checked >= 30);
}

TEST_CASE("what is not in the input is not called missing", "[lint]") {
  CHECK(findings(R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge, namespace: infra}, {group: "", kind: Service, name: web, port: 80}]
  hostnames: [a.example.com, b.example.com]
  rules: [{backendRefs: [{name: web, port: 80}]}]
)")
            .empty());
}

TEST_CASE("a grant that another file may hold is asked for as an info", "[lint]") {
  const auto linted = lint_text(R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: pay, namespace: bank, port: 80}]}]
)");
  REQUIRE(linted->lines() == std::vector<std::string>{"a.yaml:6 MF2221"});
  CHECK(linted->outcome.findings[0].severity == diagnostic::Severity::info);
}

TEST_CASE("the nearest grant is named with the field that differs", "[lint]") {
  const auto linted = lint_text(R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: pay, namespace: bank, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: shop, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: "", kind: Service, name: cash}]
)");
  const auto& findings = linted->outcome.findings;
  const auto refused = std::find_if(findings.begin(), findings.end(), [](const auto& finding) {
    return finding.rule->id == "MF2221";
  });
  REQUIRE(refused != findings.end());
  CHECK(refused->severity == diagnostic::Severity::error);
  CHECK(refused->related.at(0).message == "it opens only `cash`, not `pay`");
}

TEST_CASE("a wildcard shares the names below it with routes of the other kind", "[lint]") {
  const std::string gateway = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
)";
  const auto route = [](const std::string& kind, const std::string& name, const std::string& host) {
    return "---\napiVersion: gateway.networking.k8s.io/v1\nkind: " + kind +
           "\nmetadata: {name: " + name +
           ", namespace: shop}\nspec:\n  parentRefs: [{name: edge}]\n" + "  hostnames: ['" + host +
           "']\n  rules: [{backendRefs: [{name: web, port: 80}]}]\n";
  };
  const auto count = [&](const std::string& http, const std::string& grpc) {
    return findings(gateway + route("HTTPRoute", "a", http) + route("GRPCRoute", "b", grpc)).size();
  };
  CHECK(count("a.example.com", "a.example.com") == 1);
  CHECK(count("*.example.com", "a.example.com") == 1);
  CHECK(count("a.b.example.com", "*.example.com") == 1);
  CHECK(count("*.a.example.com", "*.example.com") == 1);
  CHECK(count("a.example.com", "b.example.com") == 0);
  CHECK(count("example.com", "*.example.com") == 0);
}

TEST_CASE("consumer routes of two namespaces do not meet on a Service", "[lint]") {
  const auto route = [](const std::string& name_space) {
    return "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: " +
           name_space + ", namespace: " + name_space +
           "}\nspec:\n  parentRefs: [{group: '', kind: Service, name: web, namespace: shop, port: "
           "80}]\n  rules: [{backendRefs: [{name: web, port: 80}]}]\n";
  };
  CHECK(findings(route("shop") + route("bank")).empty());
}

TEST_CASE("conditions that pass by themselves are infos", "[lint]") {
  const auto linted = lint_text(R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
status:
  listeners:
  - name: http
    attachedRoutes: 0
    supportedKinds: []
    conditions:
    - {type: Accepted, status: "False", reason: Pending, message: wait,
       lastTransitionTime: "2026-01-01T00:00:00Z"}
)");
  REQUIRE(linted->outcome.findings.size() == 1);
  CHECK(linted->outcome.findings[0].rule->id == "MF2521");
  CHECK(linted->outcome.findings[0].severity == diagnostic::Severity::info);
}

}  // namespace meshfn::lint
