// The stable JSON of DESIGN section 5.2, whole and line by line.

#include "base/json.h"

#include <ostream>

#include "base/str.h"
#include "report/formats.h"

namespace meshfn::report {

namespace {

using diagnostic::Diagnostic;
using Json = nlohmann::ordered_json;

/// File names and messages may hold bytes that are no UTF-8; JSON may not.
std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json place(const source::Location& where) {
  const Range range = range_of(where);
  return {{"path", path_of(where)},
          {"line", range.begin.line},
          {"column", range.begin.column},
          {"endLine", range.end.line},
          {"endColumn", range.end.column}};
}

Json aliases(const diagnostic::Rule& rule) {
  Json list = Json::array();
  for (const std::string_view code : str::split(rule.aliases, ' ')) {
    if (!code.empty()) list.push_back(code);
  }
  return list;
}

Json related(const Diagnostic& finding) {
  Json list = Json::array();
  for (const auto& label : finding.related) {
    const Range range = range_of(label.where);
    list.push_back({{"path", path_of(label.where)},
                    {"line", range.begin.line},
                    {"column", range.begin.column},
                    {"message", label.message}});
  }
  return list;
}

Json fix(const Diagnostic& finding) {
  if (!finding.fix) return nullptr;
  Json edits = Json::array();
  for (const auto& edit : finding.fix->edits) {
    Json one = place(edit.where);
    one["text"] = edit.text;
    edits.push_back(std::move(one));
  }
  return {{"description", finding.fix->description},
          {"safe", finding.fix->safe},
          {"edits", std::move(edits)}};
}

std::string_view name_of(diagnostic::Suppressed::By by) {
  switch (by) {
    case diagnostic::Suppressed::By::comment:
      return "comment";
    case diagnostic::Suppressed::By::annotation:
      return "annotation";
    case diagnostic::Suppressed::By::config:
      return "config";
    case diagnostic::Suppressed::By::baseline:
      return "baseline";
  }
  return {};
}

Json finding_json(const Diagnostic& finding) {
  Json json = {{"rule", finding.rule->id},
               {"name", finding.rule->name},
               {"severity", to_string(finding.severity)},
               {"message", finding.message}};
  json.update(place(finding.where));
  json["document"] = finding.document;
  json["pointer"] = finding.pointer;
  json["resource"] = {{"apiVersion", finding.resource.api_version},
                      {"kind", finding.resource.kind},
                      {"namespace", finding.resource.name_space},
                      {"name", finding.resource.name}};
  json["origin"] = finding.origin.empty() ? Json(nullptr) : Json(finding.origin);
  json["aliases"] = aliases(*finding.rule);
  json["related"] = related(finding);
  json["help"] = finding.help;
  json["fix"] = fix(finding);
  json["suppressed"] = nullptr;
  if (finding.suppressed) {
    json["suppressed"] = {{"by", name_of(finding.suppressed->by)},
                          {"reason", finding.suppressed->reason}};
  }
  return json;
}

}  // namespace

void write_json(const Report& report, std::ostream& out) {
  const Summary& s = report.summary;
  Json json = {{"schema", 1},
               {"tool", {{"name", "meshfn"}, {"version", report.tool_version}}},
               {"summary",
                {{"files", s.files},
                 {"documents", s.documents},
                 {"resources", s.resources},
                 {"errors", s.errors},
                 {"warnings", s.warnings},
                 {"infos", s.infos},
                 {"suppressed", s.suppressed}}},
               {"findings", Json::array()}};
  for (const Diagnostic& finding : report.findings) {
    json["findings"].push_back(finding_json(finding));
  }
  out << dump(json, 2) << "\n";
}

void write_jsonl(const Report& report, std::ostream& out) {
  for (const Diagnostic& finding : report.findings) out << dump(finding_json(finding), -1) << "\n";
}

}  // namespace meshfn::report
