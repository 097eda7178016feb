// Tests of Envoy's router_check tool run as they are.

#include "render/rendering.h"
#include "render/route_test.h"
#include "yaml/reader.h"

namespace meshfn::render {

namespace {

constexpr const char* kConfig = R"(
virtual_hosts:
- name: www2
  domains: [www.lyft.com, "*.lyft.org"]
  routes:
  - match: {prefix: /api/}
    route: {cluster: api, prefix_rewrite: /v2/, host_rewrite_literal: new_host}
  - match: {path: /exact, case_sensitive: false}
    route: {cluster: exact}
  - match:
      safe_regex: {regex: "/r[0-9]+"}
      headers: [{name: ":method", string_match: {exact: POST}}]
    route: {cluster: regex}
  - match: {prefix: /split}
    route: {weighted_clusters: {clusters: [{name: a, weight: 30}, {name: b, weight: 70}]}}
  - match: {prefix: /gone, query_parameters: [{name: q, present_match: true}]}
    redirect: {https_redirect: true, path_redirect: /new}
  - match: {prefix: /teapot}
    direct_response: {status: 418, body: {inline_string: short}}
  - match: {prefix: /, headers: [{name: x-debug, present_match: true, invert_match: true}]}
    route: {cluster: rest}
    request_headers_to_add: [{header: {key: X-Side, value: left}}]
    response_headers_to_add: [{header: {key: X-Out, value: right}}]
)";

std::vector<std::string> failures(std::string config, std::string text) {
  const auto input = read_texts({{"config.yaml", std::move(config)}});
  source::Store store;
  std::vector<diagnostic::Diagnostic> problems;
  const auto tree = yaml::read(store.add("tests.yaml", std::move(text)), problems);
  REQUIRE(problems.empty());
  const auto tests = read_route_tests(*tree);
  REQUIRE(tests);
  REQUIRE(!tests->empty());
  std::vector<std::string> out;
  for (const auto& result : run_route_tests(input->mesh(), input->table(), *tests)) {
    if (!result.failure.empty()) out.push_back(result.test->name + ": " + result.failure);
  }
  return out;
}

using Failures = std::vector<std::string>;

}  // namespace

TEST_CASE("router_check files run against a RouteConfiguration", "[render]") {
  CHECK(failures(kConfig, R"(
tests:
- test_name: rewrite
  input: {authority: www.lyft.com, path: /api/x?q=1, method: GET}
  validate: {cluster_name: api, path_rewrite: "/v2/x?q=1", host_rewrite: new_host, virtual_host_name: www2}
- test_name: wildcard
  input: {authority: a.lyft.org, path: /EXACT, method: GET}
  validate: {cluster_name: exact}
- test_name: regex
  input: {authority: www.lyft.com, path: /r12, method: POST}
  validate: {cluster_name: regex}
- test_name: first part
  input: {authority: www.lyft.com, path: /split, method: GET, random_value: 129}
  validate: {cluster_name: a}
- test_name: second part
  input: {authority: www.lyft.com, path: /split, method: GET, random_value: 30}
  validate: {cluster_name: b}
- test_name: redirect
  input: {authority: www.lyft.com, path: "/gone?q=1", method: GET}
  validate: {path_redirect: "https://www.lyft.com/new", cluster_name: ""}
- test_name: own answer
  input: {authority: www.lyft.com, path: /teapot, method: GET}
  validate: {cluster_name: ""}
- test_name: headers
  input: {authority: www.lyft.com, path: /x, method: GET, additional_request_headers: [{key: X-A, value: b}]}
  validate:
    cluster_name: rest
    request_header_matches:
    - {name: x-side, string_match: {exact: left}}
    - {name: x-a, exact_match: b}
    - {name: x-none, present_match: false}
    response_header_matches: [{name: x-out, string_match: {prefix: ri}}]
- test_name: nobody
  input: {authority: elsewhere.com, path: /, method: GET}
  validate: {cluster_name: "", path_redirect: ""}
)") == Failures());
}

TEST_CASE("router_check tests that miss say what was seen", "[render]") {
  CHECK(failures(kConfig, R"(
tests:
- test_name: wrong
  input: {authority: www.lyft.com, path: /api/x, method: GET}
  validate: {cluster_name: rest}
- test_name: unknown
  input: {authority: www.lyft.com, path: /api/x, method: GET}
  validate: {virtual_cluster_name: other}
)") == Failures{"wrong: cluster_name is `api`, not `rest`",
                "unknown: `virtual_cluster_name` cannot be judged here"});
}

TEST_CASE("router_check files in JSON, with the older names, run too", "[render]") {
  CHECK(failures(kConfig, R"([{"test_name": "old",
    "input": {":authority": "www.lyft.com", ":path": "/api/x"},
    "validate": {"cluster_name": "api"}}])") == Failures());
  CHECK(failures(R"({"virtualHosts": [{"name": "v", "domains": ["*"],
    "routes": [{"match": {"pathSeparatedPrefix": "/a"}, "route": {"cluster": "c"}}]}]})",
                 R"({"tests": [{"testName": "t", "input": {"authority": "x", "path": "/a/b"},
    "validate": {"clusterName": "c"}},
    {"testName": "u", "input": {"authority": "x", "path": "/ab"},
    "validate": {"clusterName": ""}}]})") == Failures());
}

TEST_CASE("clusters of Istio's YAML have Istio's names", "[render]") {
  CHECK(failures(R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: prod}
spec:
  hosts: [shop]
  http: [{route: [{destination: {host: shop, subset: v2, port: {number: 80}}}]}]
)",
                 R"(
tests:
- test_name: istio
  input: {authority: shop.prod, path: /, method: GET}
  validate: {cluster_name: "outbound|80|v2|shop.prod.svc.cluster.local"}
)") == Failures());
}

}  // namespace meshfn::render
