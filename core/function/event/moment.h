#pragma once

// Points in time as events write them. A Moment is milliseconds since 1970 in UTC; every format
// is worked out from it, so the fields of one event agree with each other.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace meshfn::function {

/// Milliseconds since 1970-01-01T00:00:00Z.
struct Moment {
  std::int64_t ms = 0;
};

/// When sample events happen unless `--now` says otherwise: 2026-01-01T12:00:00Z.
inline constexpr Moment kSampleTime{1767268800000};

/// Reads "2026-01-01T12:00:00Z", with a fraction of a second or an offset ("+02:00") if given, or
/// a count of seconds since 1970.
Result<Moment> parse_moment(std::string_view text);

/// `moment` in one of the formats below; empty for a name that is none.
///   iso 2026-01-01T12:00:00Z     iso-ms …00.000Z     iso-us …00.000000Z   offset …00+00:00
///   basic 20260101T120000Z       date 2026-01-01     clf 01/Jan/2026:12:00:00 +0000
///   mail Thu, 1 Jan 2026 12:00:00 +0000              words Jan 1, 2026 12:00:00 PM
std::string format_moment(Moment moment, std::string_view format);

}  // namespace meshfn::function
