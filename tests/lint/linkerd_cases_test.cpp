// Linkerd's own test cases, read where they lie (../shared or MESHFN_SHARED): values of
// annotations and identities, and objects that its webhooks admit or refuse.

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.h"
#include "lint/rules/linkerd_values.h"
#include "lint/support.h"
#include "schema/check.h"
#include "support/tree.h"

namespace meshfn::lint {

namespace {

using nlohmann::json;

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

json cases(const std::string& name) {
  const std::string folder = shared_folder();
  if (folder.empty()) {
    WARN("no public cases: ../shared is absent and MESHFN_SHARED is not set");
    return json::array();
  }
  return json::parse(read_text(folder + "/lint/cases/" + name));
}

/// Whether a Service with these annotations has its outbound policy dropped.
bool is_dropped(const json& annotations) {
  std::string yaml =
      "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  annotations:\n    a: b\n";
  for (const auto& [key, value] : annotations.items()) {
    yaml += fmt::format("    {}: {}\n", key, value.dump());
  }
  const auto linted = lint_text(yaml + "spec: {ports: [{name: http, port: 80}]}\n");
  const auto& findings = linted->outcome.findings;
  return std::any_of(findings.begin(), findings.end(), [](const auto& finding) {
    return finding.rule->name == "linkerd-outbound-annotation-value";
  });
}

/// Whether the value of a case is refused; of `each_of`, every one must be.
bool is_refused(const json& test) {
  const std::string grammar = test["grammar"];
  if (grammar == "mesh-identity") {
    return !linkerd::identity_problem(test["value"].get<std::string>()).empty();
  }
  if (grammar.starts_with("portset")) {
    return !linkerd::port_set_problem(test["value"].get<std::string>()).empty();
  }
  if (grammar == "annotation-duration") {
    return !linkerd::annotation_duration(test["value"].get<std::string>());
  }
  if (!test["each_of"].is_array()) return is_dropped(test["annotations"]);
  const auto& values = test["each_of"];
  return std::all_of(values.begin(), values.end(), [&](const json& value) {
    json annotations = test["annotations"];
    annotations[test["each_of_key"].get<std::string>()] = value;
    return is_dropped(annotations);
  });
}

/// The first error of an object, by the schema or by a rule; empty when it is admitted.
std::string first_error(const json& test) {
  const test::ReadText read(
      read_text(shared_folder() + "/lint/cases/" + test["file"].get<std::string>()));
  std::vector<diagnostic::Diagnostic> findings;
  const yaml::Node root = read.root(test.value("doc", 0U));
  schema::Catalogue schemas(schema::Channel::experimental);
  schema::check_document(root, schemas, findings);
  const auto linted = lint_text(std::string(read.file.slice(root.span())));
  for (const auto* list : {&findings, &linted->outcome.findings}) {
    for (const auto& finding : *list) {
      if (finding.severity == diagnostic::Severity::error) {
        return fmt::format("{} {}", finding.rule->id, finding.message);
      }
    }
  }
  return {};
}

}  // namespace

TEST_CASE("values of Linkerd are taken and refused as Linkerd does", "[linkerd][cases]") {
  std::size_t passed = 0;
  const json tests = cases("linkerd-values.json");
  for (const json& test : tests) {
    INFO(test.dump());
    const bool right = is_refused(test) == (test["expect"] == "invalid");
    CHECK(right);
    passed += right ? 1U : 0U;
    if (test.contains("ms") && test["ms"].is_number()) {
      CHECK(linkerd::annotation_duration(test["value"].get<std::string>()) == test["ms"]);
    }
  }
  std::cout << fmt::format("linkerd-values: {} of {}\n", passed, tests.size());
}

TEST_CASE("objects are admitted and refused as by Linkerd's webhooks", "[linkerd][cases]") {
  std::size_t passed = 0;
  std::size_t total = 0;
  for (const json& test : cases("gateway-linkerd.json")) {
    if (!test["suite"].get<std::string>().starts_with("linkerd-")) continue;
    ++total;
    const std::string error = first_error(test);
    INFO(test["id"].get<std::string>());
    INFO(error);
    const bool right = error.empty() == (test["expect"] == "valid");
    CHECK(right);
    passed += right ? 1U : 0U;
  }
  std::cout << fmt::format("gateway-linkerd, suites of Linkerd: {} of {}\n", passed, total);
}

}  // namespace meshfn::lint
