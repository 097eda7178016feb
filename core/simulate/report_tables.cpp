// The answer as tables and test cases for other programs: CSV, Markdown, JUnit.

#include <fmt/format.h>

#include "base/str.h"
#include "simulate/figure.h"
#include "simulate/report.h"

namespace meshfn::simulate {

namespace {

/// Rows of a Markdown table: GitHub shows summaries of up to 64 KB.
constexpr std::size_t kMostRows = 200;

std::uint64_t ended(const Totals& totals) { return totals.counts.ok + totals.counts.failed; }

std::string millis(double ms) { return show(Metric::p99, ms * 1e-3); }

std::string optional_text(const std::optional<double>& value) {
  return value ? figure_text(*value) : std::string();
}

/// The last columns of CSV; empty for what is no function.
std::string function_fields(const std::optional<FunctionFigures>& f) {
  if (!f) return ",,,,,";
  return fmt::format("{},{},{},{},{},{}", f->executions, f->cold_starts, f->throttled,
                     f->events ? f->events->dead_letters : 0, figure_text(f->gb_seconds),
                     figure_text(f->cost));
}

std::string services_table(const Answer& result) {
  const std::vector<std::string> header = {"service", "requests", "success", "p50",
                                           "p99",     "attempts", "busy"};
  std::string out = markdown_row(header) + markdown_rule(header.size());
  std::size_t rows = 0;
  for (const ServiceFigures& s : result.services) {
    if (ended(s.totals) == 0 || ++rows > kMostRows) continue;
    out += markdown_row(
        {s.subset.empty() ? s.name : s.name + " / " + s.subset, std::to_string(ended(s.totals)),
         show(Metric::success_rate, s.totals.success_rate), millis(s.totals.latency.p50),
         millis(s.totals.latency.p99), fmt::format("{:.3f}", 1 + s.totals.retry_ratio),
         s.utilization ? show(Metric::utilization, *s.utilization) : "–"});
  }
  if (rows > kMostRows) out += fmt::format("\n… and {} more.\n", rows - kMostRows);
  return out;
}

/// Nothing when no service is a function.
std::string functions_table(const Answer& result) {
  const std::vector<std::string> header = function_header();
  std::string rows;
  for (const ServiceFigures& s : result.services) {
    if (s.function) rows += markdown_row(function_cells(s.name, *s.function));
  }
  return rows.empty() ? rows : "\n" + markdown_row(header) + markdown_rule(header.size()) + rows;
}

std::string phases_table(const Answer& result) {
  const std::vector<std::string> header = {"phase", "from", "to", "requests", "success", "p99"};
  std::string out = markdown_row(header) + markdown_rule(header.size());
  for (const PhaseFigures& phase : result.phases) {
    out += markdown_row(
        {phase.name, fmt::format("{:g} s", phase.from), fmt::format("{:g} s", phase.to),
         std::to_string(phase.totals.counts.started),
         show(Metric::success_rate, phase.totals.success_rate), millis(phase.totals.latency.p99)});
  }
  return out;
}

}  // namespace

std::string to_csv(const Answer& result) {
  std::string out =
      "service,subset,endpoint,zone,requests,success_rate,mean_ms,p99_ms,utilization,ejected_s,"
      "executions,cold_starts,throttled,dead_letters,gb_seconds,cost_usd\n";
  for (const ServiceFigures& s : result.services) {
    const std::string name = csv_field(s.name) + "," + csv_field(s.subset);
    out += fmt::format("{},,,{},{},{},{},{},,{}\n", name, ended(s.totals),
                       figure_text(s.totals.success_rate), figure_text(s.totals.latency.mean),
                       figure_text(s.totals.latency.p99), optional_text(s.utilization),
                       function_fields(s.function));
    for (const EndpointFigures& e : s.endpoints) {
      out += fmt::format("{},{},{},{},,{},,{},{},,,,,,\n", name, csv_field(e.id), csv_field(e.zone),
                         e.requests, figure_text(e.mean_latency), optional_text(e.utilization),
                         figure_text(e.ejected_seconds));
    }
  }
  return out;
}

std::string to_markdown(const Answer& result) {
  std::string out =
      fmt::format("### {} {}\n\n{} requests, {} succeeded, p50 {}, p99 {}\n\n",
                  result.passed() ? "✅" : "❌", verdict(result), result.totals.counts.started,
                  show(Metric::success_rate, result.totals.success_rate),
                  millis(result.totals.latency.p50), millis(result.totals.latency.p99));
  for (const ExpectationFigures& e : result.expectations) {
    out += fmt::format("- {} `{}` (is {})\n", e.pass ? "✅" : "❌", e.expectation.text,
                       show(e.expectation.metric, e.actual));
    for (const std::string& line : e.why) out += "  - " + line + "\n";
  }
  out += (result.expectations.empty() ? "" : "\n") + services_table(result);
  out += functions_table(result);
  if (!result.phases.empty()) out += "\n" + phases_table(result);
  for (const std::string& warning : result.warnings) out += "\n> " + warning + "\n";
  return out;
}

std::string to_junit(const Answer& result) {
  std::vector<TestCase> cases;
  for (const ExpectationFigures& e : result.expectations) {
    std::string detail;
    for (const std::string& line : e.why) detail += line + "\n";
    cases.push_back({e.expectation.text, e.pass, "is " + show(e.expectation.metric, e.actual),
                     std::move(detail)});
  }
  return junit(result.world->scenario.name, cases);
}

}  // namespace meshfn::simulate
