#pragma once

// The functions behind the rows of the reporter table, one file each. Every one writes whole,
// valid output for any report, the empty one included.

#include <iosfwd>

#include "report/report.h"

namespace meshfn::report {

/// Excerpts with carets, for people.
void write_text(const Report& report, std::ostream& out);
/// `path:line:column: severity[ID]: message`, for editors, grep and problem matchers.
void write_line(const Report& report, std::ostream& out);
/// The stable JSON of DESIGN section 5.2.
void write_json(const Report& report, std::ostream& out);
/// One finding a line, each the object that `json` has in its list.
void write_jsonl(const Report& report, std::ostream& out);
/// SARIF 2.1.0 as GitHub code scanning takes it: one run, at most 5 000 results.
void write_sarif(const Report& report, std::ostream& out);
/// GitHub workflow commands: at most 10 errors and 10 warnings, the worst first.
void write_github(const Report& report, std::ostream& out);
/// GitLab Code Quality (Code Climate's subset).
void write_gitlab(const Report& report, std::ostream& out);
/// JUnit XML: a suite for every file, a case for every resource.
void write_junit(const Report& report, std::ostream& out);
/// Checkstyle XML.
void write_checkstyle(const Report& report, std::ostream& out);
/// Test Anything Protocol, version 13: a line for every resource.
void write_tap(const Report& report, std::ostream& out);
/// Reviewdog Diagnostic Format, with fixes as suggestions.
void write_rdjson(const Report& report, std::ostream& out);
/// A table for job summaries and comments.
void write_markdown(const Report& report, std::ostream& out);

}  // namespace meshfn::report
