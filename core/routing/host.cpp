#include "routing/host.h"

#include <charconv>

#include "base/str.h"

namespace meshfn::routing {

namespace {

/// `text` without `suffix`; nothing when it does not end in it.
std::optional<std::string_view> before_suffix(std::string_view text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return std::nullopt;
  return text.substr(0, text.size() - suffix.size());
}

std::optional<std::uint32_t> to_port(std::string_view digits) {
  std::uint32_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port > 65535) {
    return std::nullopt;
  }
  return port;
}

}  // namespace

std::string fqdn(std::string_view host, std::string_view name_space) {
  const bool whole = host.empty() || is_wildcard(host) || host.find('.') != host.npos;
  if (whole || name_space.empty()) return std::string(host);
  std::string full(host);
  full.append(".").append(name_space).append(".").append(kServiceDomain);
  return full;
}

std::optional<ServiceName> service_of(std::string_view fqdn) {
  std::optional<std::string_view> rest = before_suffix(fqdn, ".svc.cluster.local");
  if (!rest) rest = before_suffix(fqdn, ".svc");
  if (!rest) return std::nullopt;
  const std::size_t dot = rest->rfind('.');
  if (dot == rest->npos || dot == 0) return std::nullopt;
  return ServiceName{std::string(rest->substr(0, dot)), std::string(rest->substr(dot + 1))};
}

bool is_wildcard(std::string_view host) { return host.starts_with('*'); }

bool overlaps(std::string_view a, std::string_view b) {
  const std::string x = str::lower(a);
  const std::string y = str::lower(b);
  if (!is_wildcard(x) && !is_wildcard(y)) return x == y;
  if (is_wildcard(x) && is_wildcard(y)) {
    const std::string& longer = x.size() >= y.size() ? x : y;
    const std::string& shorter = x.size() >= y.size() ? y : x;
    return longer.ends_with(std::string_view(shorter).substr(1));
  }
  const std::string& wild = is_wildcard(x) ? x : y;
  const std::string& name = is_wildcard(x) ? y : x;
  return name.ends_with(std::string_view(wild).substr(1));
}

bool covers_host(std::string_view wide, std::string_view narrow) {
  if (wide == narrow) return true;
  const std::string w = str::lower(wide);
  const std::string n = str::lower(narrow);
  if (!is_wildcard(w)) return w == n;
  const std::string_view suffix = std::string_view(w).substr(1);
  return is_wildcard(n) ? n.size() >= w.size() && n.ends_with(suffix) : n.ends_with(suffix);
}

bool domain_matches(std::string_view domain, std::string_view host) {
  const std::string pattern = str::lower(domain);
  const std::string name = str::lower(host);
  if (pattern == "*") return true;
  if (is_wildcard(pattern)) {
    const std::string_view suffix = std::string_view(pattern).substr(1);
    return name.size() > suffix.size() && name.ends_with(suffix);
  }
  if (pattern.ends_with('*')) {
    const std::string_view prefix = std::string_view(pattern).substr(0, pattern.size() - 1);
    return name.size() > prefix.size() && name.starts_with(prefix);
  }
  return pattern == name;
}

bool more_specific(std::string_view a, std::string_view b) {
  const auto rank = [](std::string_view domain) {
    if (domain == "*") return 3;
    if (domain.starts_with('*')) return 1;
    return domain.ends_with('*') ? 2 : 0;
  };
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  return rank(a) != 0 && a.size() > b.size();
}

std::optional<std::size_t> best_domain(std::span<const std::string> domains,
                                       std::string_view host) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < domains.size(); ++i) {
    if (!domain_matches(domains[i], host)) continue;
    if (!best || more_specific(domains[i], domains[*best])) best = i;
  }
  return best;
}

bool hostname_matches(std::string_view pattern, std::string_view host) {
  if (pattern.empty() || pattern == "*") return true;
  if (!pattern.starts_with("*.")) return str::equals_ignore_case(pattern, host);
  const std::string_view suffix = pattern.substr(1);
  return host.size() > suffix.size() &&
         str::equals_ignore_case(host.substr(host.size() - suffix.size()), suffix);
}

std::optional<std::string> intersect(std::string_view listener, std::string_view route) {
  if (listener.empty() || listener == "*") return std::string(route);
  if (route.empty() || route == "*") return std::string(listener);
  const bool listener_wild = is_wildcard(listener);
  const bool route_wild = is_wildcard(route);
  if (listener_wild && route_wild) {
    if (!overlaps(listener, route)) return std::nullopt;
    return std::string(listener.size() >= route.size() ? listener : route);
  }
  if (listener_wild) {
    if (!hostname_matches(listener, route)) return std::nullopt;
    return std::string(route);
  }
  if (!hostname_matches(route, listener)) return std::nullopt;
  return std::string(listener);
}

Authority split_authority(std::string_view authority) {
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == authority.npos) return {std::string(authority), std::nullopt};
    const std::string_view rest = authority.substr(close + 1);
    return {std::string(authority.substr(1, close - 1)),
            rest.starts_with(':') ? to_port(rest.substr(1)) : std::nullopt};
  }
  const std::size_t colon = authority.find(':');
  // More than one colon is a bare IPv6 address.
  if (colon == authority.npos || authority.find(':', colon + 1) != authority.npos) {
    return {std::string(authority), std::nullopt};
  }
  const auto port = to_port(authority.substr(colon + 1));
  if (!port) return {std::string(authority), std::nullopt};
  return {std::string(authority.substr(0, colon)), port};
}

std::vector<std::string> names_of(std::string_view fqdn, std::string_view client_namespace) {
  const std::optional<ServiceName> service = service_of(fqdn);
  if (!service || is_wildcard(fqdn)) return {std::string(fqdn)};
  const std::string two = service->name + "." + service->name_space;
  std::vector<std::string> names;
  if (service->name_space == client_namespace) names.push_back(service->name);
  names.push_back(two);
  names.push_back(two + ".svc");
  names.push_back(two + "." + std::string(kServiceDomain));
  return names;
}

std::string gateway_name(std::string_view reference, std::string_view name_space) {
  if (reference == "mesh" || reference.find('/') != reference.npos) return std::string(reference);
  if (const std::optional<ServiceName> service = service_of(reference)) {
    return service->name_space + "/" + service->name;
  }
  if (name_space.empty()) return std::string(reference);
  return std::string(name_space) + "/" + std::string(reference);
}

}  // namespace meshfn::routing
