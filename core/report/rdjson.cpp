// Reviewdog Diagnostic Format. Its columns count UTF-8 bytes, unlike everybody else's.

#include <fmt/format.h>

#include <ostream>

#include "base/json.h"
#include "report/formats.h"

namespace meshfn::report {

namespace {

using diagnostic::Diagnostic;
using Json = nlohmann::ordered_json;

std::string_view severity_of(diagnostic::Severity severity) {
  switch (severity) {
    case diagnostic::Severity::error:
      return "ERROR";
    case diagnostic::Severity::warning:
      return "WARNING";
    case diagnostic::Severity::info:
      return "INFO";
  }
  return {};
}

Json position(const source::File& file, std::uint32_t offset) {
  const std::uint32_t line = file.position(offset).line;
  return {{"line", line}, {"column", offset - file.line_start(line) + 1}};
}

Json range(const source::Location& where) {
  if (where.file == nullptr) return {{"start", {{"line", 1}, {"column", 1}}}};
  return {{"start", position(*where.file, where.span.begin)},
          {"end", position(*where.file, where.span.end)}};
}

Json location(const source::Location& where) {
  return {{"path", path_of(where)}, {"range", range(where)}};
}

Json diagnostic_json(const Diagnostic& finding) {
  std::string message = full_message(finding);
  if (!finding.help.empty()) message += "\n" + finding.help;
  Json json = {{"message", message},
               {"location", location(finding.where)},
               {"severity", severity_of(finding.severity)},
               {"code", {{"value", finding.rule->id}}}};
  if (finding.fix) {
    Json suggestions = Json::array();
    for (const auto& edit : finding.fix->edits) {
      suggestions.push_back({{"range", range(edit.where)}, {"text", edit.text}});
    }
    json["suggestions"] = std::move(suggestions);
  }
  Json related = Json::array();
  for (const auto& label : finding.related) {
    related.push_back({{"message", label.message}, {"location", location(label.where)}});
  }
  if (!related.empty()) json["relatedLocations"] = std::move(related);
  return json;
}

}  // namespace

void write_rdjson(const Report& report, std::ostream& out) {
  Json json = {{"source", {{"name", "meshfn"}}}, {"diagnostics", Json::array()}};
  for (const Diagnostic& finding : report.findings) {
    if (!finding.suppressed) json["diagnostics"].push_back(diagnostic_json(finding));
  }
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace meshfn::report
