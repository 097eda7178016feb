#pragma once

// What a lint run found, and how it is written down. A reporter is one row: a name, a sentence and
// a function from a Report to bytes. All of them read the same findings in the same order, so that
// no format knows more than another, and none decides an exit code.

#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostic/diagnostic.h"

namespace meshfn::report {

/// Counts of one run. Errors, warnings and infos leave out what is suppressed.
struct Summary {
  std::size_t files = 0;
  std::size_t documents = 0;
  std::size_t resources = 0;
  std::size_t errors = 0;
  std::size_t warnings = 0;
  std::size_t infos = 0;
  std::size_t suppressed = 0;
};

/// One thing that was checked, so that formats which list passes as well (JUnit, TAP) can.
struct Subject {
  std::string path;
  std::uint32_t document = 0;
  diagnostic::ResourceRef resource;  ///< without a kind: the document is no Kubernetes object
};

/// Everything a reporter may say. The files that findings point into must outlive it.
struct Report {
  std::vector<diagnostic::Diagnostic> findings;  ///< sorted; suppressed ones included and marked
  Summary summary;
  std::vector<Subject> subjects;               ///< in the order of input
  std::vector<const diagnostic::Rule*> rules;  ///< the catalogue, ids ascending
  std::string tool_version;
  bool colour = false;           ///< text only
  std::size_t width = 100;       ///< columns that source excerpts may take; text only
  bool show_suppressed = false;  ///< text and line formats: list them too
};

struct Reporter {
  std::string_view name;     ///< what `-o` takes
  std::string_view summary;  ///< one line
  void (*write)(const Report& report, std::ostream& out) = nullptr;
};

/// All reporters, in the order of help.
std::span<const Reporter> reporters();

/// The reporter called `name`; null when there is none.
const Reporter* find_reporter(std::string_view name);

/// Adds up errors, warnings, infos and suppressed findings; leaves the other counts alone.
void count_findings(const std::vector<diagnostic::Diagnostic>& findings, Summary& summary);

/// "3 errors, 1 warning in 4 files (12 resources)"; "no findings in …" when there are none.
std::string one_line(const Summary& summary);

/// Where the finding begins and ends for people; line 1, column 1 for one without a place.
struct Range {
  source::Position begin;
  source::Position end;
};

Range range_of(const source::Location& where);

/// The path of the finding as the user named it, without a leading "./"; empty without a file.
std::string path_of(const source::Location& where);

/// The message, with what the place was rendered from where that is known.
std::string full_message(const diagnostic::Diagnostic& finding);

/// "VirtualService shop/reviews"; empty when the finding is about no resource.
std::string display_name(const diagnostic::ResourceRef& resource);

}  // namespace meshfn::report
