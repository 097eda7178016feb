#include "lint/known_differences.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/str.h"
#include "support/paths.h"

namespace meshfn::lint {

namespace {

std::string list_path() { return test::source_dir() + "/tests/lint/known_differences.txt"; }

std::string read_list() {
  std::ifstream in(list_path());
  if (!in) throw std::runtime_error("cannot read " + list_path());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Row {
  std::string_view suite;
  std::string_view id;
  std::string_view reason;
};

/// A line of the list; without a suite when it is empty or a comment.
Row read_row(std::string_view line) {
  if (line.empty() || line.starts_with('#')) return {};
  const auto parts = str::split(line, '|');
  if (parts.size() != 3 || str::trim(parts[2]).empty()) {
    throw std::runtime_error("known_differences.txt: not `suite | case | reason`: " +
                             std::string(line));
  }
  return {str::trim(parts[0]), str::trim(parts[1]), str::trim(parts[2])};
}

}  // namespace

KnownDifferences::KnownDifferences(std::string_view suite) : suite_(suite) {
  const std::string list = read_list();
  for (const std::string_view line : str::lines(list)) {
    const Row row = read_row(line);
    if (row.suite == suite) reasons_.emplace(row.id, row.reason);
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

void KnownDifferences::drop_stale() const {
  const std::vector<std::string> gone = stale();
  const std::string list = read_list();
  std::ofstream out(list_path());
  for (const std::string_view line : str::lines(list)) {
    const Row row = read_row(line);
    const bool is_gone =
        row.suite == suite_ && std::find(gone.begin(), gone.end(), row.id) != gone.end();
    if (!is_gone) out << line << '\n';
  }
}

}  // namespace meshfn::lint
