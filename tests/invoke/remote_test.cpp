#include "invoke/remote.h"

#include <functional>
#include <future>
#include <thread>

#include "catch.h"
#include "invoke/loop.h"

namespace meshfn::invoke {

namespace {

using std::chrono::milliseconds;

/// What a server on loopback was sent, and how the call went.
struct Exchange {
  http::Request request;
  Result<Outcome> outcome = fail("not called");
};

/// Calls a server that answers with `response`, or never when it has status 0.
Exchange call_server(RemoteCall call, http::Response response) {
  Exchange result;
  Loop loop;
  std::vector<http::Reply> unanswered;
  const auto port = loop.serve(
      [&](http::Request request, const http::Reply& reply) {
        result.request = std::move(request);
        if (response.status == 0) {
          unanswered.push_back(reply);
        } else {
          reply(response);
        }
      },
      1U << 20U);
  call.url = "http://127.0.0.1:" + std::to_string(*port) + "/api/hello?x=1";
  auto outcome = std::async(std::launch::async, [&] { return invoke_remote(call); });
  // The other thread's end is no event of the loop, so look at it now and then.
  std::function<void()> look = [&] { loop.after(milliseconds{5}, look); };
  look();
  loop.run_until([&] { return outcome.wait_for(milliseconds{0}) == std::future_status::ready; });
  result.outcome = outcome.get();
  return result;
}

}  // namespace

TEST_CASE("a deployed function gets the event as JSON", "[invoke]") {
  RemoteCall call{.url = "", .event = "{\"id\":1}"};
  call.environment = {{"AZURE_FUNCTION_KEY", "k3y"}, {"GOOGLE_ID_TOKEN", "t0ken"}};
  const Exchange done = call_server(call, {200, {}, "{\"ok\":true}"});
  REQUIRE(done.outcome);
  CHECK(done.outcome->status == Status::ok);
  CHECK(done.outcome->payload == "{\"ok\":true}");
  CHECK(done.request.method == "POST");
  CHECK(done.request.target == "/api/hello?x=1");
  CHECK(done.request.body == "{\"id\":1}");
  CHECK(done.request.field("content-type") == "application/json");
  CHECK(done.request.field("x-functions-key") == "k3y");
  CHECK(done.request.field("authorization") == "Bearer t0ken");
}

TEST_CASE("an HTTP error is the function's error", "[invoke]") {
  const Exchange done = call_server({.url = "", .event = "{}"}, {503, {}, "busy"});
  REQUIRE(done.outcome);
  CHECK(done.outcome->status == Status::function_error);
  CHECK(done.outcome->error_type == "HTTP 503");
  CHECK(done.outcome->payload == "busy");
}

TEST_CASE("a deployed function that does not answer times out", "[invoke]") {
  const Exchange done = call_server({.url = "", .event = "{}", .timeout_ms = 200}, {0, {}, ""});
  REQUIRE(done.outcome);
  CHECK(done.outcome->status == Status::timeout);
}

TEST_CASE("nobody there is no answer of a function", "[invoke]") {
  const auto outcome = invoke_remote({.url = "http://127.0.0.1:1/", .event = "{}"});
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().kind == Failure::input);
  CHECK(outcome.error().message.starts_with("cannot call `http://127.0.0.1:1/`"));
}

TEST_CASE("only https leaves this machine", "[invoke]") {
  CHECK(check_remote_url("https://example.com/x"));
  CHECK(check_remote_url("http://localhost:7071/api"));
  CHECK_FALSE(check_remote_url("http://example.com/"));
  CHECK_FALSE(check_remote_url("http://localhost.example.com/"));
  CHECK_FALSE(check_remote_url("file:///etc/passwd"));
  CHECK_FALSE(check_remote_url("hello"));
}

}  // namespace meshfn::invoke
