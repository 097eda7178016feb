#include "routing/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/str.h"
#include "base/suggest.h"
#include "routing/host.h"

namespace meshfn::routing {

namespace {

const Match kEveryRequest;

bool serves(const Listener& listener, const Request& request) {
  if (listener.gateway != request.gateway) return false;
  const auto port = request.port;
  return !port || !listener.port || *port == *listener.port;
}

bool serves(const VirtualHost& host, const Request& request) {
  const auto port = request.effective_port();
  return !port || host.ports.empty() ||
         std::find(host.ports.begin(), host.ports.end(), *port) != host.ports.end();
}

struct Place {
  const Listener* listener = nullptr;
  const VirtualHost* host = nullptr;
};

/// The virtual host with the most specific domain over all listeners that serve the request: a
/// gateway has one route table per port.
Place find_host(const Table& table, const Request& request, const std::string& name) {
  Place best;
  std::string_view best_domain_text;
  for (const Listener& listener : table.listeners) {
    if (!serves(listener, request)) continue;
    if (best.listener == nullptr) best.listener = &listener;
    for (const VirtualHost& host : listener.virtual_hosts) {
      if (!serves(host, request)) continue;
      const auto index = best_domain(host.domains, name);
      if (!index) continue;
      const std::string_view domain = host.domains[*index];
      if (best.host != nullptr && !more_specific(domain, best_domain_text)) continue;
      best = {&listener, &host};
      best_domain_text = domain;
    }
  }
  return best;
}

/// The request with the port that the listener or the virtual host implies: routes are made for
/// each port, so a condition on it is always decided.
Request with_port(const Request& request, const Place& place) {
  Request seen = request;
  if (seen.port) return seen;
  seen.port = place.listener->port;
  if (!seen.port && place.host->ports.size() == 1) seen.port = place.host->ports.front();
  return seen;
}

std::string no_host(const Table& table, const Request& request, const std::string& name) {
  std::vector<std::string_view> known;
  for (const Listener& listener : table.listeners) {
    if (!serves(listener, request)) continue;
    for (const VirtualHost& host : listener.virtual_hosts) {
      known.insert(known.end(), host.domains.begin(), host.domains.end());
    }
  }
  const std::string hint = did_you_mean(name, known);
  return fmt::format("no virtual host of `{}` takes host `{}`{}{}", request.gateway, name,
                     hint.empty() ? "" : "; ", hint);
}

void note_failures(const Route& route, const Request& request, std::vector<Attempt>& tried) {
  for (const Match& match : route.matches) {
    if (const Condition* failed = match.first_failure(request)) {
      tried.push_back({&route, &match, failed->where, failed->why_not(request)});
    }
  }
  for (const Match& match : route.within) {
    if (const Condition* failed = match.first_failure(request)) {
      tried.push_back({&route, &match, failed->where, failed->why_not(request)});
    }
  }
}

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

Answer explain(const Table& table, const Request& request) {
  Answer answer;
  const std::string name = request.host();
  const Place place = find_host(table, request, name);
  answer.listener = place.listener;
  answer.virtual_host = place.host;
  if (place.listener == nullptr) {
    answer.lost = fmt::format("no listener `{}`{}", request.gateway,
                              request.port ? fmt::format(" on port {}", *request.port) : "");
    return answer;
  }
  if (place.host == nullptr) {
    answer.lost = no_host(table, request, name);
    return answer;
  }
  const Request seen = with_port(request, place);
  for (const Route& route : place.host->routes) {
    if (route.protocol != request.protocol) continue;
    if (const Match* match = route.find_match(seen)) {
      answer.route = &route;
      answer.match = match;
      return answer;
    }
    note_failures(route, seen, answer.tried);
  }
  answer.lost = fmt::format("no route of `{}` takes it", place.host->host);
  return answer;
}

const Route* find_route(const Table& table, const Request& request) {
  const Place place = find_host(table, request, request.host());
  if (place.host == nullptr) return nullptr;
  const Request seen = with_port(request, place);
  const auto& routes = place.host->routes;
  const auto found = std::find_if(routes.begin(), routes.end(), [&](const Route& route) {
    return route.protocol == seen.protocol && route.find_match(seen) != nullptr;
  });
  return found == routes.end() ? nullptr : &*found;
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
  if (authority.empty()) authority = redirect.port ? request.host() : request.authority;
  if (redirect.port) authority += fmt::format(":{}", *redirect.port);
  std::string path = request.path;
  if (!redirect.path.empty()) {
    path = redirect.replaces_prefix ? replace_prefix(redirect.path, match, request) : redirect.path;
  }
  return fmt::format("{}://{}{}", scheme, authority, path);
}

}  // namespace meshfn::routing
