// The table that every list prints.

#include "cli/table.h"

#include "catch.h"

namespace meshfn::cli {

namespace {

const Table kTable{
    "things",
    {{"name"}, {.name = "codes", .is_list = true}, {.name = "more", .is_detail = true}},
    {{"a", "X1 X2", "hidden"}, {"long", "", "a|b"}}};

}  // namespace

TEST_CASE("text is aligned and leaves details out", "[table]") {
  CHECK(to_text(kTable) == "a     X1 X2\nlong\n");
}

TEST_CASE("JSON has every column, lists as arrays", "[table]") {
  CHECK(to_json(kTable) == R"({
  "schema": 1,
  "things": [
    {
      "name": "a",
      "codes": [
        "X1",
        "X2"
      ],
      "more": "hidden"
    },
    {
      "name": "long",
      "codes": [],
      "more": "a|b"
    }
  ]
}
)");
}

TEST_CASE("Markdown escapes what would break its table", "[table]") {
  CHECK(to_markdown(kTable) ==
        "| name | codes | more |\n| --- | --- | --- |\n| a | X1 X2 | hidden |\n"
        "| long |  | a\\|b |\n");
}

}  // namespace meshfn::cli
