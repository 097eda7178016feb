#include "report/subjects.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace meshfn::report {

namespace {

std::string name_of(const Subject& subject) {
  const std::string name = display_name(subject.resource);
  return name.empty() ? fmt::format("document {}", subject.document + 1) : name;
}

}  // namespace

std::vector<Case> cases_of(const Report& report) {
  using Key = std::tuple<std::string, std::uint32_t, std::string>;
  std::vector<Case> cases;
  std::map<Key, std::size_t> by_resource;
  for (const Subject& subject : report.subjects) {
    const std::string path = subject.path.starts_with("./") ? subject.path.substr(2) : subject.path;
    const Key key{path, subject.document, name_of(subject)};
    if (by_resource.emplace(key, cases.size()).second) {
      cases.push_back({path, name_of(subject), {}});
    }
  }
  std::map<std::string, Case> rest;
  for (const auto& finding : report.findings) {
    if (finding.suppressed) continue;
    const std::string path = path_of(finding.where);
    const std::string name = name_of({path, finding.document, finding.resource});
    const auto found = by_resource.find({path, finding.document, name});
    Case& home = found == by_resource.end() ? rest[path] : cases[found->second];
    home.findings.push_back(&finding);
  }
  for (auto& [path, one] : rest) {
    one.path = path;
    one.name = "file";
    const auto after = std::find_if(cases.rbegin(), cases.rend(),
                                    [&p = path](const Case& c) { return c.path == p; });
    cases.insert(after == cases.rend() ? cases.end() : after.base(), std::move(one));
  }
  return cases;
}

}  // namespace meshfn::report
