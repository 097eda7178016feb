#pragma once

// What is to happen, and when.

#include <cstdint>

#include "simulate/time.h"

namespace meshfn::simulate {

/// What an event is about; the handler knows what `target` and `check` mean.
struct Event {
  Time at = 0;
  std::uint64_t key = 0;     ///< order of scheduling, then the kind in the low 5 bits
  std::uint32_t target = 0;  ///< index of a request, attempt, client …
  std::uint32_t check = 0;   ///< generation of the target: a mismatch means the event is stale

  unsigned kind() const { return static_cast<unsigned>(key & 31U); }
};

/// The order of events: by time, ties as scheduled. Works on everything with `at` and `key`.
template <class A, class B>
bool earlier(const A& a, const B& b) {
  return a.at != b.at ? a.at < b.at : a.key < b.key;
}

}  // namespace meshfn::simulate
