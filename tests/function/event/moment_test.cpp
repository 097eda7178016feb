#include "function/event/moment.h"

#include "catch.h"

namespace meshfn::function {

TEST_CASE("a time is read in the usual spellings", "[event]") {
  CHECK(parse_moment("2026-01-01T12:00:00Z")->ms == kSampleTime.ms);
  CHECK(parse_moment("2026-01-01T14:00:00+02:00")->ms == kSampleTime.ms);
  CHECK(parse_moment("2026-01-01 12:00:00.25Z")->ms == kSampleTime.ms + 250);
  CHECK(parse_moment("1767268800")->ms == kSampleTime.ms);
  CHECK(parse_moment("2024-02-29T00:00:00Z")->ms == 1709164800000);
}

TEST_CASE("what is no time is refused", "[event]") {
  for (const char* text : {"", "now", "2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T12:00:00",
                           "2026-01-01T25:00:00Z", "-5", "2026-01-01T12:00:00Zx"}) {
    CHECK_FALSE(parse_moment(text).has_value());
  }
}

TEST_CASE("a time is written in every format that events use", "[event]") {
  const Moment moment{kSampleTime.ms + 7};
  CHECK(format_moment(moment, "iso") == "2026-01-01T12:00:00Z");
  CHECK(format_moment(moment, "iso-ms") == "2026-01-01T12:00:00.007Z");
  CHECK(format_moment(moment, "iso-us") == "2026-01-01T12:00:00.007000Z");
  CHECK(format_moment(moment, "offset") == "2026-01-01T12:00:00+00:00");
  CHECK(format_moment(moment, "basic") == "20260101T120000Z");
  CHECK(format_moment(moment, "clf") == "01/Jan/2026:12:00:00 +0000");
  CHECK(format_moment(moment, "mail") == "Thu, 1 Jan 2026 12:00:00 +0000");
  CHECK(format_moment(moment, "words") == "Jan 1, 2026 12:00:00 PM");
  CHECK(format_moment(Moment{0}, "words") == "Jan 1, 1970 12:00:00 AM");
  CHECK(format_moment(moment, "other").empty());
}

}  // namespace meshfn::function
