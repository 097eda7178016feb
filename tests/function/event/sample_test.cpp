#include "function/event/sample.h"

#include <nlohmann/json.hpp>
#include <set>

#include "catch.h"
#include "function/event/encode.h"

namespace meshfn::function {

namespace {

using Json = nlohmann::ordered_json;

Json made(const Recipe& recipe) {
  const auto text = make_event(recipe);
  INFO((text ? "" : text.error().message));
  REQUIRE(text.has_value());
  return Json::parse(*text);
}

Json made(std::string chain) {
  Recipe recipe;
  recipe.chain = std::move(chain);
  return made(recipe);
}

Error refused(const Recipe& recipe) {
  const auto text = make_event(recipe);
  REQUIRE_FALSE(text.has_value());
  return text.error();
}

}  // namespace

TEST_CASE("every source makes an event and says what it is", "[event]") {
  std::set<std::string> names;
  for (const SampleSource& source : sample_sources()) {
    INFO(source.name);
    CHECK(names.insert(source.name).second);
    for (const std::string& alias : source.aliases) CHECK(names.insert(alias).second);
    CHECK_FALSE(source.summary.empty());
    CHECK(source.summary.size() <= 90);
    CHECK(source.summary.back() != '.');
    const auto text = sample_event(source.name);
    INFO((text ? "" : text.error().message));
    REQUIRE(text.has_value());
    CHECK(Json::accept(*text));
    CHECK(text->find("${") == std::string::npos);
    CHECK(text->find("\\u0001") == std::string::npos);
  }
  CHECK(names.size() > 150);
}

TEST_CASE("equal recipes give equal bytes, other seeds other ids", "[event]") {
  Recipe recipe;
  recipe.chain = "sqs";
  recipe.records = 3;
  CHECK(*make_event(recipe) == *make_event(recipe));
  const Json first = made(recipe);
  recipe.seed = 1;
  const Json second = made(recipe);
  CHECK(first["Records"][0]["messageId"] != second["Records"][0]["messageId"]);
  CHECK(first["Records"][0]["messageId"] != first["Records"][1]["messageId"]);
  CHECK(first["Records"][0]["body"] == second["Records"][0]["body"]);
}

TEST_CASE("the fields of an event agree with each other", "[event]") {
  Recipe recipe;
  recipe.chain = "sqs";
  recipe.body = "a \"body\"\nof two lines";
  recipe.now = Moment{1000};
  const Json record = made(recipe)["Records"][0];
  CHECK(record["body"] == *recipe.body);
  CHECK(record["md5OfBody"] == md5(*recipe.body));
  CHECK(record["attributes"]["SentTimestamp"] == "1000");
  CHECK(record["attributes"]["ApproximateFirstReceiveTimestamp"] == "2000");

  recipe.chain = "kinesis";
  const Json kinesis = made(recipe)["Records"][0];
  CHECK(kinesis["kinesis"]["data"] == base64(*recipe.body));
  CHECK(kinesis["eventID"] ==
        "shardId-000000000000:" + kinesis["kinesis"]["sequenceNumber"].get<std::string>());
}

TEST_CASE("a JSON body keeps every byte", "[event]") {
  const std::string body = R"({"b": 1.0,  "a": 12345678901234567890, "u": "\u00e9", "b2": 1e2})";
  Recipe recipe;
  recipe.body = body;
  for (const char* source : {"eventbridge", "azure-event-grid", "gcp-eventarc", "iot-rule"}) {
    recipe.chain = source;
    INFO(source);
    CHECK(make_event(recipe)->find(body) != std::string::npos);
  }
  recipe.chain = "sqs";
  CHECK(made(recipe)["Records"][0]["body"] == body);
  recipe.chain = "sns>sqs";
  const Json inner = Json::parse(made(recipe)["Records"][0]["body"].get<std::string>());
  CHECK(inner["Message"] == body);
}

TEST_CASE("envelopes nest from the inside out", "[event]") {
  const Json notification = Json::parse(made("sns>sqs")["Records"][0]["body"].get<std::string>());
  CHECK(notification["Type"] == "Notification");
  CHECK(notification.contains("SigningCertURL"));
  CHECK_FALSE(notification.contains("Subject"));

  const Json record = made("s3>eventbridge>sqs")["Records"][0];
  const Json event = Json::parse(record["body"].get<std::string>());
  CHECK(event["source"] == "aws.s3");
  CHECK(event["detail-type"] == "Object Created");
  CHECK(event["detail"]["object"]["key"] == "photos/happy face.jpg");
  CHECK(record["md5OfBody"] == md5(record["body"].get<std::string>()));

  const Json s3 = Json::parse(made("s3 > sqs")["Records"][0]["body"].get<std::string>());
  CHECK(s3["Records"][0]["s3"]["object"]["key"] == "photos/happy+face.jpg");

  const Json logs = made("s3>sns>sqs");
  const Json outer = Json::parse(logs["Records"][0]["body"].get<std::string>());
  CHECK(Json::parse(outer["Message"].get<std::string>())["Records"][0]["eventSource"] == "aws:s3");
}

TEST_CASE("each record of an envelope carries an event of its own", "[event]") {
  Recipe recipe;
  recipe.chain = "sns>sqs";
  recipe.records = 2;
  const Json records = made(recipe)["Records"];
  const Json first = Json::parse(records[0]["body"].get<std::string>());
  const Json second = Json::parse(records[1]["body"].get<std::string>());
  CHECK(first["MessageId"] != second["MessageId"]);
}

TEST_CASE("a field is set by its parameter or by its place", "[event]") {
  Recipe recipe;
  recipe.chain = "s3";
  recipe.set = {{"bucket", "orders"},
                {"key", "a b"},
                {"size", "7"},
                {"region", "eu-west-1"},
                {"Records.0.eventVersion", "2.4"},
                {"/Records/0/s3/object/size", "8"}};
  const Json record = made(recipe)["Records"][0];
  CHECK(record["s3"]["bucket"]["arn"] == "arn:aws:s3:::orders");
  CHECK(record["s3"]["object"]["key"] == "a+b");
  CHECK(record["s3"]["object"]["size"] == 8);
  CHECK(record["awsRegion"] == "eu-west-1");
  CHECK(record["eventVersion"] == "2.4");

  recipe.chain = "api-gateway-http";
  recipe.set = {{"headers.x-api-key", "k"}, {"name", "Grace ${uuid}"}};
  const Json request = made(recipe);
  CHECK(request["headers"]["x-api-key"] == "k");
  CHECK(request["queryStringParameters"]["name"] == "Grace ${uuid}");
}

TEST_CASE("a poison record cannot be read, the others can", "[event]") {
  Recipe recipe;
  recipe.chain = "sqs";
  recipe.records = 3;
  recipe.poison = 1;
  const Json records = made(recipe)["Records"];
  CHECK(Json::accept(records[0]["body"].get<std::string>()));
  CHECK_FALSE(Json::accept(records[1]["body"].get<std::string>()));
  CHECK(records[1]["md5OfBody"] == md5(records[1]["body"].get<std::string>()));
}

TEST_CASE("what Azure tells of each record has one item for each record", "[event]") {
  int lists = 0;
  for (const SampleSource& source : sample_sources()) {
    if (source.platform != "azure" || !source.many_records) continue;
    INFO(source.name);
    Recipe recipe;
    recipe.chain = source.name;
    recipe.records = 3;
    const Json metadata = made(recipe)["Metadata"];
    for (const auto& [key, value] : metadata.items()) {
      INFO(key);
      CHECK((!value.is_array() || value.size() == 3));
      lists += value.is_array() ? 1 : 0;
    }
  }
  CHECK(lists > 15);
}

TEST_CASE("a batch of Service Bus has a message id of its own for each message", "[event]") {
  Recipe recipe;
  recipe.chain = "azure-service-bus-batch";
  recipe.records = 2;
  recipe.poison = 1;
  const Json event = made(recipe);
  CHECK(event["Metadata"]["MessageIdArray"][0] != event["Metadata"]["MessageIdArray"][1]);
  CHECK(event["Metadata"]["SequenceNumberArray"] == Json({0, 1}));
  CHECK(Json::accept(event["Data"]["messages"][0].get<std::string>()));
  CHECK_FALSE(Json::accept(event["Data"]["messages"][1].get<std::string>()));
}

TEST_CASE("a window says whether it is the last, and hands its state on", "[event]") {
  Recipe recipe;
  recipe.chain = "kinesis-window";
  recipe.records = 2;
  recipe.set = {{"final", "true"}, {"state", "{\"sum\": 7}"}};
  const Json event = made(recipe);
  CHECK(event["isFinalInvokeForWindow"] == true);
  CHECK(event["state"]["sum"] == 7);
  CHECK(event["Records"].size() == 2);
}

TEST_CASE("EventBridge Scheduler sends its input as it was given", "[event]") {
  Recipe recipe;
  recipe.chain = "scheduler";
  recipe.body = R"([1, {"a": null}])";
  CHECK(made(recipe) == Json::parse(*recipe.body));
}

TEST_CASE("a recipe that makes no sense says why", "[event]") {
  Recipe recipe;
  recipe.chain = "sqss";
  CHECK(refused(recipe).message == "there is no sample event `sqss`");
  CHECK(refused(recipe).hint == "did you mean `sqs`?");
  recipe.chain = "sqs>s3";
  CHECK(refused(recipe).message == "`s3` carries no body, so `sqs` cannot be nested in it");
  recipe.chain = "s3";
  recipe.body = "x";
  CHECK(refused(recipe).message == "`s3` events carry no body");
  recipe.body.reset();
  recipe.set = {{"bukket", "x"}};
  CHECK(refused(recipe).message == "`s3` has no field `bukket`");
  CHECK(refused(recipe).hint == "did you mean `bucket`?");
  recipe.set = {{"Records.0.awsRegoin", "x"}};
  CHECK(refused(recipe).hint == "did you mean `awsRegion`?");
  recipe.set = {{"size", "large"}};
  CHECK(refused(recipe).message == "`large` of `size` is not a number");
  recipe.set.clear();
  recipe.chain = "schedule";
  recipe.records = 2;
  CHECK(refused(recipe).message == "`schedule` events have no records");
  recipe.chain = "sqs";
  recipe.records = 0;
  CHECK(refused(recipe).message == "cannot make 0 records");
}

}  // namespace meshfn::function
