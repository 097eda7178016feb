#include "base/units.h"

#include "catch.h"

namespace meshfn {

using namespace std::chrono_literals;

TEST_CASE("durations are Go's", "[base]") {
  CHECK(parse_duration("300ms") == 300ms);
  CHECK(parse_duration("1h15m30.5s") == 1h + 15min + 30s + 500ms);
  CHECK(parse_duration("-2s") == -2s);
  CHECK(parse_duration("0") == 0s);
  CHECK(parse_duration("1.5us") == 1500ns);
  CHECK_FALSE(parse_duration("10"));
  CHECK_FALSE(parse_duration("ten seconds"));
  CHECK_FALSE(parse_duration(""));
  CHECK_FALSE(parse_duration("1e3s"));
  CHECK_FALSE(parse_duration("99999999h"));
}

TEST_CASE("durations are written as they are read", "[base]") {
  CHECK(format_duration(0ns) == "0s");
  CHECK(format_duration(1500ms) == "1.5s");
  CHECK(format_duration(90min) == "1h30m");
  CHECK(format_duration(250us) == "250us");
  CHECK(format_duration(-5ms) == "-5ms");
  for (const auto value : {1ns, 999ns, 1234567ns, std::chrono::nanoseconds(3723s + 4ms)}) {
    CHECK(parse_duration(format_duration(value)) == value);
  }
}

TEST_CASE("percentages, sizes and rates need their unit", "[base]") {
  CHECK(parse_percent("12.5%") == 0.125);
  CHECK_FALSE(parse_percent("12.5"));
  CHECK(parse_size("512MB") == 512ULL << 20U);
  CHECK(parse_size("2Gi") == 2ULL << 30U);
  CHECK(parse_size("64") == 64);
  CHECK_FALSE(parse_size("big"));
  CHECK(parse_rate("800/s") == 800);
  CHECK(parse_rate("30/m") == 0.5);
  CHECK_FALSE(parse_rate("800"));
}

}  // namespace meshfn
