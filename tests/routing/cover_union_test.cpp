#include "routing/cover_union.h"

#include <algorithm>
#include <random>

#include "catch.h"

namespace meshfn::routing {

namespace {

using Kind = StringMatch::Kind;

Condition condition(Subject subject, std::string name, std::vector<StringMatch> any_of,
                    bool negated = false) {
  return {subject, std::move(name), std::move(any_of), negated, {}};
}

Condition path(Kind kind, std::string text) {
  return condition(Subject::path, "", {StringMatch(kind, std::move(text))});
}

Condition header(std::string name, std::string text, bool negated = false) {
  return condition(Subject::header, std::move(name), {StringMatch(Kind::exact, std::move(text))},
                   negated);
}

Match all_of(std::vector<Condition> conditions) { return {"", std::move(conditions), {}}; }

std::size_t takers(const std::vector<Match>& wide, const Match& narrow) {
  std::vector<const Match*> list;
  for (const Match& one : wide) list.push_back(&one);
  const auto taking = covering_together(list, narrow);
  return taking ? taking->size() : 0;
}

}  // namespace

TEST_CASE("a header that is there and one that is not are all requests", "[routing][cover]") {
  const Match narrow = all_of({path(Kind::prefix, "/api")});
  const Match with = all_of({header("x", "a")});
  const Match without = all_of({header("x", "a", true)});
  CHECK(takers({with, without}, narrow) == 2);
  CHECK(takers({without, with}, narrow) == 2);
  CHECK(takers({with}, narrow) == 0);
  CHECK(takers({with, all_of({header("x", "b", true)})}, narrow) == 0);
  CHECK(takers({with, all_of({header("y", "a", true)})}, narrow) == 0);
  // One of them is for other paths.
  CHECK(takers({with, all_of({header("x", "a", true), path(Kind::exact, "/api")})}, narrow) == 0);
  CHECK(takers({with, all_of({header("x", "a", true), path(Kind::prefix, "/a")})}, narrow) == 2);
  // Three that leave nothing: x is a; x is not a and y is b; neither.
  CHECK(takers({with, all_of({header("x", "a", true), header("y", "b")}),
                all_of({header("x", "a", true), header("y", "b", true)})},
               narrow) == 3);
}

TEST_CASE("every text that is named may be taken by another one", "[routing][cover]") {
  const auto gateways = condition(
      Subject::gateway, "", {StringMatch(Kind::exact, "a/x"), StringMatch(Kind::exact, "mesh")});
  const auto of = [](std::string name) {
    return all_of({condition(Subject::gateway, "", {StringMatch(Kind::exact, std::move(name))})});
  };
  CHECK(takers({of("a/x"), of("mesh")}, all_of({gateways})) == 2);
  CHECK(takers({of("a/x"), of("a/y")}, all_of({gateways})) == 0);
  const Match a = all_of({path(Kind::exact, "/a")});
  const Match b = all_of({path(Kind::prefix, "/b")});
  CHECK(takers({a, b}, all_of({path(Kind::regex, "/a|/bc")})) == 2);
  CHECK(takers({a, b}, all_of({path(Kind::regex, "/(a|b)")})) == 2);
  CHECK(takers({a, b}, all_of({path(Kind::regex, "/(a|b|c)")})) == 0);
  CHECK(takers({a, b}, all_of({path(Kind::regex, "/(a|b).*")})) == 0);
  CHECK(takers({a, b}, all_of({path(Kind::regex, "(?i)/a|/b")})) == 0);
}

TEST_CASE("what is said to be taken is taken", "[routing][cover]") {
  std::mt19937 random(7);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  const std::string paths[] = {"/", "/a", "/ab", "/b"};
  const std::string values[] = {"a", "b"};
  const auto any_condition = [&] {
    if (below(3) == 0) return path(below(2) == 0 ? Kind::exact : Kind::prefix, paths[below(4)]);
    if (below(4) == 0) return path(Kind::regex, "/a|" + paths[below(4)]);
    return header(below(2) == 0 ? "x" : "y", values[below(2)], below(2) == 0);
  };
  const auto any_match = [&](std::size_t most) {
    Match match;
    for (std::size_t i = below(most + 1); i > 0; --i) match.conditions.push_back(any_condition());
    return match;
  };
  int covered = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<Match> wide;
    for (std::size_t i = 0; i < 4; ++i) wide.push_back(any_match(2));
    std::erase_if(wide, [](const Match& match) { return match.conditions.empty(); });
    const Match narrow = any_match(2);
    if (takers(wide, narrow) < 2) continue;
    ++covered;
    for (const std::string& sent : paths) {
      for (int mask = 0; mask < 9; ++mask) {
        Request request;
        request.path = sent;
        if (mask % 3 > 0) request.headers["x"] = values[mask % 3 - 1];
        if (mask / 3 > 0) request.headers["y"] = values[mask / 3 - 1];
        const bool taken = std::any_of(wide.begin(), wide.end(),
                                       [&](const Match& one) { return one.holds(request); });
        REQUIRE((taken || !narrow.holds(request)));
      }
    }
  }
  CHECK(covered > 100);
}

}  // namespace meshfn::routing
