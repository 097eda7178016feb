#pragma once

// What one run counted. Everything in it merges exactly (counts, sums, histograms), so replications
// and shards combine in any order; what people read is computed from it in `answer.h`. Only
// requests that start after the warm-up are counted.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "simulate/fleet.h"
#include "simulate/function_record.h"
#include "simulate/histogram.h"
#include "simulate/retry.h"

namespace meshfn::simulate {

/// Ends of requests, by cause of failure.
struct Counts {
  std::uint64_t started = 0;
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;
  std::uint64_t attempts = 0;
  std::array<std::uint64_t, kCauses> causes{};  ///< of the failed ones

  void end(const Outcome& outcome) {
    if (outcome.ok()) {
      ++ok;
    } else {
      ++failed;
      ++causes[static_cast<std::size_t>(outcome.cause)];
    }
  }

  void merge(const Counts& other);
};

struct Tally {
  Counts counts;
  Histogram latency;

  void merge(const Tally& other);
};

/// One cache line: with many endpoints, fetching them is most of the work.
struct alignas(64) EndpointRecord {
  std::uint64_t requests = 0;  ///< attempts that reached it and ended
  std::uint64_t errors = 0;
  std::uint64_t refused = 0;  ///< full queue or throttled
  Time busy = 0;              ///< slot time held
  Time latency = 0;           ///< sum from arrival to answer
  Time ejected = 0;           ///< sum over the proxies that ejected it
  std::uint32_t most_busy = 0;
  std::uint32_t most_queued = 0;

  void merge(const EndpointRecord& other);
};

/// One step of the time series.
struct Window {
  std::uint64_t started = 0;
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;
  std::uint64_t retries = 0;
  std::uint64_t ejected = 0;  ///< hosts out at the end of the step, over all proxies
  double mean = 0;            ///< latencies in nanoseconds, of requests that ended in the step
  double p50 = 0;
  double p99 = 0;
};

struct LogEntry {
  Time at;
  std::string_view kind;
  std::string text;
};

struct Recording {
  std::vector<std::vector<Tally>> loads;            ///< [load][segment]
  std::vector<Tally> clusters;                      ///< all calls to it, as their callers saw them
  std::vector<Counts> edges;                        ///< the same for each caller by itself
  std::vector<std::vector<Counts>> phases;          ///< [cluster][segment]
  std::vector<std::vector<std::uint64_t>> traffic;  ///< [segment][from zone * zones + to zone]
  std::vector<EndpointRecord> endpoints;
  std::vector<FunctionRecord> functions;  ///< of the endpoints that are one, in their order
  std::vector<FleetRecord> fleets;
  std::vector<Time> ready;  ///< by endpoint, time in service; empty without fleets
  std::vector<Window> windows;
  std::vector<LogEntry> log;
  std::vector<Time> detected;  ///< [fault]: first ejection or removal of its endpoints; kNever
  std::uint64_t log_dropped = 0;
  std::uint64_t events = 0;
  std::uint64_t retries = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t ejections = 0;
  std::uint64_t ejections_denied = 0;  ///< the maximum percentage did not allow them
  std::uint64_t panics = 0;            ///< choices made among unhealthy hosts too
  std::uint64_t in_flight = 0;         ///< counted requests without an end when the run ended
  std::uint64_t shed = 0;              ///< not started: the run's limit of requests in flight

  /// Adds another run of the same world; series and log stay those of the first.
  void merge(const Recording& other);
};

}  // namespace meshfn::simulate
