#pragma once

// What one run counted about the environments and events of one function. Merges exactly, as all of
// a recording; only what happens after the warm-up is counted.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "simulate/histogram.h"

namespace meshfn::simulate {

/// Why an invocation was answered 429.
enum class Refusal : std::uint8_t {
  none,
  limit,    ///< the function's own concurrency or number of environments
  account,  ///< what all functions of the account may do at once
  scaling,  ///< environments were asked for faster than they may start
  rate,     ///< more invocations a second than the concurrency allows
  waited,   ///< no environment for as long as an invocation may wait
  full      ///< the waiting room was full
};

inline constexpr std::size_t kRefusals = 7;
std::string_view to_string(Refusal refusal);

struct FunctionRecord {
  std::uint32_t endpoint = 0;  ///< whose environments these are
  std::uint64_t cold_starts = 0;
  std::uint64_t billed_ms = 0;              ///< of what runs on demand, as its platform counts it
  std::uint64_t provisioned_billed_ms = 0;  ///< of executions on environments that are kept ready
  std::uint64_t executed_ns = 0;            ///< starts included
  std::uint64_t ready_ns = 0;  ///< environments that were kept ready: existing, or idle
  std::uint64_t existed_ns = 0;
  std::uint64_t started = 0;  ///< environments, those at the beginning left out
  std::uint64_t timeouts = 0;
  std::array<std::uint64_t, kRefusals> refused{};
  std::uint32_t most_environments = 0;

  // Events: of asynchronous invocations and of sources.
  std::uint64_t events = 0;
  std::uint64_t batches = 0;
  std::uint64_t retried = 0;       ///< invocations again, after an error
  std::uint64_t pushed_back = 0;   ///< invocations again, after a throttle
  std::uint64_t dead_letters = 0;  ///< deliveries used up
  std::uint64_t expired = 0;       ///< too old
  std::uint64_t duplicates = 0;    ///< deliveries while an earlier one was still at work
  std::uint64_t most_waiting = 0;
  Histogram age;  ///< of events when the function gets them

  /// Environments at work in each step of the time series, times its length in nanoseconds; of the
  /// first run only.
  std::vector<std::uint64_t> course;

  void merge(const FunctionRecord& other);
  std::uint64_t throttled() const;
};

/// The numbers of a record that add up, in one order for adding, writing and reading.
template <class Record>
auto sums_of(Record& r) {
  return std::array{&r.cold_starts,  &r.billed_ms, &r.provisioned_billed_ms,
                    &r.executed_ns,  &r.ready_ns,  &r.existed_ns,
                    &r.started,      &r.timeouts,  &r.events,
                    &r.batches,      &r.retried,   &r.pushed_back,
                    &r.dead_letters, &r.expired,   &r.duplicates};
}

}  // namespace meshfn::simulate
