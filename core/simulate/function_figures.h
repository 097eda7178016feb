#pragma once

// What an answer says about a function, in the units people use, and the same as text, JSON and
// Markdown for the reports.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulate/function_record.h"
#include "simulate/price.h"
#include "simulate/recording.h"
#include "simulate/world.h"

namespace meshfn::simulate {

/// Of events that came by asynchronous invocations or by a source. Ages in seconds.
struct EventFigures {
  std::uint64_t events = 0;
  std::uint64_t batches = 0;
  std::uint64_t retried = 0;
  std::uint64_t pushed_back = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t expired = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t most_waiting = 0;
  double age_p50 = 0;
  double age_p99 = 0;
  double age_max = 0;
};

struct FunctionFigures {
  std::uint64_t executions = 0;
  std::uint64_t cold_starts = 0;
  std::uint64_t throttled = 0;
  std::array<std::uint64_t, kRefusals> refused{};  ///< the throttled ones by reason
  std::uint64_t timeouts = 0;
  std::uint64_t environments = 0;  ///< started
  std::uint32_t most_environments = 0;
  std::uint32_t most_at_once = 0;
  double mean_at_once = 0;
  double cold_share = 0;
  double executed_seconds = 0;
  double billed_seconds = 0;
  double existed_seconds = 0;  ///< of all environments
  double gb_seconds = 0;       ///< as billed
  Cost price;
  double cost = 0;              ///< US dollars: the sum of `price`
  std::vector<double> at_once;  ///< mean in each step of the time series, of the first run
  std::optional<EventFigures> events;
};

/// The figures of a cluster whose service is a function; nothing for another one. `runs` are in
/// `record`.
std::optional<FunctionFigures> function_figures(const World& world, const ClusterInfo& cluster,
                                                const Recording& record, double runs);

/// Lines of the text report about function `name`, indented, with their ends.
std::string function_text(const std::string& name, const FunctionFigures& f);

/// What to do about throttles, by the limit that was met most.
std::string throttle_advice(const std::optional<FunctionFigures>& f);

/// What to do about events that ended among the dead letters; empty when none did.
std::string event_advice(const std::optional<FunctionFigures>& f);

/// Cells of the Markdown table about functions, and their header.
std::vector<std::string> function_header();
std::vector<std::string> function_cells(const std::string& name, const FunctionFigures& f);

}  // namespace meshfn::simulate
