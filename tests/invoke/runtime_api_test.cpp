#include "invoke/runtime_api.h"

#include <map>
#include <memory>
#include <optional>

#include "catch.h"

namespace meshfn::invoke {

namespace {

/// A runtime's side of the API, without a network.
class Client {
 public:
  /// Sends a request; the reply may be empty for a while.
  std::shared_ptr<std::optional<http::Response>> send(http::Request request) {
    auto slot = std::make_shared<std::optional<http::Response>>();
    api.handle(std::move(request), [slot](http::Response reply) { *slot = std::move(reply); });
    return slot;
  }

  std::shared_ptr<std::optional<http::Response>> next() {
    return send(
        {"GET", "/2018-06-01/runtime/invocation/next", {{"User-Agent", "test/1"}}, "", false});
  }

  /// Status of a POST below /2018-06-01/runtime/.
  int post(const std::string& path, const std::string& body, http::Fields fields = {},
           bool truncated = false) {
    return (*send({"POST", "/2018-06-01/runtime/" + path, std::move(fields), body, truncated}))
        ->status;
  }

  /// Hands an invocation called `id` to a waiting next.
  void start(const std::string& id) {
    next();
    Invocation invocation;
    invocation.request_id = id;
    api.offer(invocation);
  }

  int idle = 0;
  std::map<std::string, Answer> answers;
  std::optional<Answer> init_failure;
  RuntimeApi api{{.idle = [this](std::string_view) { ++idle; },
                  .answered = [this](const std::string& id, Answer a) { answers[id] = a; },
                  .init_failed = [this](Answer a) { init_failure = a; }}};
};

}  // namespace

TEST_CASE("next waits for an invocation and carries its headers", "[invoke][api]") {
  Client client;
  const auto reply = client.next();
  CHECK(client.idle == 1);
  CHECK_FALSE(reply->has_value());
  client.api.offer({"id", "{}", 123, "arn", "Root=1", "{\"c\":1}", "{\"i\":1}", "tenant"});
  REQUIRE(reply->has_value());
  CHECK((*reply)->status == 200);
  CHECK((*reply)->body == "{}");
  CHECK((*reply)->fields == http::Fields{{"Content-Type", "application/json"},
                                         {"Lambda-Runtime-Aws-Request-Id", "id"},
                                         {"Lambda-Runtime-Deadline-Ms", "123"},
                                         {"Lambda-Runtime-Invoked-Function-Arn", "arn"},
                                         {"Lambda-Runtime-Trace-Id", "Root=1"},
                                         {"Lambda-Runtime-Client-Context", "{\"c\":1}"},
                                         {"Lambda-Runtime-Cognito-Identity", "{\"i\":1}"},
                                         {"Lambda-Runtime-Aws-Tenant-Id", "tenant"}});
}

TEST_CASE("an invocation offered first is handed to the next next", "[invoke][api]") {
  Client client;
  Invocation invocation;
  invocation.request_id = "early";
  client.api.offer(invocation);
  CHECK((*client.next())->fields.size() == 4);
  CHECK(client.idle == 0);
}

TEST_CASE("any number of invocations may be under way", "[invoke][api]") {
  Client client;
  for (const char* id : {"a", "b", "c"}) client.start(id);
  CHECK(client.post("invocation/b/response", "2") == 202);
  CHECK(client.post("invocation/a/error", "{}") == 202);
  CHECK(client.answers.at("b").body == "2");
  CHECK(client.answers.at("a").failed);
  CHECK_FALSE(client.answers.contains("c"));
}

TEST_CASE("an answer to a wrong, finished or withdrawn invocation is refused", "[invoke][api]") {
  Client client;
  client.start("id");
  CHECK(client.post("invocation/other/response", "1") == 400);
  CHECK(client.post("invocation/id/response", "1") == 202);
  CHECK(client.post("invocation/id/response", "1") == 400);
  CHECK(client.post("invocation/id/error", "{}") == 400);
  client.start("late");
  client.api.withdraw("late");
  CHECK(client.post("invocation/late/response", "1") == 400);
  CHECK(client.answers.size() == 1);
}

TEST_CASE("init errors are taken only before the first next", "[invoke][api]") {
  Client client;
  CHECK(client.post("init/error", "{}",
                    {{"Lambda-Runtime-Function-Error-Type", "Runtime.HandlerNotFound"}}) == 202);
  CHECK(client.init_failure->error_type == "Runtime.HandlerNotFound");
  client.next();
  CHECK(client.post("init/error", "{}") == 403);
  client.api.restart();
  CHECK(client.post("init/error", "{}") == 202);
}

TEST_CASE("an odd error type is replaced", "[invoke][api]") {
  const auto type = [](const std::string& header) {
    Client client;
    client.post("init/error", "{}", {{"Lambda-Runtime-Function-Error-Type", header}});
    return client.init_failure->error_type;
  };
  CHECK(type("Function.Bad") == "Function.Bad");
  CHECK(type("Function.bad") == "Function.Unknown");
  CHECK(type("ValueError") == "Runtime.Unknown");
  CHECK(type("Runtime.A1") == "Runtime.Unknown");
}

TEST_CASE("a response over the limit is refused with 413 and fails", "[invoke][api]") {
  Client client;
  client.start("a");
  CHECK(client.post("invocation/a/response", std::string(6'291'556, 'x')) == 202);
  client.start("b");
  CHECK(client.post("invocation/b/response", std::string(6'291'557, 'x')) == 413);
  CHECK(client.answers.at("b").error_type == "Function.ResponseSizeTooLarge");
  client.start("c");
  CHECK(client.post("invocation/c/response", std::string(6'291'557, 'x'),
                    {{"Lambda-Runtime-Function-Response-Mode", "streaming"}}) == 202);
  CHECK(client.answers.at("c").streamed);
}

TEST_CASE("after 6 MB a streamed response has to wait", "[invoke][api]") {
  Client client;
  client.start("a");
  const http::Request head{"POST",
                           "/2018-06-01/runtime/invocation/a/response",
                           {{"Lambda-Runtime-Function-Response-Mode", "streaming"}},
                           "",
                           false};
  const std::string megabyte(1U << 20U, 'x');
  for (int i = 0; i < 6; ++i) CHECK(client.api.part(head, megabyte).count() == 0);
  const auto wait = client.api.part(head, megabyte);
  CHECK(wait > std::chrono::milliseconds{400});
  CHECK(wait <= std::chrono::milliseconds{500});
  CHECK(client.api.part(head, megabyte) > wait);
  const http::Request buffered{"POST", head.target, {}, "", false};
  CHECK(client.api.part(buffered, megabyte).count() == 0);
}

TEST_CASE("only streaming is a response mode", "[invoke][api]") {
  Client client;
  client.start("a");
  CHECK(client.post("invocation/a/response", "1",
                    {{"Lambda-Runtime-Function-Response-Mode", "buffered"}}) == 400);
  CHECK(client.answers.at("a").error_type == "Runtime.InvalidResponseModeHeader");
}

TEST_CASE("a body that broke off fails the invocation", "[invoke][api]") {
  Client client;
  client.start("a");
  CHECK(client.post("invocation/a/response", "1", {}, true) == 400);
  CHECK(client.answers.at("a").error_type == "Runtime.TruncatedResponse");
}

TEST_CASE("trailers tell of a failure in the middle of a stream", "[invoke][api]") {
  Client client;
  client.start("a");
  client.post("invocation/a/response", "half",
              {{"Lambda-Runtime-Function-Response-Mode", "streaming"},
               {"Lambda-Runtime-Function-Error-Type", "Runtime.Oops"},
               {"Lambda-Runtime-Function-Error-Body", "eyJhIjoxfQ=="}});
  CHECK(client.answers.at("a").failed);
  CHECK(client.answers.at("a").body == "{\"a\":1}");
}

TEST_CASE("ping answers, other paths do not", "[invoke][api]") {
  Client client;
  CHECK((*client.send({"GET", "/2018-06-01/ping", {}, "", false}))->body == "pong");
  CHECK((*client.send({"GET", "/", {}, "", false}))->status == 404);
  CHECK(client.post("invocation/next", "") == 404);
}

}  // namespace meshfn::invoke
