// A sweep for people and programs: a row for every loss, the sentence last.

#include "simulate/sweep_report.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/str.h"
#include "simulate/figure.h"
#include "simulate/text_table.h"

namespace meshfn::simulate {

namespace {

std::string survival(const Sweep& sweep, const SweepRow& row) {
  if (!row.survives) return fmt::format("below {} %", sweep.range.low);
  return row.beyond ? fmt::format("{} %", *row.survives)
                    : fmt::format("{} % or more", *row.survives);
}

std::string millis(double ms) { return show(Metric::p99, ms * 1e-3); }

std::vector<std::string> header() {
  return {"lost", "verdict", "success", "p99", "survives up to", "first to fail above"};
}

std::vector<std::string> cells(const Sweep& sweep, const SweepRow& row) {
  return {row.name,
          row.at_full.pass ? "pass" : "FAIL",
          show(Metric::success_rate, row.at_full.success_rate),
          millis(row.at_full.p99),
          survival(sweep, row),
          row.beyond ? row.beyond->weakest : "–"};
}

std::string first_line(const Sweep& sweep) {
  return fmt::format("{}: --sweep {}, {} at 100 % of the load and from {} % to {} %",
                     sweep.scenario, sweep.kind, str::count(sweep.rows.size(), "case"),
                     sweep.range.low, sweep.range.high);
}

nlohmann::ordered_json run_json(const SweepRun& run) {
  return {{"successRate", figure(run.success_rate)},
          {"p99Ms", figure(run.p99)},
          {"pass", run.pass},
          {"missed", run.missed},
          {"firstToFail", run.weakest}};
}

}  // namespace

std::string to_text(const Sweep& sweep, const TextStyle& style) {
  TextTable table(header());
  for (const SweepRow& row : sweep.rows) table.add(cells(sweep, row));
  std::string out = fmt::format("{}\n  survived when {}\n\n{}", first_line(sweep),
                                str::join(sweep.expectations, " and "), table.text());
  for (const SweepRow& row : sweep.rows) {
    if (!row.at_full.pass) out += fmt::format("  {}: {}\n", row.name, row.at_full.missed);
  }
  const std::string verdict = sweep.passed() ? "PASS" : "FAIL";
  const char* const code = sweep.passed() ? "1;32" : "1;31";
  out += fmt::format("\n{} {}\n",
                     style.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, verdict) : verdict,
                     conclusion(sweep));
  return out;
}

std::string to_json(const Sweep& sweep) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const SweepRow& row : sweep.rows) {
    nlohmann::ordered_json one = {{"lost", row.name}, {"atFullLoad", run_json(row.at_full)}};
    one["survivesPercent"] = row.survives ? nlohmann::ordered_json(*row.survives) : nullptr;
    one["beyond"] = row.beyond ? run_json(*row.beyond) : nlohmann::ordered_json(nullptr);
    rows.push_back(std::move(one));
  }
  const nlohmann::ordered_json out = {
      {"schema", 1},
      {"scenario", sweep.scenario},
      {"sweep", sweep.kind},
      {"loadPercent", {{"low", sweep.range.low}, {"high", sweep.range.high}}},
      {"expectations", sweep.expectations},
      {"pass", sweep.passed()},
      {"rows", std::move(rows)},
      {"conclusion", conclusion(sweep)}};
  return out.dump(2) + "\n";
}

std::string to_csv(const Sweep& sweep) {
  std::string out = "lost,pass,success_rate,p99_ms,survives_percent,first_to_fail\n";
  for (const SweepRow& row : sweep.rows) {
    out += fmt::format("{},{},{},{},{},{}\n", csv_field(row.name), row.at_full.pass,
                       figure_text(row.at_full.success_rate), figure_text(row.at_full.p99),
                       row.survives ? std::to_string(*row.survives) : "",
                       csv_field(row.beyond ? row.beyond->weakest : ""));
  }
  return out;
}

std::string to_markdown(const Sweep& sweep) {
  std::string out = markdown_row(header()) + markdown_rule(header().size());
  for (const SweepRow& row : sweep.rows) out += markdown_row(cells(sweep, row));
  return fmt::format("### {} {}\n\n{}\n{}\n", sweep.passed() ? "✅" : "❌", conclusion(sweep), out,
                     "Survived when " + str::join(sweep.expectations, " and ") + ".");
}

std::string to_junit(const Sweep& sweep) {
  std::vector<TestCase> cases;
  for (const SweepRow& row : sweep.rows) {
    cases.push_back({row.name, row.at_full.pass, row.at_full.missed, row.at_full.weakest});
  }
  return junit(sweep.scenario + " " + sweep.kind, cases);
}

}  // namespace meshfn::simulate
