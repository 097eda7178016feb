// Checkstyle XML, which Jenkins, reviewdog and many others read.

#include <fmt/format.h>

#include <map>
#include <ostream>

#include "base/xml.h"
#include "report/formats.h"

namespace meshfn::report {

void write_checkstyle(const Report& report, std::ostream& out) {
  std::map<std::string, std::string> files;
  for (const auto& finding : report.findings) {
    if (finding.suppressed) continue;
    const Range range = range_of(finding.where);
    files[path_of(finding.where)] += fmt::format(
        "    <error line=\"{}\" column=\"{}\" severity=\"{}\" message=\"{}\" "
        "source=\"meshfn.{}\"/>\n",
        range.begin.line, range.begin.column, to_string(finding.severity),
        xml_escape(full_message(finding)), finding.rule->id);
  }
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n";
  for (const auto& [path, errors] : files) {
    out << fmt::format("  <file name=\"{}\">\n{}  </file>\n", xml_escape(path), errors);
  }
  out << "</checkstyle>\n";
}

}  // namespace meshfn::report
