#include "yaml/map_reader.h"

#include "catch.h"
#include "support/tree.h"

namespace meshfn::yaml {

namespace {

using test::places;
using test::ReadText;
using Places = std::vector<std::string>;

}  // namespace

TEST_CASE("a map reader gives typed fields", "[yaml]") {
  const ReadText read("name: x\ncount: 3\nwait: 1m30s\nshare: 12.5%\non: true\nall: [a, b]\n");
  Problems problems;
  MapReader map(read.root(), "thing", problems);
  CHECK(map.string("name") == "x");
  CHECK(map.integer("count", 1, 10) == 3);
  CHECK(map.duration("wait") == std::chrono::seconds(90));
  CHECK(map.percent("share") == 0.125);
  CHECK(map.boolean("on") == true);
  CHECK(map.strings("all") == std::vector<std::string>{"a", "b"});
  CHECK_FALSE(map.string("absent"));
  map.done();
  CHECK(problems.empty());
}

TEST_CASE("a map reader reports every mistake at its place", "[yaml]") {
  const ReadText read("nmae: x\ncount: 99\nwait: soon\nshare: 50\non: maybe\n");
  Problems problems;
  MapReader map(read.root(), "thing", problems);
  map.require("name");
  map.integer("count", 1, 10);
  map.duration("wait");
  map.percent("share");
  map.boolean("on");
  map.done();
  CHECK(places(problems) ==
        Places{"MF0022 1:1", "MF0024 2:8", "MF0023 3:7", "MF0023 4:8", "MF0023 5:5", "MF0021 1:1"});
  CHECK(problems.back().message == "thing has no field `nmae`");
  CHECK(problems.back().help == "did you mean `name`?");
  CHECK(to_error(problems).message == "test.yaml:1:1: thing has no `name`");
}

TEST_CASE("a choice suggests", "[yaml]") {
  const ReadText read("policy: least-requests\n");
  Problems problems;
  MapReader map(read.root(), "service", problems);
  constexpr std::string_view kChoices[] = {"random", "least-request"};
  CHECK_FALSE(map.choice("policy", kChoices));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].help == "did you mean `least-request`?");
}

}  // namespace meshfn::yaml
