// `--serve` with real functions behind it, called over real connections.

#include "invoke/serve.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "function/event/encode.h"
#include "invoke/environment.h"
#include "invoke/front.h"
#include "invoke/invoke_api.h"
#include "invoke/workshop.h"

namespace meshfn::invoke {

namespace {

using nlohmann::json;

/// An answer, taken apart as far as tests need it.
struct Answer {
  int status = 0;
  std::string head;
  std::string body;

  bool has(const std::string& field) const { return head.find(field) != std::string::npos; }
};

Answer call(std::uint16_t port, const std::string& line, const std::string& body = "",
            const std::string& fields = "") {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const std::string request = line + " HTTP/1.1\r\nHost: local\r\nConnection: close\r\n" + fields +
                              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  REQUIRE(::send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size()));
  std::string text;
  char buffer[65536];
  for (ssize_t n = 0; (n = ::read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(fd);
  const std::size_t end = text.find("\r\n\r\n");
  REQUIRE(end != std::string::npos);
  return {std::stoi(text.substr(9, 3)), text.substr(0, end), text.substr(end + 4)};
}

/// Serves the function of a workshop from a thread of its own until the end of the scope.
class Running {
 public:
  explicit Running(Workshop& shop, std::size_t concurrency = 3) {
    function::Function function = shop.function;
    ServeSettings settings;
    settings.concurrency = concurrency;
    settings.retry_scale = 0.001;
    settings.say = [this](const std::string& line) {
      said += line + "\n";
      lines += 1;
    };
    Settings environment = shop.settings;
    environment.log = [](std::string_view) {};
    auto made =
        Server::create({{function,
                         [function, environment, this]() -> Result<std::unique_ptr<Instance>> {
                           return Environment::create(function, environment, clock_);
                         }}},
                       settings, clock_);
    REQUIRE(made.has_value());
    server_ = std::move(*made);
    port = server_->port();
    thread_ = std::thread([this] { server_->run(); });
  }

  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  ~Running() {
    server_->stop();
    thread_.join();
    server_.reset();
  }

  Answer invoke(const std::string& body, const std::string& fields = "") const {
    return call(port, "POST /2015-03-31/functions/hello/invocations", body, fields);
  }

  std::uint16_t port = 0;
  std::string said;  ///< to be read once `lines` says that it is there
  std::atomic<int> lines = 0;

 private:
  Clock clock_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("SDKs get Lambda's Invoke API", "[invoke][serve]") {
  Workshop shop;
  shop.python(R"(
def handler(event, context):
    print("said")
    if event.get("fail"): raise ValueError("no")
    return {"got": event, "client": context.client_context and context.client_context.custom}
)");
  const Running running(shop);
  const Answer good =
      running.invoke(R"({"a":1})", "X-Amz-Log-Type: Tail\r\nX-Amz-Client-Context: " +
                                       function::base64(R"({"custom":{"k":"v"}})") + "\r\n");
  CHECK(good.status == 200);
  CHECK(json::parse(good.body) == json{{"got", {{"a", 1}}}, {"client", {{"k", "v"}}}});
  CHECK(good.has("X-Amz-Executed-Version: $LATEST"));
  CHECK_FALSE(good.has("X-Amz-Function-Error"));
  const std::size_t log = good.head.find("X-Amz-Log-Result: ") + 18;
  const std::string tail =
      function::from_base64(good.head.substr(log, good.head.find('\r', log) - log));
  CHECK(tail.find("\nsaid\nEND RequestId: ") != std::string::npos);
  const Answer bad = running.invoke(R"({"fail":1})");
  CHECK(bad.status == 200);
  CHECK(bad.has("X-Amz-Function-Error: Unhandled"));
  CHECK(json::parse(bad.body)["errorType"] == "ValueError");
  CHECK(running.invoke("{}", "X-Amz-Invocation-Type: DryRun\r\n").status == 204);
}

TEST_CASE("bad calls are refused as Lambda refuses them", "[invoke][serve]") {
  Workshop shop;
  shop.python("def handler(e, c): return 1\n");
  const Running running(shop);
  CHECK(running.invoke("{").status == 400);
  CHECK(running.invoke("{").has("InvalidRequestContentException"));
  CHECK(running.invoke("{}", "X-Amz-Invocation-Type: Later\r\n").status == 400);
  CHECK(running.invoke("\"" + std::string(6U << 20U, 'x') + "\"").status == 413);
  const Answer none = call(running.port, "POST /2015-03-31/functions/nobody/invocations", "{}");
  CHECK(none.status == 404);
  CHECK(none.has("ResourceNotFoundException"));
  const Answer arn = call(running.port,
                          "POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012"
                          "%3Afunction%3Ahello/invocations",
                          "{}");
  CHECK(arn.status == 200);
}

TEST_CASE("requests at once have environments of their own, up to the limit", "[invoke][serve]") {
  Workshop shop;
  shop.python("import os, time\ndef handler(e, c): time.sleep(e); return os.getpid()\n");
  const Running running(shop, 2);
  auto first = std::async(std::launch::async, [&] { return running.invoke("2"); });
  auto second = std::async(std::launch::async, [&] { return running.invoke("2"); });
  std::this_thread::sleep_for(std::chrono::milliseconds{700});
  const Answer third = running.invoke("0");
  CHECK(third.status == 429);
  CHECK(third.has("TooManyRequestsException"));
  const Answer one = first.get();
  const Answer two = second.get();
  CHECK(one.status == 200);
  CHECK(one.body != two.body);
  const Answer warm = running.invoke("0");
  CHECK((warm.body == one.body || warm.body == two.body));
}

TEST_CASE("an asynchronous call is accepted, and tried again", "[invoke][serve]") {
  Workshop shop;
  shop.python("def handler(e, c): raise ValueError('no')\n");
  shop.function.triggers.async.on_failure = "Dead";
  const Running running(shop);
  const Answer accepted = running.invoke("{}", "X-Amz-Invocation-Type: Event\r\n");
  CHECK(accepted.status == 202);
  CHECK(accepted.body.empty());
  for (int i = 0; i < 200 && running.lines < 4; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  REQUIRE(running.lines == 4);
  CHECK(running.said.find("retry 1 of 2") != std::string::npos);
  CHECK(running.said.find("RetriesExhausted after 3 attempts") != std::string::npos);
  CHECK(running.said.find("to Dead: {\"version\":\"1.0\"") != std::string::npos);
}

TEST_CASE("a Function URL streams what a handler writes", "[invoke][serve]") {
  Workshop shop;
  shop.node(R"(
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  stream = awslambda.HttpResponseStream.from(stream, {statusCode: 201, headers: {'x-a': 'b'}});
  stream.write('one ');
  await new Promise((resolve) => setTimeout(resolve, 500));
  stream.write(event.rawPath);
  stream.end();
});
)");
  shop.function.triggers.routes = {{function::Front::function_url, "ANY", "/{proxy+}"}};
  const Running running(shop);
  const Answer answer = call(running.port, "GET /x");
  CHECK(answer.status == 201);
  CHECK(answer.has("x-a: b"));
  CHECK(answer.body == "4\r\none \r\n2\r\n/x\r\n0\r\n\r\n");
  const Answer frames =
      call(running.port, "POST /2021-11-15/functions/hello/response-streaming-invocations",
           R"({"rawPath":"/y"})");
  CHECK(frames.has("application/vnd.amazon.eventstream"));
  CHECK(frames.body.find("PayloadChunk") != std::string::npos);
  CHECK(frames.body.find("InvokeComplete") != std::string::npos);
}

TEST_CASE("a long stream is as slow as Lambda's", "[invoke]") {
  Workshop shop;
  shop.node(R"(
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  stream.end(Buffer.alloc(7 << 20, 'x'));
});
)");
  const Outcome outcome = shop.invoke();
  CHECK(outcome.payload.size() == 7U << 20U);
  CHECK(outcome.duration_ms > 400);
  CHECK(outcome.duration_ms < 5000);
}

TEST_CASE("a streamed response that fails half-way is an error", "[invoke]") {
  Workshop shop;
  shop.node(R"(
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.late) stream.write('half');
  throw new TypeError('broken');
});
)");
  CHECK(shop.invoke().error_type == "TypeError");
  const Outcome late = shop.invoke("{\"late\":1}");
  CHECK(late.status == Status::function_error);
  CHECK(late.error_type == "TypeError");
  CHECK(json::parse(late.payload)["errorMessage"] == "broken");
}

TEST_CASE("the template's routes bring events of their front", "[invoke][serve]") {
  Workshop shop;
  shop.python("def handler(e, c): return {'statusCode': 202, 'body': e['pathParameters']['id']}\n");
  shop.function.triggers.routes = {{function::Front::rest_api, "GET", "/orders/{id}"}};
  const Running running(shop);
  const Answer answer = call(running.port, "GET /orders/7?a=b");
  CHECK(answer.status == 202);
  CHECK(answer.body == "7");
  const Answer none = call(running.port, "GET /other");
  CHECK(none.status == 403);
  CHECK(none.body == R"({"message":"Missing Authentication Token"})");
}

TEST_CASE("a port in use is told", "[invoke][serve]") {
  Workshop shop;
  shop.python("def handler(e, c): pass\n");
  const Running running(shop);
  Clock clock;
  const auto second = Server::create({{shop.function, {}}}, {.port = running.port}, clock);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message.find("address already in use") != std::string::npos);
  CHECK(second.error().hint.find("--port") != std::string::npos);
}

TEST_CASE("routes fit by their parts, the most exact first", "[invoke][front]") {
  using function::Front;
  using function::Route;
  const Route one{Front::http_api, "GET", "/a/{id}"};
  CHECK(fit_route(one, "GET", "/a/7")->at("id") == "7");
  CHECK_FALSE(fit_route(one, "POST", "/a/7"));
  CHECK_FALSE(fit_route(one, "GET", "/a"));
  CHECK_FALSE(fit_route(one, "GET", "/a/7/b"));
  const Route all{Front::http_api, "ANY", "/a/{rest+}"};
  CHECK(fit_route(all, "PUT", "/a/b/c")->at("rest") == "b/c");
  CHECK(is_more_exact(one, all));
  CHECK(is_more_exact({Front::http_api, "GET", "/a/b"}, one));
}

TEST_CASE("each front has an event of its shape", "[invoke][front]") {
  using function::Front;
  http::Request request{"POST",
                        "/a/7?x=1&x=2&y=%20",
                        {{"Host", "h"}, {"Cookie", "c=1; d=2"}, {"X-A", "1"}, {"X-A", "2"}},
                        "body",
                        false};
  const auto event = [&](Front front) {
    const function::Route route{front, "POST", "/a/{id}"};
    const PathParameters parameters = {{"id", "7"}};
    return json::parse(front_event(request, {route, parameters, "id", 1'700'000'000'000}));
  };
  const json rest = event(Front::rest_api);
  CHECK(rest["resource"] == "/a/{id}");
  CHECK(rest["queryStringParameters"] == json{{"x", "2"}, {"y", " "}});
  CHECK(rest["multiValueQueryStringParameters"]["x"] == json{"1", "2"});
  CHECK(rest["multiValueHeaders"]["X-A"] == json{"1", "2"});
  CHECK(rest["pathParameters"]["id"] == "7");
  CHECK(rest["requestContext"]["requestTime"] == "14/Nov/2023:22:13:20 +0000");
  const json two = event(Front::http_api);
  CHECK(two["version"] == "2.0");
  CHECK(two["routeKey"] == "POST /a/{id}");
  CHECK(two["cookies"] == json{"c=1", "d=2"});
  CHECK(two["headers"]["x-a"] == "1,2");
  CHECK(two["queryStringParameters"]["x"] == "1,2");
  CHECK(two["body"] == "body");
  CHECK(event(Front::function_url)["routeKey"] == "$default");
  const json alb = event(Front::alb);
  CHECK(alb["requestContext"]["elb"].contains("targetGroupArn"));
  CHECK(alb["queryStringParameters"]["y"] == "%20");
  request.body = std::string("\xff\x00", 2);
  CHECK(event(Front::http_api)["isBase64Encoded"] == true);
}

TEST_CASE("each front answers what the function returns in its way", "[invoke][front]") {
  using function::Front;
  Outcome outcome;
  outcome.payload = R"({"statusCode":201,"headers":{"A":"b"},"cookies":["c=1"],"body":"aGk=",)"
                    R"("isBase64Encoded":true})";
  const http::Response good = front_answer(Front::http_api, outcome);
  CHECK(good.status == 201);
  CHECK(good.body == "hi");
  outcome.payload = R"({"a":1})";
  CHECK(front_answer(Front::http_api, outcome).status == 200);
  CHECK(front_answer(Front::rest_api, outcome).status == 502);
  CHECK(front_answer(Front::alb, outcome).status == 502);
  outcome.status = Status::function_error;
  CHECK(front_answer(Front::http_api, outcome).status == 500);
  CHECK(front_answer(Front::function_url, outcome).status == 502);
  outcome.status = Status::timeout;
  CHECK(front_answer(Front::rest_api, outcome).status == 504);
  CHECK(front_answer(Front::http_api, outcome).status == 503);
}

TEST_CASE("functions are named as SDKs name them", "[invoke][serve]") {
  const auto read = [](const std::string& text) {
    std::string qualifier;
    const std::string name = function_name_of(text, qualifier);
    return name + "/" + qualifier;
  };
  CHECK(read("f") == "f/");
  CHECK(read("f:live") == "f/live");
  CHECK(read("123456789012:function:f") == "f/");
  CHECK(read("123456789012:function:f:1") == "f/1");
  CHECK(read("arn:aws:lambda:us-east-1:123456789012:function:f:1") == "f/1");
}

}  // namespace meshfn::invoke
