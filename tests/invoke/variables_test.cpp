#include "invoke/variables.h"

#include "catch.h"

namespace meshfn::invoke {

namespace {

function::Function make_function() {
  function::Function function;
  function.name = "Orders";
  function.function_name = "shop-orders";
  function.runtime = function::find_runtime("python3.12");
  function.handler = "app.handler";
  function.memory_mb = 512;
  function.environment = {{"STAGE", "dev"}, {"LOG", "info"}};
  return function;
}

Result<Variables> env_file(const std::string& text) {
  Variables variables;
  const Result<void> added = add_env_file(text, "vars", "Orders", variables);
  if (!added) return tl::unexpected(added.error());
  return variables;
}

}  // namespace

TEST_CASE("a function sees Lambda's variables, the template's and the user's", "[invoke]") {
  const function::Function function = make_function();
  const Variables user = {{"STAGE", "test"}};
  const Variables host = {{"PATH", "/bin"}, {"SECRET", "x"}, {"AWS_ACCESS_KEY_ID", "mine"}};
  const Variables all =
      function_variables({function, user, host, "eu-west-1", "127.0.0.1:9", "stream", "/code"});
  CHECK(all.at("_HANDLER") == "app.handler");
  CHECK(all.at("AWS_REGION") == "eu-west-1");
  CHECK(all.at("AWS_DEFAULT_REGION") == "eu-west-1");
  CHECK(all.at("AWS_EXECUTION_ENV") == "AWS_Lambda_python3.12");
  CHECK(all.at("AWS_LAMBDA_FUNCTION_NAME") == "shop-orders");
  CHECK(all.at("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") == "512");
  CHECK(all.at("AWS_LAMBDA_LOG_GROUP_NAME") == "/aws/lambda/shop-orders");
  CHECK(all.at("AWS_LAMBDA_RUNTIME_API") == "127.0.0.1:9");
  CHECK(all.at("LAMBDA_TASK_ROOT") == "/code");
  CHECK(all.at("TZ") == ":UTC");
  CHECK(all.at("STAGE") == "test");
  CHECK(all.at("LOG") == "info");
  CHECK(all.at("PATH") == "/bin");
  CHECK(all.at("AWS_ACCESS_KEY_ID") == "mine");
  CHECK(all.at("AWS_SECRET_ACCESS_KEY") == "defaultsecret");
  CHECK_FALSE(all.contains("SECRET"));
}

TEST_CASE("custom runtimes have no execution environment", "[invoke]") {
  function::Function function = make_function();
  function.runtime = function::find_runtime("provided.al2023");
  CHECK_FALSE(
      function_variables({function, {}, {}, "r", "a", "s", "/c"}).contains("AWS_EXECUTION_ENV"));
}

TEST_CASE("reserved names are refused, credentials are not", "[invoke]") {
  CHECK(check_variables({{"AWS_REGION", "x"}}, "command line").error().kind == Failure::usage);
  CHECK(check_variables({{"_X", "x"}}, "template.yaml:3:3").error().message ==
        "the environment variable `_X` (template.yaml:3:3) is reserved by Lambda");
  CHECK(check_variables({{"AWS_ACCESS_KEY_ID", "x"}, {"STAGE", "x"}}, "").has_value());
}

TEST_CASE("a variable on the command line has a value or takes ours", "[invoke]") {
  Variables variables;
  CHECK(add_variable("A=b=c", {}, variables).has_value());
  CHECK(add_variable("HOME", {{"HOME", "/root"}}, variables).has_value());
  CHECK(variables == Variables{{"A", "b=c"}, {"HOME", "/root"}});
  CHECK(add_variable("NONE", {}, variables).error().message ==
        "the environment variable `NONE` is not set");
  CHECK(add_variable("=x", {}, variables).error().kind == Failure::usage);
}

TEST_CASE("an env file may be lines or JSON", "[invoke]") {
  CHECK(*env_file("# all\n\nexport A=1\nB = \"x\\ny\" \nC='# no'\nD=e # yes\nE=\r\n") ==
        Variables{{"A", "1"}, {"B", "x\ny"}, {"C", "# no"}, {"D", "e"}, {"E", ""}});
  CHECK(*env_file(R"({"A": "x", "N": 1, "B": true})") ==
        Variables{{"A", "x"}, {"B", "true"}, {"N", "1"}});
  CHECK(*env_file(R"({"Parameters": {"A": "x"}, "Orders": {"B": "y"}, "Other": {"C": "z"}})") ==
        Variables{{"A", "x"}, {"B", "y"}});
  CHECK(env_file("A=1\nnonsense\n").error().message ==
        "vars:2:1: `nonsense` is no environment variable");
  CHECK(env_file("{\"A\": }").error().message == "vars: not a JSON object of variables");
}

TEST_CASE("secrets are texts, or objects with keys", "[invoke][variables]") {
  Variables secrets;
  REQUIRE(add_secrets_file(R"({"db": {"user": "ada", "port": 1}, "key": "k1"})", "f", secrets));
  CHECK(secrets == Variables{{"db", R"({"port":1,"user":"ada"})"}, {"key", "k1"}});
  secrets.clear();
  REQUIRE(add_secrets_file("key='k 1'\n", "f", secrets));
  CHECK(secrets == Variables{{"key", "k 1"}});
  CHECK_FALSE(add_secrets_file("{\"key\": ", "f", secrets).has_value());
}

}  // namespace meshfn::invoke
