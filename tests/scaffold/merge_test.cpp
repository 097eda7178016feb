#include "scaffold/merge.h"

#include "catch.h"

namespace meshfn::scaffold {

namespace {

std::string merged(std::string_view base, std::string_view yours, std::string_view theirs) {
  return merge(base, yours, theirs).text;
}

}  // namespace

TEST_CASE("a merge takes what only one side changed", "[scaffold]") {
  CHECK(merged("a\nb\nc\n", "a\nB\nc\n", "a\nb\nc\n") == "a\nB\nc\n");
  CHECK(merged("a\nb\nc\n", "a\nb\nc\n", "a\nb\nC\n") == "a\nb\nC\n");
  CHECK(merged("a\nb\nc\nd\ne\n", "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n") == "A\nb\nc\nd\nE\n");
}

TEST_CASE("a merge takes lines that one side added or removed", "[scaffold]") {
  CHECK(merged("a\nb\nc\n", "0\na\nb\nc\n", "a\nb\nc\nd\n") == "0\na\nb\nc\nd\n");
  CHECK(merged("a\nb\nc\n", "a\nc\n", "a\nb\nc\nd\n") == "a\nc\nd\n");
  CHECK(merged("", "", "a\n") == "a\n");
  CHECK(merged("a\n", "", "a\n").empty());
}

TEST_CASE("a merge takes once what both sides changed alike", "[scaffold]") {
  CHECK(merged("a\nb\n", "a\nB\n", "a\nB\n") == "a\nB\n");
}

TEST_CASE("a merge shows both sides of a conflict, and counts it", "[scaffold]") {
  const Merged done = merge("a\nb\nc\n", "a\nyours\nc\n", "a\ntheirs\nc\n");
  CHECK(done.conflicts == 1);
  CHECK(done.text == "a\n<<<<<<< yours\nyours\n=======\ntheirs\n>>>>>>> template\nc\n");
}

TEST_CASE("markers of a conflict stand on lines of their own", "[scaffold]") {
  CHECK(merge("a", "yours", "theirs").text ==
        "<<<<<<< yours\nyours\n=======\ntheirs\n>>>>>>> template\n");
}

TEST_CASE("line ends are part of a line", "[scaffold]") {
  CHECK(merged("a\r\nb\r\n", "a\r\nB\r\n", "a\r\nb\r\nc\r\n").find("\r\n") != std::string::npos);
  CHECK(merge("a\nb\n", "a\r\nb\r\n", "a\nB\n").conflicts == 1);
}

TEST_CASE("an unchanged side gives the other, whatever the texts", "[scaffold]") {
  const std::string texts[] = {"", "a", "a\n", "a\nb\na\nb\n", "b\nb\na\n", "\n\n\n", "a\n\nb"};
  for (const std::string& base : texts) {
    for (const std::string& other : texts) {
      INFO(base << " | " << other);
      CHECK(merged(base, base, other) == other);
      CHECK(merged(base, other, base) == other);
      CHECK(merge(base, other, other).text == other);
    }
  }
}

}  // namespace meshfn::scaffold
