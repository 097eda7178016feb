// Extensions as real processes beside a function, and the rules of their API.

#include "invoke/extensions.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "invoke/telemetry.h"
#include "invoke/workshop.h"

namespace meshfn::invoke {

namespace {

using nlohmann::json;

/// An external extension that prints every event it gets; `telemetry` makes it subscribe too, and
/// print the type of each record.
std::string extension(const std::string& events, bool telemetry = false,
                      const std::string& after_invoke = "pass") {
  return fmt::format(R"(#!/usr/bin/env python3
import http.client, http.server, json, os, sys, threading, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
def call(method, path, body=None, **headers):
    api.request(method, path, body, {{k.replace("_", "-"): v for k, v in headers.items()}})
    reply = api.getresponse()
    return reply.status, reply.headers, reply.read()
status, headers, body = call("POST", "/2020-01-01/extension/register", '{{"events": {}}}',
                             Lambda_Extension_Name=os.path.basename(sys.argv[0]))
assert status == 200, body
assert "_HANDLER" not in os.environ and "LAMBDA_TASK_ROOT" not in os.environ
me = headers["Lambda-Extension-Identifier"]
if {}:
    class Sink(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            for record in json.loads(self.rfile.read(int(self.headers["Content-Length"]))):
                print("record", record["type"], flush=True)
            self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
        def log_message(self, *args): pass
    server = http.server.HTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    status, _, body = call("PUT", "/2022-07-01/telemetry", json.dumps({{"schemaVersion": "2022-12-13",
        "types": ["platform", "function"], "buffering": {{"timeoutMs": 25}}, "destination": {{"protocol": "HTTP",
        "URI": f"http://sandbox.localdomain:{{server.server_port}}/"}}}}), Lambda_Extension_Identifier=me)
    assert (status, body) == (200, b'"OK"'), body
while True:
    _, _, body = call("GET", "/2020-01-01/extension/event/next", Lambda_Extension_Identifier=me)
    event = json.loads(body)
    print("event", event["eventType"], event.get("requestId", event.get("shutdownReason")), flush=True)
    if event["eventType"] == "SHUTDOWN":
        time.sleep(0.1)
        break
    {}
)",
                     events, telemetry ? "True" : "False", after_invoke);
}

/// Puts `text` as an extension called "watcher" into a layer of the workshop.
std::string add_layer(Workshop& shop, const std::string& text) {
  std::filesystem::create_directories(shop.folder() + "/layer/extensions");
  shop.write("layer/extensions/watcher", text, true);
  shop.keep({"layer", "extensions", "watcher"});
  shop.function.layers = {shop.folder() + "/layer"};
  return shop.folder() + "/layer";
}

/// An Extensions API without processes.
struct Api {
  Extensions extensions{
      {"hello", "app.handler"},
      Random(1),
      {.failed = [this](const std::string& type, const std::string&) { failures.push_back(type); },
       .told = [](const std::string&, const std::string&, const std::vector<std::string>&) {}}};
  std::vector<std::string> failures = {};

  http::Response send(const std::string& method, const std::string& path, http::Fields fields,
                      const std::string& body = "") {
    http::Response answer{0, {}, {}};
    extensions.handle({method, "/2020-01-01/extension/" + path, std::move(fields), body, false},
                      [&answer](http::Response reply) { answer = std::move(reply); });
    return answer;
  }

  http::Response add(const std::string& name, const std::string& events = "[]") {
    return send("POST", "register", {{"Lambda-Extension-Name", name}},
                "{\"events\":" + events + "}");
  }
};

std::string type_of(const http::Response& response) {
  return json::parse(response.body)["errorType"];
}

}  // namespace

TEST_CASE("an extension gets each invocation and the end", "[invoke][extensions]") {
  std::string id;
  std::string log;
  {
    Workshop shop;
    shop.python("def handler(e, c): print('working'); return 1\n");
    add_layer(shop, extension("[\"INVOKE\", \"SHUTDOWN\"]"));
    const Outcome first = shop.invoke();
    CHECK(first.payload == "1");
    CHECK(first.init_ms.has_value());
    id = shop.invoke().request_id;
    shop.end();
    log = shop.log;
  }
  CHECK(log.find("event INVOKE " + id) != std::string::npos);
  CHECK(log.find("event SHUTDOWN spindown") != std::string::npos);
}

TEST_CASE("a layer may be an archive", "[invoke][extensions]") {
  Workshop shop;
  shop.python("import shared\ndef handler(e, c): return shared.NAME\n");
  shop.write("shared.txt", "NAME = 'from the layer'\n");
  const std::string layer = shop.folder() + "/layer.zip";
  const std::string pack = "cd " + shop.folder() +
                           " && python3 -c \"import zipfile; z = zipfile.ZipFile('layer.zip', "
                           "'w'); z.write('shared.txt', 'python/shared.py'); z.close()\"";
  REQUIRE(std::system(pack.c_str()) == 0);
  shop.keep({"layer.zip"});
  shop.function.layers = {layer};
  CHECK(shop.invoke().payload == "\"from the layer\"");
}

TEST_CASE("an extension that does not come back makes the function late", "[invoke][extensions]") {
  Workshop shop;
  shop.python("def handler(e, c): return 1\n");
  shop.function.timeout_ms = 1'000;
  add_layer(shop, extension("[\"INVOKE\"]", false, "time.sleep(60)"));
  const Outcome outcome = shop.invoke();
  CHECK(outcome.status == Status::timeout);
  CHECK(outcome.hint.ends_with("watcher"));
}

TEST_CASE("an extension that ends takes the environment along", "[invoke][extensions]") {
  Workshop shop;
  shop.python("import time\ndef handler(e, c): time.sleep(5)\n");
  add_layer(shop, extension("[\"INVOKE\"]", false, "sys.exit(3)"));
  const Outcome outcome = shop.invoke();
  CHECK(outcome.status == Status::crash);
  CHECK(outcome.error_type == "Extension.Crash");
  Workshop other;
  other.python("def handler(e, c): pass\n");
  add_layer(other, "#!/bin/sh\nexit 1\n");
  CHECK(other.invoke().status == Status::init_error);
}

TEST_CASE("a subscriber is told of the platform and the function", "[invoke][extensions]") {
  std::string log;
  {
    Workshop shop;
    shop.python("def handler(e, c): print('working')\n");
    add_layer(shop, extension("[\"INVOKE\", \"SHUTDOWN\"]", true));
    CHECK(shop.invoke().ok());
    shop.end();
    log = shop.log;
  }
  for (const char* type :
       {"platform.initStart", "platform.telemetrySubscription", "platform.extension",
        "platform.initRuntimeDone", "platform.initReport", "platform.start", "function",
        "platform.runtimeDone", "platform.report"}) {
    INFO(type);
    CHECK(log.find(std::string("record ") + type + "\n") != std::string::npos);
  }
}

TEST_CASE("extensions register by the rules", "[invoke][extensions]") {
  Api api;
  api.extensions.expect({"outer"});
  CHECK(type_of(api.add("")) == "Extension.InvalidExtensionName");
  CHECK(type_of(api.add("inner", "[\"SHUTDOWN\"]")) == "Extension.InvalidEventType");
  CHECK(type_of(api.add("inner", "[\"START\"]")) == "Extension.InvalidEventType");
  CHECK(type_of(api.add("inner", "1")) == "InvalidRequestFormat");
  CHECK_FALSE(api.extensions.all_registered());
  const http::Response good = api.add("outer", "[\"INVOKE\",\"SHUTDOWN\"]");
  CHECK(good.status == 200);
  CHECK(json::parse(good.body) == json{{"functionName", "hello"},
                                       {"functionVersion", "$LATEST"},
                                       {"handler", "app.handler"}});
  CHECK(api.extensions.all_registered());
  CHECK(type_of(api.add("outer")) == "Extension.InvalidExtensionState");
  for (int i = 1; i < 10; ++i) CHECK(api.add("inner" + std::to_string(i)).status == 200);
  CHECK(type_of(api.add("inner10")) == "Extension.TooManyExtensions");
  api.extensions.close_registration();
  CHECK(type_of(api.add("late")) == "Extension.RegistrationClosed");
  CHECK(type_of(api.send("GET", "event/next", {})) == "Extension.MissingExtensionIdentifier");
  CHECK(type_of(api.send("GET", "event/next", {{"Lambda-Extension-Identifier", "x"}})) ==
        "Extension.InvalidExtensionIdentifier");
  CHECK(type_of(api.send("GET", "event/next",
                         {{"Lambda-Extension-Identifier", std::string(36, 'a')}})) ==
        "Extension.UnknownExtensionIdentifier");
}

TEST_CASE("extensions report that they cannot go on", "[invoke][extensions]") {
  Api api;
  const std::string id = api.add("inner").fields.back().second;
  CHECK(type_of(api.send("POST", "init/error", {{"Lambda-Extension-Identifier", id}})) ==
        "Extension.MissingHeader");
  CHECK(api.send("POST", "exit/error",
                 {{"Lambda-Extension-Identifier", id},
                  {"Lambda-Extension-Function-Error-Type", "Extension.Lost"}})
            .status == 202);
  CHECK(api.failures == std::vector<std::string>{"Extension.ExitError"});
}

TEST_CASE("a wrong subscription is refused with its reason", "[invoke][extensions]") {
  const auto problem = [](const std::string& body) {
    const Result<Subscription> read = read_subscription("x", body);
    return read ? std::string() : read.error().message;
  };
  const std::string types = R"("types":["platform"],)";
  const std::string sink = R"("destination":{"protocol":"TCP","port":9})";
  CHECK(problem("{" + types + sink + "}").empty());
  CHECK(problem("[]") == "the body is not a JSON object");
  CHECK(problem("{" + sink + "}") == "types is empty");
  CHECK(problem(R"({"types":["x"],)" + sink + "}").starts_with("types: `x`"));
  CHECK(problem("{" + types + R"("buffering":{"timeoutMs":1},)" + sink + "}") ==
        "buffering.timeoutMs must be from 25 to 30000");
  CHECK(problem("{" + types + R"("destination":{"protocol":"HTTP","URI":"http://a.b:1/"}})")
            .find("sandbox.localdomain") != std::string::npos);
}

}  // namespace meshfn::invoke
