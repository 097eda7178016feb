// SARIF 2.1.0 (OASIS), shaped so that GitHub code scanning shows all of it: one run, every rule
// text present and not empty, regions with all four numbers, fingerprints, at most 5 000 results.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>

#include "base/json.h"
#include "base/str.h"
#include "report/fingerprint.h"
#include "report/formats.h"

namespace meshfn::report {

namespace {

using diagnostic::Diagnostic;
using diagnostic::Rule;
using diagnostic::Severity;
using Json = nlohmann::ordered_json;

/// GitHub shows no more of one run.
constexpr std::size_t kMostResults = 5000;
/// GitHub's limit for a description.
constexpr std::size_t kMostText = 1024;
constexpr std::string_view kSchema = "https://json.schemastore.org/sarif-2.1.0.json";

std::string_view level_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::info:
      return "note";
  }
  return "none";
}

std::string_view problem_severity(Severity severity) {
  return severity == Severity::info ? "recommendation" : to_string(severity);
}

/// RFC 3986: a relative reference for relative paths, `file://` for absolute ones.
std::string uri_of(const source::Location& where) {
  constexpr std::string_view kPlain = "-._~/!$&'()*+,;=@";
  const std::string path = path_of(where);
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || kPlain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", byte);
    }
  }
  return uri;
}

Json artifact(const source::Location& where) {
  // A finding about no file in particular is about the directory.
  const std::string uri = where.file == nullptr ? "." : uri_of(where);
  Json json = {{"uri", uri}};
  if (!path_of(where).starts_with('/')) json["uriBaseId"] = "%SRCROOT%";
  return json;
}

Json region(const Range& range) {
  return {{"startLine", range.begin.line},
          {"startColumn", range.begin.column},
          {"endLine", range.end.line},
          {"endColumn", range.end.column}};
}

Json physical(const source::Location& where) {
  return {{"artifactLocation", artifact(where)}, {"region", region(range_of(where))}};
}

/// At most `kMostText` bytes, cut between characters.
std::string shortened(std::string_view text) {
  if (text.size() <= kMostText) return std::string(text);
  std::size_t end = kMostText - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string help_markdown(const Rule& rule) {
  std::string text = fmt::format("{}\n\n{}\n", rule.summary, str::trim(rule.why));
  if (!rule.bad.empty()) text += fmt::format("\nWrong:\n\n```yaml\n{}\n```\n", str::trim(rule.bad));
  if (!rule.good.empty()) {
    text += fmt::format("\nRight:\n\n```yaml\n{}\n```\n", str::trim(rule.good));
  }
  return text;
}

Json rule_json(const Rule& rule) {
  const std::string_view why = str::trim(rule.why);
  Json tags = {rule.group};
  for (const std::string_view code : str::split(rule.aliases, ' ')) {
    if (!code.empty() && tags.size() < 10) tags.push_back(code);
  }
  return {
      {"id", rule.id},
      {"name", rule.name},
      {"shortDescription", {{"text", rule.summary}}},
      {"fullDescription", {{"text", shortened(why.empty() ? rule.summary : why)}}},
      {"help",
       {{"text", fmt::format("meshfn explain {}", rule.id)}, {"markdown", help_markdown(rule)}}},
      {"defaultConfiguration", {{"level", level_of(rule.severity)}}},
      {"properties",
       {{"tags", tags},
        {"precision", rule.severity == Severity::info ? "medium" : "high"},
        {"problem.severity", problem_severity(rule.severity)}}}};
}

Json suppression(const diagnostic::Suppressed& suppressed) {
  using By = diagnostic::Suppressed::By;
  const bool in_source = suppressed.by == By::comment || suppressed.by == By::annotation;
  Json json = {{"kind", in_source ? "inSource" : "external"}};
  if (!suppressed.reason.empty()) json["justification"] = suppressed.reason;
  return Json::array({json});
}

/// Edits of one fix, grouped by file.
Json fix_json(const diagnostic::Fix& fix) {
  std::map<std::string, Json> changes;
  for (const auto& edit : fix.edits) {
    Json& change = changes[path_of(edit.where)];
    if (change.is_null()) {
      change = {{"artifactLocation", artifact(edit.where)}, {"replacements", Json::array()}};
    }
    change["replacements"].push_back({{"deletedRegion", region(range_of(edit.where))},
                                      {"insertedContent", {{"text", edit.text}}}});
  }
  Json list = Json::array();
  for (auto& [path, change] : changes) list.push_back(std::move(change));
  return Json::array({{{"description", {{"text", fix.description}}}, {"artifactChanges", list}}});
}

class Results {
 public:
  explicit Results(const std::map<const Rule*, std::size_t>& index) : index_(index) {}

  Json result(const Diagnostic& finding) {
    Json json = {{"ruleId", finding.rule->id},
                 {"ruleIndex", index_.at(finding.rule)},
                 {"level", level_of(finding.severity)},
                 {"message", {{"text", message_of(finding)}}},
                 {"locations", Json::array({location(finding)})},
                 {"partialFingerprints",
                  {{"primaryLocationLineHash", line_hash(finding.where)},
                   {"meshfn/v1", fingerprints_.next(finding)}}}};
    if (!finding.origin.empty()) json["properties"] = {{"origin", finding.origin}};
    if (!finding.related.empty()) json["relatedLocations"] = related(finding);
    if (finding.fix) json["fixes"] = fix_json(*finding.fix);
    if (finding.suppressed) json["suppressions"] = suppression(*finding.suppressed);
    return json;
  }

 private:
  static std::string message_of(const Diagnostic& finding) {
    if (finding.help.empty()) return full_message(finding);
    return full_message(finding) + "\n" + finding.help;
  }

  static Json location(const Diagnostic& finding) {
    Json json = {{"physicalLocation", physical(finding.where)}};
    const std::string name = display_name(finding.resource);
    if (!name.empty()) {
      json["logicalLocations"] =
          Json::array({{{"fullyQualifiedName", name + finding.pointer}, {"kind", "resource"}}});
    }
    return json;
  }

  static Json related(const Diagnostic& finding) {
    Json list = Json::array();
    for (const auto& label : finding.related) {
      list.push_back({{"id", list.size() + 1},
                      {"physicalLocation", physical(label.where)},
                      {"message", {{"text", label.message}}}});
    }
    return list;
  }

  std::string line_hash(const source::Location& where) {
    if (where.file == nullptr) return line_hashes("").front();
    auto& hashes = hashes_[where.file];
    if (hashes.empty()) hashes = line_hashes(where.file->text());
    const std::size_t line = where.file->position(where.span.begin).line;
    return hashes[std::min(line, hashes.size()) - 1];
  }

  const std::map<const Rule*, std::size_t>& index_;
  std::map<const source::File*, std::vector<std::string>> hashes_;
  Fingerprints fingerprints_;
};

/// The findings to write, the worst first where not all can be.
std::vector<const Diagnostic*> chosen(const Report& report) {
  std::vector<const Diagnostic*> list;
  for (const Diagnostic& finding : report.findings) list.push_back(&finding);
  if (list.size() <= kMostResults) return list;
  std::stable_sort(list.begin(), list.end(), [](const Diagnostic* a, const Diagnostic* b) {
    return a->severity > b->severity;
  });
  list.resize(kMostResults);
  return list;
}

Json invocation(std::size_t left_out) {
  Json json = {{"executionSuccessful", true}};
  if (left_out > 0) {
    json["toolExecutionNotifications"] = Json::array(
        {{{"level", "warning"},
          {"message",
           {{"text", fmt::format("{} more findings were left out; GitHub shows no more than {}",
                                 left_out, kMostResults)}}}}});
  }
  return json;
}

}  // namespace

void write_sarif(const Report& report, std::ostream& out) {
  std::map<const Rule*, std::size_t> index;
  Json rules = Json::array();
  const auto add_rule = [&](const Rule* rule) {
    if (index.emplace(rule, rules.size()).second) rules.push_back(rule_json(*rule));
  };
  for (const Rule* rule : report.rules) add_rule(rule);
  for (const Diagnostic& finding : report.findings) add_rule(finding.rule);

  Json results = Json::array();
  Results writer(index);
  const auto findings = chosen(report);
  for (const Diagnostic* finding : findings) results.push_back(writer.result(*finding));

  Json driver = {
      {"name", "meshfn"}, {"semanticVersion", report.tool_version}, {"rules", std::move(rules)}};
  Json run = {
      {"tool", {{"driver", std::move(driver)}}},
      {"columnKind", "unicodeCodePoints"},
      {"automationDetails", {{"id", "meshfn/lint/"}}},
      {"originalUriBaseIds",
       {{"%SRCROOT%", {{"description", {{"text", "the directory that meshfn was started in"}}}}}}},
      {"invocations", Json::array({invocation(report.findings.size() - findings.size())})},
      {"results", std::move(results)}};
  const Json log = {
      {"$schema", kSchema}, {"version", "2.1.0"}, {"runs", Json::array({std::move(run)})}};
  out << log.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace meshfn::report
