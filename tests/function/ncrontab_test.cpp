#include "function/ncrontab.h"

#include "catch.h"
#include "function/event/moment.h"

namespace meshfn::function {

namespace {

std::string next(std::string_view schedule, std::string_view from) {
  const auto read = Schedule::parse(schedule);
  REQUIRE(read.has_value());
  const auto time = read->next(parse_moment(from)->ms / 1000);
  return time ? format_moment({*time * 1000}, "iso") : "never";
}

}  // namespace

TEST_CASE("a schedule of six fields begins with the second", "[function][ncrontab]") {
  CHECK(next("0 */5 * * * *", "2026-01-01T12:00:00Z") == "2026-01-01T12:05:00Z");
  CHECK(next("30 5 * * * *", "2026-01-01T12:05:30Z") == "2026-01-01T13:05:30Z");
  CHECK(next("*/7 * * * * *", "2026-01-01T12:00:56Z") == "2026-01-01T12:01:00Z");
  CHECK(next("0 0 0 1 1 *", "2026-01-01T00:00:00Z") == "2027-01-01T00:00:00Z");
}

TEST_CASE("a schedule of five fields begins with the minute", "[function][ncrontab]") {
  CHECK(next("* * * * *", "2003-01-01T00:00:00Z") == "2003-01-01T00:01:00Z");
  CHECK(next("2/5 * * * *", "2003-01-01T00:02:00Z") == "2003-01-01T00:07:00Z");
  CHECK(next("1-3,5 * * * *", "2003-01-01T00:03:00Z") == "2003-01-01T00:05:00Z");
}

TEST_CASE("day of month and weekday both have to fit", "[function][ncrontab]") {
  CHECK(next("45 16 1 * Mon", "2003-01-01T00:00:00Z") == "2003-09-01T16:45:00Z");
  CHECK(next("0 12 29 2 *", "2025-03-01T00:00:00Z") == "2028-02-29T12:00:00Z");
  CHECK(next("0 12 31 2 *", "2025-03-01T00:00:00Z") == "never");
}

TEST_CASE("names may be cut short", "[function][ncrontab]") {
  CHECK(next("0 0 1 Augu *", "2026-01-01T00:00:00Z") == "2026-08-01T00:00:00Z");
  CHECK(next("0 0 * * s", "2026-01-01T00:00:00Z") == "2026-01-04T00:00:00Z");
  CHECK(next("0 9 * * Mon-Fri", "2026-01-02T10:00:00Z") == "2026-01-05T09:00:00Z");
}

TEST_CASE("a time span is counted from the last time", "[function][ncrontab]") {
  CHECK(next("00:05:00", "2026-01-01T00:00:01Z") == "2026-01-01T00:05:01Z");
  CHECK(next("1.00:00:00", "2026-01-01T00:00:00Z") == "2026-01-02T00:00:00Z");
}

TEST_CASE("what no schedule holds is refused", "[function][ncrontab]") {
  for (const char* bad : {"* * * *", "* * * * * * *", "60 * * * *", "* * * * 7", "* 24 * * *",
                          "* * 0 * *", "* * L * *", "@daily", "*/0 * * * *", "x * * * *",
                          "00:61:00", "00:00:00", "", "1-,2 * * * *"}) {
    CHECK(!Schedule::parse(bad).has_value());
  }
  CHECK(Schedule::parse("* 24 * * *").error().message == "`24` is no hour of a schedule");
}

}  // namespace meshfn::function
