<%if trigger == "queue"%>
// A batch of an SQS queue.
<%elif trigger == "stream"%>
// A batch of a DynamoDB stream.
<%elif trigger == "storage"%>
// Notifications of an S3 bucket.
<%elif trigger == "schedule"%>
// A rule on a schedule.
<%else%>
// An event of an EventBridge bus.
<%end%>

#include "aws.h"

#include <iostream>

#include "core.h"
<%if trigger == "storage"%>
#include "http.h"
<%end%>

using nlohmann::json;

namespace {

void log(const json& line) { std::cout << line.dump() << std::endl; }
<%if trigger == "queue"%>

Message message_of(const json& record) {
  return {record.at("messageId"), record.at("eventSourceARN"),
          json::parse(record.at("body").get<std::string>())};
}
<%elif trigger == "stream"%>

Message message_of(const json& record) {
  const json& change = record.at("dynamodb");
  return {record.at("eventID"),
          record.at("eventSourceARN"),
          {{"operation", record.at("eventName")},
           {"keys", change.at("Keys")},
           {"new", change.value("NewImage", json())},
           {"old", change.value("OldImage", json())}}};
}
<%elif trigger == "storage"%>

Message message_of(const json& record) {
  const json& bucket = record.at("s3").at("bucket");
  const json& object = record.at("s3").at("object");
  const std::string key = url_decoded(object.at("key"));
  // The sequencer differs for each version of a key, and is the same when delivered again.
  return {key + "@" + object.at("sequencer").get<std::string>(),
          bucket.at("arn"),
          {{"bucket", bucket.at("name")}, {"key", key}, {"size", object.value("size", json())}}};
}
<%end%>

}  // namespace

<%if trigger == "queue"%>
/// Names the messages that failed; Lambda delivers only those again.
json answer(const json& event) {
  json failures = json::array();
  for (const json& record : event.at("Records")) {
    try {
      log(handle(message_of(record)));
    } catch (const std::exception& problem) {
      log({{"level", "ERROR"}, {"message", record.at("messageId")}, {"error", problem.what()}});
      failures.push_back({{"itemIdentifier", record.at("messageId")}});
    }
  }
  return {{"batchItemFailures", failures}};
}
<%elif trigger == "stream"%>
/// Stops at the first change that fails: Lambda goes on from there, so the order holds.
json answer(const json& event) {
  json failures = json::array();
  for (const json& record : event.at("Records")) {
    try {
      log(handle(message_of(record)));
    } catch (const std::exception& problem) {
      const json& number = record.at("dynamodb").at("SequenceNumber");
      log({{"level", "ERROR"}, {"change", number}, {"error", problem.what()}});
      failures.push_back({{"itemIdentifier", number}});
      break;
    }
  }
  return {{"batchItemFailures", failures}};
}
<%elif trigger == "storage"%>
json answer(const json& event) {
  for (const json& record : event.at("Records")) log(handle(message_of(record)));
  return nullptr;
}
<%elif trigger == "schedule"%>
json answer(const json& event) {
  log(handle({event.at("id"), event.at("source"), {{"time", event.at("time")}}}));
  return nullptr;
}
<%else%>
json answer(const json& event) {
  log(handle({event.at("id"), event.at("source"), event.at("detail")}));
  return nullptr;
}
<%end%>
