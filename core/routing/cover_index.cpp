#include "routing/cover_index.h"

#include <algorithm>
#include <set>

#include "base/str.h"
#include "routing/regex_prefix.h"

namespace meshfn::routing {

namespace {

using Kind = StringMatch::Kind;

/// How many matches without a fixed text are compared with one match.
constexpr std::size_t kLookBack = 1000;

std::string head(const Condition& condition, char what) {
  std::string key(1, static_cast<char>('a' + static_cast<int>(condition.subject)));
  key += condition.name;
  key += '\n';
  key += what;
  return key;
}

/// The beginning that a pattern asks for; absent when it asks for none.
std::optional<std::string> prefix_of(const StringMatch& pattern) {
  std::string text = pattern.text();
  if (pattern.kind() == Kind::prefix) return text;
  if (pattern.kind() == Kind::regex) {
    text = literal_prefix(text);
    return text.empty() ? std::nullopt : std::optional(text);
  }
  if (pattern.kind() != Kind::path_prefix) return std::nullopt;
  if (text.ends_with('/')) text.pop_back();
  return text;
}

/// Where a pattern is found; empty when it may take texts that have nothing in common. Case is left
/// to the comparison that follows.
std::string key_of(const Condition& condition, const StringMatch& pattern) {
  if (pattern.kind() == Kind::exact) {
    return head(condition, 'e') + str::lower(pattern.text());
  }
  const auto prefix = prefix_of(pattern);
  return prefix ? head(condition, 'p') + str::lower(*prefix) : std::string();
}

/// The keys of a condition; none when one of its patterns has none, or it cannot be a key.
std::vector<std::string> keys_of_condition(const Condition& condition) {
  std::vector<std::string> keys;
  if (condition.negated || is_vacuous(condition)) return keys;
  for (const StringMatch& pattern : condition.any_of) {
    keys.push_back(key_of(condition, pattern));
    if (keys.back().empty()) return {};
  }
  return keys;
}

/// The text of which a wide pattern's prefix is a beginning, if it covers `narrow` at all.
std::string begins_with(const StringMatch& narrow) {
  std::string_view text = narrow.text();
  if (narrow.kind() == Kind::regex && text.starts_with('^')) text.remove_prefix(1);
  return str::lower(text);
}

using Uses = std::unordered_map<std::string, std::size_t>;

/// The keys of the condition that the fewest others share.
std::vector<std::string> keys_of(const Match& wide, const Uses& all_uses) {
  std::vector<std::string> best;
  std::size_t least = 0;
  for (const Condition& condition : wide.conditions) {
    auto keys = keys_of_condition(condition);
    std::size_t uses = 0;
    for (const std::string& key : keys) uses += all_uses.at(key);
    if (keys.empty() || (!best.empty() && uses >= least)) continue;
    best = std::move(keys);
    least = uses;
  }
  return best;
}

}  // namespace

CoverIndex::CoverIndex(const std::vector<const Match*>& matches) {
  Uses uses;
  std::set<std::size_t> lengths;
  for (const Match* match : matches) {
    for (const Condition& condition : match->conditions) {
      for (const std::string& key : keys_of_condition(condition)) ++uses[key];
      for (const StringMatch& pattern : condition.any_of) {
        if (const auto prefix = prefix_of(pattern)) lengths.insert(prefix->size());
      }
    }
  }
  lengths_.assign(lengths.begin(), lengths.end());
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    const auto keys = keys_of(*matches[i], uses);
    if (keys.empty()) open_.push_back(number);
    for (const std::string& key : keys) {
      Numbers& numbers = fixed_[key];
      if (numbers.empty() || numbers.back() != number) numbers.push_back(number);
    }
  }
}

/// A wide match takes every pattern of a condition it shares with `narrow`, so it is enough to look
/// for the first one.
std::vector<const CoverIndex::Numbers*> CoverIndex::buckets_for(const Match& narrow) const {
  std::vector<const Numbers*> buckets;
  const auto look = [&](const std::string& key) {
    const auto found = fixed_.find(key);
    if (found != fixed_.end()) buckets.push_back(&found->second);
  };
  for (const Condition& condition : narrow.conditions) {
    if (condition.negated || condition.any_of.empty()) continue;
    const StringMatch& pattern = condition.any_of.front();
    const std::string text = begins_with(pattern);
    if (pattern.kind() == Kind::exact) look(head(condition, 'e') + text);
    const std::string before = head(condition, 'p');
    for (const std::size_t length : lengths_) {
      if (length > text.size()) break;
      look(before + text.substr(0, length));
    }
  }
  return buckets;
}

std::optional<std::size_t> CoverIndex::first(const Match& narrow, std::size_t end,
                                             const Test& test) const {
  struct Walk {
    Numbers::const_iterator at;
    Numbers::const_iterator last;
  };

  std::vector<Walk> walks;
  const auto add = [&](const Numbers& numbers, std::size_t limit) {
    const auto last = std::lower_bound(numbers.begin(), numbers.end(), end);
    const auto count = static_cast<std::size_t>(last - numbers.begin());
    walks.push_back({last - static_cast<std::ptrdiff_t>(std::min(count, limit)), last});
  };
  add(open_, kLookBack);
  for (const Numbers* numbers : buckets_for(narrow)) add(*numbers, numbers->size());
  while (true) {
    std::size_t next = end;
    for (const Walk& walk : walks) {
      if (walk.at != walk.last) next = std::min<std::size_t>(next, *walk.at);
    }
    if (next == end) return std::nullopt;
    if (test(next)) return next;
    for (Walk& walk : walks) {
      if (walk.at != walk.last && *walk.at == next) ++walk.at;
    }
  }
}

}  // namespace meshfn::routing
