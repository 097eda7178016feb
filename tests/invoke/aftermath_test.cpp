// What follows an invocation: retries and destinations of asynchronous calls, the fate of batches,
// and the figures.

#include <nlohmann/json.hpp>

#include "catch.h"
#include "invoke/async.h"
#include "invoke/batch.h"
#include "invoke/figures.h"

namespace meshfn::invoke {

namespace {

using nlohmann::json;

Outcome answer(const std::string& payload) {
  Outcome outcome;
  outcome.request_id = "id";
  outcome.payload = payload;
  return outcome;
}

Outcome failure() {
  Outcome outcome = answer(R"({"errorType":"E","errorMessage":"broken"})");
  outcome.status = Status::function_error;
  outcome.error_type = "E";
  return outcome;
}

/// A batch of three messages, received `count` times.
std::string queue(int count, const std::string& group = "", const std::string& arn = "q") {
  json records = json::array();
  for (const char* id : {"a", "b", "c"}) {
    records.push_back(
        {{"messageId", id},
         {"eventSource", "aws:sqs"},
         {"eventSourceARN", arn},
         {"attributes",
          {{"ApproximateReceiveCount", std::to_string(count)}, {"MessageGroupId", group}}}});
  }
  return json{{"Records", records}}.dump();
}

std::string stream() {
  json records = json::array();
  for (const char* number : {"1", "2", "3"}) {
    records.push_back({{"eventSource", "aws:kinesis"}, {"kinesis", {{"sequenceNumber", number}}}});
  }
  return json{{"Records", records}}.dump();
}

std::string failed(const std::vector<std::string>& ids) {
  json list = json::array();
  for (const std::string& id : ids) list.push_back({{"itemIdentifier", id}});
  return json{{"batchItemFailures", list}}.dump();
}

using Ids = std::vector<std::string>;

const function::BatchPolicy kReports{.reports_failures = true};

}  // namespace

TEST_CASE("an asynchronous call is tried three times, after one and two minutes",
          "[invoke][async]") {
  const function::AsyncPolicy policy;
  std::vector<Attempt> attempts;
  CHECK(next_attempt(policy, attempts) == 0);
  attempts.push_back({failure(), 0});
  CHECK(next_attempt(policy, attempts) == 60);
  attempts.push_back({failure(), 60});
  CHECK(next_attempt(policy, attempts) == 120);
  attempts.push_back({failure(), 180});
  CHECK_FALSE(next_attempt(policy, attempts).has_value());
  CHECK(condition_of(policy, attempts) == "RetriesExhausted");
  CHECK_FALSE(next_attempt({.max_age_s = 60}, {{failure(), 0}, {failure(), 60}}).has_value());
  CHECK(condition_of({.max_age_s = 60}, {{failure(), 0}, {failure(), 60}}) == "EventAgeExceeded");
  CHECK_FALSE(next_attempt(policy, {{answer("1"), 0}}).has_value());
}

TEST_CASE("a failure goes to its destination and to the dead letters", "[invoke][async]") {
  const function::AsyncPolicy policy{.retries = 0, .on_failure = "Dead", .dead_letter = "Queue"};
  const json outputs = json::parse(
      async_outputs(policy, {{failure(), 0}}, {R"({"a":1})", "arn:aws:lambda:r:1:function:f", 0}));
  const json& record = outputs["async"]["destination"]["record"];
  CHECK(record["version"] == "1.0");
  CHECK(record["timestamp"] == "1970-01-01T00:00:00.000Z");
  CHECK(record["requestContext"] == json{{"requestId", "id"},
                                         {"functionArn", "arn:aws:lambda:r:1:function:f:$LATEST"},
                                         {"condition", "RetriesExhausted"},
                                         {"approximateInvokeCount", 1}});
  CHECK(record["requestPayload"]["a"] == 1);
  CHECK(record["responseContext"]["functionError"] == "Unhandled");
  CHECK(record["responsePayload"]["errorMessage"] == "broken");
  const json& letter = outputs["async"]["deadLetter"]["message"];
  CHECK(letter["body"] == R"({"a":1})");
  CHECK(letter["messageAttributes"]["ErrorMessage"]["Value"] == "broken");
  const json good = json::parse(async_outputs(policy, {{answer("1"), 0}}, {"{}", "f", 0}));
  CHECK(good["async"]["destination"].is_null());
  CHECK(good["async"]["deadLetter"].is_null());
}

TEST_CASE("messages of a queue are deleted, retried or dead-lettered", "[invoke][batch]") {
  const auto some = judge_batch(queue(1), answer(failed({"b"})), kReports);
  REQUIRE(some.has_value());
  CHECK(some->done == Ids{"a", "c"});
  CHECK(some->retried == Ids{"b"});
  const function::BatchPolicy redrive{.reports_failures = true, .max_receive_count = 3};
  CHECK(judge_batch(queue(3), answer(failed({"b"})), redrive)->dead == Ids{"b"});
  CHECK(judge_batch(queue(2), answer(failed({"b"})), redrive)->retried == Ids{"b"});
  CHECK(judge_batch(queue(1), failure(), {})->retried == Ids{"a", "b", "c"});
  CHECK(judge_batch(queue(1), answer("null"), kReports)->done == Ids{"a", "b", "c"});
  CHECK(judge_batch(queue(1), answer(failed({})), kReports)->done == Ids{"a", "b", "c"});
}

TEST_CASE("a bad report fails the whole batch and says why", "[invoke][batch]") {
  for (const std::string& payload :
       {failed({"x"}), failed({""}), std::string(R"({"batchItemFailures":[{}]})"),
        std::string(R"({"batchItemFailures":1})")}) {
    const auto verdict = judge_batch(queue(1), answer(payload), kReports);
    CHECK(verdict->retried == Ids{"a", "b", "c"});
    CHECK(verdict->notes.size() == 1);
  }
  const auto ignored = judge_batch(queue(1), answer(failed({"b"})), {});
  CHECK(ignored->done == Ids{"a", "b", "c"});
  CHECK(ignored->notes.at(0).find("ReportBatchItemFailures") != std::string::npos);
}

TEST_CASE("a FIFO queue tells when its order is broken", "[invoke][batch]") {
  const auto verdict = judge_batch(queue(1, "g", "jobs.fifo"), answer(failed({"b"})), kReports);
  REQUIRE(verdict->notes.size() == 1);
  CHECK(verdict->notes[0].starts_with("`c` was handled although"));
  CHECK(
      judge_batch(queue(1, "g", "jobs.fifo"), answer(failed({"b", "c"})), kReports)->notes.empty());
}

TEST_CASE("a stream goes on at its first failure", "[invoke][batch]") {
  const auto verdict = judge_batch(stream(), answer(failed({"3", "2"})), kReports);
  CHECK(verdict->done == Ids{"1"});
  CHECK(verdict->retried == Ids{"2", "3"});
  const function::BatchPolicy bisects{.bisects = true};
  CHECK(judge_batch(stream(), failure(), bisects)->notes.at(0).find("1 and 2") !=
        std::string::npos);
  const function::BatchPolicy once{.retries = 0, .on_failure = "Dead"};
  CHECK(judge_batch(stream(), failure(), once)->dead == Ids{"1", "2", "3"});
  CHECK_FALSE(judge_batch("{}", answer("1"), kReports).has_value());
}

TEST_CASE("figures are weight x executions, GB-seconds and available / needed", "[invoke]") {
  function::Function function;
  function.runtime = function::find_runtime("python3.13");
  function.memory_mb = 512;
  Outcome outcome;
  outcome.duration_ms = 100;
  const Figures figures = figures_of(function, queue(1), {outcome, outcome},
                                     {.weight = 3, .rate = 20, .available = 10});
  CHECK(figures.trigger == "sqs");
  CHECK(figures.work == 6);
  CHECK(figures.gb_seconds == Approx(0.1));
  CHECK(figures.price == Approx(0.1 * 0.0000166667 + 2 * 0.2e-6));
  CHECK(figures.needed == Approx(2));
  CHECK(figures.allocation == Approx(5));
  CHECK(trigger_of(R"({"requestContext":{"elb":{}}})") == "alb");
  CHECK(trigger_of(R"({"requestContext":{}})") == "http");
  CHECK(trigger_of(R"({"source":"aws.events"})") == "schedule");
  CHECK(trigger_of("1") == "direct");
}

}  // namespace meshfn::invoke
