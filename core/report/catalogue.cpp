#include <algorithm>
#include <iterator>

#include "report/formats.h"

namespace meshfn::report {

namespace {

constexpr Reporter kReporters[] = {
    {"text", "excerpts with carets, for people", write_text},
    {"line", "path:line:column: severity[ID]: message", write_line},
    {"json", "one stable JSON object", write_json},
    {"jsonl", "one JSON object a finding", write_jsonl},
    {"sarif", "SARIF 2.1.0 for code scanning", write_sarif},
    {"github", "GitHub annotations (10 errors, 10 warnings, worst first)", write_github},
    {"gitlab", "GitLab Code Quality report", write_gitlab},
    {"junit", "JUnit XML, a test case for every resource", write_junit},
    {"checkstyle", "Checkstyle XML", write_checkstyle},
    {"tap", "Test Anything Protocol 13", write_tap},
    {"rdjson", "reviewdog's format, fixes as suggestions", write_rdjson},
    {"markdown", "a table for job summaries", write_markdown},
};

}  // namespace

std::span<const Reporter> reporters() { return kReporters; }

const Reporter* find_reporter(std::string_view name) {
  const auto* found = std::find_if(std::begin(kReporters), std::end(kReporters),
                                   [&](const Reporter& row) { return row.name == name; });
  return found == std::end(kReporters) ? nullptr : found;
}

}  // namespace meshfn::report
