#include "routing/delegate.h"

#include <fmt/format.h>

#include <algorithm>

namespace meshfn::routing {

namespace {

bool same_subject(const Condition& a, const Condition& b) {
  return a.subject == b.subject && a.name == b.name && a.negated == b.negated;
}

const Condition* find_like(const Match& match, const Condition& wanted) {
  const auto found =
      std::find_if(match.conditions.begin(), match.conditions.end(),
                   [&](const Condition& condition) { return same_subject(condition, wanted); });
  return found == match.conditions.end() ? nullptr : &*found;
}

/// stringMatchConflict: a regex fits nothing but silence on the other side, an exact root only the
/// same exact, a prefix root what begins with it.
bool conflicts(const StringMatch& root, const StringMatch& leaf) {
  using Kind = StringMatch::Kind;
  if (root.kind() == Kind::present || leaf.kind() == Kind::present) return false;
  if (root.kind() == Kind::regex || leaf.kind() == Kind::regex) return true;
  if (root.kind() == Kind::exact) {
    return leaf.kind() != Kind::exact || leaf.text() != root.text();
  }
  return !leaf.text().starts_with(root.text());
}

/// Gateways of the delegate have to be among the root's; everything else is one text each.
bool conflicts(const Condition& root, const Condition& leaf) {
  if (root.subject == Subject::gateway) {
    return std::any_of(leaf.any_of.begin(), leaf.any_of.end(), [&](const StringMatch& wanted) {
      return std::find(root.any_of.begin(), root.any_of.end(), wanted) == root.any_of.end();
    });
  }
  const StringMatch& a = root.any_of.front();
  const StringMatch& b = leaf.any_of.front();
  return conflicts(a, b) || (root.subject == Subject::path && a.ignore_case() != b.ignore_case());
}

std::string joined_name(const std::string& root, const std::string& delegate) {
  if (root.empty() || delegate.empty()) return root + delegate;
  return root + "-" + delegate;
}

/// What the delegate leaves open comes from the root, whole values only.
void inherit(Route& route, const Route& root) {
  if (!route.redirect) route.redirect = root.redirect;
  if (!route.direct_response) route.direct_response = root.direct_response;
  if (!route.rewrite) route.rewrite = root.rewrite;
  if (!route.fault) route.fault = root.fault;
  if (!route.cors) route.cors = root.cors;
  if (route.mirrors.empty()) route.mirrors = root.mirrors;
  if (route.headers.empty()) route.headers = root.headers;
  if (route.timeout.is_default()) route.timeout = root.timeout;
  if (route.retries->attempts.is_default()) route.retries = root.retries;
}

std::optional<std::vector<Match>> merge(const std::vector<Match>& root,
                                        const std::vector<Match>& delegate, std::string& why) {
  if (root.empty()) return delegate;
  if (delegate.empty()) return root;
  std::vector<Match> merged;
  for (const Match& leaf : delegate) {
    const std::size_t before = merged.size();
    for (const Match& outer : root) {
      const std::string problem = conflict(outer, leaf);
      if (problem.empty()) {
        merged.push_back(merge(outer, leaf));
      } else {
        why = problem;
      }
    }
    if (merged.size() == before) return std::nullopt;
  }
  return merged;
}

}  // namespace

std::string conflict(const Match& root, const Match& delegate) {
  for (const Condition& outer : root.conditions) {
    const Condition* inner = find_like(delegate, outer);
    // The root's namespace has to be repeated; everything else may be left open.
    if (inner == nullptr && outer.subject != Subject::source_namespace) continue;
    if (inner == nullptr) return outer.describe() + " is not repeated by the delegate";
    if (conflicts(outer, *inner)) {
      return fmt::format("{} does not fit into {}", inner->describe(), outer.describe());
    }
  }
  return {};
}

Match merge(const Match& root, const Match& delegate) {
  Match merged = delegate;
  merged.name = joined_name(root.name, delegate.name);
  for (const Condition& outer : root.conditions) {
    if (find_like(delegate, outer) == nullptr) merged.conditions.push_back(outer);
  }
  return merged;
}

std::optional<Route> merge(const Route& root, const Route& delegate, std::string& why) {
  std::optional<std::vector<Match>> matches = merge(root.matches, delegate.matches, why);
  if (!matches) return std::nullopt;
  Route route = delegate;
  route.matches = std::move(*matches);
  route.delegate = root.delegate;
  inherit(route, root);
  return route;
}

Route nest(const Route& root, const Route& delegate) {
  Route route = delegate;
  route.within = root.matches;
  route.delegate = root.delegate;
  inherit(route, root);
  return route;
}

}  // namespace meshfn::routing
