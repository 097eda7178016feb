// Test Anything Protocol 13: a line for every resource, details in a YAML block.

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/str.h"
#include "report/formats.h"
#include "report/subjects.h"

namespace meshfn::report {

namespace {

/// A double-quoted YAML scalar.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02X}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// `#` begins a directive in a TAP description.
std::string description(const Case& one) {
  return str::replace_all(fmt::format("{}: {}", one.path, one.name), "#", "\\#");
}

bool is_ok(const Case& one) {
  return std::none_of(one.findings.begin(), one.findings.end(), [](const auto* finding) {
    return finding->severity != diagnostic::Severity::info;
  });
}

}  // namespace

void write_tap(const Report& report, std::ostream& out) {
  const std::vector<Case> cases = cases_of(report);
  out << fmt::format("TAP version 13\n1..{}\n", cases.size());
  std::size_t number = 0;
  for (const Case& one : cases) {
    out << fmt::format("{} {} - {}\n", is_ok(one) ? "ok" : "not ok", ++number, description(one));
    if (one.findings.empty()) continue;
    out << "  ---\n  findings:\n";
    for (const auto* finding : one.findings) {
      const Range range = range_of(finding->where);
      out << fmt::format(
          "    - rule: {}\n      severity: {}\n      message: {}\n      path: {}\n"
          "      line: {}\n      column: {}\n",
          finding->rule->id, to_string(finding->severity), in_quotes(full_message(*finding)),
          in_quotes(path_of(finding->where)), range.begin.line, range.begin.column);
    }
    out << "  ...\n";
  }
}

}  // namespace meshfn::report
