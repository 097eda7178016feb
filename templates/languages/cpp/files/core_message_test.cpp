#include "core.h"

#include "check.h"

using nlohmann::json;

int main() {
  const Message message = {"1", "here", {{"b", 1}, {"a", 2}}};
  const json done = {{"id", "1"}, {"source", "here"}, {"fields", {"a", "b"}}};
  CHECK(handle(message) == done);
  CHECK(handle(message) == done);  // it may be delivered again

  for (const json& data : {json(), json("text"), json::array({1}), json(7)}) {
    bool refused = false;
    try {
      handle({"1", "here", data});
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    CHECK(refused);
  }
  return failures;
}
