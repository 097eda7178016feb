#include "render/views.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

namespace meshfn::render {

namespace {

using routing::Condition;
using routing::Match;
using routing::Route;
using routing::StringMatch;
using routing::Subject;
using routing::VirtualHost;

/// Whether a condition holds; nothing when it has to stay.
using Decide = std::function<std::optional<bool>(const Condition&)>;

bool is_on(const Condition& condition, Subject subject) {
  return condition.subject == subject &&
         std::all_of(condition.any_of.begin(), condition.any_of.end(),
                     [](const StringMatch& one) { return one.kind() == StringMatch::Kind::exact; });
}

/// The matches in which every decided condition holds, without those conditions.
std::vector<Match> decide(const std::vector<Match>& matches, const Decide& decision) {
  const auto fails = [&](const Condition& one) { return decision(one) == false; };
  std::vector<Match> out;
  for (const Match& match : matches) {
    if (std::any_of(match.conditions.begin(), match.conditions.end(), fails)) continue;
    Match& left = out.emplace_back(match);
    std::erase_if(left.conditions, [&](const Condition& one) { return decision(one).has_value(); });
  }
  return out;
}

/// Rules that are not seen are not copied: there may be as many views as rules.
VirtualHost seen(const VirtualHost& host, const Decide& decision) {
  VirtualHost out{host.domains, host.host, host.ports, {}, host.where};
  for (const Route& route : host.routes) {
    std::vector<Match> matches = decide(route.matches, decision);
    if (matches.empty() && !route.matches.empty()) continue;
    out.routes.push_back(route);
    out.routes.back().matches = std::move(matches);
  }
  return out;
}

void for_each_condition(const VirtualHost& host, Subject subject,
                        const std::function<void(const Condition&)>& visit) {
  for (const Route& route : host.routes) {
    for (const Match& match : route.matches) {
      for (const Condition& condition : match.conditions) {
        if (is_on(condition, subject)) visit(condition);
      }
    }
  }
}

}  // namespace

bool takes(const Condition& condition, std::string_view text) {
  const bool named = std::any_of(condition.any_of.begin(), condition.any_of.end(),
                                 [&](const StringMatch& one) { return one.matches(text); });
  return named != condition.negated;
}

std::set<std::string> client_namespaces(const VirtualHost& host, const std::string& home) {
  std::set<std::string> out;
  for_each_condition(host, Subject::source_namespace, [&](const Condition& condition) {
    for (const StringMatch& one : condition.any_of) out.insert(one.text());
  });
  out.erase(home);
  return out;
}

VirtualHost seen_from(const VirtualHost& host, const std::string& name_space) {
  return seen(host, [&](const Condition& one) -> std::optional<bool> {
    if (!is_on(one, Subject::source_namespace)) return std::nullopt;
    return takes(one, name_space);
  });
}

VirtualHost seen_from_elsewhere(const VirtualHost& host, const std::set<std::string>& clients) {
  return seen(host, [&](const Condition& one) -> std::optional<bool> {
    if (!is_on(one, Subject::source_namespace)) return std::nullopt;
    const bool all =
        std::all_of(one.any_of.begin(), one.any_of.end(),
                    [&](const StringMatch& name) { return clients.contains(name.text()); });
    return all ? std::optional(one.negated) : std::nullopt;
  });
}

bool asks_for_port(const VirtualHost& host) {
  bool found = false;
  for_each_condition(host, Subject::port, [&](const Condition&) { found = true; });
  return found;
}

VirtualHost seen_at(const VirtualHost& host, std::uint32_t port) {
  const std::string text = fmt::format("{}", port);
  VirtualHost out = seen(host, [&](const Condition& one) -> std::optional<bool> {
    if (!is_on(one, Subject::port)) return std::nullopt;
    return takes(one, text);
  });
  out.ports = {port};
  return out;
}

}  // namespace meshfn::render
