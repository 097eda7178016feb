#include "lint/known_differences.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/str.h"
#include "support/paths.h"

namespace meshfn::lint {

namespace {

std::string read_list() {
  const std::string path = test::source_dir() + "/tests/lint/known_differences.txt";
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

KnownDifferences::KnownDifferences(std::string_view suite) {
  const std::string list = read_list();
  for (const std::string_view line : str::lines(list)) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto parts = str::split(line, '|');
    if (parts.size() != 3 || str::trim(parts[2]).empty()) {
      throw std::runtime_error("known_differences.txt: not `suite | case | reason`: " +
                               std::string(line));
    }
    if (str::trim(parts[0]) != suite) continue;
    reasons_.emplace(str::trim(parts[1]), str::trim(parts[2]));
  }
}

bool KnownDifferences::judge(const std::string& id, bool right) {
  if (!reasons_.contains(id)) return right;
  differed_[id] = !right;
  return true;
}

std::vector<std::string> KnownDifferences::stale() const {
  std::vector<std::string> list;
  for (const auto& [id, reason] : reasons_) {
    const auto judged = differed_.find(id);
    if (judged == differed_.end() || !judged->second) list.push_back(id);
  }
  return list;
}

}  // namespace meshfn::lint
