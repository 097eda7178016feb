#include "routing/request_text.h"

#include "catch.h"

namespace meshfn::routing {

TEST_CASE("a URL gives scheme, authority, path and query", "[routing]") {
  const auto request = request_from_url("https://user@shop.example.com:8443/a%20b?q=1+2&x&q=3#top");
  REQUIRE(request);
  CHECK(request->scheme == "https");
  CHECK(request->authority == "shop.example.com:8443");
  CHECK(request->host() == "shop.example.com");
  CHECK(request->effective_port() == 8443U);
  CHECK(request->path == "/a%20b");
  CHECK(request->query.at("q") == "1 2");
  CHECK(request->query.at("x").empty());
  CHECK(request_from_url("reviews")->path == "/");
  CHECK(request_from_url("/only/path")->authority.empty());
  CHECK_FALSE(request_from_url("http://a/b c"));
}

TEST_CASE("a curl command line gives method, headers and URL", "[routing]") {
  const auto request = request_from_curl(
      R"(curl -sS -XPUT 'http://a.com/x' -H "End-User: jason" --header 'Host: b.com' \
   -o /dev/null -A "probe 1" -d '{"a": 1}')");
  REQUIRE(request);
  CHECK(request->method == "PUT");
  CHECK(request->authority == "b.com");
  CHECK(request->headers.at("end-user") == "jason");
  CHECK(request->headers.at("user-agent") == "probe 1");
  CHECK(request->path == "/x");
  CHECK(request_from_curl("curl http://a -d x")->method == "POST");
  CHECK(request_from_curl("curl -I http://a")->method == "HEAD");
  CHECK(request_from_curl("curl -G -d q=1 http://a")->method == "GET");
  CHECK(request_from_curl("curl -s").error().message == "the curl command line holds no URL");
  CHECK(request_from_curl("curl 'http://a").error().message == "the command line has an open '");
}

TEST_CASE("percent escapes are decoded when they are well formed", "[routing]") {
  CHECK(decode_percent("a%41%zz%4", false) == "aA%zz%4");
  CHECK(decode_percent("a+b", false) == "a+b");
}

}  // namespace meshfn::routing
