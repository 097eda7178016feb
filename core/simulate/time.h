#pragma once

// Virtual time: a count of nanoseconds since the start of the run, as an integer, so that equal
// runs compare equal and ties are exact. A plain integer rather than std::chrono, because the event
// queue packs it; every name that holds one says so.

#include <cstdint>
#include <limits>

namespace meshfn::simulate {

/// A moment of virtual time or a span of it, in nanoseconds.
using Time = std::int64_t;

inline constexpr Time kMicrosecond = 1'000;
inline constexpr Time kMillisecond = 1'000'000;
inline constexpr Time kSecond = 1'000'000'000;
/// Later than any event; stands for "no timeout".
inline constexpr Time kNever = std::numeric_limits<Time>::max();

/// Seconds and milliseconds of a time, for people and formulas.
constexpr double to_seconds(Time t) { return static_cast<double>(t) * 1e-9; }

constexpr double to_millis(Time t) { return static_cast<double>(t) * 1e-6; }

/// The nearest whole nanosecond, never below zero; values beyond 290 years become kNever.
constexpr Time from_nanos(double nanoseconds) {
  if (!(nanoseconds > 0)) return 0;
  if (nanoseconds >= 9.2e18) return kNever;
  return static_cast<Time>(nanoseconds + 0.5);
}

constexpr Time from_seconds(double seconds) { return from_nanos(seconds * 1e9); }

}  // namespace meshfn::simulate
