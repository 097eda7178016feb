#include "catch.h"
#include "function/project.h"

namespace meshfn::function {

namespace {

/// The function of the folder `p` with these files.
Result<Function> found(const std::vector<std::pair<std::string, std::string>>& entries) {
  MemoryFiles files;
  for (const auto& [path, text] : entries) REQUIRE(files.write("p/" + path, text, false));
  Wanted wanted;
  wanted.directory = "p";
  return read_folder(files, wanted);
}

constexpr const char* kCargo = R"([package]
name = "hello"
version = "0.1.0"

[[bin]]
name = "bootstrap"
)";

}  // namespace

TEST_CASE("a Rust function is found by Cargo.toml", "[function]") {
  const auto lambda = found({{"Cargo.toml", kCargo}, {"target/lambda/hello/bootstrap", ""}});
  REQUIRE(lambda.has_value());
  CHECK(lambda->name == "hello");
  CHECK(lambda->runtime->name == "provided.al2023");
  CHECK(lambda->code == "p/target/lambda/hello");
  const auto cargo = found({{"Cargo.toml", kCargo}, {"target/release/bootstrap", ""}});
  REQUIRE(cargo.has_value());
  CHECK(cargo->code == "p/target/release");
  const auto unbuilt = found({{"Cargo.toml", kCargo}});
  REQUIRE_FALSE(unbuilt.has_value());
  CHECK(unbuilt.error().message == "`p/Cargo.toml` has no `bootstrap` for Lambda yet");
  CHECK(unbuilt.error().hint.starts_with("build it: cargo lambda build --release"));
}

TEST_CASE("a Go function that is not built says how to", "[function]") {
  const std::string module = "module x\n\nrequire github.com/aws/aws-lambda-go v1.50.0\n";
  const auto unbuilt = found({{"go.mod", module}});
  REQUIRE_FALSE(unbuilt.has_value());
  CHECK(unbuilt.error().hint.starts_with("build it: CGO_ENABLED=0 go build"));
  CHECK(found({{"go.mod", module}, {"bootstrap", ""}}).has_value());
}

TEST_CASE("a Java function is found by pom.xml and its class", "[function]") {
  const std::string handler =
      "package com.example;\n\npublic class Hello implements RequestHandler<String, String> {\n"
      "  @Override\n  public String handleRequest(String event, Context context) {";
  const auto java = found({{"pom.xml", "<project/>"},
                           {"src/main/java/com/example/Hello.java", handler},
                           {"src/main/java/com/example/Other.java", "package com.example;"}});
  REQUIRE(java.has_value());
  CHECK(java->handler == "com.example.Hello::handleRequest");
  CHECK(java->runtime->language == Language::java);
  CHECK(java->code == "p");
  const auto none = found({{"pom.xml", "<project/>"}, {"src/main/java/A.java", "class A {}"}});
  CHECK(none.error().message == "no class below `p/src/main/java` has a handleRequest");
  CHECK(none.error().hint == "name it: --handler PACKAGE.CLASS::METHOD");
  MemoryFiles files;
  REQUIRE(files.write("p/pom.xml", "<project/>", false));
  Wanted wanted;
  wanted.directory = "p";
  wanted.handler = "com.example.Hello::handle";
  CHECK(read_folder(files, wanted)->runtime->language == Language::java);
}

}  // namespace meshfn::function
