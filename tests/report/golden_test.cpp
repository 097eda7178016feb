// Every format as a file in golden/, so that a change of output is seen in review.
// MESHFN_BLESS=1 rewrites them.

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "catch.h"
#include "report/sample.h"
#include "support/paths.h"

namespace meshfn::report {

namespace {

std::string golden_path(std::string_view name) {
  return test::source_dir() + "/tests/report/golden/" + std::string(name);
}

void check_golden(std::string_view name, const std::string& actual) {
  const std::string path = golden_path(name);
  if (std::getenv("MESHFN_BLESS") != nullptr) {
    std::ofstream(path) << actual;
    return;
  }
  std::ostringstream expected;
  expected << std::ifstream(path).rdbuf();
  INFO(path);
  CHECK(actual == expected.str());
}

}  // namespace

TEST_CASE("each format writes what its golden shows", "[report]") {
  const auto all = sample();
  for (const Reporter& reporter : reporters()) {
    check_golden(std::string(reporter.name) + ".golden", written(reporter.name, all->report));
  }
}

TEST_CASE("each format writes a whole file for a clean run", "[report]") {
  const auto clean = clean_sample();
  for (const Reporter& reporter : reporters()) {
    check_golden(std::string(reporter.name) + ".clean.golden",
                 written(reporter.name, clean->report));
  }
}

TEST_CASE("colour and suppressed findings are shown on request", "[report]") {
  const auto all = sample();
  all->report.colour = true;
  all->report.show_suppressed = true;
  check_golden("text.colour.golden", written("text", all->report));
}

TEST_CASE("reporters have one name each and a summary", "[report]") {
  std::vector<std::string_view> names;
  for (const Reporter& reporter : reporters()) {
    CHECK(std::find(names.begin(), names.end(), reporter.name) == names.end());
    CHECK(!reporter.summary.empty());
    CHECK(reporter.summary.size() <= 72);
    CHECK(find_reporter(reporter.name) == &reporter);
    names.push_back(reporter.name);
  }
  CHECK(find_reporter("yml") == nullptr);
}

}  // namespace meshfn::report
