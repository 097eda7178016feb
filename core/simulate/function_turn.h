#pragma once

// The things that happen to functions: one kind of event for all of them, so that the kinds of
// everybody else stay few. What happens stands in the upper bits of the event's check.

#include <cstdint>

#include "simulate/retry.h"

namespace meshfn::simulate {

enum class FunctionTurn : std::uint32_t {
  environment,  ///< pool: the environment of a ticket is up; without one: more may start
  waited,       ///< attempt: no environment for as long as it may wait
  timed_out,    ///< attempt: worked for as long as the function may
  unanswered,   ///< attempt: its caller waited for as long as the platform lets it
  event,        ///< event: it is invoked again
  message,      ///< source: the next message
  lane,         ///< source: a lane may send now (the check is the lane)
  again,        ///< batch: it is invoked again
  visible,      ///< batch: its messages are there again
  pollers       ///< source: one poller more
};

/// How an event ends that is older than it may be.
inline constexpr Outcome kTooOld{504, Cause::route_timeout};

inline constexpr unsigned kTurnShift = 28;
inline constexpr std::uint32_t kTurnMask = (1U << kTurnShift) - 1;

/// Whether a check that has lost its upper bits is that of `generation`.
constexpr bool same_generation(std::uint32_t check, std::uint32_t generation) {
  return (generation & kTurnMask) == check;
}

}  // namespace meshfn::simulate
