#include "invoke/outcome.h"

#include <nlohmann/json.hpp>

#include "catch.h"

namespace meshfn::invoke {

namespace {

Outcome sample() {
  Outcome outcome;
  outcome.request_id = "id";
  outcome.payload = R"({"a": 1})";
  outcome.init_ms = 20.25;
  outcome.duration_ms = 2.146;
  outcome.memory_mb = 128;
  outcome.max_memory_mb = 41;
  outcome.logs = {"one"};
  return outcome;
}

}  // namespace

TEST_CASE("the REPORT line is Lambda's, and a cold start is billed", "[invoke]") {
  CHECK(report_line(sample()) ==
        "REPORT RequestId: id\tDuration: 2.15 ms\tBilled Duration: 23 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 41 MB\tInit Duration: 20.25 ms\t\n");
  Outcome warm = sample();
  warm.init_ms.reset();
  warm.report_type = "Runtime.ExitError";
  CHECK(report_line(warm) ==
        "REPORT RequestId: id\tDuration: 2.15 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 41 MB\tStatus: error\tError Type: Runtime.ExitError\n");
  warm.status = Status::timeout;
  CHECK(report_line(warm).ends_with("\tStatus: timeout\n"));
}

TEST_CASE("the JSON result has the documented keys in order", "[invoke]") {
  const auto result = nlohmann::ordered_json::parse(to_json(sample()));
  std::vector<std::string> keys;
  for (const auto& [key, value] : result.items()) keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"schema", "status", "response", "error", "requestId",
                                         "initMs", "durationMs", "billedMs", "memoryMb",
                                         "maxMemoryMb", "logs", "outputs"});
  CHECK(result["schema"] == 1);
  CHECK(result["response"]["a"] == 1);
  CHECK(result["error"].is_null());
  CHECK(result["durationMs"] == 2.15);
}

TEST_CASE("an error is told with type, message and stack", "[invoke]") {
  Outcome outcome = sample();
  outcome.status = Status::function_error;
  outcome.error_type = "TypeError";
  outcome.payload = R"({"errorType": "TypeError", "errorMessage": "no", "trace": ["at x"]})";
  const auto result = nlohmann::json::parse(to_json(outcome));
  CHECK(result["status"] == "function-error");
  CHECK(result["response"].is_null());
  CHECK(result["error"]["message"] == "no");
  CHECK(result["error"]["stackTrace"][0] == "at x");
}

TEST_CASE("a response that is not JSON, or not even text, is still reported", "[invoke]") {
  Outcome outcome = sample();
  outcome.payload = "plain \xff";
  CHECK(nlohmann::json::parse(to_json(outcome))["response"] == "plain \xEF\xBF\xBD");
}

TEST_CASE("several invocations are summed up, and a failed one stands for them", "[invoke]") {
  std::vector<Outcome> outcomes(4, sample());
  outcomes[1].status = Status::timeout;
  outcomes[3].duration_ms = 10;
  CHECK(&representative(outcomes) == &outcomes[1]);
  const auto result = nlohmann::json::parse(to_json(outcomes));
  CHECK(result["repeat"]["count"] == 4);
  CHECK(result["repeat"]["failed"] == 1);
  CHECK(result["repeat"]["durationMs"]["max"] == 10);
  CHECK(percentile({4, 1, 3, 2}, 50) == 2);
  CHECK(percentile({1}, 95) == 1);
}

TEST_CASE("a log keeps its end and says what is missing", "[invoke]") {
  LogTail tail;
  tail.add("first\nsecond");
  CHECK(tail.lines() == std::vector<std::string>{"first", "second"});
  tail.add(std::string(2 * kKeptLogBytes, 'x') + "\nlast\n");
  CHECK(tail.lines().front() == "[1048594 bytes before this are left out]");
  CHECK(tail.lines().back() == "last");
}

}  // namespace meshfn::invoke
