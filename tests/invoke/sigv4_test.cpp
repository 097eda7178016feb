// The vectors are AWS's published ones: the worked example of the General Reference and the
// signature test suite, all with its well-known example credentials.

#include "invoke/sigv4.h"

#include "catch.h"
#include "invoke/remote_aws.h"

namespace meshfn::invoke {

namespace {

constexpr std::int64_t kDay = 1'440'938'160'000;  // 2015-08-30T12:36:00Z
const Credentials kExample{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};

Signable example(const std::string& method, const std::string& query = "",
                 const http::Fields& more = {}, const std::string& body = "") {
  Signable request{.method = method, .path = "/", .query = query};
  request.fields = {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}};
  request.fields.insert(request.fields.end(), more.begin(), more.end());
  request.body = body;
  request.region = "us-east-1";
  request.service = "service";
  request.unix_millis = kDay;
  return request;
}

std::string signature(const Signable& request) {
  const Result<std::string> header = authorization(request, kExample);
  REQUIRE(header.has_value());
  return header->substr(header->rfind('=') + 1);
}

}  // namespace

TEST_CASE("the example of AWS's General Reference is signed as published", "[invoke][sigv4]") {
  Signable request = example("GET", "Action=ListUsers&Version=2010-05-08");
  request.fields = {{"Host", "iam.amazonaws.com"},
                    {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                    {"X-Amz-Date", "20150830T123600Z"}};
  request.service = "iam";
  CHECK(*authorization(request, kExample) ==
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
  CHECK(string_to_sign(request)->ends_with(
      "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"));
}

TEST_CASE("AWS's signature test suite gives the published signatures", "[invoke][sigv4]") {
  CHECK(signature(example("GET")) ==
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  CHECK(signature(example("GET", "Param2=value2&Param1=value1")) ==
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  CHECK(signature(example("POST")) ==
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
  CHECK(signature(
            example("GET", "", {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}})) ==
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
  CHECK(signature(example("POST", "", {{"Content-Type", "application/x-www-form-urlencoded"}},
                          "Param1=value1")) ==
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
  Signable relative = example("GET");
  relative.path = "/example/..";
  CHECK(signature(relative) == signature(example("GET")));
}

TEST_CASE("an ARN is called through the Invoke API, a Function URL as it is", "[invoke][sigv4]") {
  const auto api = aws_target("arn:aws:lambda:eu-west-1:123456789012:function:orders:live", {});
  REQUIRE(api.has_value());
  CHECK(api->url ==
        "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/orders/"
        "invocations?Qualifier=live");
  CHECK(api->region == "eu-west-1");
  const auto own = aws_target("arn:aws:lambda:eu-west-1:123456789012:function:orders",
                              {{"AWS_ENDPOINT_URL", "http://127.0.0.1:3000/"}});
  CHECK(own->url == "http://127.0.0.1:3000/2015-03-31/functions/orders/invocations");
  const auto url = aws_target("https://abc.lambda-url.us-east-2.on.aws/x", {});
  REQUIRE(url.has_value());
  CHECK(url->region == "us-east-2");
  CHECK_FALSE(url->invoke_api);
  CHECK_FALSE(aws_target("https://example.com/", {}).has_value());
  CHECK_FALSE(aws_target("arn:aws:s3:::bucket", {}).has_value());
}

TEST_CASE("calls by ARN need credentials, and send no secret", "[invoke][sigv4]") {
  const auto api = aws_target("arn:aws:lambda:eu-west-1:123456789012:function:orders", {});
  const auto without = signed_fields(*api, "{}", {}, kDay);
  REQUIRE_FALSE(without.has_value());
  CHECK(without.error().hint.find("AWS_ACCESS_KEY_ID") != std::string::npos);
  const auto fields = signed_fields(*api, "{}",
                                    {{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                                     {"AWS_SECRET_ACCESS_KEY", "s3cret"},
                                     {"AWS_SESSION_TOKEN", "token"}},
                                    kDay);
  REQUIRE(fields.has_value());
  bool has_token = false;
  for (const auto& [name, value] : *fields) {
    CHECK(value.find("s3cret") == std::string::npos);
    has_token = has_token || (name == "X-Amz-Security-Token" && value == "token");
  }
  CHECK(has_token);
}

TEST_CASE("the Invoke API's headers tell how a deployed function went", "[invoke][sigv4]") {
  Outcome outcome;
  outcome.payload = R"({"errorType":"ValueError","errorMessage":"no"})";
  read_api_answer({{"X-Amz-Function-Error", "Unhandled"},
                   {"x-amzn-RequestId", "id"},
                   {"X-Amz-Log-Result", "YQpiCg=="}},
                  outcome);
  CHECK(outcome.status == Status::function_error);
  CHECK(outcome.error_type == "ValueError");
  CHECK(outcome.request_id == "id");
  CHECK(outcome.logs == std::vector<std::string>{"a", "b"});
}

}  // namespace meshfn::invoke
