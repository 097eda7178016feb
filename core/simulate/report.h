#pragma once

// A simulation's answer for people and for programs. Text puts the verdict first; JSON is DESIGN
// section 5.2 and holds no wall-clock value unless it is asked for, so equal runs are equal bytes.

#include <optional>
#include <string>

#include "simulate/answer.h"

namespace meshfn::simulate {

/// How the run itself went; only `--timing` shows it.
struct RunFigures {
  double wall_seconds = 0;
  std::uint64_t peak_rss_bytes = 0;
  unsigned threads = 1;
};

struct TextStyle {
  bool colour = false;
  std::size_t width = 80;
  std::optional<RunFigures> run = {};
};

std::string to_text(const Answer& result, const TextStyle& style,
                    const std::optional<RunFigures>& run);
std::string to_json(const Answer& result, const std::optional<RunFigures>& run);
/// One line for each service and endpoint, with a header.
std::string to_csv(const Answer& result);
/// Verdict, expectations, services and phases for job summaries and comments.
std::string to_markdown(const Answer& result);
/// A test case for every expectation.
std::string to_junit(const Answer& result);
/// The mesh's own metrics at the start, at the borders of every fault and at the end, with times
/// that start at 0: `promtool tsdb create-blocks-from openmetrics` makes them a database on which
/// dashboards and alert rules can be tried.
std::string to_openmetrics(const Answer& result);
/// Latencies as HdrHistogram's percentile spectrum.
std::string to_hgrm(const Answer& result);

/// Latencies of all loads together.
Histogram latencies_of(const Answer& result);

/// The verdict in one line: "FAIL bookinfo-zone-loss: 1 of 3 expectations missed".
std::string verdict(const Answer& result);

}  // namespace meshfn::simulate
