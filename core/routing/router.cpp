#include "routing/router.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "base/suggest.h"
#include "routing/host.h"

namespace meshfn::routing {

namespace {

/// With fewer than these it is as fast to try them all.
constexpr std::size_t kFewRoutes = 16;

bool serves(const Listener& listener, const Request& request) {
  if (listener.gateway != request.gateway) return false;
  const auto port = request.port;
  return !port || !listener.port || *port == *listener.port;
}

bool serves(const VirtualHost& host, std::optional<std::uint32_t> port) {
  return !port || host.ports.empty() ||
         std::find(host.ports.begin(), host.ports.end(), *port) != host.ports.end();
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
  for (const auto* matches : {&route.matches, &route.within}) {
    for (const Match& match : *matches) {
      if (const Condition* failed = match.first_failure(request)) {
        tried.push_back({&route, &match, failed->where, failed->why_not(request)});
      }
    }
  }
}

/// The port that the listener or the virtual host implies when the request names none: routes are
/// made for each port, so a condition on it is always decided.
std::optional<std::uint32_t> implied_port(const Listener& listener, const VirtualHost& host) {
  if (listener.port) return listener.port;
  return host.ports.size() == 1 ? std::optional(host.ports.front()) : std::nullopt;
}

}  // namespace

Router::Router(const Table& table) : table_(table) {
  for (const Listener& listener : table.listeners) {
    listeners_[listener.gateway].push_back(&listener);
    for (const VirtualHost& host : listener.virtual_hosts) {
      if (host.routes.size() >= kFewRoutes) indexes_[&host] = std::make_unique<Indexed>();
      for (const std::string& domain : host.domains) {
        const std::string name = str::lower(domain);
        const Place place{&listener, &host};
        if (name == "*") {
          everyone_.push_back(place);
        } else if (is_wildcard(name)) {
          suffixes_[name.substr(1)].push_back(place);
        } else if (name.ends_with('*')) {
          prefixes_[name.substr(0, name.size() - 1)].push_back(place);
        } else {
          exact_[name].push_back(place);
        }
      }
    }
  }
}

/// The most specific domain over all listeners that serve the request, for a gateway has one route
/// table a port: the whole name, the longest suffix, the longest prefix, everything.
Router::Place Router::find(const Request& request, const std::string& name) const {
  const auto port = request.effective_port();
  const auto first = [&](const Places& places) {
    const auto found = std::find_if(places.begin(), places.end(), [&](const Place& place) {
      return serves(*place.listener, request) && serves(*place.host, port);
    });
    return found == places.end() ? Place{} : *found;
  };
  const auto look = [&](const Index& index, std::string_view key) {
    const auto found = index.find(std::string(key));
    return found == index.end() ? Place{} : first(found->second);
  };
  const std::string lower = str::lower(name);
  Place place = look(exact_, lower);
  for (std::size_t at = 1; place.host == nullptr && !suffixes_.empty() && at < lower.size(); ++at) {
    place = look(suffixes_, std::string_view(lower).substr(at));
  }
  for (std::size_t end = lower.size(); place.host == nullptr && !prefixes_.empty() && end > 1;) {
    place = look(prefixes_, std::string_view(lower).substr(0, --end));
  }
  return place.host == nullptr ? first(everyone_) : place;
}

const Listener* Router::listener_of(const Request& request) const {
  const auto found = listeners_.find(request.gateway);
  if (found == listeners_.end()) return nullptr;
  const auto fits = std::find_if(found->second.begin(), found->second.end(),
                                 [&](const Listener* one) { return serves(*one, request); });
  return fits == found->second.end() ? nullptr : *fits;
}

void Router::follow(const Request& request, Answer& answer, const Request*& seen,
                    Request& own) const {
  seen = &request;
  const Place place = find(request, request.host());
  answer.listener = place.host != nullptr ? place.listener : listener_of(request);
  answer.virtual_host = place.host;
  if (place.host == nullptr) return;
  const auto port = request.port ? std::nullopt : implied_port(*place.listener, *place.host);
  if (port) {
    own = request;
    own.port = port;
    seen = &own;
  }
  choose(*seen, answer);
}

void Router::choose(const Request& seen, Answer& answer) const {
  const auto& routes = answer.virtual_host->routes;
  const auto indexed = indexes_.find(answer.virtual_host);
  if (indexed != indexes_.end()) {
    Indexed& one = *indexed->second;
    // One request does not pay for an index.
    if (one.asked.fetch_add(1, std::memory_order_relaxed) > 0) {
      std::call_once(one.once, [&] { one.index = std::make_unique<RouteIndex>(routes); });
      answer.route = one.index->first(seen, answer.match);
      return;
    }
  }
  for (const Route& route : routes) {
    if (route.protocol != seen.protocol) continue;
    answer.match = route.find_match(seen);
    if (answer.match == nullptr) continue;
    answer.route = &route;
    return;
  }
}

Answer Router::answer(const Request& request) const {
  Answer answer;
  const Request* seen = nullptr;
  Request own;
  follow(request, answer, seen, own);
  return answer;
}

Answer Router::explain(const Request& request) const {
  Answer answer;
  const Request* seen = nullptr;
  Request own;
  follow(request, answer, seen, own);
  if (answer.listener == nullptr) {
    answer.lost = fmt::format("no listener `{}`{}", request.gateway,
                              request.port ? fmt::format(" on port {}", *request.port) : "");
    return answer;
  }
  if (answer.virtual_host == nullptr) {
    answer.lost = no_host(table_, request, request.host());
    return answer;
  }
  for (const Route& route : answer.virtual_host->routes) {
    if (&route == answer.route) return answer;
    if (route.protocol == request.protocol) note_failures(route, *seen, answer.tried);
  }
  answer.lost = fmt::format("no route of `{}` takes it", answer.virtual_host->host);
  return answer;
}

Answer explain(const Table& table, const Request& request) {
  return Router(table).explain(request);
}

const Route* find_route(const Table& table, const Request& request) {
  return Router(table).answer(request).route;
}

}  // namespace meshfn::routing
