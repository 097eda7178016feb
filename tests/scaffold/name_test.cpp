#include "scaffold/name.h"

#include <string>

#include "catch.h"

namespace meshfn::scaffold {

TEST_CASE("a name that suits every platform is taken", "[scaffold]") {
  for (const char* name : {"hello", "order-created", "a", "v2", "s3-to-sqs"}) {
    INFO(name);
    CHECK(check_name(name).has_value());
  }
  CHECK(check_name(std::string(kLongestName, 'a')).has_value());
}

TEST_CASE("a name that some platform refuses is refused with its reason", "[scaffold]") {
  const std::pair<const char*, const char*> names[] = {
      {"", "`` cannot be a name: it is empty"},
      {"Hello", "`Hello` cannot be a name: only small letters, digits and `-` suit all platforms"},
      {"a_b", "`a_b` cannot be a name: only small letters, digits and `-` suit all platforms"},
      {"2fast", "`2fast` cannot be a name: it does not begin with a letter"},
      {"-a", "`-a` cannot be a name: it does not begin with a letter"},
      {"a-", "`a-` cannot be a name: it ends in `-`"},
      {"a--b", "`a--b` cannot be a name: it has two dashes in a row"},
      {"import", "`import` cannot be a name: it is a word of a programming language"},
  };
  for (const auto& [name, message] : names) CHECK(check_name(name).error().message == message);
  CHECK_FALSE(check_name(std::string(kLongestName + 1, 'a')).has_value());
}

TEST_CASE("a refused name comes with one that would do", "[scaffold]") {
  CHECK(check_name("OrderCreated").error().hint == "`order-created` would do");
  CHECK(check_name("2fast").error().hint == "`fast` would do");
  CHECK(check_name("import").error().hint == "names look like `order-created`");
}

}  // namespace meshfn::scaffold
