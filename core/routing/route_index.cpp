#include "routing/route_index.h"

#include <algorithm>
#include <limits>

#include "routing/regex_prefix.h"

namespace meshfn::routing {

namespace {

using Kind = StringMatch::Kind;

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

/// The text with which every path that `pattern` takes begins; no more than `/` when there is no
/// telling.
std::string beginning(const StringMatch& pattern) {
  if (pattern.ignore_case()) return {};
  std::string text = pattern.text();
  if (pattern.kind() == Kind::path_prefix && text.ends_with('/')) text.pop_back();
  return pattern.kind() == Kind::regex ? literal_prefix(text) : text;
}

/// Whether a path condition tells many routes apart.
bool fixes_path(const StringMatch& pattern) {
  switch (pattern.kind()) {
    case Kind::exact:
    case Kind::prefix:
    case Kind::path_prefix:
    case Kind::regex:
      return beginning(pattern).size() > 1 || pattern.kind() == Kind::exact;
    case Kind::suffix:
    case Kind::present:
      break;
  }
  return false;
}

bool is_exact(const StringMatch& pattern) {
  return pattern.kind() == Kind::exact && !pattern.ignore_case();
}

void append(std::vector<std::uint32_t>& numbers, std::uint32_t number) {
  if (numbers.empty() || numbers.back() != number) numbers.push_back(number);
}

}  // namespace

RouteIndex::RouteIndex(const std::vector<Route>& routes) : routes_(routes) {
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    if (routes[i].matches.empty()) append(open_, number);
    for (const Match& match : routes[i].matches) add(number, match);
  }
  for (const auto& [text, numbers] : prefixes_) lengths_.push_back(text.size());
  std::sort(lengths_.begin(), lengths_.end());
  lengths_.erase(std::unique(lengths_.begin(), lengths_.end()), lengths_.end());
}

void RouteIndex::add(std::uint32_t number, const Match& match) {
  for (const Condition& condition : match.conditions) {
    if (add(number, condition)) return;
  }
  append(open_, number);
}

bool RouteIndex::add(std::uint32_t number, const Condition& condition) {
  const auto& any_of = condition.any_of;
  if (condition.negated || any_of.empty()) return false;
  if (condition.subject == Subject::path) {
    if (!std::all_of(any_of.begin(), any_of.end(), fixes_path)) return false;
    for (const StringMatch& pattern : any_of) add_path(number, pattern);
    return true;
  }
  const bool header = condition.subject == Subject::header;
  if (!header && condition.subject != Subject::query) return false;
  if (!std::all_of(any_of.begin(), any_of.end(), is_exact)) return false;
  ByText& values = (header ? headers_ : query_)[condition.name];
  for (const StringMatch& pattern : any_of) append(values[pattern.text()], number);
  return true;
}

void RouteIndex::add_path(std::uint32_t number, const StringMatch& pattern) {
  const bool whole = is_exact(pattern);
  append(whole ? exact_[pattern.text()] : prefixes_[beginning(pattern)], number);
}

RouteIndex::Walks RouteIndex::candidates(const Request& request) const {
  Walks out;
  const auto walk = [&](const Numbers& numbers) {
    out.emplace_back(numbers.data(), numbers.data() + numbers.size());
  };
  const auto look = [&](const ByText& all, std::string_view text) {
    const auto found = all.find(text);
    if (found != all.end()) walk(found->second);
  };
  const std::string_view path = request.path;
  walk(open_);
  look(exact_, path);
  for (const std::size_t length : lengths_) {
    if (length > path.size()) break;
    look(prefixes_, path.substr(0, length));
  }
  const auto look_named = [&](const ByName& all, const Texts& texts) {
    if (all.empty()) return;
    for (const auto& [name, value] : texts) {
      const auto found = all.find(name);
      if (found != all.end()) look(found->second, value);
    }
  };
  look_named(headers_, request.headers);
  look_named(query_, request.query);
  return out;
}

const Route* RouteIndex::first(const Request& request, const Match*& match) const {
  Walks walks = candidates(request);
  while (true) {
    std::uint32_t next = kNone;
    for (const auto& [at, end] : walks) {
      if (at != end) next = std::min(next, *at);
    }
    if (next == kNone) return nullptr;
    // A route that several lists name is tried once.
    for (auto& [at, end] : walks) {
      if (at != end && *at == next) ++at;
    }
    const Route& route = routes_[next];
    if (route.protocol != request.protocol) continue;
    match = route.find_match(request);
    if (match != nullptr) return &route;
  }
}

}  // namespace meshfn::routing
