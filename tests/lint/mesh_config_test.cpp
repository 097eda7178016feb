// Istio's mesh configuration: where it is found, and that what stands in text points into the file.

#include "resource/istio/mesh_config.h"

#include "catch.h"
#include "lint/rules/mesh_config_values.h"
#include "lint/support.h"
#include "source/file.h"
#include "yaml/reader.h"

namespace meshfn::lint {

namespace {

/// A file with its tree.
struct Read {
  source::File file;
  std::vector<diagnostic::Diagnostic> problems;
  std::unique_ptr<yaml::Tree> tree;

  explicit Read(std::string text) : file("a.yaml", std::move(text)) {
    tree = yaml::read(file, problems);
  }

  yaml::Node root() const { return tree->documents().front().root; }
};

/// "line:column text" of a value inside the text at `mesh`.
std::string place_of(const std::string& yaml, std::string_view key) {
  const Read outer(yaml);
  const yaml::Embedded embedded(outer.root().find("mesh"));
  const source::Location where = embedded.where(embedded.root().find(key));
  const source::Position position = outer.file.position(where.span.begin);
  return std::to_string(position.line) + ":" + std::to_string(position.column) + " " +
         std::string(outer.file.slice(where.span));
}

constexpr const char* kConfigMap = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: NAME, namespace: istio-system}
data:
  mesh: |
    trustDomain: NAME.example
)";

constexpr const char* kOperator = R"(apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: own, namespace: istio-system}
spec:
  meshConfig: {trustDomain: operator.example}
)";

std::string config_map(std::string_view name) {
  std::string text = kConfigMap;
  for (std::size_t at = text.find("NAME"); at != std::string::npos; at = text.find("NAME")) {
    text.replace(at, 4, name);
  }
  return text + "---\n";
}

std::string trust_domain(const std::string& yaml, const resource::MeshSettings& settings = {}) {
  const Read read(yaml);
  resource::Mesh mesh(settings);
  mesh.load(*read.tree);
  return std::string(resource::istio::MeshConfig(mesh).node().find("trustDomain").text());
}

/// Messages about a mesh configuration with these lines.
std::vector<std::string> problems(const std::string& lines) {
  const Read read(lines);
  std::vector<std::string> out;
  for (const auto& problem : istio::mesh_config_problems(read.root())) {
    out.push_back(problem.message);
  }
  return out;
}

/// "path:line RULE" of an empty input checked with settings of Istio from a file.
std::vector<std::string> lint_with(resource::MeshSettings settings) {
  Options options;
  options.mesh = std::move(settings);
  return lint_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n", options)->lines();
}

}  // namespace

TEST_CASE("a place in a block of text is a place in the file", "[mesh-config]") {
  CHECK(place_of("mesh: |\n  one: 1\n  two: 22\n", "two") == "3:8 22");
  CHECK(place_of("mesh: |-\n    one: 1\n\n    two: 22", "two") == "4:10 22");
  CHECK(place_of("mesh: '{one: 1, two: 22}'\n", "two") == "1:22 22");
}

TEST_CASE("a place behind escapes is the whole text", "[mesh-config]") {
  CHECK(place_of("mesh: \"{\\\"two\\\": 22}\"\n", "two") == "1:7 \"{\\\"two\\\": 22}\"");
  CHECK(place_of("mesh: >\n  one: 1\n\n  two: 22\n", "two").starts_with("1:7 >"));
}

TEST_CASE("text that is no YAML has no root and a problem in the file", "[mesh-config]") {
  const Read outer("mesh: |\n  a: [1\n");
  const yaml::Embedded embedded(outer.root().find("mesh"));
  REQUIRE(embedded.problems().size() == 1);
  CHECK(embedded.problems().front().where.file == &outer.file);
}

TEST_CASE("the configuration in force is istiod's own, or else what there is", "[mesh-config]") {
  CHECK(trust_domain("a: 1\n").empty());
  CHECK(trust_domain(kOperator) == "operator.example");
  CHECK(trust_domain(config_map("istio-canary") + kOperator) == "istio-canary.example");
  CHECK(trust_domain(config_map("istio-canary") + config_map("istio")) == "istio.example");
  CHECK(trust_domain(config_map("istioldap")).empty());
}

TEST_CASE("the file of --mesh-config comes before all", "[mesh-config]") {
  const Read file("trustDomain: file.example\n");
  resource::MeshSettings settings;
  settings.mesh_config = file.root();
  CHECK(trust_domain(config_map("istio"), settings) == "file.example");
}

TEST_CASE("providers are Istio's own and those configured", "[mesh-config]") {
  const Read read(R"(apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec: {meshConfig: {extensionProviders: [{name: opa}]}}
)");
  resource::Mesh mesh;
  mesh.load(*read.tree);
  const resource::istio::MeshConfig config(mesh);
  CHECK(config.has_provider("opa"));
  CHECK(config.has_provider("envoy"));
  CHECK(!config.has_provider("zipkin"));
}

TEST_CASE("the root namespace is the configured one", "[mesh-config]") {
  const Read read(R"(apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec: {meshConfig: {rootNamespace: mesh-root}}
)");
  resource::Mesh mesh;
  CHECK(resource::istio::root_namespace(mesh) == "istio-system");
  resource::Mesh configured;
  configured.load(*read.tree);
  CHECK(resource::istio::root_namespace(configured) == "mesh-root");
}

TEST_CASE("values that istiod takes", "[mesh-config]") {
  CHECK(problems("{trustDomain: td.example, trustDomainAliases: [old]}").empty());
  CHECK(problems("{connectTimeout: 10s, protocolDetectionTimeout: 0s}").empty());
  CHECK(problems("{defaultConfig: {discoveryAddress: 'istiod.istio-system.svc:15012'}}").empty());
  CHECK(problems("{defaultConfig: {tracing: {datadog: {address: '$(HOST_IP):8126'}}}}").empty());
  CHECK(problems("{defaultConfig: {statsdUdpAddress: '[::1]:9125', drainDuration: 45s}}").empty());
  CHECK(problems("{serviceSettings: [{hosts: ['*.shop.svc.cluster.local']}]}").empty());
  CHECK(problems("{localityLbSetting: {distribute: [{from: a/*, to: {a/*: 80, b: 20}}]}}").empty());
  CHECK(problems("{localityLbSetting: {failover: [{from: a, to: b}]}}").empty());
  CHECK(problems("{defaultTrafficPolicy: {connectionPool: {tcp: {maxConnections: 9}}}}").empty());
}

TEST_CASE("values that istiod refuses", "[mesh-config]") {
  for (const char* lines :
       {"{trustDomain: a_b}",
        "{trustDomainAliases: ['a..b']}",
        "{trustDomainAliases: ['']}",
        "{connectTimeout: 2h}",
        "{connectTimeout: 0s}",
        "{protocolDetectionTimeout: 1.5ms}",
        "{proxyListenPort: 70000}",
        "{serviceSettings: [{hosts: ['a_b']}]}",
        "{meshMTLS: {ecdhCurves: [P-256]}}",
        "{defaultInboundHttpRetryPolicy: {attempts: 0, backoff: 1s}}",
        "{defaultInboundHttpRetryPolicy: {attempts: -1}}",
        "{defaultConfig: {discoveryAddress: istiod}}",
        "{defaultConfig: {zipkinAddress: 'z:0'}}",
        "{defaultConfig: {drainDuration: 1.5s}}",
        "{defaultConfig: {concurrency: -1}}",
        "{defaultConfig: {tracing: {customTags: {a: null}}}}",
        "{defaultConfig: {privateKeyProvider: {qat: {fallback: true}}}}",
        "{defaultConfig: {privateKeyProvider: {cryptomb: {pollDelay: 0s}}}}",
        "{localityLbSetting: {failover: [{from: a, to: a}]}}",
        "{localityLbSetting: {failover: [{from: a/b, to: c}]}}",
        "{localityLbSetting: {distribute: [{from: a, to: {b: 50}}]}}",
        "{localityLbSetting: {distribute: [{from: a, to: {b: 60, b/c: 40}}]}}",
        "{localityLbSetting: {distribute: [{from: a, to: {b: 100}}, {from: a, to: {c: 100}}]}}",
        "{localityLbSetting: {distribute: [{from: a, to: {b: 100}}], failover: [{from: a}]}}",
        "{zoneAwareLbSetting: {failover: [{from: a, to: a}]}}",
        "{defaultTrafficPolicy: {connectionPool: {tcp: {maxConnections: -1}}}}",
        "{defaultTrafficPolicy: {connectionPool: {}}}",
        "{defaultTrafficPolicy: {outlierDetection: {maxEjectionPercent: 120}}}",
        "{defaultTrafficPolicy: {outlierDetection: {interval: 1us}}}"}) {
    INFO(lines);
    CHECK(problems(lines).size() == 1);
  }
  CHECK(problems("{defaultConfig: {tracing: {lightstep: {}}}}").size() == 2);
}

TEST_CASE("providers say what they are, and nothing that Envoy cannot do", "[mesh-config]") {
  const auto faults = [](const std::string& provider) {
    const Read read(provider);
    return istio::provider_problems(read.root()).size();
  };
  CHECK(faults("{name: a, envoyExtAuthzHttp: {statusOnError: '503', pathPrefix: /check}}") == 0);
  CHECK(faults("{name: a, envoyExtAuthzHttp: {statusOnError: '999'}}") == 1);
  CHECK(faults("{name: a, envoyExtAuthzGrpc: {statusOnError: busy}}") == 1);
  CHECK(faults("{name: a, envoyExtAuthzHttp: {pathPrefix: check}}") == 1);
  CHECK(faults("{name: a, opentelemetry: {grpc: {}, http: {path: /v1/traces}}}") == 1);
}

TEST_CASE("findings in files of settings point into them", "[mesh-config]") {
  const Read config("\ntrustDomain: a_b\n");
  const Read networks("networks:\n  one:\n    endpoints: [{fromCidr: 10.0.0.0/99}]\n");
  resource::MeshSettings settings;
  settings.mesh_config = config.root();
  CHECK(lint_with(settings) == std::vector<std::string>{"a.yaml:2 MF1752"});
  settings.mesh_config = {};
  settings.mesh_networks = networks.root();
  CHECK(lint_with(settings) == std::vector<std::string>{"a.yaml:3 MF1762"});
}

}  // namespace meshfn::lint
