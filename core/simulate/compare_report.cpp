#include "simulate/compare_report.h"

#include <fmt/format.h>

#include "base/json.h"
#include "simulate/figure.h"
#include "simulate/text_table.h"

namespace meshfn::simulate {

namespace {

std::string cell(const ComparedFigure& figure, const std::optional<double>& value) {
  return value ? show(figure.shown_as, *value) : "–";
}

std::string verdict_of(const ComparedFigure& figure) {
  if (!figure.changed()) return figure.difference ? "within chance" : "same";
  if (figure.worse()) return "▼ worse";
  return figure.better == ComparedFigure::Better::neither ? "changed" : "▲ better";
}

nlohmann::ordered_json number(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(figure(*value)) : nlohmann::ordered_json(nullptr);
}

std::string mark(bool pass) { return pass ? "✓" : "✗"; }

}  // namespace

std::string to_text(const Comparison& comparison, const TextStyle& style) {
  TextTable table({"figure", comparison.a, comparison.b, "change"});
  for (const ComparedFigure& f : comparison.figures) {
    table.add({std::string(f.name), cell(f, f.a), cell(f, f.b), verdict_of(f)});
  }
  std::string out = table.text();
  if (!comparison.expectations.empty()) {
    TextTable judged({"expectation", comparison.a, comparison.b});
    for (const ComparedExpectation& e : comparison.expectations) {
      judged.add({e.text, e.a + " " + mark(e.a_pass), e.b + " " + mark(e.b_pass)});
    }
    out += "\n" + judged.text();
  }
  const std::string word = comparison.passed ? "PASS" : "FAIL";
  const char* const code = comparison.passed ? "1;32" : "1;31";
  return out + fmt::format("\n{} {}\n",
                           style.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, word) : word,
                           conclusion(comparison));
}

std::string to_json(const Comparison& comparison) {
  nlohmann::ordered_json figures = nlohmann::ordered_json::array();
  for (const ComparedFigure& f : comparison.figures) {
    nlohmann::ordered_json one = {{"name", std::string(f.name)},
                                  {"a", number(f.a)},
                                  {"b", number(f.b)},
                                  {"changed", f.changed()},
                                  {"worse", f.worse()}};
    if (f.difference) {
      one["differenceInterval95"] = {{"mean", figure(f.difference->mean)},
                                     {"low", figure(f.difference->low)},
                                     {"high", figure(f.difference->high)}};
    }
    figures.push_back(std::move(one));
  }
  nlohmann::ordered_json expectations = nlohmann::ordered_json::array();
  for (const ComparedExpectation& e : comparison.expectations) {
    expectations.push_back(
        {{"text", e.text}, {"a", e.a}, {"aPass", e.a_pass}, {"b", e.b}, {"bPass", e.b_pass}});
  }
  const nlohmann::ordered_json out = {{"schema", 1},
                                      {"a", comparison.a},
                                      {"b", comparison.b},
                                      {"pass", comparison.passed},
                                      {"figures", std::move(figures)},
                                      {"expectations", std::move(expectations)},
                                      {"conclusion", conclusion(comparison)}};
  return out.dump(2) + "\n";
}

std::string to_csv(const Comparison& comparison) {
  std::string out = "figure,a,b,changed,worse\n";
  for (const ComparedFigure& f : comparison.figures) {
    out += fmt::format("{},{},{},{},{}\n", csv_field(f.name), f.a ? figure_text(*f.a) : "",
                       f.b ? figure_text(*f.b) : "", f.changed(), f.worse());
  }
  return out;
}

std::string to_markdown(const Comparison& comparison) {
  std::string out =
      fmt::format("### {} {}\n\n", comparison.passed ? "✅" : "❌", conclusion(comparison));
  out += markdown_row({"figure", comparison.a, comparison.b, "change"}) + markdown_rule(4);
  for (const ComparedFigure& f : comparison.figures) {
    out += markdown_row({std::string(f.name), cell(f, f.a), cell(f, f.b), verdict_of(f)});
  }
  return out;
}

std::string to_junit(const Comparison& comparison) {
  std::vector<TestCase> cases;
  for (const ComparedExpectation& e : comparison.expectations) {
    cases.push_back({e.text, e.b_pass, "is " + e.b, comparison.a + ": " + e.a});
  }
  return junit(comparison.b, cases);
}

}  // namespace meshfn::simulate
