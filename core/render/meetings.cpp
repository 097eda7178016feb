#include "render/meetings.h"

#include <algorithm>
#include <numeric>

#include "routing/regex_prefix.h"

namespace meshfn::render {

namespace {

using routing::Match;
using routing::StringMatch;
using Kind = StringMatch::Kind;

bool is_prefix(const StringMatch& pattern) {
  return pattern.kind() == Kind::prefix || pattern.kind() == Kind::path_prefix;
}

/// With what every text that `pattern` takes begins; empty when there is no telling.
std::string beginning(const StringMatch& pattern) {
  if (pattern.ignore_case()) return {};
  if (pattern.kind() == Kind::regex) return routing::literal_prefix(pattern.text());
  return is_prefix(pattern) ? pattern.text() : std::string();
}

/// Whether `pattern`, whose texts begin with `own`, may take one that begins with `text`.
bool may_take(const StringMatch& pattern, const std::string& own, const std::string& text) {
  return is_prefix(pattern) ? pattern.matches(text) : text.starts_with(own);
}

/// Like `beginning`, of every kind: `/a/` of whole segments takes `/a`, too.
std::string key_of(const Match& match) {
  const StringMatch* path = path_of(match);
  if (path == nullptr || path->ignore_case()) return {};
  if (path->kind() == Kind::exact) return path->text();
  std::string key = beginning(*path);
  if (path->kind() == Kind::path_prefix && key.ends_with('/')) key.pop_back();
  return key;
}

}  // namespace

const StringMatch* path_of(const Match& match) {
  for (const routing::Condition& condition : match.conditions) {
    if (condition.subject == routing::Subject::path) return &condition.any_of.front();
  }
  return nullptr;
}

bool disjoint(const StringMatch& a, const StringMatch& b) {
  if (a.kind() == Kind::exact) return !b.matches(a.text());
  if (b.kind() == Kind::exact) return !a.matches(b.text());
  const std::string mine = beginning(a);
  const std::string other = beginning(b);
  if (mine.empty() || other.empty()) return false;
  return !may_take(a, mine, other) && !may_take(b, other, mine);
}

bool have_disjoint_paths(const Match& a, const Match& b) {
  const StringMatch* mine = path_of(a);
  const StringMatch* other = path_of(b);
  return mine != nullptr && other != nullptr && disjoint(*mine, *other);
}

void Meetings::add(std::size_t number, const Match& match) {
  count_ = std::max(count_, number + 1);
  const std::string key = key_of(match);
  if (key.empty()) {
    open_.insert(number);
    return;
  }
  rules_[key].insert(number);
  lengths_.insert(key.size());
}

std::vector<std::size_t> Meetings::with(const std::vector<Match>& matches) const {
  std::set<std::size_t> out = open_;
  for (const Match& match : matches) {
    const std::string key = key_of(match);
    if (key.empty()) {
      std::vector<std::size_t> all(count_);
      std::iota(all.begin(), all.end(), 0);
      return all;
    }
    add_near(out, key);
  }
  return {out.begin(), out.end()};
}

/// Two paths meet when one of their beginnings begins with the other.
void Meetings::add_near(std::set<std::size_t>& out, const std::string& path) const {
  for (const std::size_t length : lengths_) {
    if (length >= path.size()) break;
    const auto found = rules_.find(path.substr(0, length));
    if (found != rules_.end()) out.insert(found->second.begin(), found->second.end());
  }
  for (auto at = rules_.lower_bound(path); at != rules_.end(); ++at) {
    if (!at->first.starts_with(path)) break;
    out.insert(at->second.begin(), at->second.end());
  }
}

}  // namespace meshfn::render
