#pragma once

// Two answers side by side: what changed in the figures that the theory starts from (response,
// nearness, availability, trigger work, work of executions, allocation) and in what people watch.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/answer.h"

namespace meshfn::simulate {

/// One figure of both. `metric` says how it is shown.
struct ComparedFigure {
  enum class Better : std::uint8_t { lower, higher, neither };

  std::string_view name;
  Metric shown_as = Metric::retry_ratio;
  Better better = Better::neither;
  std::optional<double> a;
  std::optional<double> b;
  /// The difference b - a over replications with the same seeds; absent without replications.
  std::optional<Interval> difference;

  /// Whether there is a change worth words: more than chance explains where that is known, and
  /// more than a thousandth of the value.
  bool changed() const;
  bool worse() const;
};

struct ComparedExpectation {
  std::string text;
  std::string a;  ///< what it came to; "–" where it was not expected
  std::string b;
  bool a_pass = true;
  bool b_pass = true;
};

struct Comparison {
  std::string a;  ///< what the user calls them
  std::string b;
  std::vector<ComparedFigure> figures;
  std::vector<ComparedExpectation> expectations;
  bool passed = true;  ///< whether `b` meets its expectations
};

Comparison compare(const Answer& a, const Answer& b, std::string a_name, std::string b_name);

/// "shop-new: p99 1.8 x as long, success rate 0.4 points lower; the rest is as before"
std::string conclusion(const Comparison& comparison);

}  // namespace meshfn::simulate
