#include "simulate/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/str.h"
#include "base/xml.h"

namespace meshfn::simulate {

double figure(double value) {
  if (value == 0 || !(std::fabs(value) < 1e200)) return value;
  double scale = 1;
  const double magnitude = std::fabs(value);
  while (magnitude * scale < 1e5) scale *= 10;
  while (magnitude * scale >= 1e6) scale /= 10;
  return scale >= 1 ? std::round(value * scale) / scale
                    : std::round(value * scale) * std::round(1 / scale);
}

std::string figure_text(double value) {
  if (!(std::fabs(value) < 1e200)) return {};
  const double rounded = figure(value);
  if (rounded == std::floor(rounded) && std::fabs(rounded) < 1e15) {
    return fmt::format("{:.0f}", rounded);
  }
  return fmt::format("{}", rounded);
}

std::string grouped(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, " ");
  return digits;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\n") == std::string_view::npos) return std::string(text);
  return "\"" + str::replace_all(text, "\"", "\"\"") + "\"";
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string out = "|";
  for (const std::string& cell : cells) out += " " + str::replace_all(cell, "|", "\\|") + " |";
  return out + "\n";
}

std::string markdown_rule(std::size_t columns) {
  std::string out = "| :-- |";
  for (std::size_t i = 1; i < columns; ++i) out += " --: |";
  return out + "\n";
}

std::string junit(std::string_view suite, const std::vector<TestCase>& cases) {
  const auto failed =
      std::count_if(cases.begin(), cases.end(), [](const auto& c) { return !c.pass; });
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites tests=\"{0}\" failures=\"{1}\" errors=\"0\">\n"
      "  <testsuite name=\"{2}\" tests=\"{0}\" failures=\"{1}\" errors=\"0\" skipped=\"0\">\n",
      cases.size(), failed, xml_escape(suite));
  for (const TestCase& one : cases) {
    out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", xml_escape(suite),
                       xml_escape(one.name));
    if (one.pass) {
      out += "/>\n";
      continue;
    }
    out += fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                       xml_escape(one.message), xml_escape(one.detail));
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace meshfn::simulate
