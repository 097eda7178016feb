// What rules say about their age is what the changelog says about releases.

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "base/str.h"
#include "catch.h"
#include "cli/catalogue.h"
#include "lint/catalogue.h"
#include "support/paths.h"

namespace meshfn::cli {

namespace {

/// The versions of the changelog's headings, the newest first.
std::vector<std::string> released() {
  std::ifstream in(test::source_dir() + "/CHANGELOG.md");
  std::vector<std::string> versions;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) versions.emplace_back(str::split(line.substr(3), ' ').front());
  }
  return versions;
}

}  // namespace

TEST_CASE("rules are as old as some release, and none is newer than this one", "[catalogue]") {
  const std::vector<std::string> versions = released();
  REQUIRE(!versions.empty());
  CHECK(versions.front() == version());
  for (const diagnostic::Rule* rule : lint::catalogue()) {
    INFO(rule->id << " since " << rule->since);
    CHECK(std::find(versions.begin(), versions.end(), rule->since) != versions.end());
  }
}

TEST_CASE("the changelog counts the rules there are", "[catalogue]") {
  std::ifstream in(test::source_dir() + "/CHANGELOG.md");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  // The newest entry speaks of this version; what is older stays as it was.
  const std::string first = text.substr(0, text.find("\n## ", text.find("\n## ") + 1));
  CHECK(first.find(std::to_string(lint::catalogue().size()) + " rules") != std::string::npos);
}

}  // namespace meshfn::cli
