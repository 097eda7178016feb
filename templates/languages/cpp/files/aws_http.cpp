// HTTP APIs and function URLs (payload format 2.0).

#include "aws.h"

#include <iostream>

#include "core.h"
#include "http.h"

using nlohmann::json;

json answer(const json& event) {
  std::map<std::string, std::string> query;
  const json parameters = event.value("queryStringParameters", json());
  if (parameters.is_object() && parameters.contains("name")) query["name"] = parameters["name"];
  const json given = event.value("body", json());
  std::string body = given.is_string() ? given.get<std::string>() : "";
  if (event.value("isBase64Encoded", false)) body = from_base64(body);
  const Answer answered = respond(query, body);
  std::cout << json({{"level", "INFO"}, {"status", answered.status}}).dump() << std::endl;
  return {{"statusCode", answered.status},
          {"headers", {{"content-type", "application/json"}}},
          {"body", answered.body}};
}
