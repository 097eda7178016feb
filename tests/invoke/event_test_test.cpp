#include "invoke/event_test.h"

#include "catch.h"

namespace meshfn::invoke {

namespace {

Result<EventTestFile> read(const std::string& text) {
  return read_event_tests(
      MemoryFiles({{"t/a.event-test.yaml", text}, {"t/e.json", "{\"from\": \"file\"}"}}),
      "t/a.event-test.yaml");
}

Outcome answered(const std::string& payload) {
  Outcome outcome;
  outcome.payload = payload;
  outcome.duration_ms = 10;
  outcome.max_memory_mb = 50;
  outcome.logs = {"first", "second"};
  return outcome;
}

/// What of `expect: {…}` an answer misses.
std::vector<std::string> missed(const std::string& expect, const Outcome& outcome) {
  const auto file = read("tests:\n  - name: t\n    expect: " + expect + "\n");
  REQUIRE(file.has_value());
  return unmet(file->tests.front().expect, outcome, std::nullopt);
}

}  // namespace

TEST_CASE("event tests read their events", "[invoke][event-test]") {
  const auto file = read(R"(project: ..
function: hello
tests:
  - {name: inline, event: {a: [1, true, null, 1.5, "1"]}}
  - {name: file, event-file: e.json}
  - {name: made, make: {source: sqs, body: {n: 1}, records: 2}}
  - {name: none, function: other}
)");
  REQUIRE(file.has_value());
  CHECK(file->project == "t/..");
  REQUIRE(file->tests.size() == 4);
  CHECK(file->tests[0].event == R"({"a":[1,true,null,1.5,"1"]})");
  CHECK(file->tests[1].event == R"({"from": "file"})");
  CHECK(Json::parse(file->tests[2].event)["Records"].size() == 2);
  CHECK(file->tests[3].event == "{}");
  CHECK(file->tests[3].function == "other");
}

TEST_CASE("a mistake in an event test is told with its place", "[invoke][event-test]") {
  for (const char* bad : {"tests: []", "tests:\n  - {event: {}}", "tests:\n  - {name: a, evnt: {}}",
                          "tests:\n  - {name: a, expect: {status: good}}",
                          "tests:\n  - {name: a, expect: {json: {a: 1}}}",
                          "tests:\n  - {name: a, expect: {matches: {$.a: '('}}}",
                          "tests:\n  - {name: a, event: {}, event-file: e.json}",
                          "tests:\n  - {name: a, make: {source: nowhere}}",
                          "tests:\n  - {name: a, event-file: no}"}) {
    const auto file = read(bad);
    CHECK(!file.has_value());
  }
  CHECK(read("tests:\n  - {name: a, evnt: {}}")
            .error()
            .message.starts_with("t/a.event-test.yaml:2:15"));
}

TEST_CASE("what is met is not told", "[invoke][event-test]") {
  const Outcome outcome = answered(R"({"id": 7, "name": "Ada", "tags": ["a", "b"]})");
  CHECK(missed(R"({response: {name: Ada, id: 7, tags: [a, b]}, json: {$.id: 7, "$.tags[-1]": b},
    matches: {$.name: ^A}, schema: {type: object, required: [id]}, log: [first, second],
    max-duration: 20ms, max-memory: 64MB})",
               outcome)
            .empty());
}

TEST_CASE("what is missed is told, each by itself", "[invoke][event-test]") {
  const Outcome outcome = answered(R"({"id": 7})");
  CHECK(missed("{status: timeout}", outcome).size() == 1);
  CHECK(missed("{response: {id: 8}}", outcome) ==
        std::vector<std::string>{"response /id: 8, not 7"});
  CHECK(missed("{json: {$.id: '7'}}", outcome) == std::vector<std::string>{"$.id is 7, not \"7\""});
  CHECK(missed("{json: {$.name: x}}", outcome) ==
        std::vector<std::string>{"$.name is nothing, not \"x\""});
  CHECK(missed("{matches: {$.id: ^8}}", outcome).size() == 1);
  CHECK(missed("{schema: {required: [name]}}", outcome).size() == 1);
  CHECK(missed("{log: third}", outcome) ==
        std::vector<std::string>{"the log does not contain `third`"});
  CHECK(missed("{http-status: 200}", outcome).size() == 1);
  CHECK(missed("{max-duration: 5ms, max-memory: 10MB}", outcome).size() == 2);
  CHECK(missed("{outputs: {$.q: 1}}", outcome).size() == 1);
}

}  // namespace meshfn::invoke
