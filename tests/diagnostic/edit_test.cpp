#include "diagnostic/edit.h"

#include "catch.h"

namespace meshfn::diagnostic {

namespace {

Fix replace(const source::File& file, source::Span span, std::string text) {
  return {"change", {{{&file, span}, std::move(text)}}};
}

}  // namespace

TEST_CASE("fixes replace, insert and delete bytes", "[edit]") {
  const source::File file("a.yaml", "one two three\n");
  const Fix later = replace(file, {8, 13}, "3");
  const Fix insert = replace(file, {0, 0}, "> ");
  const Fix removal = replace(file, {3, 7}, "");
  const Fixed fixed = apply_fixes(file, {&later, &insert, &removal});
  CHECK(fixed.text == "> one 3\n");
  CHECK(fixed.applied == 3);
  CHECK(fixed.skipped == 0);
}

TEST_CASE("a fix that overlaps an earlier one waits for the next pass", "[edit]") {
  const source::File file("a.yaml", "one two three\n");
  const Fix first = replace(file, {4, 7}, "2");
  Fix second = replace(file, {0, 3}, "1");
  second.edits.push_back({{&file, {6, 9}}, "x"});
  const Fixed fixed = apply_fixes(file, {&first, &second});
  CHECK(fixed.text == "one 2 three\n");
  CHECK(fixed.skipped == 1);
}

TEST_CASE("a fix of two files is not half done", "[edit]") {
  const source::File a("a.yaml", "a\n");
  const source::File b("b.yaml", "b\n");
  Fix both = replace(a, {0, 1}, "x");
  both.edits.push_back({{&b, {0, 1}}, "y"});
  CHECK(apply_fixes(a, {&both}).text == "a\n");
}

TEST_CASE("the difference is a unified diff", "[edit]") {
  CHECK(unified_diff("f", "same\n", "same\n").empty());
  CHECK(unified_diff("f", "a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nd\nX\nf\ng\nh\n") ==
        "--- a/f\n+++ b/f\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+X\n f\n g\n h\n");
  CHECK(unified_diff("f", "a", "b") ==
        "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n"
        "\\ No newline at end of file\n");
  CHECK(unified_diff("f", "", "new\n") == "--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+new\n");
}

TEST_CASE("changes far apart make hunks of their own", "[edit]") {
  std::string before;
  for (char c = 'a'; c <= 'z'; ++c) before += std::string(1, c) + "\n";
  std::string after = before;
  after[0] = 'A';
  after[after.size() - 2] = 'Z';
  CHECK(unified_diff("f", before, after) ==
        "--- a/f\n+++ b/f\n@@ -1,4 +1,4 @@\n-a\n+A\n b\n c\n d\n"
        "@@ -23,4 +23,4 @@\n w\n x\n y\n-z\n+Z\n");
}

}  // namespace meshfn::diagnostic
