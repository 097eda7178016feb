#include "diagnostic/baseline.h"

#include "catch.h"

namespace meshfn::diagnostic {

namespace {

constexpr Rule kWeights = {.id = "MF1101", .name = "route-weights", .group = "istio"};
constexpr Rule kSyntax = {.id = "MF0001", .name = "yaml-syntax", .group = "yaml"};

Diagnostic finding(const source::File& file, std::uint32_t at, const Rule& rule = kWeights) {
  std::vector<Diagnostic> list;
  Findings(rule, list).add({&file, {at, at + 1}}, "wrong");
  list[0].resource = {"networking.istio.io/v1", "VirtualService", "shop", "reviews"};
  list[0].pointer = "/spec/http/0";
  return list[0];
}

}  // namespace

TEST_CASE("a baseline accepts what was there and nothing more", "[baseline]") {
  const source::File file("a.yaml", std::string(100, 'x'));
  const std::vector<Diagnostic> before = {finding(file, 1), finding(file, 2)};
  const Baseline baseline = Baseline::of(before);
  CHECK(baseline.size() == 2);
  // Elsewhere in the file, and one more than before.
  std::vector<Diagnostic> now = {finding(file, 50), finding(file, 51), finding(file, 52)};
  CHECK(baseline.apply(now).empty());
  CHECK(now[0].suppressed);
  CHECK(now[1].suppressed);
  CHECK(!now[2].suppressed);
}

TEST_CASE("a baseline names what it no longer needs", "[baseline]") {
  const source::File file("a.yaml", std::string(100, 'x'));
  const Baseline baseline = Baseline::of({finding(file, 1), finding(file, 2)});
  std::vector<Diagnostic> now = {finding(file, 1)};
  const auto stale = baseline.apply(now);
  REQUIRE(stale.size() == 1);
  CHECK(stale.begin()->second == 1);
  CHECK(stale.begin()->first.resource == "VirtualService shop/reviews");
}

TEST_CASE("a baseline never hides what could not be read", "[baseline]") {
  const source::File file("a.yaml", std::string(100, 'x'));
  CHECK(Baseline::of({finding(file, 1, kSyntax)}).size() == 0);
}

TEST_CASE("a baseline is read as it was written", "[baseline]") {
  const source::File file("a.yaml", std::string(100, 'x'));
  Diagnostic loose = finding(file, 3);
  loose.resource = {};
  const Baseline baseline = Baseline::of({finding(file, 1), finding(file, 2), loose});
  const std::string json = baseline.to_json();
  CHECK(json.find("line") == std::string::npos);
  const auto again = Baseline::parse(json, "b.json");
  REQUIRE(again);
  CHECK(again->to_json() == json);
}

TEST_CASE("a broken baseline is an error with its path", "[baseline]") {
  for (const char* json :
       {"{", "[]", "{\"schema\": 2, \"findings\": []}", "{\"schema\": 1, \"findings\": [3]}",
        "{\"schema\": 1, \"findings\": [{\"rule\": 3}]}",
        "{\"schema\": 1, \"findings\": [{\"rule\": \"a\", \"count\": -1}]}"}) {
    const auto baseline = Baseline::parse(json, "b.json");
    REQUIRE(!baseline);
    CHECK(baseline.error().message.starts_with("b.json"));
    CHECK(baseline.error().kind == Failure::usage);
  }
}

}  // namespace meshfn::diagnostic
