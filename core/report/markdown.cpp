// A table for job summaries and pull-request comments, kept under GitHub's limit for a summary.

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/str.h"
#include "report/formats.h"

namespace meshfn::report {

namespace {

using diagnostic::Diagnostic;

/// GitHub refuses a summary of more than 1 MiB.
constexpr std::size_t kMostBytes = 1000 * 1000;

std::string cell(std::string_view text) {
  std::string out = str::replace_all(text, "|", "\\|");
  out = str::replace_all(out, "<", "&lt;");
  return str::replace_all(out, "\n", "<br>");
}

std::string row(const Diagnostic& finding) {
  const Range range = range_of(finding.where);
  return fmt::format("| {} | {} | `{}:{}:{}` | {} | {} |\n", to_string(finding.severity),
                     finding.rule->id, path_of(finding.where), range.begin.line, range.begin.column,
                     cell(display_name(finding.resource)), cell(full_message(finding)));
}

}  // namespace

void write_markdown(const Report& report, std::ostream& out) {
  out << fmt::format("### meshfn lint\n\n{}\n", one_line(report.summary));
  std::vector<const Diagnostic*> list;
  for (const Diagnostic& finding : report.findings) {
    if (!finding.suppressed) list.push_back(&finding);
  }
  if (list.empty()) return;
  std::stable_sort(list.begin(), list.end(), [](const Diagnostic* a, const Diagnostic* b) {
    return a->severity > b->severity;
  });
  out << "\n| severity | rule | place | resource | message |\n|---|---|---|---|---|\n";
  std::size_t written = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string text = row(*list[i]);
    written += text.size();
    if (written > kMostBytes) {
      out << fmt::format("\nand {} more\n", list.size() - i);
      return;
    }
    out << text;
  }
}

}  // namespace meshfn::report
