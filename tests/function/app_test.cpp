// Projects that are found by what clouds other than AWS leave in a folder, and serverless.yml.

#include "catch.h"
#include "function/project.h"

namespace meshfn::function {

namespace {

Result<Project> find(std::map<std::string, std::string> files, Wanted wanted = {}) {
  return find_project(MemoryFiles(std::move(files)), wanted);
}

Function only(std::map<std::string, std::string> files, Wanted wanted = {}) {
  const auto project = find(std::move(files), std::move(wanted));
  REQUIRE(project.has_value());
  REQUIRE(project->functions.size() == 1);
  return project->functions.front();
}

}  // namespace

TEST_CASE("Google functions are those that the code registers", "[function][google]") {
  const auto project =
      find({{"package.json", R"({"dependencies": {"@google-cloud/functions-framework": "^5"}})"},
            {"index.js",
             "const functions = require('@google-cloud/functions-framework');\n"
             "functions.http('hello', (req, res) => res.send('x'));\n"
             "functions.cloudEvent(\"onFile\", (event) => {});\n"}});
  REQUIRE(project.has_value());
  REQUIRE(project->functions.size() == 2);
  CHECK(project->functions[0].name == "hello");
  CHECK(project->functions[0].signature == "http");
  CHECK(project->functions[1].signature == "cloudevent");
  CHECK(project->functions[0].runtime->platform == &kGoogleFunctions);
}

TEST_CASE("Google's Python and Go are found by their requirements", "[function][google]") {
  const Function python = only({{"requirements.txt", "functions-framework==3.*\n"},
                                {"main.py",
                                 "import functions_framework\n\n@functions_framework.cloud_event\n"
                                 "def on_file(event):\n  pass\n"}});
  CHECK(python.handler == "on_file");
  CHECK(python.signature == "cloudevent");
  const Function go = only(
      {{"go.mod", "module a\nrequire github.com/GoogleCloudPlatform/functions-framework-go v1\n"},
       {"f.go", "package a\nfunc init() { functions.HTTP(\"Hello\", hello) }\n"}});
  CHECK(go.handler == "Hello");
  CHECK(go.runtime->language == Language::go);
}

TEST_CASE("Google's Java is found by its pom.xml and its class", "[function][google]") {
  const std::string pom = "<artifactId>functions-framework-api</artifactId>";
  const std::string source = "package com.example;\n\npublic class Hello implements HttpFunction {";
  const std::vector<std::pair<std::string, std::string>> files = {
      {"pom.xml", pom},
      {"src/main/java/com/example/Hello.java", source},
      {"src/test/java/com/example/HelloTest.java", "class HelloTest {}"}};
  const Function java = only({files[0], files[1], files[2]});
  CHECK(java.handler == "com.example.Hello");
  CHECK(java.signature == "http");
  CHECK(java.runtime->name == "java25-gcp");
  // AWS names its runtimes for Java as Google does.
  Wanted wanted;
  wanted.cloud = "gcp";
  wanted.runtime = "java21";
  CHECK(only({files[0], files[1]}, wanted).runtime->name == "java21-gcp");
  const Function event =
      only({{"pom.xml", pom},
            {"src/main/java/A.java",
             "class A implements com.google.cloud.functions.CloudEventsFunction {"}});
  CHECK(event.handler == "A");
  CHECK(event.signature == "cloudevent");
}

TEST_CASE("a script of package.json names Google's target", "[function][google]") {
  const Function function =
      only({{"package.json",
             R"({"scripts": {"start": "functions-framework --target=run --signature-type=event"},
                 "devDependencies": {"@google-cloud/functions-framework": "^5"}})"},
            {"index.js", "exports.run = () => {};\n"}});
  CHECK(function.handler == "run");
  CHECK(function.signature == "event");
}

TEST_CASE("a cloud that was asked for needs no dependency", "[function][google]") {
  Wanted wanted;
  wanted.cloud = "gcp";
  wanted.handler = "hello";
  wanted.signature = "event";
  const Function function = only({{"main.py", "def hello(data, context): pass\n"}}, wanted);
  CHECK(function.runtime->platform == &kGoogleFunctions);
  CHECK(function.signature == "event");
}

TEST_CASE("an Azure app is found by host.json", "[function][azure]") {
  const Function app = only(
      {{"host.json", R"({"version": "2.0", "functionTimeout": "00:01:30"})"},
       {"local.settings.json",
        R"({"IsEncrypted": false, "Values": {"FUNCTIONS_WORKER_RUNTIME": "node", "A": "b"}})"}});
  CHECK(app.runtime->platform == &kAzureFunctions);
  CHECK(app.runtime->language == Language::node);
  CHECK(app.part_of_app);
  CHECK(app.timeout_ms == 90'000);
  CHECK(app.environment.at("A") == "b");
  CHECK(only({{"host.json", R"({"customHandler": {}})"}}).runtime->name == "custom");
  CHECK(only({{"host.json", "{}"}, {"function_app.py", ""}}).runtime->language == Language::python);
}

TEST_CASE("an Azure app that cannot be read says why", "[function][azure]") {
  CHECK(!find({{"host.json", "{"}}).has_value());
  CHECK(!find({{"host.json", "{}"}}).has_value());
  const auto encrypted =
      find({{"host.json", "{}"},
            {"local.settings.json", R"({"IsEncrypted": true, "Values": {"A": "x"}})"}});
  CHECK(encrypted.error().message.find("encrypted") != std::string::npos);
}

TEST_CASE("serverless.yml gives functions with its variables", "[function][serverless]") {
  Wanted wanted;
  wanted.environment = {{"TABLE", "orders"}};
  const auto project = find({{"serverless.yml", R"(service: shop
custom:
  tables: {dev: dev-table, prod: prod-table}
provider:
  name: aws
  runtime: nodejs20.x
  memorySize: 256
  environment:
    STAGE: ${opt:stage, 'dev'}
    TABLE: ${self:custom.tables.${sls:stage}}
    FROM_ENV: ${env:TABLE}
    FROM_FILE: ${file(other.yml):a.b}
    FALLBACK: ${env:NOT_SET, 'none'}
    STACK: ${cf:other.Output}
functions:
  hello:
    handler: src/app.hello
    timeout: 10
    environment: {OWN: "1"}
  py:
    handler: app.main
    runtime: python3.13
    name: own-name
)"},
                             {"other.yml", "a: {b: from file}\n"}},
                            wanted);
  REQUIRE(project.has_value());
  REQUIRE(project->functions.size() == 2);
  const Function& hello = project->functions[0];
  CHECK(hello.function_name == "shop-dev-hello");
  CHECK(hello.timeout_ms == 10'000);
  CHECK(hello.memory_mb == 256);
  CHECK(hello.environment == std::map<std::string, std::string>{{"STAGE", "dev"},
                                                                {"TABLE", "dev-table"},
                                                                {"FROM_ENV", "orders"},
                                                                {"FROM_FILE", "from file"},
                                                                {"FALLBACK", "none"},
                                                                {"OWN", "1"}});
  CHECK(project->functions[1].function_name == "own-name");
  CHECK(project->functions[1].runtime->name == "python3.13");
  REQUIRE(!project->notes.empty());
  CHECK(project->notes.front().find("${cf:other.Output}") != std::string::npos);
}

TEST_CASE("a stage chooses among serverless variables", "[function][serverless]") {
  Wanted wanted;
  wanted.stage = "prod";
  const Function function = only({{"serverless.yml", R"(service: s
provider: {name: aws, runtime: python3.13}
custom: {size: {dev: 1, prod: 2}}
functions: {a: {handler: a.b, environment: {SIZE: "${self:custom.size.${opt:stage}}"}}}
)"}},
                                 wanted);
  CHECK(function.environment.at("SIZE") == "2");
}

TEST_CASE("serverless variables that name themselves end", "[function][serverless]") {
  const auto project = find({{"serverless.yml", R"(service: s
custom: {a: "${self:custom.b}", b: "${self:custom.a}"}
provider: {name: aws, runtime: python3.13}
functions: {a: {handler: a.b, environment: {X: "${self:custom.a}"}}}
)"}});
  REQUIRE(project.has_value());
  CHECK(project->functions.front().environment.empty());
}

}  // namespace meshfn::function
