#include "aws.h"

#include "check.h"

using nlohmann::json;

int main() {
<%if trigger == "http"%>
  CHECK(answer(sample("aws-http")).at("body") == R"({"message":"Hello, Ada!"})");
  CHECK(answer(sample("aws-http-post")).at("body") == R"({"message":"Hello, Grace!"})");
  CHECK(answer(sample("aws-http-invalid")).at("statusCode") == 400);

  json encoded = sample("aws-http-post");
  encoded["body"] = "eyJuYW1lIjogIkdyYWNlIn0=";
  encoded["isBase64Encoded"] = true;
  CHECK(answer(encoded).at("body") == R"({"message":"Hello, Grace!"})");
<%elif trigger == "queue"%>
  CHECK(answer(sample("aws-queue")).at("batchItemFailures").empty());

  const json poisoned = sample("aws-queue-poison");
  const json failed = answer(poisoned).at("batchItemFailures");
  CHECK(failed.size() == 1);
  CHECK(failed.at(0).at("itemIdentifier") == poisoned.at("Records").at(1).at("messageId"));
<%elif trigger == "stream"%>
  CHECK(answer(sample("aws-stream")).at("batchItemFailures").empty());
<%else%>
  CHECK(answer(sample("aws-<%trigger%>")).is_null());
<%if trigger == "event"%>

  bool refused = false;
  try {
    answer(sample("aws-event-poison"));
  } catch (const std::exception&) {
    refused = true;
  }
  CHECK(refused);
<%end%>
<%end%>
  return failures;
}
