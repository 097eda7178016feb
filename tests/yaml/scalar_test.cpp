#include "yaml/scalar.h"

#include <string>
#include <tuple>

#include "catch.h"

namespace meshfn::yaml {

TEST_CASE("Kubernetes and YAML 1.2 read plain scalars each in their way", "[yaml]") {
  using enum ScalarType;
  const auto [text, kubernetes, core] = GENERATE(table<std::string, ScalarType, ScalarType>({
      {"", null, null},
      {"~", null, null},
      {"Null", null, null},
      {"nULL", string, string},
      {"true", boolean, boolean},
      {"yes", boolean, string},
      {"NO", boolean, string},
      {"On", boolean, string},
      {"y", boolean, string},
      {"nO", string, string},
      {"12", integer, integer},
      {"-0", integer, integer},
      {"+7", integer, integer},
      {"012", integer, integer},
      {"089", floating, integer},
      {"0o14", integer, integer},
      {"0x1F", integer, integer},
      {"0b101", integer, string},
      {"1_000", integer, string},
      {"1.10", floating, floating},
      {"1e3", floating, floating},
      {".5", floating, floating},
      {"5.", floating, floating},
      {".inf", floating, floating},
      {"-.INF", floating, floating},
      {".NaN", floating, floating},
      {"1.2.3", string, string},
      {"12:30", string, string},
      {"2001-12-14", timestamp, string},
      {"2001-12-14T21:59:43Z", timestamp, string},
      {"2001-1", string, string},
      {"-", string, string},
      {"1.2-beta", string, string},
      {"v1", string, string},
  }));
  CAPTURE(text);
  CHECK(kubernetes_type(text) == kubernetes);
  CHECK(core_type(text) == core);
}

TEST_CASE("integers are read in every base that Go knows", "[yaml]") {
  CHECK(to_int("012") == 10);
  CHECK(to_int("0x1F") == 31);
  CHECK(to_int("0b101") == 5);
  CHECK(to_int("-0o17") == -15);
  CHECK(to_int("1_000") == 1000);
  CHECK(to_int("9223372036854775807") == INT64_MAX);
  CHECK(to_int("-9223372036854775808") == INT64_MIN);
  CHECK_FALSE(to_int("9223372036854775808"));
  CHECK_FALSE(to_int("1.0"));
  CHECK_FALSE(to_int("x"));
}

TEST_CASE("numbers include integers and decimals", "[yaml]") {
  CHECK(to_double("1e3") == 1000.0);
  CHECK(to_double("+2.5") == 2.5);
  CHECK(to_double("7") == 7.0);
  CHECK_FALSE(to_double("seven"));
}

}  // namespace meshfn::yaml
