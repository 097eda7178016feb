// GitLab Code Quality: Code Climate's issue list with the fields that GitLab reads.

#include <fmt/format.h>

#include <ostream>

#include "base/json.h"
#include "report/fingerprint.h"
#include "report/formats.h"

namespace meshfn::report {

namespace {

using Json = nlohmann::ordered_json;

std::string_view severity_of(const diagnostic::Diagnostic& finding) {
  const bool security = finding.rule->group == "security";
  switch (finding.severity) {
    case diagnostic::Severity::error:
      return security ? "critical" : "major";
    case diagnostic::Severity::warning:
      return "minor";
    case diagnostic::Severity::info:
      return "info";
  }
  return {};
}

}  // namespace

void write_gitlab(const Report& report, std::ostream& out) {
  Json list = Json::array();
  Fingerprints fingerprints;
  for (const auto& finding : report.findings) {
    const std::string fingerprint = fingerprints.next(finding);
    if (finding.suppressed) continue;
    const Range range = range_of(finding.where);
    list.push_back({{"description", fmt::format("{}: {}", finding.rule->id, full_message(finding))},
                    {"check_name", finding.rule->id},
                    {"fingerprint", fingerprint},
                    {"severity", severity_of(finding)},
                    {"location",
                     {{"path", path_of(finding.where)},
                      {"positions",
                       {{"begin", {{"line", range.begin.line}, {"column", range.begin.column}}},
                        {"end", {{"line", range.end.line}, {"column", range.end.column}}}}},
                      {"lines", {{"begin", range.begin.line}, {"end", range.end.line}}}}}});
  }
  out << list.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace meshfn::report
