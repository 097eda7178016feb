#include "lint/changes.h"

#include "catch.h"

namespace meshfn::lint {

namespace {

constexpr diagnostic::Rule kRule = {.id = "MF1101", .name = "a", .group = "istio"};

diagnostic::Diagnostic finding(const source::File& file, std::uint32_t line) {
  std::vector<diagnostic::Diagnostic> list;
  const std::uint32_t at = file.line_start(line);
  diagnostic::Findings(kRule, list).add({&file, {at, at + 1}}, "wrong");
  return list.front();
}

constexpr const char* kDiff =
    "diff --git a/mesh/a.yaml b/mesh/a.yaml\n--- a/mesh/a.yaml\n+++ b/mesh/a.yaml\n"
    "@@ -2 +2 @@ spec:\n-x\n+y\n@@ -5,0 +6,2 @@\n+z\n+z\n@@ -9 +8,0 @@\n-w\n"
    "diff --git a/gone.yaml b/gone.yaml\n--- a/gone.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n";

}  // namespace

TEST_CASE("findings on changed lines are kept", "[changes]") {
  const Changes changes = Changes::parse(kDiff);
  const source::File file("mesh/a.yaml", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
  std::vector<std::uint32_t> touched;
  for (std::uint32_t line = 1; line <= 9; ++line) {
    if (changes.touches(finding(file, line), "/repo")) touched.push_back(line);
  }
  CHECK(touched == std::vector<std::uint32_t>{2, 6, 7, 8});
}

TEST_CASE("a finding is kept for a related place and for a new file", "[changes]") {
  Changes changes = Changes::parse(kDiff);
  const source::File file("./mesh/a.yaml", "1\n2\n3\n");
  const source::File other("/repo/b.yaml", "1\n2\n");
  diagnostic::Diagnostic related = finding(other, 1);
  CHECK(!changes.touches(related, "/repo"));
  related.relate({&file, {2, 3}}, "here");
  CHECK(changes.touches(related, "/repo"));
  changes.add_new_file("b.yaml");
  CHECK(changes.touches(finding(other, 2), "/repo"));
}

}  // namespace meshfn::lint
