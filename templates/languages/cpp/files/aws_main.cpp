// The custom runtime: asks the Lambda Runtime API for events, one after another.

#include <cstdlib>
#include <iostream>

#include "aws.h"
#include "http.h"

using nlohmann::json;

int main() {
  const char* api = std::getenv("AWS_LAMBDA_RUNTIME_API");
  if (api == nullptr) {
    std::cerr << "AWS_LAMBDA_RUNTIME_API is not set: Lambda or `meshfn invoke` starts this\n";
    return 1;
  }
  const std::string root = "/2018-06-01/runtime/invocation/";
  while (true) {
    const HttpMessage next = request(api, {.method = "GET", .target = root + "next"});
    const std::string id = next.headers.at("lambda-runtime-aws-request-id");
    HttpMessage result{.method = "POST", .target = root + id};
    try {
      result.body = answer(json::parse(next.body)).dump();
      result.target += "/response";
    } catch (const std::exception& problem) {
      result.body = json({{"errorType", "Error"}, {"errorMessage", problem.what()}}).dump();
      result.headers["lambda-runtime-function-error-type"] = "Error";
      result.target += "/error";
    }
    request(api, result);
  }
}
