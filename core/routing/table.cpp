#include "routing/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace meshfn::routing {

namespace {

const Match kEveryRequest;

/// The path condition by which `match` took the request; null when it has none.
const StringMatch* path_of(const Match& match, const Request& request) {
  for (const Condition& condition : match.conditions) {
    if (condition.subject != Subject::path || condition.negated) continue;
    for (const StringMatch& pattern : condition.any_of) {
      if (pattern.matches(request.path)) return &pattern;
    }
  }
  return nullptr;
}

/// Envoy replaces the matched text of a prefix and the whole path of an exact or regex match; an
/// Istio route without a path condition matches prefix `/`. Gateway API's ReplacePrefixMatch works
/// on segments.
std::string replace_prefix(const std::string& replacement, const Match& match,
                           const Request& request) {
  const StringMatch* pattern = path_of(match, request);
  if (pattern != nullptr && pattern->kind() == StringMatch::Kind::path_prefix) {
    std::string_view rest = request.path;
    const std::string& prefix = pattern->text();
    rest.remove_prefix(prefix == "/" ? 0 : std::min(prefix.size(), rest.size()));
    std::string head = replacement == "/" ? "" : replacement;
    if (head.ends_with('/') && rest.starts_with('/')) head.pop_back();
    if (!rest.empty() && !rest.starts_with('/')) head += '/';
    head += rest;
    return head.empty() ? "/" : head;
  }
  if (pattern == nullptr) return replacement + request.path.substr(request.path.empty() ? 0 : 1);
  if (pattern->kind() != StringMatch::Kind::prefix) return replacement;
  return replacement + request.path.substr(std::min(pattern->text().size(), request.path.size()));
}

}  // namespace

std::string_view to_string(Dialect dialect) {
  switch (dialect) {
    case Dialect::kubernetes:
      return "Kubernetes";
    case Dialect::istio:
      return "Istio";
    case Dialect::gateway_api:
      return "Gateway API";
    case Dialect::linkerd:
      return "Linkerd";
  }
  return {};
}

Listener& Table::mesh() {
  const auto found = std::find_if(listeners.begin(), listeners.end(), [](const Listener& listener) {
    return listener.gateway == "mesh";
  });
  if (found != listeners.end()) return *found;
  Listener added;
  added.gateway = "mesh";
  return *listeners.insert(listeners.begin(), std::move(added));
}

const Match* Route::find_match(const Request& request) const {
  const auto holds = [&](const Match& match) { return match.holds(request); };
  if (!within.empty() && std::none_of(within.begin(), within.end(), holds)) return nullptr;
  if (matches.empty()) return within.empty() ? &kEveryRequest : &within.front();
  const auto found = std::find_if(matches.begin(), matches.end(), holds);
  return found == matches.end() ? nullptr : &*found;
}

bool Route::is_catch_all() const {
  if (!within.empty()) return false;
  if (matches.empty()) return true;
  return std::any_of(matches.begin(), matches.end(),
                     [](const Match& match) { return covers(match, kEveryRequest); });
}

std::uint64_t Route::total_weight() const {
  return std::accumulate(
      destinations.begin(), destinations.end(), std::uint64_t{0},
      [](std::uint64_t sum, const Destination& destination) { return sum + destination.weight; });
}

bool covers(const Route& earlier, const Route& later, std::size_t index) {
  if (!earlier.within.empty()) return false;
  const Match& narrow = later.matches.empty() ? kEveryRequest : later.matches[index];
  if (earlier.matches.empty()) return true;
  return std::any_of(earlier.matches.begin(), earlier.matches.end(),
                     [&](const Match& wide) { return covers(wide, narrow); });
}

std::string rewritten_path(const Route& route, const Match& match, const Request& request) {
  if (!route.rewrite) return request.path;
  const Rewrite& rewrite = *route.rewrite;
  if (!rewrite.regex.empty())
    return replace_regex(request.path, rewrite.regex, rewrite.substitution);
  if (!rewrite.path) return request.path;
  return rewrite.replaces_prefix ? replace_prefix(*rewrite.path, match, request) : *rewrite.path;
}

std::string redirect_location(const Redirect& redirect, const Match& match,
                              const Request& request) {
  const std::string scheme = redirect.scheme.empty() ? request.scheme : redirect.scheme;
  std::string authority = redirect.authority;
  if (authority.empty()) {
    authority = redirect.port || redirect.drops_port ? request.host() : request.authority;
  }
  if (redirect.port) authority += fmt::format(":{}", *redirect.port);
  std::string path = request.path;
  if (!redirect.path.empty()) {
    path = redirect.replaces_prefix ? replace_prefix(redirect.path, match, request) : redirect.path;
  }
  return fmt::format("{}://{}{}", scheme, authority, path);
}

}  // namespace meshfn::routing
