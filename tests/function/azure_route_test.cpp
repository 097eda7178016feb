#include "function/azure_route.h"

#include "catch.h"

namespace meshfn::function {

namespace {

using Parameters = std::map<std::string, std::string>;

std::optional<Parameters> match(std::string_view route, std::string_view path) {
  return match_route(*parse_route(route), path);
}

}  // namespace

TEST_CASE("a route gives its parameters", "[function][azure]") {
  CHECK(match("items/{id}", "items/7") == Parameters{{"id", "7"}});
  CHECK(match("Items/{id}", "iTEMS/7") == Parameters{{"id", "7"}});
  CHECK(match("items/{id?}", "items") == Parameters{});
  CHECK(match("items/{id=9}", "items") == Parameters{{"id", "9"}});
  CHECK(match("files/{*path}", "files/a/b.txt") == Parameters{{"path", "a/b.txt"}});
  CHECK(match("{*path}", "") == Parameters{{"path", ""}});
  CHECK(!match("items/{id}", "items"));
  CHECK(!match("items/{id}", "items/7/parts"));
  CHECK(!match("items", "other"));
}

TEST_CASE("constraints of a route are kept", "[function][azure]") {
  CHECK(match("{id:int}", "-7"));
  CHECK(!match("{id:int}", "seven"));
  CHECK(match("{id:int?}", ""));
  CHECK(match("{n:alpha:minlength(3)}", "abc"));
  CHECK(!match("{n:alpha:minlength(3)}", "ab"));
  CHECK(match("{n:range(1,9)}", "9"));
  CHECK(!match("{n:range(1,9)}", "10"));
  CHECK(match("{n:length(2)}", "ab"));
  CHECK(match("{g:guid}", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"));
  CHECK(!match("{b:bool}", "yes"));
  CHECK(match("{r:regex(^a+$)}", "aa"));
  CHECK(!match("{r:regex(^a+$)}", "ab"));
}

TEST_CASE("the more specific route is tried first", "[function][azure]") {
  const auto before = [](std::string_view a, std::string_view b) {
    return more_specific(*parse_route(a), *parse_route(b));
  };
  CHECK(before("items/new", "items/{id}"));
  CHECK(before("items/{id:int}", "items/{id}"));
  CHECK(before("items/{id}", "items/{*rest}"));
  CHECK(!before("{*rest}", "items"));
}

TEST_CASE("a route that cannot be read says why", "[function][azure]") {
  CHECK(!parse_route("{*rest}/more").has_value());
  CHECK(!parse_route("items/{id").has_value());
}

}  // namespace meshfn::function
