#pragma once

// The answer of a simulation in the units people use: rates as shares 0-1, latencies in
// milliseconds, times in seconds. Computed once from a Recording; every report and every
// expectation reads the same figures.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulate/function_figures.h"
#include "simulate/recording.h"
#include "simulate/world.h"

namespace meshfn::simulate {

/// Milliseconds.
struct LatencyFigures {
  double mean = 0, p50 = 0, p90 = 0, p95 = 0, p99 = 0, p999 = 0, max = 0;
};

/// Requests of a scope. The rate is of those that ended; 1 when none did.
struct Totals {
  Counts counts;
  double success_rate = 1;
  double rps = 0;
  double retry_ratio = 0;
  LatencyFigures latency;
};

struct EndpointFigures {
  std::string id;
  std::string zone;
  std::uint64_t requests = 0;
  double mean_latency = 0;            ///< ms, at the server
  std::optional<double> utilization;  ///< absent when its concurrency is unlimited
  double ejected_seconds = 0;         ///< mean over the proxies that may call it
};

/// How many endpoints of the whole service were ready while autoscalers and rollouts changed their
/// number.
struct FleetFigures {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  double mean = 0;            ///< over time
  std::uint64_t started = 0;  ///< over all replications, as the next
  std::uint64_t stopped = 0;
};

struct ServiceFigures {
  std::string name;
  std::string subset;  ///< empty: the whole service
  std::uint32_t cluster = 0;
  Totals totals;
  std::optional<double> utilization;
  std::optional<double> allocation;  ///< concurrency available / needed (C/N); absent: unlimited
  std::optional<double>
      imbalance;  ///< requests of the busiest endpoint / mean; absent: no requests
  std::vector<EndpointFigures> endpoints;
  std::optional<FunctionFigures> function;
  std::optional<FleetFigures> fleet;  ///< absent: the number stays
};

/// The calls of one service, or of one load, to another service.
struct EdgeFigures {
  std::string from;
  std::string to;
  std::string subset;          ///< empty: the whole service
  std::uint64_t requests = 0;  ///< that ended
  double success_rate = 1;
  double amplification = 1;  ///< attempts for a request
};

/// The endpoint that is in use most of the time.
struct Bottleneck {
  std::string service;
  std::string endpoint;
  double utilization = 0;
};

struct PhaseFigures {
  std::string name;  ///< "before", a fault's name, "after"
  double from = 0;
  double to = 0;
  std::vector<std::uint32_t> segments;
  Totals totals;
};

struct FaultFigures {
  std::string name;
  std::optional<double> detection_seconds;  ///< absent: nobody noticed
  std::optional<double> recovery_seconds;   ///< absent: not before the end of the run
};

/// What one replication found by itself; their spread says how sure the whole is.
struct ReplicationFigures {
  double success_rate = 1;
  double mean = 0;  ///< ms, as the percentiles
  double p50 = 0;
  double p99 = 0;
  std::vector<double> expectations;  ///< what each came to
};

/// A mean and the interval that covers the true one in 95 of 100 experiments.
struct Interval {
  double mean = 0;
  double low = 0;
  double high = 0;
};

/// Student's interval of independent values; nothing for fewer than two, or when one is no number
/// (a recovery that never came).
std::optional<Interval> interval95(std::span<const double> values);

struct ExpectationFigures {
  Expectation expectation;
  double actual = 0;
  bool pass = false;
  std::vector<std::string> why;      ///< for one that failed: what happened, which setting matters
  std::optional<Interval> interval;  ///< of `actual`; only with several replications
};

/// The formulas that the product's theory starts from.
struct TheoryFigures {
  double mean_of_endpoints = 0;  ///< ms: (1/N) sum of the endpoints' own means
  double trigger_work = 0;       ///< sum over loads of weight x executions
  double best_site = 1;          ///< availability of the best single zone, by its faults
  double any_site = 1;           ///< 1 - product of (1 - availability) over the zones
};

struct Answer {
  const World* world = nullptr;
  std::uint64_t seed = 0;
  std::uint32_t replications = 1;
  Recording record;  ///< of all replications together
  Totals totals;
  std::vector<ReplicationFigures> runs;  ///< one for each replication, in order
  std::vector<ServiceFigures> services;
  std::vector<EdgeFigures> edges;
  std::optional<Bottleneck> bottleneck;  ///< absent: nothing has a limit
  std::vector<PhaseFigures> phases;
  std::vector<FaultFigures> faults;
  std::vector<ExpectationFigures> expectations;
  std::vector<std::string> warnings;
  TheoryFigures theory;
  double availability = 1;
  double cost = 0;

  bool passed() const;
};

/// The interval of one figure over the replications.
std::optional<Interval> interval_of(const Answer& result, double ReplicationFigures::*figure);

/// Computes everything. `record` is the merged recording of `replications` runs.
Answer summarise(const World& world, std::uint64_t seed, std::uint32_t replications,
                 Recording record);

/// Runs `replications` of the world on up to `threads` threads and summarises; the same bytes for
/// any number of threads.
Answer simulate(const World& world, std::uint64_t seed, std::uint32_t replications,
                unsigned threads);

/// Several replications, put together: what `simulate` computes an answer from.
struct Batch {
  Recording record;
  std::vector<ReplicationFigures> runs;
};

/// Runs the replications whose number is `first`, `first + step`, … below `end`. Recordings are
/// merged in that order as they come in, so few are held at a time.
Batch run_batch(const World& world, std::uint64_t seed, std::uint32_t first, std::uint32_t step,
                std::uint32_t end, unsigned threads);

/// The answer of a batch that holds all replications.
Answer answer_of_batch(const World& world, std::uint64_t seed, Batch batch);

// Used by the parts of the summary, each in its own file.
Totals totals_of(const Tally& tally, double seconds);
void judge(const World& world, Answer& result);
std::vector<std::string> explain(const World& world, const Answer& result,
                                 const Expectation& expectation);
std::vector<std::string> find_warnings(const World& world, const Answer& result);

}  // namespace meshfn::simulate
