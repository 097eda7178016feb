#include "schema/format.h"

#include <re2/re2.h>

#include "base/random.h"
#include "catch.h"
#include "schema/pattern.h"

namespace meshfn::schema {

TEST_CASE("formats of durations", "[schema]") {
  CHECK(has_format("1h2m3.5s", Format::duration));
  CHECK(has_format("3 days", Format::duration));
  CHECK_FALSE(has_format("3", Format::duration));
  CHECK(has_format("1ms", Format::mesh_duration));
  CHECK_FALSE(has_format("999us", Format::mesh_duration));
  CHECK_FALSE(has_format("3 days", Format::mesh_duration));
}

TEST_CASE("quantities compare by value", "[schema]") {
  CHECK(parse_quantity("1000m") == parse_quantity("1"));
  CHECK(parse_quantity("1Ki") == parse_quantity("1024"));
  CHECK(parse_quantity("1e3") == parse_quantity("1k"));
  CHECK(parse_quantity("0.1") == parse_quantity("100m"));
  CHECK(parse_quantity("-1.5")->units == -1);
  CHECK(parse_quantity("-1.5")->nanos == -500'000'000);
  CHECK(parse_quantity("16Ei")->units == INT64_MAX);
  for (const char* bad : {"", "m", "1.2.3", "1KB", "1 Gi", "e3", "."}) {
    INFO(bad);
    CHECK_FALSE(parse_quantity(bad).has_value());
  }
}

TEST_CASE("addresses and ranges", "[schema]") {
  CHECK(to_string(*parse_ip("2001:db8:0:0:1:0:0:1")) == "2001:db8::1:0:0:1");
  CHECK(to_string(*parse_ip("::")) == "::");
  CHECK(to_string(*parse_ip("1::")) == "1::");
  CHECK(to_string(*parse_ip("::1")) == "::1");
  CHECK(to_string(*parse_ip("1.2.3.4")) == "1.2.3.4");
  CHECK(to_string(*parse_ip("1:0:3:4:5:6:7:8")) == "1:0:3:4:5:6:7:8");
  for (const char* bad : {"", "1.2.3", "1.2.3.256", "01.2.3.4", "1:2", ":::", "1::2::3",
                          "g::", "1:2:3:4:5:6:7:8:9", "::1%eth0"}) {
    INFO(bad);
    CHECK_FALSE(parse_ip(bad).has_value());
  }
  CHECK(parse_cidr("10.0.0.0/8")->bits == 8);
  for (const char* bad : {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "::/129", "x/8"}) {
    INFO(bad);
    CHECK_FALSE(parse_cidr(bad).has_value());
  }
}

TEST_CASE("times are RFC 3339", "[schema]") {
  CHECK(parse_time("1970-01-01T00:00:01Z")->seconds == 1);
  CHECK(parse_time("1970-01-01T01:00:00+01:00")->seconds == 0);
  CHECK(parse_time("2000-02-29T00:00:00.25Z")->nanos == 250'000'000);
  for (const char* bad : {"2001-02-29T00:00:00Z", "2001-01-01", "2001-01-01T24:00:00Z",
                          "2001-01-01T00:00:00", "2001-1-1T00:00:00Z", ""}) {
    INFO(bad);
    CHECK_FALSE(parse_time(bad).has_value());
  }
}

TEST_CASE("patterns matched by hand agree with RE2 on random text", "[schema]") {
  const std::vector<std::string> expressions = {
      R"(^[a-z0-9]([-a-z0-9]*[a-z0-9])?$)",
      R"(^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)",
      R"(^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)",
      R"(^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)",
      R"(^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$)",
      R"(^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$)",
      R"(^[!-~]+([\t ]?[!-~]+)*$)",
      R"(^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$)",
      R"(^([0-9]{1,5}(h|m|s|ms)){1,4}$)",
      R"(^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$)"};
  constexpr std::string_view kAlphabet = "ab1A-._*/ \tms0h9~\n";
  Random random(7);
  for (const std::string& expression : expressions) {
    INFO(expression);
    const Pattern pattern(expression);
    const RE2 regex(expression);
    REQUIRE(regex.ok());
    int different = 0;
    for (int i = 0; i < 20'000; ++i) {
      std::string text;
      for (std::uint32_t n = random.below(9); n > 0; --n)
        text += kAlphabet[random.below(kAlphabet.size())];
      different += pattern.matches(text) != RE2::PartialMatch(text, regex) ? 1 : 0;
    }
    CHECK(different == 0);
    CHECK(pattern.matches(std::string(64, 'a')) == RE2::PartialMatch(std::string(64, 'a'), regex));
  }
}

}  // namespace meshfn::schema
