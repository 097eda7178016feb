// Public cases of other projects, read where they lie (../shared or MESHFN_SHARED): how many of them
// this room alone decides as their projects do. Webhook rules are other rooms' business.

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.h"
#include "schema/check.h"
#include "source/file.h"
#include "yaml/reader.h"

namespace meshfn::schema {

namespace {

using nlohmann::json;

std::string cases_folder() {
  const char* shared = std::getenv("MESHFN_SHARED");
  return std::string(shared != nullptr ? shared : MESHFN_SOURCE_DIR "/../shared") + "/lint/cases/";
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// One document of a case, kept alive with its tree.
struct Input {
  Input(const std::string& path, std::size_t document)
      : file(path, read_text(path)), tree(yaml::read(file, problems)) {
    std::size_t index = 0;
    for (const yaml::Document& each : tree->documents()) {
      if (index++ == document) root = each.root;
    }
  }

  source::File file;
  std::vector<diagnostic::Diagnostic> problems;
  std::unique_ptr<yaml::Tree> tree;
  yaml::Node root;
};

struct Verdict {
  bool invalid = false;
  std::string first;
};

Verdict judge(const json& test, Channel channel) {
  Input input(cases_folder() + test["file"].get<std::string>(), test.value("doc", 0U));
  std::unique_ptr<Input> old;
  CheckOptions options;
  if (test.contains("old_file")) {
    old = std::make_unique<Input>(cases_folder() + test["old_file"].get<std::string>(), 0);
    options.old = old->root;
  }
  options.status = test.value("op", "create") == "statusupdate";
  Catalogue catalogue(channel);
  std::vector<diagnostic::Diagnostic> problems = input.problems;
  check_document(input.root, catalogue, problems, options);
  Verdict verdict;
  for (const diagnostic::Diagnostic& problem : problems) {
    if (problem.severity != diagnostic::Severity::error || verdict.invalid) continue;
    verdict.invalid = true;
    verdict.first = fmt::format("{} {} {}", source::to_string(problem.where), problem.rule->id, problem.message);
  }
  return verdict;
}

struct Tally {
  int all = 0;
  int good = 0;
  std::vector<std::string> failures;
};

void report(const std::map<std::string, Tally>& tallies) {
  for (const auto& [suite, tally] : tallies) {
    std::cout << fmt::format("{}: {} of {} pass\n", suite, tally.good, tally.all);
    if (std::getenv("MESHFN_CASES_VERBOSE") == nullptr) continue;
    for (const std::string& failure : tally.failures) std::cout << "  " << failure << '\n';
  }
}

bool have_cases() {
  const bool there = std::ifstream(cases_folder() + "gateway-linkerd.json").good();
  if (!there) std::cout << "no public cases: set MESHFN_SHARED to run them\n";
  return there;
}

void count(Tally& tally, const json& test, bool expect_invalid, const Verdict& verdict, std::string_view where) {
  ++tally.all;
  if (verdict.invalid == expect_invalid) {
    ++tally.good;
    return;
  }
  tally.failures.push_back(fmt::format("{}{} expected {}: {}", test["id"].get<std::string>(), where,
                                       expect_invalid ? "invalid" : "valid", verdict.first));
}

}  // namespace

TEST_CASE("Gateway API and Linkerd cases", "[schema][cases]") {
  if (!have_cases()) return;
  std::map<std::string, Tally> tallies;
  for (const json& test : json::parse(read_text(cases_folder() + "gateway-linkerd.json"))) {
    const std::string suite = test["suite"];
    const bool invalid = test["expect"] == "invalid";
    if (test["channels"].empty()) count(tallies[suite], test, invalid, judge(test, Channel::experimental), "");
    for (const std::string channel : test["channels"]) {
      const Channel chosen = channel == "standard" ? Channel::standard : Channel::experimental;
      count(tallies[suite], test, invalid, judge(test, chosen), " (" + channel + ")");
    }
  }
  report(tallies);
  CHECK(tallies["gwapi-tests-cel"].failures == std::vector<std::string>());
  CHECK(tallies["gwapi-conformance"].failures == std::vector<std::string>());
  CHECK(tallies["gwapi-examples"].failures == std::vector<std::string>());
}

TEST_CASE("Istio cases that its CRDs decide", "[schema][cases]") {
  if (!have_cases()) return;
  std::map<std::string, Tally> tallies;
  for (const json& test : json::parse(read_text(cases_folder() + "istio-validation.json"))) {
    const std::string layer = test["layer"];
    const bool invalid = test["expect"] == "invalid";
    if (invalid && layer != "crd") continue;
    if (test.value("fragment", false)) continue;
    count(tallies["istio " + layer], test, invalid, judge(test, Channel::experimental), "");
  }
  report(tallies);
  CHECK(tallies["istio crd"].failures == std::vector<std::string>());
}

}  // namespace meshfn::schema
