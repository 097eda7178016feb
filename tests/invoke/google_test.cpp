// Google functions without the Functions Framework: the shims keep to its contract. With the real
// framework they are run by tests/libraries.

#include <nlohmann/json.hpp>

#include "function/event/sample.h"
#include "invoke/workshop.h"

namespace meshfn::invoke {

namespace {

constexpr const char* kRequest =
    R"({"method": "POST", "url": "/a/b?name=Ada", "headers": {"content-type": "application/json"},
        "body": {"x": 1}})";

void google(Workshop& shop, const char* runtime, const char* target, const char* signature) {
  shop.function.runtime = function::find_runtime(runtime);
  shop.function.handler = target;
  shop.function.signature = signature;
}

std::string storage_event() { return *function::sample_event("gcp-storage"); }

bool logged(const Outcome& outcome, std::string_view words) {
  for (const std::string& line : outcome.logs) {
    if (line.find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a Node.js function of Google answers a request", "[invoke][google]") {
  Workshop shop;
  google(shop, "nodejs22", "hello", "");
  shop.write("index.js",
             "exports.hello = (req, res) => { console.log('hi');\n"
             "res.status(201).set('X-A', '1').json({q: req.query.name, b: req.body, p: req.path}); "
             "};");
  const Outcome outcome = shop.invoke(kRequest);
  REQUIRE(outcome.http.has_value());
  CHECK(outcome.http->status == 201);
  CHECK(outcome.payload == R"({"q":"Ada","b":{"x":1},"p":"/a/b"})");
  CHECK(logged(outcome, "hi"));
  CHECK(outcome.init_ms.has_value());
  CHECK(outcome.max_memory_mb > 0);
  CHECK(!shop.invoke(kRequest).init_ms.has_value());
}

TEST_CASE("a registered CloudEvent function of Node.js gets both modes", "[invoke][google]") {
  Workshop shop;
  google(shop, "nodejs22", "onFile", "cloudevent");
  shop.write("index.js",
             "const {cloudEvent} = require('@google-cloud/functions-framework');\n"
             "cloudEvent('onFile', (e) => { console.log(e.type, e.subject, e.data.bucket); });");
  Call call{.event = storage_event()};
  const Outcome binary = shop.invoke(call);
  CHECK(binary.ok());
  CHECK(logged(binary,
               "google.cloud.storage.object.v1.finalized objects/photos/happy face.jpg my-bucket"));
  call.structured = true;
  CHECK(logged(shop.invoke(call), "finalized objects/photos/happy face.jpg my-bucket"));
}

TEST_CASE("a legacy event function gets a CloudEvent converted", "[invoke][google]") {
  Workshop shop;
  google(shop, "nodejs22", "old", "event");
  shop.write("index.js",
             "exports.old = (data, context) => console.log(context.eventType, data.name);");
  CHECK(logged(shop.invoke(storage_event()), "google.storage.object.finalize photos/"));
}

TEST_CASE("a Pub/Sub push becomes the event that the function takes", "[invoke][google]") {
  const std::string push = *function::sample_event("gcp-pubsub-push");
  const auto event_of = [&](const char* signature, const char* code) {
    Workshop shop;
    google(shop, "nodejs22", "f", signature);
    shop.write("index.js", code);
    return shop.invoke(push);
  };
  const std::string topic = "projects/my-project/topics/my-subscription";
  CHECK(logged(event_of("event", "exports.f = (d, context) => console.log(context.resource.name);"),
               topic));
  CHECK(logged(event_of("cloudevent", "exports.f = (event) => console.log(event.source);"),
               "//pubsub.googleapis.com/" + topic));
}

TEST_CASE("what a function of Google throws is a function error", "[invoke][google]") {
  Workshop shop;
  google(shop, "nodejs22", "bad", "http");
  shop.write("index.js",
             "exports.bad = (req) => { if (req.method === 'GET') throw new TypeError('no');\n"
             "setTimeout(() => { throw new Error('late'); }, 1); };");
  const Outcome outcome = shop.invoke(R"({"method": "GET", "path": "/"})");
  CHECK(outcome.status == Status::function_error);
  CHECK(outcome.error_type == "TypeError");
  CHECK(nlohmann::json::parse(outcome.payload)["errorMessage"] == "no");
  CHECK(shop.invoke().error_type == "Error");
  CHECK(shop.invoke(R"({"method": "GET", "path": "/"})").error_type == "TypeError");
}

TEST_CASE("a Python function of Google answers a request", "[invoke][google]") {
  Workshop shop;
  google(shop, "python313", "hello", "http");
  shop.write(
      "main.py",
      "def hello(request):\n  print('hi')\n"
      "  return {'q': request.args.get('name'), 'b': request.get_json()}, 201, {'X-A': '1'}");
  const Outcome outcome = shop.invoke(kRequest);
  REQUIRE(outcome.http.has_value());
  CHECK(outcome.http->status == 201);
  CHECK(nlohmann::json::parse(outcome.payload) ==
        nlohmann::json::parse(R"({"q": "Ada", "b": {"x": 1}})"));
}

TEST_CASE("a Python function of Google gets events", "[invoke][google]") {
  Workshop shop;
  google(shop, "python313", "on_file", "cloudevent");
  shop.write("main.py",
             "import functions_framework\n@functions_framework.cloud_event\n"
             "def on_file(event):\n  print(event['subject'], event.data['bucket'])\n"
             "  if event.data['size'] == '0': raise ValueError('empty')");
  CHECK(logged(shop.invoke(storage_event()), "objects/photos/happy face.jpg my-bucket"));
}

TEST_CASE("a target that is not there fails the start and is told", "[invoke][google]") {
  for (const char* runtime : {"nodejs22", "python313"}) {
    Workshop shop;
    google(shop, runtime, "none", "http");
    shop.write("index.js", "exports.hello = () => {};");
    shop.write("main.py", "def hello(request): pass");
    const Outcome outcome = shop.invoke();
    CHECK(outcome.status == Status::init_error);
    CHECK(logged(outcome, "which has hello"));
    CHECK(outcome.hint.find("--handler") != std::string::npos);
  }
}

TEST_CASE("a function of Google that never answers is ended", "[invoke][google]") {
  Workshop shop;
  google(shop, "nodejs22", "slow", "http");
  shop.function.timeout_ms = 300;
  shop.write("index.js", "exports.slow = () => {};");
  CHECK(shop.invoke().status == Status::timeout);
}

TEST_CASE("a function of Google that exits has crashed", "[invoke][google]") {
  Workshop shop;
  google(shop, "nodejs22", "gone", "http");
  shop.write("index.js", "exports.gone = () => process.exit(3);");
  const Outcome outcome = shop.invoke();
  CHECK(outcome.status == Status::crash);
  CHECK(outcome.payload.find("exit status 3") != std::string::npos);
}

TEST_CASE("a function of Google that takes too much memory is ended", "[invoke][google]") {
  Workshop shop;
  google(shop, "nodejs22", "big", "http");
  shop.write(
      "index.js",
      "exports.big = () => { const all = []; for (;;) all.push(Buffer.alloc(1 << 24, 1)); };");
  CHECK(shop.invoke().status == Status::out_of_memory);
}

}  // namespace meshfn::invoke
