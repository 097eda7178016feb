// Indices find what comparing each with each finds.

#include "base/random.h"
#include "catch.h"
#include "routing/cover_index.h"
#include "routing/host.h"
#include "routing/host_index.h"

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

}  // namespace

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
