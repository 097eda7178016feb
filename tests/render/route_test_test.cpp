#include "render/route_test.h"

#include "render/rendering.h"
#include "render/route_expect.h"
#include "render/route_report.h"
#include "routing/loaded.h"

namespace meshfn::render {

namespace {

constexpr const char* kMesh = R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: prod}
spec:
  hosts: [shop]
  http:
  - name: old
    match: [{uri: {prefix: /old}}]
    redirect: {uri: /new, redirectCode: 308}
  - name: teapot
    match: [{uri: {exact: /tea}}]
    directResponse: {status: 418}
  - name: api
    match: [{uri: {prefix: /api/}, method: {exact: GET}}]
    rewrite: {uri: /v2/}
    route: [{destination: {host: shop, subset: v2, port: {number: 80}}}]
    mirror: {host: audit}
    fault: {abort: {httpStatus: 503}, delay: {fixedDelay: 2s}}
    headers: {request: {set: {X-Team: shop}, remove: [x-debug]}}
    timeout: 3s
    retries: {attempts: 4}
  - route:
    - {destination: {host: shop, subset: v1}, weight: 3}
    - {destination: {host: shop, subset: v2}, weight: 1}
)";

/// Reads tests and keeps what they point into.
struct Suite {
  explicit Suite(std::string text) : mesh(read_texts({{"mesh.yaml", kMesh}})) {
    std::vector<diagnostic::Diagnostic> problems;
    tree = yaml::read(store.add("shop.route-test.yaml", std::move(text)), problems);
    REQUIRE(problems.empty());
  }

  std::vector<std::string> failures() {
    auto read = read_route_tests(*tree);
    if (!read) return {read.error().message};
    tests = std::move(*read);
    results = run_route_tests(mesh->mesh(), mesh->table(), tests);
    std::vector<std::string> out;
    for (const RouteTestResult& result : results) {
      if (!result.failure.empty()) out.push_back(result.failure);
    }
    return out;
  }

  source::Store store;
  std::unique_ptr<Input> mesh;
  std::unique_ptr<yaml::Tree> tree;
  std::vector<RouteTest> tests;
  std::vector<RouteTestResult> results;
};

std::vector<std::string> failures(const std::string& request, const std::string& expect) {
  return Suite("{apiVersion: meshfn.dev/v1, kind: RouteTest, tests: [{name: t, request: " +
               request + ", expect: " + expect + "}]}")
      .failures();
}

using Failures = std::vector<std::string>;

}  // namespace

TEST_CASE("each kind of expectation passes and fails with what was seen", "[render]") {
  const std::string api = "{url: 'http://shop/api/x'}";
  CHECK(failures(api,
                 "{to: 'shop:80/v2', rule: api, path: /v2/x, timeout: 3s, retries: 4, mirror: "
                 "audit, fault: {abort: 503, delay: 2s}, headers: {x-team: shop, x-debug: "
                 "null}}") == Failures());
  CHECK(failures(api, "{to: shop/v1}") == Failures{"to is `shop.prod:80/v2 100%`, not `shop/v1`"});
  CHECK(failures(api, "{rule: old}") == Failures{"rule is `api`, not `old`"});
  CHECK(failures(api, "{path: /x}") == Failures{"path is `/v2/x`, not `/x`"});
  CHECK(failures(api, "{timeout: 1s}") == Failures{"timeout is `3s`, not `1s`"});
  CHECK(failures(api, "{retries: 2}") == Failures{"retries is `4`, not `2`"});
  CHECK(failures(api, "{mirror: other}") == Failures{"mirror is `audit.prod`, not `other`"});
  CHECK(failures(api, "{fault: {abort: 500}}") == Failures{"fault abort is `503`, not `500`"});
  CHECK(failures(api, "{fault: none}") == Failures{"fault is there"});
  CHECK(failures(api, "{headers: {x-team: ops}}") == Failures{"headers `x-team` is not set so"});
}

TEST_CASE("redirects, own answers and nothing can be expected", "[render]") {
  CHECK(failures("{host: shop, path: /old/x}", "{redirect: 'http://shop/new'}") == Failures());
  CHECK(failures("{host: shop, path: /old}", "{redirect: {code: 301}}") ==
        Failures{"redirect is `308`, not `301`"});
  CHECK(failures("{host: shop, path: /tea}", "{response: 418}") == Failures());
  CHECK(failures("{host: nobody}", "{to: nothing}") == Failures());
  CHECK(failures("{host: shop}", "{to: nothing}").size() == 1);
}

TEST_CASE("shares are compared in percent whatever the weights add up to", "[render]") {
  CHECK(failures("{host: shop}", "{to: {shop/v1: 75, shop/v2: 25}}") == Failures());
  CHECK(failures("{host: shop}", "{to: shop}") == Failures());
  CHECK(failures("{host: shop}", "{to: {shop/v1: 50, shop/v2: 50}}") ==
        Failures{"to is `shop.prod/v1 75%, shop.prod/v2 25%`, not `shop/v1 50%`"});
}

TEST_CASE("lists in a request multiply", "[render]") {
  Suite suite(
      "{apiVersion: meshfn.dev/v1, kind: RouteTest, tests: [{name: t, request: {host: [shop, "
      "shop.prod], path: [/api/a, /api/b], method: [GET, POST]}, expect: {to: shop}}]}");
  CHECK(suite.failures() == Failures());
  CHECK(suite.results.size() == 8);
}

TEST_CASE("coverage counts rules and names those that no test took", "[render]") {
  Suite suite(
      "{apiVersion: meshfn.dev/v1, kind: RouteTest, tests: [{name: t, request: {host: [shop, "
      "shop.prod]}, expect: {to: shop}}]}");
  suite.failures();
  const Coverage covered = coverage(suite.mesh->table(), suite.results);
  CHECK(covered.rules == 4);
  CHECK(covered.hit == 1);
  REQUIRE(covered.missed.size() == 3);
  CHECK(covered.missed[0]->name == "old");
}

TEST_CASE("mistakes in a test file are told with their place", "[render]") {
  CHECK(failures("{host: shop}", "{too: shop}").at(0).starts_with("shop.route-test.yaml:1:"));
  CHECK(failures("{hots: shop}", "{to: shop}").at(0).find("`hots`") != std::string::npos);
  CHECK(failures("{host: shop}", "{}").at(0).find("nothing is expected") != std::string::npos);
}

TEST_CASE("reports have distinct names and machine formats are well formed", "[render]") {
  Suite suite(
      "{apiVersion: meshfn.dev/v1, kind: RouteTest, tests: [{name: '<t> & \"u\"', request: {host: "
      "shop}, expect: {to: shop/v1}}]}");
  suite.failures();
  const Coverage covered = coverage(suite.mesh->table(), suite.results);
  for (const RouteTestReport& report : route_test_reports()) {
    const std::string text = report.write(suite.results, covered);
    if (report.name == "junit") {
      CHECK(text.find("&lt;t&gt; &amp; &quot;u&quot;") != text.npos);
      CHECK(text.find("failures=\"1\"") != text.npos);
    }
    if (report.name == "tap") CHECK(text.starts_with("TAP version 13\n1..1\nnot ok 1 - "));
    if (report.name == "text") {
      CHECK(text.find("tried old: path is `/`, not prefix `/old`  mesh.yaml:9") != text.npos);
    }
  }
}

TEST_CASE("the public istio-config-validator files pass unchanged", "[render][corpus]") {
  const auto directory = routing::shared() / "corpus" / "route-tests";
  if (!std::filesystem::exists(directory)) {
    WARN("no shared corpus here; set MESHFN_SHARED to its directory");
    return;
  }
  std::vector<NamedText> mesh;
  source::Store store;
  std::vector<std::unique_ptr<yaml::Tree>> trees;
  std::vector<RouteTest> tests;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string text = routing::contents(entry.path());
    mesh.push_back({entry.path().string(), text});
    std::vector<diagnostic::Diagnostic> problems;
    trees.push_back(yaml::read(store.add(entry.path().string(), text), problems));
    auto read = read_route_tests(*trees.back());
    REQUIRE(read);
    for (RouteTest& test : *read) tests.push_back(std::move(test));
  }
  routing::IstioOptions options;
  options.lenient_delegates = true;
  const auto input = Input::read(std::move(mesh), {}, options);
  REQUIRE(input);
  const auto results = run_route_tests((*input)->mesh(), (*input)->table(), tests);
  CHECK(results.size() == 38);
  for (const RouteTestResult& result : results) {
    INFO(result.test->name);
    CHECK(result.failure == "");
  }
}

}  // namespace meshfn::render
