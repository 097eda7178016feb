// Public cases of other projects, read where they lie (../shared or MESHFN_SHARED): how many of
// them this room alone decides as their projects do. Webhook rules are other rooms' business.

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "catch.h"
#include "schema/check.h"
#include "schema/rules.h"
#include "schema/shared.h"

namespace meshfn::schema {

namespace {

using nlohmann::json;
using test::ReadFile;

/// Cases where we differ on purpose.
const std::map<std::string, std::string> kKnown = {
    {"iv0175",
     "an address was written as a map when the case was made; the API server refuses it too"},
};

std::string path_of_case(const std::string& file) { return test::shared_lint("cases/" + file); }

json read_cases(const std::string& file) {
  return json::parse(test::read_text(path_of_case(file)));
}

/// Upstream's own CRDs in place of the built-in tables.
void load_crds(Catalogue& catalogue, const std::string& path) {
  const ReadFile read(test::shared_lint("crds/" + path));
  for (const yaml::Document& document : read.tree->documents()) {
    if (document.root.find("kind").text() != "CustomResourceDefinition") continue;
    const auto added = catalogue.add_crd(document.root);
    INFO(path << ": " << (added ? "" : added.error().message));
    CHECK(added.has_value());
  }
}

void load_crd_folder(Catalogue& catalogue, const std::string& folder) {
  for (const auto& entry :
       std::filesystem::directory_iterator(test::shared_lint("crds/" + folder))) {
    load_crds(catalogue, folder + "/" + entry.path().filename().string());
  }
}

struct Verdict {
  bool invalid = false;
  std::string first;
};

Verdict judge(const json& test, Catalogue& catalogue) {
  const ReadFile input(path_of_case(test["file"]), test.value("doc", 0U));
  std::unique_ptr<ReadFile> old;
  CheckOptions options;
  if (test.contains("old_file")) {
    old = std::make_unique<ReadFile>(path_of_case(test["old_file"]));
    options.old = old->root;
  }
  options.status = test.value("op", "create") == "statusupdate";
  std::vector<diagnostic::Diagnostic> problems = input.problems;
  check_document(input.root, catalogue, problems, options);
  Verdict verdict;
  for (const diagnostic::Diagnostic& problem : problems) {
    if (problem.severity != diagnostic::Severity::error || verdict.invalid) continue;
    // Upstream judged the documents by the schema alone, unserved versions included.
    if (problem.rule == &rule_of(Finding::unserved_version)) continue;
    verdict.invalid = true;
    verdict.first = fmt::format("{} {} {}", source::to_string(problem.where), problem.rule->id,
                                problem.message);
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

void count(Tally& tally, const json& test, bool expect_invalid, const Verdict& verdict,
           std::string_view where) {
  ++tally.all;
  if (verdict.invalid == expect_invalid || kKnown.count(test["id"]) > 0) {
    ++tally.good;
    return;
  }
  tally.failures.push_back(fmt::format("{}{} expected {}: {}", test["id"].get<std::string>(), where,
                                       expect_invalid ? "invalid" : "valid", verdict.first));
}

std::map<std::string, Tally> gateway_cases(Catalogue& standard, Catalogue& experimental) {
  std::map<std::string, Tally> tallies;
  for (const json& test : read_cases("gateway-linkerd.json")) {
    const std::string suite = test["suite"];
    const bool invalid = test["expect"] == "invalid";
    if (test["channels"].empty())
      count(tallies[suite], test, invalid, judge(test, experimental), "");
    for (const std::string channel : test["channels"]) {
      Catalogue& chosen = channel == "standard" ? standard : experimental;
      count(tallies[suite], test, invalid, judge(test, chosen), " (" + channel + ")");
    }
  }
  return tallies;
}

/// Valid documents of every layer, and the invalid ones that a CRD refuses.
std::map<std::string, Tally> istio_cases(Catalogue& catalogue) {
  std::map<std::string, Tally> tallies;
  for (const json& test : read_cases("istio-validation.json")) {
    const std::string layer = test["layer"];
    const bool invalid = test["expect"] == "invalid";
    if ((invalid && layer != "crd") || test.value("fragment", false)) continue;
    count(tallies["istio " + layer], test, invalid, judge(test, catalogue), "");
  }
  return tallies;
}

void check_gateway(std::map<std::string, Tally> tallies) {
  report(tallies);
  const std::vector<std::string> none;
  CHECK(tallies["gwapi-tests-cel"].failures == none);
  CHECK(tallies["gwapi-conformance"].failures == none);
  CHECK(tallies["gwapi-examples"].failures == none);
  CHECK(tallies["gwapi-invalid-examples"].failures == none);
}

void check_istio(std::map<std::string, Tally> tallies) {
  report(tallies);
  const std::vector<std::string> none;
  for (const auto& [layer, tally] : tallies) CHECK(tally.failures == none);
}

}  // namespace

TEST_CASE("Gateway API and Linkerd cases by the built-in tables", "[schema][cases]") {
  if (!test::have_shared("lint/cases/gateway-linkerd.json")) return;
  Catalogue standard(Channel::standard);
  Catalogue experimental(Channel::experimental);
  check_gateway(gateway_cases(standard, experimental));
}

TEST_CASE("Gateway API and Linkerd cases by upstream's CRDs", "[schema][cases]") {
  if (!test::have_shared("lint/cases/gateway-linkerd.json")) return;
  Catalogue standard(Channel::standard);
  Catalogue experimental(Channel::experimental);
  load_crd_folder(standard, "gwapi-standard");
  load_crd_folder(experimental, "gwapi-experimental");
  load_crd_folder(experimental, "linkerd");
  check_gateway(gateway_cases(standard, experimental));
}

TEST_CASE("Istio cases by the built-in tables", "[schema][cases]") {
  if (!test::have_shared("lint/cases/istio-validation.json")) return;
  Catalogue catalogue;
  check_istio(istio_cases(catalogue));
}

TEST_CASE("Istio cases by upstream's CRDs", "[schema][cases]") {
  if (!test::have_shared("lint/cases/istio-validation.json")) return;
  Catalogue catalogue;
  load_crds(catalogue, "istio.yaml");
  check_istio(istio_cases(catalogue));
}

}  // namespace meshfn::schema
