#include "routing/match.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "routing/host.h"

namespace meshfn::routing {

namespace {

const std::string* find(const Texts& texts, std::string_view name) {
  const auto found = texts.find(name);
  return found == texts.end() ? nullptr : &found->second;
}

/// The text a condition looks at; null when the request has none.
struct Seen {
  const std::string* text = nullptr;
  std::string own;  ///< when the text had to be made
};

Seen look(const Request& request, Subject subject, std::string_view name) {
  switch (subject) {
    case Subject::path:
      return {&request.path, {}};
    case Subject::method:
      return {&request.method, {}};
    case Subject::scheme:
      return {&request.scheme, {}};
    case Subject::authority:
      return {&request.authority, {}};
    case Subject::header:
      return {find(request.headers, name), {}};
    case Subject::query:
      return {find(request.query, name), {}};
    case Subject::gateway:
      return {&request.gateway, {}};
    case Subject::source_label:
      return {find(request.source_labels, name), {}};
    case Subject::source_namespace:
      return {&request.source_namespace, {}};
    case Subject::sni:
      return {&request.sni, {}};
    case Subject::port:
      break;
  }
  const auto port = request.effective_port();
  return {nullptr, port ? fmt::format("{}", *port) : std::string()};
}

bool any_matches(const std::vector<StringMatch>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const StringMatch& pattern) { return pattern.matches(text); });
}

bool any_covers(const std::vector<StringMatch>& wide, const StringMatch& narrow) {
  return std::any_of(wide.begin(), wide.end(),
                     [&](const StringMatch& pattern) { return pattern.covers(narrow); });
}

bool all_covered(const std::vector<StringMatch>& wide, const std::vector<StringMatch>& narrow) {
  return std::all_of(narrow.begin(), narrow.end(),
                     [&](const StringMatch& pattern) { return any_covers(wide, pattern); });
}

/// Whether whatever fulfils `given` fulfils `wanted`, both about the same text.
bool implies(const Condition& given, const Condition& wanted) {
  if (!wanted.negated) return !given.negated && all_covered(wanted.any_of, given.any_of);
  // Not b implies not a exactly when a implies b.
  if (given.negated) return all_covered(given.any_of, wanted.any_of);
  return std::all_of(given.any_of.begin(), given.any_of.end(), [&](const StringMatch& pattern) {
    return pattern.kind() == StringMatch::Kind::exact && !pattern.ignore_case() &&
           !any_matches(wanted.any_of, pattern.text());
  });
}

std::string join_patterns(const std::vector<StringMatch>& patterns) {
  std::vector<std::string> words;
  for (const StringMatch& pattern : patterns) words.push_back(pattern.describe());
  return str::join(words, " or ");
}

}  // namespace

std::string_view to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::http:
      return "http";
    case Protocol::tls:
      return "tls";
    case Protocol::tcp:
      return "tcp";
  }
  return {};
}

std::string to_string(Subject subject, std::string_view name) {
  switch (subject) {
    case Subject::path:
      return "path";
    case Subject::method:
      return "method";
    case Subject::scheme:
      return "scheme";
    case Subject::authority:
      return "authority";
    case Subject::header:
      return fmt::format("header `{}`", name);
    case Subject::query:
      return fmt::format("query parameter `{}`", name);
    case Subject::port:
      return "port";
    case Subject::gateway:
      return "gateway";
    case Subject::source_label:
      return fmt::format("source label `{}`", name);
    case Subject::source_namespace:
      return "source namespace";
    case Subject::sni:
      return "server name";
  }
  return {};
}

std::string Request::host() const {
  return authority.empty() ? sni : split_authority(authority).host;
}

std::optional<std::uint32_t> Request::effective_port() const {
  return port ? port : split_authority(authority).port;
}

bool Condition::holds(const Request& request) const {
  const Seen seen = look(request, subject, name);
  if (subject == Subject::port) {
    // Nothing said about the port: a condition on it does not decide.
    return seen.own.empty() || any_matches(any_of, seen.own) != negated;
  }
  if (seen.text == nullptr) return negated;
  return any_matches(any_of, *seen.text) != negated;
}

std::string Condition::why_not(const Request& request) const {
  const Seen seen = look(request, subject, name);
  const std::string what = to_string(subject, name);
  const std::string_view text = seen.text != nullptr ? *seen.text : std::string_view(seen.own);
  if (negated) return fmt::format("{} is `{}`, which is ruled out", what, text);
  if (seen.text == nullptr && subject != Subject::port) return what + " is missing";
  return fmt::format("{} is `{}`, not {}", what, text, join_patterns(any_of));
}

std::string Condition::describe() const {
  return fmt::format("{}{} {}", negated ? "not " : "", to_string(subject, name),
                     join_patterns(any_of));
}

const Condition* Match::first_failure(const Request& request) const {
  for (const Condition& condition : conditions) {
    if (!condition.holds(request)) return &condition;
  }
  return nullptr;
}

std::string Match::describe() const {
  if (conditions.empty()) return "every request";
  std::vector<std::string> words;
  for (const Condition& condition : conditions) words.push_back(condition.describe());
  return str::join(words, " and ");
}

bool is_vacuous(const Condition& condition) {
  if (condition.negated || condition.subject != Subject::path) return false;
  return any_covers(condition.any_of, StringMatch(StringMatch::Kind::prefix, "/"));
}

bool covers(const Match& wide, const Match& narrow) {
  return std::all_of(wide.conditions.begin(), wide.conditions.end(), [&](const Condition& wanted) {
    if (is_vacuous(wanted)) return true;
    return std::any_of(narrow.conditions.begin(), narrow.conditions.end(),
                       [&](const Condition& given) {
                         return given.subject == wanted.subject && given.name == wanted.name &&
                                implies(given, wanted);
                       });
  });
}

}  // namespace meshfn::routing
