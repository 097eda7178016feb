#include "invoke/event.h"

#include "catch.h"

namespace meshfn::invoke {

TEST_CASE("an event is handed on byte for byte", "[invoke]") {
  CHECK(check_event("{\"a\":  1.0}\n", "e.json") == "{\"a\":  1.0}\n");
  CHECK(check_event("\xEF\xBB\xBF[]", "e.json") == "[]");
  CHECK(check_event("\"text\"", "e.json") == "\"text\"");
}

TEST_CASE("a broken event is told with line and column", "[invoke]") {
  CHECK(check_event("{\n  \"a\": 1,\n  \"b\" 2\n}\n", "e.json").error().message ==
        "e.json:3:7: the event is not JSON: unexpected number literal; expected ':'");
  CHECK(check_event("{\"a\": tru}", "<stdin>")
            .error()
            .message.starts_with("<stdin>:1:10: the event is not JSON: invalid literal"));
  CHECK(check_event("{\"a\": 1", "e.json").error().message ==
        "e.json:1:8: the event is not JSON: unexpected end of input; expected '}'");
  CHECK(check_event("{} {}", "e.json").error().message.starts_with("e.json:1:4: "));
  CHECK(check_event(" \n", "e.json").error().message == "e.json:1:1: the event is empty");
  CHECK(check_event("{\"a\": \"\xff\"}", "e.json").error().message.starts_with("e.json:1:8: "));
}

}  // namespace meshfn::invoke
