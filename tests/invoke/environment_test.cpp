#include "invoke/environment.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "invoke/workshop.h"

namespace meshfn::invoke {

namespace {

nlohmann::json json(const std::string& text) { return nlohmann::json::parse(text); }

}  // namespace

TEST_CASE("a Python function gets the event and a context", "[invoke]") {
  Workshop shop;
  shop.python(R"(
import os
def handler(event, context):
    return {"event": event, "id": context.aws_request_id, "name": context.function_name,
            "memory": context.memory_limit_in_mb, "arn": context.invoked_function_arn,
            "left": context.get_remaining_time_in_millis(), "group": context.log_group_name,
            "version": context.function_version, "trace": os.environ["_X_AMZN_TRACE_ID"][:7],
            "client": context.client_context.custom["a"],
            "identity": context.identity.cognito_identity_id, "tenant": context.tenant_id}
)");
  Call call;
  call.event = R"({"text": "ünïcode"})";
  call.client_context = R"({"custom": {"a": 1}})";
  call.cognito_identity = R"({"cognitoIdentityId": "me", "cognitoIdentityPoolId": "pool"})";
  call.tenant_id = "t1";
  const Outcome outcome = shop.invoke(call);
  CHECK(outcome.status == Status::ok);
  const auto response = json(outcome.payload);
  CHECK(response["event"]["text"] == "ünïcode");
  CHECK(response["id"] == outcome.request_id);
  CHECK(response["name"] == "hello");
  CHECK(response["memory"] == "256");
  CHECK(response["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:hello");
  CHECK(response["left"] > 15'000);
  CHECK(response["group"] == "/aws/lambda/hello");
  CHECK(response["version"] == "$LATEST");
  CHECK(response["trace"] == "Root=1-");
  CHECK(response["client"] == 1);
  CHECK(response["identity"] == "me");
  CHECK(response["tenant"] == "t1");
}

TEST_CASE("a Node function gets the event and a context", "[invoke]") {
  Workshop shop;
  shop.node(R"(
exports.handler = async (event, context) => ({event, id: context.awsRequestId,
  name: context.functionName, memory: context.memoryLimitInMB, arn: context.invokedFunctionArn,
  left: context.getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID.slice(0, 7),
  client: context.clientContext.custom.a, identity: context.identity.cognitoIdentityId,
  tenant: context.tenantId});
)");
  Call call;
  call.event = R"({"text": "ünïcode"})";
  call.client_context = R"({"custom": {"a": 1}})";
  call.cognito_identity = R"({"cognitoIdentityId": "me", "cognitoIdentityPoolId": "pool"})";
  call.tenant_id = "t1";
  const Outcome outcome = shop.invoke(call);
  CHECK(outcome.status == Status::ok);
  const auto response = json(outcome.payload);
  CHECK(response["event"]["text"] == "ünïcode");
  CHECK(response["id"] == outcome.request_id);
  CHECK(response["memory"] == "256");
  CHECK(response["left"] > 15'000);
  CHECK(response["trace"] == "Root=1-");
  CHECK(response["client"] == 1);
  CHECK(response["identity"] == "me");
  CHECK(response["tenant"] == "t1");
}

TEST_CASE("Node handlers may be modules, nested, or call back", "[invoke]") {
  const auto run = [](const std::string& file, const std::string& text,
                      const std::string& handler) {
    Workshop shop;
    shop.function.runtime = function::find_runtime("nodejs20.x");
    shop.function.handler = handler;
    return shop.write(file, text).invoke().payload;
  };
  CHECK(run("index.mjs", "export const handler = async () => 'esm';", "index.handler") ==
        "\"esm\"");
  CHECK(run("index.cjs", "exports.a = {b: async () => 'nested'};", "index.a.b") == "\"nested\"");
  CHECK(run("index.js", "exports.handler = (e, c, done) => setTimeout(done, 5, null, 'later');",
            "index.handler") == "\"later\"");
  CHECK(run("index.js", "exports.handler = (e, c, done) => { setTimeout(() => {}, 5); };",
            "index.handler") == "null");
  CHECK(run("index.js",
            "let n = 0; exports.handler = (e, c, done) => {"
            " setTimeout(() => { n = 1; }, 30); done(null, {get n() { return n; }}); };",
            "index.handler") == "{\"n\":1}");
  CHECK(run("index.js",
            "exports.handler = (e, c, done) => { c.callbackWaitsForEmptyEventLoop = false;"
            " setInterval(() => {}, 1000); done(null, 'at once'); };",
            "index.handler") == "\"at once\"");
  Workshop shop;
  shop.write("package.json", R"({"type": "module"})");
  shop.node("export const handler = async () => 'by package';");
  CHECK(shop.invoke().payload == "\"by package\"");
}

TEST_CASE("an environment stays warm, and a function's error does not end it", "[invoke]") {
  Workshop shop;
  shop.python(R"(
n = 0
def handler(event, context):
    global n
    n += 1
    if n == 2: raise ValueError("second")
    return n
)");
  const Outcome first = shop.invoke();
  CHECK(first.payload == "1");
  CHECK(first.init_ms.has_value());
  CHECK(shop.invoke().status == Status::function_error);
  const Outcome third = shop.invoke();
  CHECK(third.payload == "3");
  CHECK_FALSE(third.init_ms.has_value());
}

TEST_CASE("a crashed environment starts anew within the next invocation", "[invoke]") {
  Workshop shop;
  shop.python(R"(
import os
def handler(event, context):
    if event.get("die"): os._exit(3)
    return os.getpid()
)");
  const std::string first = shop.invoke().payload;
  CHECK(shop.invoke(R"({"die": true})").status == Status::crash);
  const Outcome again = shop.invoke();
  CHECK(again.status == Status::ok);
  CHECK(again.payload != first);
  CHECK_FALSE(again.init_ms.has_value());
}

TEST_CASE("the platform's lines frame what the function prints", "[invoke]") {
  Workshop shop;
  shop.python("print('loading', end='')\ndef handler(e, c): print('hi')\n");
  const Outcome outcome = shop.invoke();
  const std::string expected = fmt::format(
      "loading\nSTART RequestId: {0} Version: $LATEST\nhi\nEND RequestId: {0}\n"
      "REPORT RequestId: {0}\tDuration: ",
      outcome.request_id);
  CHECK(shop.log.starts_with(expected));
  CHECK(outcome.logs == std::vector<std::string>{"loadinghi"});
}

TEST_CASE("logging has Lambda's form in Python", "[invoke]") {
  Workshop py;
  py.python("import logging\ndef handler(e, c): logging.getLogger('x').warning('careful')\n");
  const Outcome outcome = py.invoke();
  REQUIRE(outcome.logs.size() == 1);
  CHECK(outcome.logs[0].starts_with("[WARNING]\t2"));
  CHECK(outcome.logs[0].ends_with("Z\t" + outcome.request_id + "\tcareful"));
}

TEST_CASE("logging has Lambda's form in Node", "[invoke]") {
  Workshop js;
  js.node("exports.handler = async () => { console.error('no %d', 1); };");
  const Outcome other = js.invoke();
  REQUIRE(other.logs.size() == 1);
  CHECK(other.logs[0].ends_with("Z\t" + other.request_id + "\tERROR\tno 1"));
}

TEST_CASE("any executable can be a runtime", "[invoke]") {
  Workshop shop;
  shop.bootstrap(R"(#!/usr/bin/env python3
import http.client, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
base = "/2018-06-01/runtime/invocation/"
while True:
    api.request("GET", base + "next")
    event = api.getresponse()
    body = event.read()
    id = event.headers["Lambda-Runtime-Aws-Request-Id"]
    api.request("POST", base + id + "/response", iter([b"not ", b"json ", body]))
    assert api.getresponse().read() == b'{"status":"OK"}\n'
)");
  CHECK(shop.invoke("1").payload == "not json 1");
  CHECK(shop.invoke("2").payload == "not json 2");
}

TEST_CASE("peak memory is that of the process", "[invoke]") {
  Workshop shop;
  shop.python("def handler(e, c):\n  x = b'x' * (100 << 20)\n  return len(x)\n");
  const Outcome outcome = shop.invoke();
  CHECK(outcome.max_memory_mb > 100);
  CHECK(outcome.max_memory_mb < 140);
}

TEST_CASE("Python values are written as AWS's client writes them", "[invoke]") {
  Workshop shop;
  shop.python(R"(
import decimal
def handler(e, c):
    if e == "bytes": return b"raw \x01"
    return [float("nan"), (1, 2), decimal.Decimal("1.10"), {"d": decimal.Decimal("-2E+3")}]
)");
  CHECK(shop.invoke().payload == "[NaN, [1, 2], 1.10, {\"d\": -2E+3}]");
  CHECK(shop.invoke("\"bytes\"").payload == "raw \x01");
}

}  // namespace meshfn::invoke
