#include "function/runtime.h"

#include <set>

#include "catch.h"

namespace meshfn::function {

TEST_CASE("every runtime has a name of its own and a platform", "[function]") {
  std::set<std::string_view> names;
  for (const Platform* platform : platforms()) {
    for (const Runtime& runtime : platform->runtimes()) {
      CHECK(names.insert(runtime.name).second);
      CHECK(runtime.platform == platform);
      CHECK((runtime.deprecated.empty() || runtime.deprecated.size() == 10));
      CHECK(find_runtime(runtime.name) == &runtime);
    }
  }
  CHECK(names.size() == runtime_names().size());
}

TEST_CASE("the newest runtime of a language comes first", "[function]") {
  CHECK(newest_runtime(kAwsLambda, Language::python)->name == "python3.14");
  CHECK(newest_runtime(kAwsLambda, Language::executable)->name == "provided.al2023");
  CHECK(newest_runtime(kAzureFunctions, Language::node)->name == "node-24");
  CHECK(newest_runtime(kGoogleFunctions, Language::go)->name == "go125");
  CHECK(find_runtime("cobol") == nullptr);
}

TEST_CASE("the exact version of an interpreter is preferred", "[function]") {
  CHECK(programs(*find_runtime("python3.12")).front() == "python3.12");
  CHECK(programs(*find_runtime("provided.al2023")).empty());
}

}  // namespace meshfn::function
