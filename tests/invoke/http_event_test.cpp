#include "invoke/http_event.h"

#include "catch.h"

namespace meshfn::invoke {

TEST_CASE("an event may describe a request", "[invoke][http]") {
  const auto request = described_request(
      R"({"method": "post", "url": "https://a.example/x y?q=1#f", "headers": {"X-A": "1",
          "Content-Length": "9", "bad name": "x"}, "body": {"a": [1]}})");
  REQUIRE(request.has_value());
  CHECK(request->method == "POST");
  CHECK(request->target == "/x%20y?q=1");
  CHECK(request->field("x-a") == "1");
  CHECK(!request->has_field("content-length"));
  CHECK(!request->has_field("bad name"));
  CHECK(request->body == R"({"a":[1]})");
  CHECK(request->field("content-type") == "application/json");
  CHECK(described_request(R"({"method": "GET", "path": "a"})")->target == "/a");
}

TEST_CASE("other events describe no request", "[invoke][http]") {
  for (const char* event : {"{}", "[]", "1", R"({"method": "GET"})", R"({"method": 1, "url": "/"})",
                            R"({"method": "A B", "url": "/"})", R"({"url": "/"})"}) {
    CHECK(!described_request(event));
  }
}

TEST_CASE("a CloudEvent travels in headers in binary mode", "[invoke][http]") {
  const std::string event =
      R"({"specversion": "1.0", "id": "1", "source": "//s", "type": "t", "subject": "a b\"%é",
          "datacontenttype": "application/json", "data": {"x": 1}})";
  const http::Request request = binary_cloud_event(event);
  CHECK(request.field("ce-id") == "1");
  CHECK(request.field("ce-subject") == "a%20b%22%25%C3%A9");
  CHECK(request.field("content-type") == "application/json");
  CHECK(!request.has_field("ce-data"));
  CHECK(request.body == R"({"x":1})");
  CHECK(structured_cloud_event(event).body == event);
  CHECK(structured_cloud_event(event).field("content-type") ==
        "application/cloudevents+json; charset=utf-8");
}

TEST_CASE("the last error is found in a log", "[invoke][http]") {
  const auto python = printed_error(
      "hello\nTraceback (most recent call last):\n  File \"a.py\", line 1\n    x()\n"
      "my.module.OddError: no: really\nafter\n");
  REQUIRE(python.has_value());
  CHECK(python->type == "OddError");
  CHECK(python->message == "no: really");
  const auto node = printed_error("log\nTypeError: cannot\n    at f (a.js:1:1)\n");
  REQUIRE(node.has_value());
  CHECK(node->type == "TypeError");
  CHECK(printed_error("panic: oh\n\ngoroutine 1\n")->message == "oh");
  CHECK(printed_error("log\nFunction error: bad bucket\n")->message == "bad bucket");
  CHECK(!printed_error("all is well: here\n"));
}

}  // namespace meshfn::invoke
