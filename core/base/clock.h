#pragma once

// Time as the jobs see it: a seam, so that tests decide what day it is. Durations are measured on
// the steady clock and never pass through here; this is about dates that people read.

#include <chrono>
#include <cstdint>

namespace meshfn {

/// The wall clock. The base class tells the time of the machine.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  /// Milliseconds since 1970-01-01T00:00:00Z.
  virtual std::int64_t unix_millis() const {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  }
};

/// Always the same moment.
class FixedClock : public Clock {
 public:
  explicit FixedClock(std::int64_t unix_millis) : unix_millis_(unix_millis) {}

  std::int64_t unix_millis() const override { return unix_millis_; }

 private:
  std::int64_t unix_millis_;
};

/// A moment in UTC, taken apart.
struct UtcTime {
  int year = 1970;
  unsigned month = 1;  ///< 1-12
  unsigned day = 1;    ///< 1-31
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
};

/// The parts of `unix_millis` in UTC.
inline UtcTime to_utc(std::int64_t unix_millis) {
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::milliseconds> when{
      std::chrono::milliseconds{unix_millis}};
  const auto midnight = floor<std::chrono::days>(when);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss time{when - midnight};
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<int>(time.hours().count()),
          static_cast<int>(time.minutes().count()),
          static_cast<int>(time.seconds().count()),
          static_cast<int>(time.subseconds().count())};
}

}  // namespace meshfn
