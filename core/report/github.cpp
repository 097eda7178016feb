// GitHub workflow commands. GitHub drops everything after ten errors and ten warnings of a step
// without a word, so the worst come first and the tenth says how many there are.

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/str.h"
#include "report/formats.h"

namespace meshfn::report {

namespace {

using diagnostic::Diagnostic;
using diagnostic::Severity;

constexpr std::size_t kMostOfEach = 10;

std::string escape_message(std::string_view text) {
  std::string escaped = str::replace_all(text, "%", "%25");
  escaped = str::replace_all(escaped, "\r", "%0D");
  return str::replace_all(escaped, "\n", "%0A");
}

std::string escape_property(std::string_view text) {
  const std::string escaped = str::replace_all(escape_message(text), ":", "%3A");
  return str::replace_all(escaped, ",", "%2C");
}

std::string_view command_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::info:
      return "notice";
  }
  return {};
}

/// GitHub shows columns only for annotations of one line.
std::string place_of(const source::Location& where) {
  if (where.file == nullptr) return {};
  const Range range = range_of(where);
  std::string text = fmt::format("file={},line={},endLine={},", escape_property(path_of(where)),
                                 range.begin.line, range.end.line);
  if (range.begin.line == range.end.line) {
    text += fmt::format("col={},endColumn={},", range.begin.column, range.end.column);
  }
  return text;
}

void write_command(const Diagnostic& finding, std::size_t more, std::ostream& out) {
  std::string message = full_message(finding);
  if (!finding.help.empty()) message += "\n" + finding.help;
  if (more > 0) {
    message += fmt::format("\nand {} more; GitHub shows {} of a kind, the job summary has all",
                           more, kMostOfEach);
  }
  out << fmt::format("::{} {}title={}::{}\n", command_of(finding.severity), place_of(finding.where),
                     escape_property(finding.rule->id), escape_message(message));
}

}  // namespace

void write_github(const Report& report, std::ostream& out) {
  for (const Severity severity : {Severity::error, Severity::warning, Severity::info}) {
    std::vector<const Diagnostic*> list;
    for (const Diagnostic& finding : report.findings) {
      if (!finding.suppressed && finding.severity == severity) list.push_back(&finding);
    }
    const std::size_t shown = std::min(list.size(), kMostOfEach);
    for (std::size_t i = 0; i < shown; ++i) {
      const bool last = i + 1 == shown;
      write_command(*list[i], last ? list.size() - shown : 0, out);
    }
  }
}

}  // namespace meshfn::report
