#include "lint/linter.h"

#include <fmt/format.h>

#include "base/str.h"
#include "catch.h"
#include "lint/catalogue.h"
#include "lint/fix.h"
#include "lint/support.h"

namespace meshfn::lint {

namespace {

constexpr const char* kMissing = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: revews}
)";

}  // namespace

TEST_CASE("a finding knows its resource, document and pointer", "[linter]") {
  const auto linted = lint_text(kMissing);
  REQUIRE(linted->outcome.findings.size() == 1);
  const auto& finding = linted->outcome.findings[0];
  CHECK(finding.rule->name == "destination-host-missing");
  CHECK(finding.resource ==
        diagnostic::ResourceRef{"networking.istio.io/v1", "VirtualService", "shop", "reviews"});
  CHECK(finding.document == 1);
  CHECK(finding.pointer == "/spec/http/0/route/0/destination/host");
  CHECK(finding.help == "did you mean `reviews`?");
  CHECK(linted->outcome.documents == 2);
  CHECK(linted->outcome.resources == 2);
}

TEST_CASE("items of a List are resources of their own", "[linter]") {
  const auto linted = lint_text(R"({"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "shop"},
   "spec": {"ports": [{"name": "http", "port": 80}]}},
  {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
   "metadata": {"name": "v", "namespace": "shop"},
   "spec": {"hosts": ["a"], "http": [{"route": [{"destination": {"host": "b"}}]}]}}]})");
  CHECK(linted->outcome.resources == 2);
  REQUIRE(linted->outcome.findings.size() == 1);
  CHECK(linted->outcome.findings[0].resource.name == "v");
}

TEST_CASE("context that cannot be read is said, its other mistakes are not", "[linter]") {
  Linted linted;
  std::vector<Input> inputs;
  inputs.push_back(
      {"broken.yaml", "a: [\n---\napiVersion: v1\nkind: Service\nkind: Service\n", true, true});
  inputs.push_back({"binary.yaml", std::string("a\0b", 3), true, true});
  linted.outcome = lint(std::move(inputs), {}, linted.store);
  CHECK(linted.lines() == std::vector<std::string>{"binary.yaml:1 MF0008", "broken.yaml:2 MF0001"});
}

TEST_CASE("context is referred to and not judged", "[linter]") {
  source::Store store;
  std::vector<Input> inputs = {
      {"vs.yaml", kMissing, true, true},
      {"b.yaml",
       "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
       "metadata: {name: b, namespace: shop}\n"
       "spec: {hosts: [b.example.com], http: [{route: [{destination: {host: reviews}}]}]}\n",
       false, true}};
  const Outcome outcome = lint(inputs, Options(), store);
  CHECK(outcome.findings.empty());
  CHECK(outcome.files == 1);
  CHECK(outcome.resources == 1);
}

TEST_CASE("files of directories that are no manifests are passed over", "[linter]") {
  source::Store store;
  const std::vector<Input> inputs = {
      {"package.json", "{\"name\": \"web\"}", false, false},
      {"broken-notes.yaml", "a: [\n", false, false},
      {"broken.yaml", "apiVersion: v1\nkind: Service\n metadata:\n", false, false},
      {"s.yaml", "apiVersion: meshfn.dev/v1\nkind: Scenario\n", false, false},
      {"named.yaml", "a: [\n", false, true}};
  const Outcome outcome = lint(inputs, Options(), store);
  CHECK(outcome.skipped == std::vector<std::string>{"package.json", "broken-notes.yaml", "s.yaml"});
  REQUIRE(outcome.findings.size() == 2);
  CHECK(outcome.findings[0].where.file->path() == "broken.yaml");
  CHECK(outcome.findings[1].where.file->path() == "named.yaml");
}

TEST_CASE("the result does not depend on the number of threads", "[linter]") {
  std::vector<std::pair<std::string, std::string>> files;
  int number = 0;
  for (const diagnostic::Rule* rule : catalogue()) {
    files.emplace_back(fmt::format("{:03}.yaml", ++number), std::string(rule->bad));
  }
  Options options;
  options.threads = 1;
  const auto one = lint_texts(files, options);
  options.threads = 4;
  const auto four = lint_texts(files, options);
  CHECK(!one->lines().empty());
  CHECK(one->lines() == four->lines());
}

TEST_CASE("what is assumed to exist is not doubted", "[linter]") {
  Options options;
  SECTION("a host") { options.mesh.assume.hosts = {"*.shop.svc.cluster.local"}; }
  SECTION("a namespace") { options.mesh.assume.namespaces = {"shop"}; }
  const auto linted = lint_text(kMissing, options);
  for (const auto& finding : linted->outcome.findings) {
    CHECK(finding.severity == diagnostic::Severity::info);
  }
}

TEST_CASE("rules are selected and graded by the most specific word", "[linter]") {
  config::Config config;
  config.rules = {{{"MF1101", {}}, config::Level::info, {}},
                  {{"istio", {}}, config::Level::warning, {}},
                  {{"MF1111", {}}, config::Level::off, {}}};
  const Selection selection(config);
  for (const diagnostic::Rule* rule : catalogue()) {
    if (rule->id == "MF1101") CHECK(selection.severity(*rule) == diagnostic::Severity::info);
    if (rule->id == "MF1102") CHECK(selection.severity(*rule) == diagnostic::Severity::warning);
    if (rule->id == "MF1111") CHECK(!selection.is_enabled(*rule));
  }
  config.rules = {};
  config.select.value = {{"KIA1107", {}}};
  const auto enabled = Selection(config).enabled();
  for (const diagnostic::Rule* rule : enabled) {
    CHECK((rule->id == "MF1104" || rule->group == "yaml"));
  }
}

TEST_CASE("unknown codes are refused with a suggestion", "[linter]") {
  config::Config config;
  config.ignore.value = {{"destination-host-mising", {}}};
  const auto errors = unknown_codes(config);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].hint == "did you mean `destination-host-missing`?");
  CHECK(errors[0].kind == Failure::usage);
}

TEST_CASE("inputs are gathered once and in order", "[linter]") {
  const MemoryFiles files(std::map<std::string, std::string>{
      {"d/b.yaml", "b"}, {"d/a.yml", "a"}, {"d/c.json", "c"}, {"d/x.txt", "x"}, {"e.conf", "e"}});
  const auto inputs = gather(
      files, {{{"d", true}, {"d/b.yaml", false}, {"e.conf", false}, {"-", false}, {"-", false}},
              {},
              "in"});
  REQUIRE(inputs);
  std::vector<std::string> paths;
  for (const Input& input : *inputs) paths.push_back(input.path);
  CHECK(paths == std::vector<std::string>{"d/b.yaml", "e.conf", "<stdin>", "d/a.yml", "d/c.json"});
  CHECK(!inputs->at(0).context);
  CHECK(inputs->at(3).context);
  CHECK(!gather(files, {{{"nowhere.yaml", false}}}));
}

TEST_CASE("patterns choose and exclude files", "[linter]") {
  const MemoryFiles files(std::map<std::string, std::string>{
      {"a/x.yaml", ""}, {"a/b/x.yaml", ""}, {"a/b/y.yaml", ""}, {"a/b/x.txt", ""}});
  const auto paths = [&](const Wanted& wanted) {
    std::vector<std::string> found;
    const auto inputs = gather(files, wanted);
    if (!inputs) return std::vector<std::string>{inputs.error().message};
    for (const Input& input : *inputs) found.push_back(input.path);
    return found;
  };
  using Paths = std::vector<std::string>;
  CHECK(paths({{{"a/*.yaml"}}}) == Paths{"a/x.yaml"});
  CHECK(paths({{{"a/**/x.*"}}}) == Paths{"a/b/x.yaml", "a/x.yaml"});
  CHECK(paths({{{"a/**"}}}) == Paths{"a/b/x.yaml", "a/b/y.yaml", "a/x.yaml"});
  CHECK(paths({{{"b/*.yaml"}}}) == Paths{"no YAML or JSON file matches `b/*.yaml`"});
  CHECK(paths({{{"a"}}, {"x.yaml"}}) == Paths{"a/b/y.yaml"});
  CHECK(paths({{{"a"}}, {"a/b/"}}) == Paths{"a/x.yaml"});
  CHECK(paths({{{"a"}}, {"./a/*.yaml"}}) == Paths{"a/b/x.yaml", "a/b/y.yaml"});
}

TEST_CASE("a finding knows what its document was rendered from", "[linter]") {
  const auto linted = lint_text(R"(# Source: shop/templates/a.yaml
apiVersion: v1
kind: Namespaces
metadata: {name: a}
---
# Source: shop/templates/b.yaml
apiVersion: v1
kind: Namespaces
metadata:
  name: b
  annotations: {config.kubernetes.io/origin: "path: base/b.yaml\nrepo: https://x.test/r\nref: v1"}
---
# Sources: none
apiVersion: v1
kind: Namespaces
metadata: {name: c}
)");
  std::vector<std::string> origins;
  for (const auto& finding : linted->outcome.findings) origins.push_back(finding.origin);
  CHECK(origins ==
        std::vector<std::string>{"shop/templates/a.yaml", "https://x.test/r@v1/base/b.yaml", ""});
}

TEST_CASE("CRDs in the input define kinds and are judged", "[linter]") {
  constexpr const char* kCrd = R"(apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: cats.example.com}
spec:
  group: example.com
  names: {kind: Cat}
  versions: [{name: v1, served: true, SCHEMA}]
)";
  constexpr const char* kCat =
      "apiVersion: example.com/v1\nkind: Cat\nmetadata: {name: tom}\nspec: {lives: nine}\n";
  const std::string good = str::replace_all(
      kCrd, "SCHEMA",
      "schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: "
      "{lives: {type: integer}}}}}}");
  CHECK(lint_texts({{"cat.yaml", kCat}, {"crd.yaml", good}})->lines() ==
        std::vector<std::string>{"cat.yaml:4 MF0103"});
  const auto broken = lint_texts({{"cat.yaml", kCat}, {"crd.yaml", kCrd}});
  CHECK(broken->lines() == std::vector<std::string>{"crd.yaml:7 MF0117"});
  CHECK(broken->outcome.unchecked == std::map<std::string, std::size_t>{{"example.com/v1 Cat", 1}});
  // Another kind of the same group may well exist.
  CHECK(lint_texts({{"crd.yaml", good},
                    {"bat.yaml", "apiVersion: example.com/v1\nkind: Bat\nmetadata: {name: b}\n"}})
            ->lines()
            .empty());
}

}  // namespace meshfn::lint
