#pragma once

// The formats of `simulate -o`, one row each: what it is called, and how it writes an answer, a
// sweep, a comparison, estimates and a suggestion. A format that does not fit one of these leaves
// it out.

#include <array>
#include <string>
#include <string_view>

#include "simulate/analytic_report.h"
#include "simulate/compare_report.h"
#include "simulate/report.h"
#include "simulate/suggest_report.h"
#include "simulate/sweep_report.h"

namespace meshfn::simulate {

struct Format {
  std::string_view name;  ///< what `-o` takes
  std::string_view summary;
  std::string (*answer)(const Answer& result, const TextStyle& style);
  std::string (*sweep)(const Sweep& sweep, const TextStyle& style) = nullptr;
  std::string (*comparison)(const Comparison& comparison, const TextStyle& style) = nullptr;
  std::string (*analysis)(const Analysis& analysis, const TextStyle& style) = nullptr;
  std::string (*suggestion)(const Suggestion& suggestion, const TextStyle& style) = nullptr;
};

/// In the order of help.
inline constexpr Format kFormats[] = {
    {"text", "the verdict first, then tables, for people",
     [](const Answer& r, const TextStyle& style) { return to_text(r, style, style.run); },
     [](const Sweep& s, const TextStyle& style) { return to_text(s, style); },
     [](const Comparison& c, const TextStyle& style) { return to_text(c, style); },
     [](const Analysis& a, const TextStyle& style) { return to_text(a, style); },
     [](const Suggestion& s, const TextStyle& style) { return to_text(s, style); }},
    {"json", "one stable JSON object",
     [](const Answer& r, const TextStyle& style) { return to_json(r, style.run); },
     [](const Sweep& s, const TextStyle&) { return to_json(s); },
     [](const Comparison& c, const TextStyle&) { return to_json(c); },
     [](const Analysis& a, const TextStyle&) { return to_json(a); },
     [](const Suggestion& s, const TextStyle&) { return to_json(s); }},
    {"csv", "a line for every service and endpoint, for spreadsheets",
     [](const Answer& r, const TextStyle&) { return to_csv(r); },
     [](const Sweep& s, const TextStyle&) { return to_csv(s); },
     [](const Comparison& c, const TextStyle&) { return to_csv(c); }},
    {"markdown", "tables for job summaries and comments",
     [](const Answer& r, const TextStyle&) { return to_markdown(r); },
     [](const Sweep& s, const TextStyle&) { return to_markdown(s); },
     [](const Comparison& c, const TextStyle&) { return to_markdown(c); }, nullptr,
     [](const Suggestion& s, const TextStyle&) { return to_markdown(s); }},
    {"junit", "JUnit XML, a test case for every expectation or loss",
     [](const Answer& r, const TextStyle&) { return to_junit(r); },
     [](const Sweep& s, const TextStyle&) { return to_junit(s); },
     [](const Comparison& c, const TextStyle&) { return to_junit(c); }},
    {"openmetrics", "the mesh's own metrics for Prometheus",
     [](const Answer& r, const TextStyle&) { return to_openmetrics(r); }},
    {"hgrm", "HdrHistogram's percentile spectrum",
     [](const Answer& r, const TextStyle&) { return to_hgrm(r); }},
    {"yaml", "the YAML that --suggest proposes, ready to apply", nullptr, nullptr, nullptr, nullptr,
     [](const Suggestion& s, const TextStyle&) { return to_yaml(s); }},
};

/// Their names, for the command's table.
inline constexpr auto kFormatNames = [] {
  std::array<std::string_view, std::size(kFormats)> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kFormats[i].name;
  return names;
}();

}  // namespace meshfn::simulate
