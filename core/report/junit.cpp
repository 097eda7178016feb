// JUnit XML: a suite for every file and a case for every resource, the clean ones included, so
// that a CI server shows how much was checked. Errors and warnings fail their case.

#include <fmt/format.h>

#include <ostream>

#include "base/xml.h"
#include "report/formats.h"
#include "report/subjects.h"

namespace meshfn::report {

namespace {

using diagnostic::Diagnostic;
using diagnostic::Severity;

bool fails(const Diagnostic& finding) { return finding.severity != Severity::info; }

std::string line_of(const Diagnostic& finding) {
  const Range range = range_of(finding.where);
  return fmt::format("{}:{}:{}: {}[{}]: {}", path_of(finding.where), range.begin.line,
                     range.begin.column, to_string(finding.severity), finding.rule->id,
                     full_message(finding));
}

std::string case_xml(const Case& one) {
  std::string body;
  for (const Diagnostic* finding : one.findings) {
    const std::string line = xml_escape(line_of(*finding));
    body += fails(*finding)
                ? fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
                              finding->rule->id, xml_escape(finding->message), line)
                : fmt::format("      <system-out>{}</system-out>\n", line);
  }
  return fmt::format("    <testcase classname=\"{}\" name=\"{}\">\n{}    </testcase>\n",
                     xml_escape(one.path), xml_escape(one.name), body);
}

bool failed(const Case& one) {
  for (const Diagnostic* finding : one.findings) {
    if (fails(*finding)) return true;
  }
  return false;
}

}  // namespace

void write_junit(const Report& report, std::ostream& out) {
  const std::vector<Case> cases = cases_of(report);
  std::size_t failures = 0;
  std::string suites;
  for (std::size_t i = 0; i < cases.size();) {
    const std::string& path = cases[i].path;
    std::string body;
    std::size_t tests = 0;
    std::size_t bad = 0;
    for (; i < cases.size() && cases[i].path == path; ++i) {
      body += case_xml(cases[i]);
      ++tests;
      if (failed(cases[i])) ++bad;
    }
    failures += bad;
    suites += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n"
        "{}  </testsuite>\n",
        xml_escape(path), tests, bad, body);
  }
  out << fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"meshfn lint\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n"
      "{}</testsuites>\n",
      cases.size(), failures, suites);
}

}  // namespace meshfn::report
