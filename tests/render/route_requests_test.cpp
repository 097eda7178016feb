#include "render/route_requests.h"

#include "catch.h"

namespace meshfn::render {

namespace {

std::vector<routing::Request> read(std::string_view text) {
  auto requests = read_requests("r", text);
  if (!requests) FAIL(requests.error().message);
  return std::move(*requests);
}

}  // namespace

TEST_CASE("Istio's access log gives requests", "[render]") {
  const auto requests = read(
      "[2020-11-25T21:26:18.409Z] \"GET /status/418?a=1 HTTP/1.1\" 418 - via_upstream - \"-\" 0 "
      "135 3 1 \"10.1.2.3\" \"curl/7.73.0\" \"84961386-6d84\" \"httpbin:8000\" "
      "\"10.44.1.27:80\" outbound|8000||httpbin.foo.svc.cluster.local 10.44.1.23:37652 "
      "10.0.45.184:8000 10.44.1.23:46520 - default\n");
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].method == "GET");
  CHECK(requests[0].authority == "httpbin:8000");
  CHECK(requests[0].path == "/status/418");
  CHECK(requests[0].query.at("a") == "1");
  CHECK(requests[0].headers.at("user-agent") == "curl/7.73.0");
  CHECK(requests[0].headers.at("x-forwarded-for") == "10.1.2.3");
}

TEST_CASE("Envoy's access log gives requests, and its connections none", "[render]") {
  const auto requests = read(
      "[2016-04-15T20:17:00.310Z] \"POST /api/v1/locations HTTP/2\" 204 - 154 0 226 100 \"-\" "
      "\"nsq2http\" \"cc21d9b0\" \"locations\" \"tcp://10.0.2.1:80\"\n"
      "[2016-04-15T20:17:01.310Z] \"- - -\" 0 - 154 0 226 - \"-\" \"-\" \"-\" \"-\" "
      "\"10.0.2.1:80\"\n");
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].authority == "locations");
  CHECK(requests[0].headers.count("x-forwarded-for") == 0);
}

TEST_CASE("access logs in JSON give requests, and their connections none", "[render]") {
  const auto requests = read(
      R"({"authority":"httpbin:8000","method":"PUT","path":"/a?b=c","user_agent":"curl","x_forwarded_for":null,"response_code":200}
{"authority":null,"method":null,"path":null,"upstream_cluster":"outbound|5432||db"}
)");
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].method == "PUT");
  CHECK(requests[0].path == "/a");
  CHECK(requests[0].query.at("b") == "c");
  CHECK(requests[0].headers.at("user-agent") == "curl");
}

TEST_CASE("HTTP Archives give requests", "[render]") {
  const auto requests = read(R"({"log": {"version": "1.2", "entries": [
    {"request": {"method": "POST", "url": "https://shop.example.com/cart?x=1",
      "headers": [{"name": ":authority", "value": "shop.example.com"},
                  {"name": "X-Team", "value": "red"}]}},
    {"request": {"method": "GET", "url": "https://shop.example.com/"}}]}})");
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].scheme == "https");
  CHECK(requests[0].authority == "shop.example.com");
  CHECK(requests[0].path == "/cart");
  CHECK(requests[0].headers.at("x-team") == "red");
  CHECK(requests[0].headers.size() == 1);
  CHECK(requests[1].method == "GET");
}

TEST_CASE("lines that are no request are told with their number", "[render]") {
  CHECK(read_requests("r", "http://a\n[x] what\n").error().message ==
        "r:2:1: this is no line of Envoy's default access log");
  CHECK(read_requests("r", "{\"path\": 1}\n").error().message == "r:1:1: the object names no host");
  CHECK(!read_requests("r", "{\"log\": {\"entries\": []}}"));
}

}  // namespace meshfn::render
