// One line a finding, in the form that editors, grep and problem matchers know.

#include <fmt/format.h>

#include <ostream>

#include "base/str.h"
#include "report/formats.h"

namespace meshfn::report {

void write_line(const Report& report, std::ostream& out) {
  for (const auto& finding : report.findings) {
    if (finding.suppressed && !report.show_suppressed) continue;
    const Range range = range_of(finding.where);
    const std::string path = finding.where.file == nullptr ? "meshfn" : path_of(finding.where);
    out << fmt::format("{}:{}:{}: {}[{}]: {}{}\n", path, range.begin.line, range.begin.column,
                       to_string(finding.severity), finding.rule->id,
                       str::replace_all(full_message(finding), "\n", " "),
                       finding.suppressed ? " (suppressed)" : "");
  }
}

}  // namespace meshfn::report
