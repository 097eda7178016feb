#include "invoke/json_check.h"

#include "catch.h"

namespace meshfn::invoke {

namespace {

const Json kStore = Json::parse(R"({"store": {"book": [
  {"title": "A", "price": 8}, {"title": "B", "price": 12}, {"title": "C"}],
  "a.b": {"c": 1}}})");

std::string at(std::string_view path) {
  const auto found = json_path(kStore, path);
  REQUIRE(found.has_value());
  return Json(*found).dump();
}

bool fits(const char* value, const char* schema) {
  return schema_faults(Json::parse(value), Json::parse(schema)).empty();
}

}  // namespace

TEST_CASE("a JSONPath selects values", "[invoke][json]") {
  CHECK(at("$.store.book[0].title") == R"(["A"])");
  CHECK(at("$['store']['a.b'].c") == "[1]");
  CHECK(at("$.store.book[-1].title") == R"(["C"])");
  CHECK(at("$.store.book[0:2].price") == "[8,12]");
  CHECK(at("$.store.book[1:].title") == R"(["B","C"])");
  CHECK(at("$.store.book[*].price") == "[8,12]");
  CHECK(at("$..title") == R"(["A","B","C"])");
  CHECK(at("$.none.at.all") == "[]");
  CHECK(at("$.store.book[9]") == "[]");
}

TEST_CASE("a JSONPath that breaks the grammar says where", "[invoke][json]") {
  for (const char* bad : {"", "store", "$.", "$[", "$['a", "$[a]", "$x"}) {
    CHECK(!json_path(kStore, bad).has_value());
  }
}

TEST_CASE("a JSON Schema is judged", "[invoke][json]") {
  CHECK(fits(R"({"a": 1, "b": "x"})",
             R"({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer",
                 "minimum": 1}, "b": {"pattern": "^x"}}, "additionalProperties": false})"));
  CHECK(!fits(R"({"b": 1})", R"({"required": ["a"]})"));
  CHECK(!fits(R"({"c": 1})", R"({"additionalProperties": false})"));
  CHECK(!fits("1.5", R"({"type": "integer"})"));
  CHECK(fits("2.0", R"({"type": "integer"})"));
  CHECK(fits("null", R"({"type": ["string", "null"]})"));
  CHECK(!fits(R"("b")", R"({"enum": ["a"]})"));
  CHECK(!fits("[1, 1]", R"({"uniqueItems": true})"));
  CHECK(!fits("[1, \"a\"]", R"({"items": {"type": "integer"}})"));
  CHECK(!fits("[]", R"({"minItems": 1})"));
  CHECK(!fits("3", R"({"exclusiveMaximum": 3})"));
  CHECK(fits("3", R"({"anyOf": [{"type": "string"}, {"const": 3}]})"));
  CHECK(!fits("3", R"({"oneOf": [{"type": "number"}, {"const": 3}]})"));
  CHECK(!fits("3", R"({"not": {"type": "number"}})"));
  CHECK(!fits(R"({"n": {"n": {"n": 1}}})",
              R"({"type": "object", "properties": {"n": {"$ref": "#"}}})"));
}

TEST_CASE("differences name their place", "[invoke][json]") {
  CHECK(
      differences(Json::parse(R"({"a": 1, "b": 2})"), Json::parse(R"({"b": 2, "a": 1})")).empty());
  const auto found =
      differences(Json::parse(R"({"a": [1, 2], "b": 1})"), Json::parse(R"({"a": [1, 3], "c": 1})"));
  CHECK(found ==
        std::vector<std::string>{"/a/1: 2, not 3", "/b: 1 is missing", "/c: 1 was not expected"});
}

}  // namespace meshfn::invoke
