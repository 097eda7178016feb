#pragma once

// Schedules of Azure timers: NCRONTAB (`{second} {minute} {hour} {day} {month} {day-of-week}`, or
// five fields without seconds) and TimeSpan ("00:05:00"). Day and weekday both have to fit, unlike
// in Vixie cron; weekdays are 0 (Sunday) to 6. Times are UTC, as a host's are by default.

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace meshfn::function {

class Schedule {
 public:
  /// Reads a schedule. The error names the field and what it may hold.
  static Result<Schedule> parse(std::string_view text);

  /// The first occurrence strictly after `unix_seconds`; nothing when there is none, as on the 31st
  /// of February.
  std::optional<std::int64_t> next(std::int64_t unix_seconds) const;

 private:
  using Field = std::bitset<60>;  ///< bit n: value n fits

  bool fits_day(std::int64_t days) const;
  std::optional<std::int64_t> first_time_from(std::int64_t second_of_day) const;

  std::int64_t interval_ = 0;  ///< seconds of a TimeSpan; 0: the fields count
  std::array<Field, 6> fields_;
};

}  // namespace meshfn::function
