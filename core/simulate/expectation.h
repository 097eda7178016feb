#pragma once

// One line of `expect:`, `[during FAULT | service NAME | zone NAME:] METRIC OP VALUE`. Metrics are
// a table: its rows say what each means, what it is measured in and which way is good.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace meshfn::simulate {

enum class Metric : std::uint8_t {
  success_rate,
  mean,
  p50,
  p90,
  p95,
  p99,
  p999,
  max,
  rps,
  retry_ratio,
  recovery_time,
  detection_time,
  utilization,
  ejections,
  availability,
  cost,
  cold_share,
  throttled,
  dead_letters,
  event_age
};

enum class Unit : std::uint8_t { percent, duration, per_second, ratio, count, money };

struct MetricRow {
  Metric metric;
  std::string_view name;
  Unit unit;
  std::string_view meaning;
  bool needs_fault = false;   ///< only after `during FAULT:`
  bool whole_run = false;     ///< only without a scope
  bool of_functions = false;  ///< without a scope or after `service NAME:`
};

std::span<const MetricRow> metrics();
const MetricRow& row_of(Metric metric);

struct Expectation {
  enum class Scope : std::uint8_t { run, fault, service, zone };
  enum class Op : std::uint8_t { less, less_equal, greater, greater_equal, equal };

  std::string text;  ///< as written
  Scope scope = Scope::run;
  std::string subject;  ///< name of the fault, service or zone
  Metric metric = Metric::success_rate;
  Op op = Op::greater_equal;
  std::string where;  ///< "path:line:column" of the text, for messages; may be empty
  double value = 0;   ///< share (0-1) for percent, seconds for durations

  bool holds(double actual) const;
};

/// Reads one expectation; the error says what is wrong and what would be right.
Result<Expectation> parse_expectation(std::string_view text);

/// `value` of `metric` as a person reads it: "99.31 %", "12.4 ms".
std::string show(Metric metric, double value);

}  // namespace meshfn::simulate
