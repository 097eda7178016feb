#include "routing/match.h"

#include <re2/re2.h>

#include <random>
#include <string>
#include <vector>

#include "catch.h"

namespace meshfn::routing {

namespace {

using Kind = StringMatch::Kind;

Match path(Kind kind, std::string text, bool ignore_case = false) {
  return {
      {}, {{Subject::path, {}, {StringMatch(kind, std::move(text), ignore_case)}, false, {}}}, {}};
}

Condition header(std::string name, StringMatch pattern, bool negated = false) {
  return {Subject::header, std::move(name), {std::move(pattern)}, negated, {}};
}

Match both(Match match, Condition more) {
  match.conditions.push_back(std::move(more));
  return match;
}

StringMatch exact(std::string text) { return {Kind::exact, std::move(text)}; }

}  // namespace

TEST_CASE("each kind of pattern matches as Envoy does", "[routing]") {
  struct Case {
    Kind kind;
    const char* pattern;
    const char* text;
    bool matches;
  };

  const Case cases[] = {
      {Kind::exact, "/a", "/a", true},
      {Kind::exact, "/a", "/A", false},
      {Kind::exact, "/a", "/a/", false},
      {Kind::exact, "", "", true},
      {Kind::prefix, "/a", "/ab", true},
      {Kind::prefix, "/a/", "/a", false},
      {Kind::prefix, "/", "/anything", true},
      {Kind::prefix, "/A", "/a", false},
      {Kind::path_prefix, "/a", "/a", true},
      {Kind::path_prefix, "/a", "/a/b", true},
      {Kind::path_prefix, "/a", "/ab", false},
      {Kind::path_prefix, "/a/", "/a", true},
      {Kind::path_prefix, "/", "/x", true},
      {Kind::suffix, ".com", "a.com", true},
      {Kind::suffix, ".com", "a.org", false},
      {Kind::regex, "/a+", "/aaa", true},
      {Kind::regex, "/a+", "/aaab", false},
      {Kind::regex, "/a|/b", "/b", true},
      {Kind::regex, "/users(/.*)?", "/users", true},
      {Kind::regex, "(?i)/A", "/a", true},
      {Kind::regex, "(", "(", false},
      {Kind::regex, "a(?=b)", "a", false},
      {Kind::present, "", "anything", true},
  };
  for (const Case& c : cases) {
    INFO(c.pattern << " on " << c.text);
    CHECK(StringMatch(c.kind, c.pattern).matches(c.text) == c.matches);
  }
}

TEST_CASE("a regex matches what RE2 alone would", "[routing]") {
  // The first letters of a pattern often decide alone: whatever it is made of, never otherwise.
  const std::vector<std::string> parts = {
      "/",   "a", "b",   "é",    "\\.",   "\\d",   ".*",   "?",    "*",
      "+",   "^", "$",   "|",    "{0,2}", "(a|b)", "[ab]", "(?i)", "\\Q",
      "\\E", ".", "[(]", "[])]", "[^]|]", "(",     ")",    "\\(",  "[:alpha:]"};
  const std::vector<std::string> letters = {"/", "a", "b", "é", ".", "1", "A", "\\"};
  std::mt19937 random(1);
  const auto made_of = [&random](const std::vector<std::string>& from) {
    std::string out;
    for (auto left = random() % 6; left > 0; --left) out += from[random() % from.size()];
    return out;
  };
  RE2::Options quiet;
  quiet.set_log_errors(false);
  int matched = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string pattern = made_of(parts);
    const RE2 alone(pattern, quiet);
    const StringMatch ours(Kind::regex, pattern);
    for (int k = 0; k < 12; ++k) {
      const std::string text = made_of(letters);
      const bool expected = alone.ok() && RE2::FullMatch(text, alone);
      matched += expected ? 1 : 0;
      INFO(pattern << " on " << text);
      REQUIRE(ours.matches(text) == expected);
    }
  }
  CHECK(matched > 1000);
}

TEST_CASE("case is ignored for exact and prefix, never for a regex", "[routing]") {
  CHECK(StringMatch(Kind::exact, "/Foo", true).matches("/fOO"));
  CHECK(StringMatch(Kind::prefix, "/Foo", true).matches("/foobar"));
  CHECK_FALSE(StringMatch(Kind::regex, "/Foo", true).matches("/foo"));
}

TEST_CASE("a wrong regex says what is wrong and matches nothing", "[routing]") {
  CHECK_FALSE(StringMatch(Kind::regex, "(").error().empty());
  CHECK(StringMatch(Kind::regex, "a").error().empty());
}

TEST_CASE("a pattern covers another only when it takes all of its texts", "[routing]") {
  struct Case {
    StringMatch wide;
    StringMatch narrow;
    bool covers;
  };

  const Case cases[] = {
      {{Kind::prefix, "/"}, {Kind::exact, "/a"}, true},
      {{Kind::prefix, "/a"}, {Kind::prefix, "/ab"}, true},
      {{Kind::prefix, "/ab"}, {Kind::prefix, "/a"}, false},
      {{Kind::prefix, "/a"}, {Kind::path_prefix, "/a"}, true},
      {{Kind::path_prefix, "/a"}, {Kind::prefix, "/a"}, false},
      {{Kind::path_prefix, "/a"}, {Kind::prefix, "/a/"}, true},
      {{Kind::path_prefix, "/a"}, {Kind::path_prefix, "/a/b"}, true},
      {{Kind::path_prefix, "/a"}, {Kind::path_prefix, "/ab"}, false},
      {{Kind::path_prefix, "/a"}, {Kind::exact, "/a/"}, true},
      {{Kind::prefix, "/a/"}, {Kind::path_prefix, "/a"}, false},
      {{Kind::regex, ".*"}, {Kind::prefix, "/x"}, true},
      {{Kind::regex, "/.*"}, {Kind::prefix, "/x"}, true},
      {{Kind::regex, "/a.*"}, {Kind::prefix, "/abc"}, true},
      {{Kind::regex, "/a|/b.*"}, {Kind::prefix, "/a"}, false},
      {{Kind::regex, "/a\\.*"}, {Kind::prefix, "/a."}, false},
      {{Kind::regex, "/a[0-9]"}, {Kind::exact, "/a1"}, true},
      {{Kind::regex, "/a[0-9]"}, {Kind::exact, "/ab"}, false},
      {{Kind::regex, "/x+"}, {Kind::regex, "/x+"}, true},
      {{Kind::prefix, "/users"}, {Kind::regex, "/users(/.*)?"}, true},
      {{Kind::prefix, "/users/"}, {Kind::regex, "/users(/.*)?"}, false},
      {{Kind::prefix, "/ab"}, {Kind::regex, "/ab?c"}, false},
      {{Kind::exact, "/a"}, {Kind::exact, "/a"}, true},
      {{Kind::exact, "/a"}, {Kind::prefix, "/a"}, false},
      {{Kind::exact, "/a"}, {Kind::exact, "/A", true}, false},
      {{Kind::exact, "/A", true}, {Kind::exact, "/a"}, true},
      {{Kind::prefix, "/A", true}, {Kind::prefix, "/ab", true}, true},
      {StringMatch(), {Kind::exact, "x"}, true},
      {{Kind::exact, "x"}, StringMatch(), false},
      {{Kind::regex, ".*"}, StringMatch(), true},
  };
  for (const Case& c : cases) {
    INFO(c.wide.describe() << " over " << c.narrow.describe());
    CHECK(c.wide.covers(c.narrow) == c.covers);
  }
}

TEST_CASE("what a pattern covers it also matches", "[routing]") {
  const Kind kinds[] = {Kind::exact, Kind::prefix, Kind::path_prefix, Kind::regex};
  const char* texts[] = {"/",   "/a",    "/a/", "/ab",     "/a/b",  "/a.*",
                         "/.*", "/a|/b", "/a?", "/(a|ab)", "/a/.*", "/[ab]+"};
  const char* paths[] = {"/", "/a", "/a/", "/ab", "/abc", "/a/b", "/a/b/c", "/b", "/aa", "/A"};
  for (const Kind wide_kind : kinds) {
    for (const char* wide_text : texts) {
      const StringMatch wide(wide_kind, wide_text);
      for (const Kind kind : kinds) {
        for (const char* text : texts) {
          const StringMatch narrow(kind, text);
          if (!wide.covers(narrow)) continue;
          for (const char* request : paths) {
            INFO(wide.describe() << " over " << narrow.describe() << " on " << request);
            if (narrow.matches(request)) CHECK(wide.matches(request));
          }
        }
      }
    }
  }
}

TEST_CASE("a missing header fails a condition and passes its negation", "[routing]") {
  Request request;
  CHECK_FALSE(header("x", StringMatch()).holds(request));
  CHECK(header("x", StringMatch(), true).holds(request));
  CHECK(header("x", exact("1"), true).holds(request));
  request.headers["x"] = "1";
  CHECK(header("x", StringMatch()).holds(request));
  CHECK(header("x", exact("1")).holds(request));
  CHECK_FALSE(header("x", exact("1"), true).holds(request));
  CHECK(header("x", exact("2"), true).holds(request));
}

TEST_CASE("the reason names the condition that failed", "[routing]") {
  Request request;
  request.path = "/other";
  const Match match = both(path(Kind::prefix, "/api"), header("x-user", exact("jason")));
  const Condition* failed = match.first_failure(request);
  REQUIRE(failed != nullptr);
  CHECK(failed->why_not(request) == "path is `/other`, not prefix `/api`");
  request.path = "/api";
  CHECK(match.first_failure(request)->why_not(request) == "header `x-user` is missing");
  request.headers["x-user"] = "ann";
  CHECK(match.first_failure(request)->why_not(request) ==
        "header `x-user` is `ann`, not exact `jason`");
  request.headers["x-user"] = "jason";
  CHECK(match.holds(request));
}

TEST_CASE("fewer and wider conditions cover more", "[routing]") {
  const Match all;
  const Match root = path(Kind::prefix, "/");
  const Match api = path(Kind::prefix, "/api");
  const Match api_jason = both(api, header("x-user", exact("jason")));
  CHECK(covers(all, api_jason));
  CHECK(covers(root, all));
  CHECK(covers(api, api_jason));
  CHECK_FALSE(covers(api_jason, api));
  CHECK_FALSE(covers(api, all));
  CHECK(covers(both(api, header("x-user", StringMatch())), api_jason));
  CHECK(covers(api_jason, api_jason));
}

TEST_CASE("negated conditions cover in the other direction", "[routing]") {
  const Match not_v1{{}, {header("v", {Kind::prefix, "1.1"}, true)}, {}};
  const Match not_any_1{{}, {header("v", {Kind::prefix, "1"}, true)}, {}};
  const Match v2{{}, {header("v", exact("2"))}, {}};
  CHECK(covers(not_v1, not_any_1));
  CHECK_FALSE(covers(not_any_1, not_v1));
  CHECK(covers(not_v1, v2));
  CHECK_FALSE(covers(v2, not_v1));
  CHECK_FALSE(covers(not_v1, Match()));
}

TEST_CASE("an unknown port does not decide", "[routing]") {
  Request request;
  const Condition port{Subject::port, {}, {exact("8080")}, false, {}};
  CHECK(port.holds(request));
  request.authority = "a:8080";
  CHECK(port.holds(request));
  request.port = 9090;
  CHECK_FALSE(port.holds(request));
}

}  // namespace meshfn::routing
