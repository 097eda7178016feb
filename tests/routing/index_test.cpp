// Indices find what comparing each with each finds.

#include "base/random.h"
#include "catch.h"
#include "routing/cover_index.h"
#include "routing/host.h"
#include "routing/host_index.h"
#include "routing/route_index.h"
#include "routing/router.h"

namespace meshfn::routing {

namespace {

using Kind = StringMatch::Kind;

StringMatch random_pattern(Random& random) {
  constexpr Kind kKinds[] = {Kind::exact,       Kind::exact,  Kind::prefix, Kind::prefix,
                             Kind::path_prefix, Kind::suffix, Kind::regex,  Kind::present};
  constexpr const char* kTexts[] = {"/",    "/a",    "/A", "/a/",   "/a/b",   "/ab",
                                    "/a.*", "^/a/b", "",   "/a/b?", "(?i)/a", "/a|/b"};
  return {kKinds[random.below(8)], kTexts[random.below(12)], random.below(4) == 0};
}

Match random_match(Random& random) {
  Match match;
  const std::uint32_t count = random.below(3);
  for (std::uint32_t i = 0; i < count; ++i) {
    Condition condition;
    condition.subject = random.below(2) == 0 ? Subject::path : Subject::header;
    condition.negated = random.below(5) == 0;
    condition.any_of.push_back(random_pattern(random));
    if (random.below(4) == 0) condition.any_of.push_back(random_pattern(random));
    match.conditions.push_back(std::move(condition));
  }
  return match;
}

/// Routes with conditions on the path, one header and one query parameter.
std::vector<Route> random_routes(Random& random, std::uint32_t count) {
  std::vector<Route> out(count);
  for (Route& route : out) {
    if (random.below(8) == 0) route.protocol = Protocol::tcp;
    for (std::uint32_t i = random.below(3); i > 0; --i) {
      Match& match = route.matches.emplace_back(random_match(random));
      for (Condition& condition : match.conditions) {
        const bool header = condition.subject == Subject::header;
        if (header && random.below(2) == 0) condition.subject = Subject::query;
        if (condition.subject == Subject::header) condition.name = "h";
        if (condition.subject == Subject::query) condition.name = "q";
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("the index finds the route that trying all in order finds", "[routing]") {
  constexpr const char* kPaths[] = {"/", "/a", "/A", "/a/", "/a/b", "/ab", "/a/b/c", "/b", "", "x"};
  Random random(11);
  std::size_t hits = 0;
  for (int round = 0; round < 60; ++round) {
    const std::vector<Route> routes = random_routes(random, 1 + random.below(40));
    const RouteIndex index(routes);
    for (int i = 0; i < 80; ++i) {
      Request request;
      request.path = kPaths[random.below(10)];
      if (random.below(2) == 0) request.headers["h"] = kPaths[random.below(10)];
      if (random.below(3) == 0) request.query["q"] = kPaths[random.below(10)];
      if (random.below(8) == 0) request.protocol = Protocol::tcp;
      const Route* wanted = nullptr;
      const Match* wanted_match = nullptr;
      for (const Route& route : routes) {
        if (wanted != nullptr || route.protocol != request.protocol) continue;
        wanted_match = route.find_match(request);
        if (wanted_match != nullptr) wanted = &route;
      }
      const Match* match = nullptr;
      CHECK(index.first(request, match) == wanted);
      if (wanted != nullptr && !wanted->matches.empty()) CHECK(match == wanted_match);
      if (wanted != nullptr) ++hits;
    }
  }
  CHECK(hits > 1000);
}

TEST_CASE("a router answers the same the first time and ever after", "[routing]") {
  Random random(13);
  Table table;
  table.listeners.emplace_back().gateway = "mesh";
  auto& hosts = table.listeners.back().virtual_hosts;
  hosts.push_back({{"a"}, "a", {}, random_routes(random, 200), {}});
  const Router router(table);
  Request request;
  request.authority = "a";
  request.path = "/a/b";
  const Route* first = router.answer(request).route;
  CHECK(router.answer(request).route == first);
  CHECK(router.explain(request).route == first);
}

TEST_CASE("the index finds the first match that covers another", "[routing]") {
  Random random(7);
  std::size_t hits = 0;
  for (int round = 0; round < 40; ++round) {
    std::vector<Match> matches;
    for (int i = 0; i < 60; ++i) matches.push_back(random_match(random));
    std::vector<const Match*> pointers;
    for (const Match& match : matches) pointers.push_back(&match);
    const CoverIndex index(pointers);
    for (std::size_t i = 0; i < matches.size(); ++i) {
      std::optional<std::size_t> wanted;
      for (std::size_t k = 0; k < i && !wanted; ++k) {
        if (covers(matches[k], matches[i])) wanted = k;
      }
      const auto got =
          index.first(matches[i], i, [&](std::size_t k) { return covers(matches[k], matches[i]); });
      INFO(matches[i].describe());
      REQUIRE(got == wanted);
      if (wanted) ++hits;
    }
  }
  CHECK(hits > 500);
}

TEST_CASE("the index finds the first host that overlaps another", "[routing]") {
  constexpr const char* kHosts[] = {"*",      "*.b.com", "a.b.com",   "A.b.com",
                                    "*b.com", "b.com",   "*.a.b.com", "c.com",
                                    "*.com",  "xb.com",  "c.a.b.com"};
  Random random(7);
  std::size_t hits = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string_view> hosts;
    for (int i = 0; i < 8; ++i) hosts.emplace_back(kHosts[random.below(11)]);
    const HostIndex index(hosts);
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      std::optional<std::size_t> wanted;
      for (std::size_t k = 0; k < i && !wanted; ++k) {
        if (overlaps(hosts[k], hosts[i])) wanted = k;
      }
      REQUIRE(index.first_before(i) == wanted);
      if (wanted) ++hits;
    }
  }
  CHECK(hits > 500);
}

}  // namespace meshfn::routing
