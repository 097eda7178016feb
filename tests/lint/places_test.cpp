#include "lint/rules/places.h"

#include <algorithm>
#include <vector>

#include "catch.h"
#include "support/tree.h"

namespace meshfn::lint {

namespace {

constexpr std::string_view kText = R"(hosts: [a, b]
http:
- match:
  - {uri: {exact: /}, headers: {x: {exact: one}, y: {regex: "two|three"}}}
  - {uri: {regex: /.*}, headers: {}}
  route:
  - {destination: {host: a, port: {number: 80}}, weight: 1}
  - {destination: {host: b}}
  mirror: {host: c}
- {name: empty, match: null}
tcp:
- route: [{destination: {host: d}}]
)";

/// What is visited, as `begin` of the places, ascending.
template <class Walk>
std::vector<std::uint32_t> visited(Walk walk) {
  std::vector<std::uint32_t> places;
  walk([&](yaml::Node node) { places.push_back(node.span().begin); });
  std::sort(places.begin(), places.end());
  return places;
}

constexpr std::string_view kPaths[] = {"hosts[]",
                                       "http[].match[].uri.exact",
                                       "http[].match[].uri.regex",
                                       "http[].match[].uri",
                                       "http[].match[].headers{}.regex",
                                       "http[].match[].headers<>",
                                       "http[].match",
                                       "http[].route[].destination.host",
                                       "http[].route[].destination.port.number",
                                       "http[].mirror.host",
                                       "tcp[].route[].destination.host",
                                       "tls[].route[].destination.host",
                                       "hosts",
                                       "host"};

}  // namespace

TEST_CASE("several paths are gone together as each alone", "[lint][places]") {
  const test::ReadText read{std::string(kText)};
  const yaml::Node root = read.root();
  const auto alone = visited([&](const auto& visit) {
    for (const std::string_view path : kPaths) each_at(root, path, visit);
  });
  const auto together = visited([&](const auto& visit) { each_at_any(root, kPaths, visit); });
  CHECK(together == alone);
  // Two hosts and their list, two matches with a `uri` that says one thing each, a list of them,
  // two headers and one `regex`, three hosts of `http`, a port and one of `tcp`.
  CHECK(alone.size() == 3 + 2 * 2 + 1 + 3 + 3 + 1 + 1);
}

TEST_CASE("a path may end at the node or go on from it", "[lint][places]") {
  const test::ReadText read("{a: 1, b: [2, 3]}");
  constexpr std::string_view kSelf[] = {"", "{}", "<>"};
  std::vector<std::string> texts;
  each_at_any(read.root(), kSelf, [&](yaml::Node node) { texts.emplace_back(node.text()); });
  CHECK(texts == std::vector<std::string>{"", "1", "", "a", "b"});
}

}  // namespace meshfn::lint
