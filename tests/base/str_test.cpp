#include "base/str.h"

#include "catch.h"

namespace meshfn::str {

TEST_CASE("lines forget their breaks", "[base]") {
  CHECK(lines("a\r\nb\n\nc") == std::vector<std::string_view>{"a", "b", "", "c"});
  CHECK(lines("a\n") == std::vector<std::string_view>{"a"});
  CHECK(lines("").empty());
}

TEST_CASE("width is what a terminal shows", "[base]") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("\xC3\xA9") == 1);
  CHECK(display_width("e\xCC\x81") == 1);
  CHECK(display_width("\xE6\x97\xA5\xE6\x9C\xAC") == 4);
  CHECK(display_width("\xFF") == 1);
  CHECK(code_points("\xE6\x97\xA5x") == 2);
}

TEST_CASE("text wraps at spaces and keeps its own breaks", "[base]") {
  CHECK(wrap("one two three", 8) == "one two\nthree");
  CHECK(wrap("one two", 8, 2) == "one\n  two");
  CHECK(wrap("a\n\nb", 8) == "a\n\nb");
}

TEST_CASE("globs know folders", "[base]") {
  CHECK(glob("*.yaml", "a.yaml"));
  CHECK_FALSE(glob("*.yaml", "d/a.yaml"));
  CHECK(glob("**/*.yaml", "d/e/a.yaml"));
  CHECK(glob("**/*.yaml", "a.yaml"));
  CHECK(glob("charts/**", "charts/x/y"));
  CHECK(glob("?.y", "a.y"));
  CHECK_FALSE(glob("a", "ab"));
}

TEST_CASE("UTF-8 is told from other bytes", "[base]") {
  CHECK(is_utf8("plain \xF0\x9F\x98\x80"));
  CHECK_FALSE(is_utf8("\xC0\x80"));
  CHECK_FALSE(is_utf8("\xED\xA0\x80"));
  CHECK_FALSE(is_utf8("\xE6\x97"));
}

TEST_CASE("counting words takes the plural", "[base]") {
  CHECK(count(1, "error") == "1 error");
  CHECK(count(0, "error") == "0 errors");
}

}  // namespace meshfn::str
