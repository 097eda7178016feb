#include "function/project.h"

#include "catch.h"

namespace meshfn::function {

namespace {

Result<Function> folder(std::map<std::string, std::string> files, Wanted wanted = {}) {
  wanted.directory = "fn";
  return read_folder(MemoryFiles(std::move(files)), wanted);
}

}  // namespace

TEST_CASE("a folder's handler is found by the usual names", "[function]") {
  CHECK(folder({{"fn/app.py", "def handler(event, context):\n"}})->handler == "app.handler");
  CHECK(folder({{"fn/lambda_function.py", "x = 1\ndef lambda_handler(e, c):\n"}})->handler ==
        "lambda_function.lambda_handler");
  CHECK(folder({{"fn/index.mjs", "export const handler = async () => 1;"}})->handler ==
        "index.handler");
  CHECK(folder({{"fn/src/handler.js", "exports.main = () => 1;"}})->handler == "src/handler.main");
  CHECK(folder({{"fn/index.js", "module.exports = { handler };"}})->handler == "index.handler");
  const Result<Function> custom = folder({{"fn/bootstrap", "#!/bin/sh\n"}});
  CHECK(custom->runtime->name == "provided.al2023");
  CHECK(custom->runtime_is_guess);
}

TEST_CASE("a folder without a function says what to give", "[function]") {
  CHECK(folder({{"fn/README.md", ""}}).error().message == "there is no function in `fn`");
  CHECK(folder({{"fn/app.py", "def other():\n"}}).error().message ==
        "`fn/app.py` exports no handler that goes by a usual name");
  CHECK(folder({{"x", ""}}).error().message == "cannot read `fn`: there is no such folder");
}

TEST_CASE("a handler on the command line decides the language by its file", "[function]") {
  Wanted wanted;
  wanted.handler = "src/api.main";
  CHECK(folder({{"fn/src/api.mjs", ""}}, wanted)->runtime->language == Language::node);
  CHECK(folder({{"fn/src/api.py", ""}}, wanted)->runtime->language == Language::python);
  CHECK(folder({{"fn/src/other.py", ""}}, wanted).error().message ==
        "no file in `fn` fits the handler `src/api.main`");
}

TEST_CASE("an unknown runtime is a usage error with a suggestion", "[function]") {
  Wanted wanted;
  wanted.runtime = "python3.133";
  const Result<Project> project = find_project(MemoryFiles(), wanted);
  CHECK(project.error().kind == Failure::usage);
  CHECK(project.error().hint == "did you mean `python3.13`?");
}

TEST_CASE("one of several functions is chosen by name", "[function]") {
  Project project{"template.yaml", {}, {}};
  for (const char* name : {"Orders", "Payments"}) {
    Function function;
    function.name = name;
    function.function_name = std::string("shop-") + name;
    project.functions.push_back(function);
  }
  CHECK(choose(project, "Orders")->name == "Orders");
  CHECK(choose(project, "shop-Payments")->name == "Payments");
  CHECK(choose(project, "").error().kind == Failure::usage);
  CHECK(choose(project, "").error().hint == "its functions are Orders, Payments");
  CHECK(choose(project, "Order").error().kind == Failure::input);
  CHECK(choose(project, "Order").error().hint == "did you mean `Orders`?");
}

}  // namespace meshfn::function
