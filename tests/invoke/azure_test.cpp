// Azure apps with custom handlers and function.json. Apps with the real libraries are run by
// tests/libraries.

#include <filesystem>
#include <nlohmann/json.hpp>

#include "invoke/workshop.h"

namespace meshfn::invoke {

namespace {

/// Answers every call with what it was sent, and speaks up on its log.
constexpr const char* kEcho = R"(#!/usr/bin/env python3
import http.server, json, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length'] or 0)).decode()
        call = json.loads(body) if self.path == '/work' or self.path == '/hello' else None
        print(self.path, body, flush=True)
        if call is None:
            answer, status = ('forwarded ' + self.path).encode(), 202
        elif self.path == '/hello':
            request = call['Data']['req']
            answer, status = json.dumps({'Outputs': {'res': {'statusCode': 201, 'body': request['Params'],
                'headers': {'X-A': '1'}}, 'orders': 'one'}, 'Logs': ['logged']}).encode(), 200
        elif 'poison' in body:
            answer, status = b'no', 500
        else:
            answer, status = json.dumps({'outputs': {'out': call['Data']['message']}, 'returnValue': 7}).encode(), 200
        self.send_response(status)
        self.send_header('Content-Length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    do_GET = do_POST
    def log_message(self, *a): pass
http.server.HTTPServer(('127.0.0.1', int(os.environ['FUNCTIONS_CUSTOMHANDLER_PORT'])), Handler).serve_forever()
)";

constexpr const char* kHost =
    R"({"version": "2.0", "customHandler": {"description": {"defaultExecutablePath": "%NAME%"}}})";

/// An app with two functions: `hello` for requests to items/{id:int}, `work` for a queue.
class App {
 public:
  explicit App(const std::string& host = kHost) {
    shop.function.runtime = function::find_runtime("custom");
    shop.function.part_of_app = true;
    shop.function.host = host;
    shop.function.environment["NAME"] = "handler.py";
    shop.write("handler.py", kEcho, true);
    add("hello", R"({"bindings": [
      {"type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "function",
       "methods": ["get", "post"], "route": "items/{id:int}"},
      {"type": "http", "direction": "out", "name": "res"},
      {"type": "queue", "direction": "out", "name": "orders", "queueName": "orders"}]})");
    add("work", R"({"bindings": [
      {"type": "queueTrigger", "direction": "in", "name": "message", "queueName": "in"},
      {"type": "queue", "direction": "out", "name": "out", "queueName": "out"}]})");
  }

  ~App() {
    for (const std::string& folder : folders_) std::filesystem::remove_all(folder);
  }

  App(const App&) = delete;
  App& operator=(const App&) = delete;

  Outcome invoke(const std::string& name, const std::string& event) {
    shop.function.name = name;
    return shop.invoke(event);
  }

  Workshop shop;

 private:
  void add(const std::string& name, const std::string& text) {
    folders_.push_back(shop.folder() + "/" + name);
    std::filesystem::create_directory(folders_.back());
    std::ofstream(folders_.back() + "/function.json") << text;
  }

  std::vector<std::string> folders_;
};

}  // namespace

TEST_CASE("a request is routed to its custom handler", "[invoke][azure]") {
  App app;
  const Outcome outcome = app.invoke("", R"({"method": "GET", "url": "/api/items/7"})");
  REQUIRE(outcome.http.has_value());
  CHECK(outcome.http->status == 201);
  CHECK(nlohmann::json::parse(outcome.payload) == nlohmann::json{{"id", "7"}});
  CHECK(nlohmann::json::parse(outcome.outputs) == nlohmann::json{{"orders", "one"}});
}

TEST_CASE("a request that no route takes is not found", "[invoke][azure]") {
  App app;
  for (const char* event : {R"({"method": "GET", "url": "/api/items/x"})",
                            R"({"method": "DELETE", "url": "/api/items/7"})",
                            R"({"method": "GET", "url": "/items/7"})"}) {
    const Outcome outcome = app.invoke("", event);
    REQUIRE(outcome.http.has_value());
    CHECK(outcome.http->status == 404);
  }
}

TEST_CASE("a key is wanted only when keys are enforced", "[invoke][azure]") {
  App app;
  app.shop.settings.enforce_keys = true;
  app.shop.settings.host["AZURE_FUNCTION_KEY"] = "k";
  CHECK(app.invoke("", R"({"method": "GET", "url": "/api/items/7"})").http->status == 401);
  CHECK(app.invoke("", R"({"method": "GET", "url": "/api/items/7?code=k"})").http->status == 201);
  CHECK(app.invoke("", R"({"method": "GET", "url": "/api/items/7",
                           "headers": {"X-Functions-Key": "k"}})")
            .http->status == 201);
  CHECK(app.invoke("", R"({"method": "GET", "url": "/api/items/7?code=x"})").http->status == 401);
}

TEST_CASE("a queue message goes to its handler with metadata", "[invoke][azure]") {
  App app;
  const Outcome outcome = app.invoke("work", R"({"n": 1})");
  CHECK(outcome.ok());
  CHECK(outcome.payload == "7");
  CHECK(nlohmann::json::parse(outcome.outputs)["out"]["n"] == 1);
  REQUIRE(!outcome.logs.empty());
  CHECK(outcome.logs.front().find("\"DequeueCount\":1") != std::string::npos);
}

TEST_CASE("a poison message is retried and moved away", "[invoke][azure]") {
  App app;
  app.shop.settings.retry = true;
  const Outcome outcome = app.invoke("work", R"("poison")");
  CHECK(outcome.status == Status::function_error);
  CHECK(nlohmann::json::parse(outcome.outputs)["in-poison"] == "poison");
  CHECK(app.shop.log.find("\"DequeueCount\":5") != std::string::npos);
  CHECK(app.shop.log.find("\"DequeueCount\":6") == std::string::npos);
}

TEST_CASE("requests are forwarded when the host says so", "[invoke][azure]") {
  App app(R"({"version": "2.0", "extensions": {"http": {"routePrefix": ""}},
    "customHandler": {"enableForwardingHttpRequest": true, "http": {"routes": [{"route": "{*path}"}]},
      "description": {"defaultExecutablePath": "handler.py"}}})");
  std::filesystem::remove_all(app.shop.folder() + "/hello");
  std::filesystem::remove_all(app.shop.folder() + "/work");
  const Outcome outcome = app.invoke("", R"({"method": "GET", "url": "/a/b?c=1"})");
  REQUIRE(outcome.http.has_value());
  CHECK(outcome.http->status == 202);
  CHECK(outcome.payload == "forwarded /a/b?c=1");
}

TEST_CASE("a function that the app lacks is told with a suggestion", "[invoke][azure]") {
  App app;
  app.shop.function.name = "wrok";
  const auto host = find_host(app.shop.function);
  REQUIRE(host.has_value());
  const Clock clock;
  const auto made = (*host)->create(app.shop.function, app.shop.settings, clock);
  REQUIRE(!made.has_value());
  CHECK(made.error().hint.find("`work`") != std::string::npos);
}

TEST_CASE("several functions and no request need a name", "[invoke][azure]") {
  App app;
  const Outcome outcome = app.invoke("", R"({"n": 1})");
  CHECK(outcome.status == Status::init_error);
  CHECK(outcome.hint == "name one: hello, work");
}

}  // namespace meshfn::invoke
