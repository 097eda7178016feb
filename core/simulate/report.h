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
};

std::string to_text(const Answer& result, const TextStyle& style,
                    const std::optional<RunFigures>& run);
std::string to_json(const Answer& result, const std::optional<RunFigures>& run);
/// One line for each service and endpoint, with a header.
std::string to_csv(const Answer& result);

/// The verdict in one line: "FAIL bookinfo-zone-loss: 1 of 3 expectations missed".
std::string verdict(const Answer& result);

}  // namespace meshfn::simulate
