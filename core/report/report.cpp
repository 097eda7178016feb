#include "report/report.h"

#include <fmt/format.h>

#include "base/str.h"

namespace meshfn::report {

using diagnostic::Severity;

void count_findings(const std::vector<diagnostic::Diagnostic>& findings, Summary& summary) {
  summary.errors = summary.warnings = summary.infos = summary.suppressed = 0;
  for (const auto& finding : findings) {
    if (finding.suppressed) {
      ++summary.suppressed;
      continue;
    }
    switch (finding.severity) {
      case Severity::error:
        ++summary.errors;
        break;
      case Severity::warning:
        ++summary.warnings;
        break;
      case Severity::info:
        ++summary.infos;
        break;
    }
  }
}

std::string one_line(const Summary& summary) {
  std::vector<std::string> parts;
  if (summary.errors > 0) parts.push_back(str::count(summary.errors, "error"));
  if (summary.warnings > 0) parts.push_back(str::count(summary.warnings, "warning"));
  if (summary.infos > 0) parts.push_back(str::count(summary.infos, "info"));
  std::string text = parts.empty() ? "no findings" : str::join(parts, ", ");
  text += fmt::format(" in {} ({})", str::count(summary.files, "file"),
                      str::count(summary.resources, "resource"));
  if (summary.suppressed > 0) text += fmt::format(", {} suppressed", summary.suppressed);
  return text;
}

Range range_of(const source::Location& where) {
  if (where.file == nullptr) return {{1, 1}, {1, 2}};
  return {where.file->position(where.span.begin), where.file->position(where.span.end)};
}

std::string path_of(const source::Location& where) {
  if (where.file == nullptr) return {};
  const std::string& path = where.file->path();
  return path.starts_with("./") ? path.substr(2) : path;
}

std::string full_message(const diagnostic::Diagnostic& finding) {
  if (finding.origin.empty()) return finding.message;
  return fmt::format("{} (rendered from {})", finding.message, finding.origin);
}

std::string display_name(const diagnostic::ResourceRef& resource) {
  if (resource.kind.empty()) return {};
  if (resource.name_space.empty()) return fmt::format("{} {}", resource.kind, resource.name);
  return fmt::format("{} {}/{}", resource.kind, resource.name_space, resource.name);
}

}  // namespace meshfn::report
