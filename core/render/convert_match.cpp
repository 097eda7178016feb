// Conditions in the words of an HTTPRoute, and the order in which its reader looks at them.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "render/convert.h"
#include "render/meetings.h"
#include "render/views.h"
#include "render/words.h"
#include "routing/gateway_api_route.h"
#include "routing/linkerd.h"
#include "routing/regex_prefix.h"

namespace meshfn::render {

namespace {

using routing::Condition;
using routing::Match;
using routing::StringMatch;
using routing::Subject;
using yaml::Value;
using Kind = StringMatch::Kind;
using Matches = std::vector<Match>;

/// How the route table says that a call of gRPC may be to any service.
constexpr std::string_view kAnyService = "/[^/]+/";
constexpr std::string_view kAnyMethod = "/[^/]+";

Condition with(const Condition& from, StringMatch pattern) {
  return {from.subject, from.name, {std::move(pattern)}, false, from.where};
}

/// The prefixes of whole segments that the matches of a virtual host ask for.
class Prefixes {
 public:
  explicit Prefixes(const routing::VirtualHost& host) {
    for (const routing::Route& route : host.routes) {
      if (route.protocol != routing::Protocol::http) continue;
      if (route.matches.empty()) all_ = true;
      for (const Match& match : route.matches) add(path_of(match));
    }
  }

  /// Whether one of them is over `path`.
  bool has_over(std::string_view path) const {
    if (all_ || texts_.contains(path)) return true;
    for (std::size_t at = path.find('/'); at != path.npos; at = path.find('/', at + 1)) {
      if (texts_.contains(path.substr(0, at))) return true;
    }
    return false;
  }

 private:
  void add(const StringMatch* pattern) {
    if (pattern == nullptr) {
      all_ = true;
    } else if (pattern->kind() == Kind::prefix || pattern->kind() == Kind::path_prefix) {
      std::string text = pattern->text();
      if (text.ends_with('/')) text.pop_back();
      if (text.empty()) all_ = true;
      texts_.insert(std::move(text));
    }
  }

  bool all_ = false;                          ///< one takes every path
  std::set<std::string, std::less<>> texts_;  ///< without a slash at the end
};

/// Translates the matches of one virtual host.
class Translator {
 public:
  Translator(Conversion& conversion, const Place& place)
      : conversion_(conversion), place_(place), prefixes_(place.host) {}

  Matches translate(const routing::Route& route, const Match& match) {
    Matches out = {{match.name, {}, match.where}};
    for (const Condition& condition : match.conditions) {
      const auto ways = translate(route, condition);
      if (!ways) return {};
      Matches next;
      for (const Match& one : out) {
        for (const std::optional<Condition>& way : *ways) {
          next.push_back(one);
          if (way) next.back().conditions.push_back(*way);
        }
      }
      out = std::move(next);
    }
    return out;
  }

 private:
  /// Alternatives for one condition; an absent one is always true. Nothing when there is no way to
  /// say it, or when it can never hold here.
  using Ways = std::optional<std::vector<std::optional<Condition>>>;

  Ways translate(const routing::Route& route, const Condition& from) {
    switch (from.subject) {
      case Subject::gateway:
        return decided(from, place_.listener.gateway);
      case Subject::port:
        if (place_.listener.port) return decided(from, fmt::format("{}", *place_.listener.port));
        break;
      case Subject::path:
        if (!from.negated) return paths(route, from);
        break;
      case Subject::method:
        if (!from.negated) return exact_only(route, from);
        break;
      case Subject::header:
      case Subject::query:
        if (!from.negated) return values(from);
        break;
      case Subject::scheme:
      case Subject::authority:
      case Subject::source_label:
      case Subject::source_namespace:
      case Subject::sni:
        break;
    }
    return unsayable(route, from);
  }

  Ways unsayable(const routing::Route& route, const Condition& from) {
    conversion_.lose({Severity::error, Aspect::taken}, route, from.where,
                     fmt::format("{} has no condition `{}`; requests that need it are left to the "
                                 "next rule",
                                 conversion_.reader_name(), brief(from)));
    return std::nullopt;
  }

  static Ways decided(const Condition& from, const std::string& text) {
    if (!takes(from, text)) return std::nullopt;
    return std::vector<std::optional<Condition>>{std::nullopt};
  }

  Ways exact_only(const routing::Route& route, const Condition& from) {
    std::vector<std::optional<Condition>> out;
    for (const StringMatch& one : from.any_of) {
      if (one.kind() != Kind::exact) return unsayable(route, from);
      out.push_back(with(from, one));
    }
    return out;
  }

  static Ways values(const Condition& from) {
    std::vector<std::optional<Condition>> out;
    for (const StringMatch& one : from.any_of) {
      switch (one.kind()) {
        case Kind::exact:
        case Kind::regex:
          out.push_back(with(from, one));
          break;
        case Kind::prefix:
        case Kind::path_prefix:
          out.push_back(with(from, {Kind::regex, routing::literal_regex(one.text()) + ".*"}));
          break;
        case Kind::suffix:
          out.push_back(with(from, {Kind::regex, ".*" + routing::literal_regex(one.text())}));
          break;
        case Kind::present:
          out.push_back(with(from, {Kind::regex, ".*"}));
          break;
      }
    }
    return out;
  }

  Ways paths(const routing::Route& route, const Condition& from) {
    std::vector<std::optional<Condition>> out;
    for (const StringMatch& one : from.any_of) {
      const std::string any_case = one.ignore_case() ? "(?i)" : "";
      if (is_grpc(route)) {
        if (is_unsayable_method(one)) return unsayable(route, from);
        out.push_back(with(from, one));
      } else if (one.kind() == Kind::prefix) {
        add_prefix(out, route, from, one);
      } else if (one.kind() == Kind::exact && one.ignore_case()) {
        out.push_back(with(from, {Kind::regex, any_case + routing::literal_regex(one.text())}));
      } else {
        out.push_back(with(from, one));
      }
    }
    return out;
  }

  /// Linkerd refuses regexes for the method of gRPC; a method of any service is none.
  bool is_unsayable_method(const StringMatch& path) const {
    return conversion_.reader() == Reader::linkerd && path.kind() == Kind::regex &&
           !path.text().starts_with(kAnyService);
  }

  /// A prefix of Istio ends anywhere, one of an HTTPRoute at a slash. What lies between, `/ax`, is
  /// a regex, which is of use only where no prefix would be looked at before it.
  void add_prefix(std::vector<std::optional<Condition>>& out, const routing::Route& route,
                  const Condition& from, const StringMatch& prefix) {
    if (prefix.ignore_case()) {
      out.push_back(
          with(from, {Kind::regex, "(?i)" + routing::literal_regex(prefix.text()) + ".*"}));
      return;
    }
    if (prefix.text() == "/" || prefix.text().empty()) {
      out.push_back(with(from, {Kind::path_prefix, "/"}));
      return;
    }
    const bool slash = prefix.text().ends_with('/');
    const std::string stem = prefix.text().substr(0, prefix.text().size() - (slash ? 1 : 0));
    const bool hidden =
        conversion_.reader() == Reader::gateway_api && prefixes_.has_over(stem + "x");
    if (hidden || route.rewrite) {
      out.push_back(with(from, {Kind::path_prefix, stem}));
      conversion_.lose({Severity::warning, Aspect::taken}, route, from.where,
                       slash ? fmt::format("prefix `{}` takes `{}` as well in {}", prefix.text(),
                                           stem, conversion_.reader_name())
                             : fmt::format("prefix `{}` no longer takes `{}x`: {} matches whole "
                                           "segments of the path",
                                           stem, stem, conversion_.reader_name()));
      return;
    }
    if (slash) {
      out.push_back(with(from, {Kind::regex, routing::literal_regex(stem) + "/.*"}));
      return;
    }
    out.push_back(with(from, {Kind::path_prefix, stem}));
    out.push_back(with(from, {Kind::regex, routing::literal_regex(stem) + "[^/].*"}));
  }

  Conversion& conversion_;
  const Place& place_;
  const Prefixes prefixes_;
};

/// What both take; nothing when there are no words for it, `empty` when nothing is.
std::optional<StringMatch> both(const StringMatch& a, const StringMatch& b) {
  if (a.covers(b)) return b;
  if (b.covers(a)) return a;
  return std::nullopt;
}

struct Meeting {
  bool empty = false;
  std::optional<Match> match;
};

Meeting meet(const Match& a, const Match& b) {
  Match out = a;
  for (const Condition& wanted : b.conditions) {
    const auto same =
        std::find_if(out.conditions.begin(), out.conditions.end(), [&](const Condition& one) {
          return one.subject == wanted.subject && one.name == wanted.name;
        });
    if (same == out.conditions.end()) {
      out.conditions.push_back(wanted);
      continue;
    }
    const StringMatch& mine = same->any_of.front();
    const StringMatch& other = wanted.any_of.front();
    if (disjoint(mine, other)) return {true, std::nullopt};
    auto narrow = both(mine, other);
    if (!narrow) return {false, std::nullopt};
    same->any_of = {std::move(*narrow)};
  }
  return {false, std::move(out)};
}

bool precedes(Reader reader, const Match& a, const Match& b) {
  return reader == Reader::linkerd ? routing::linkerd_precedes(a, b)
                                   : routing::gateway_api_precedes(a, b);
}

/// Whether the reader may look at `later` before `earlier`.
bool may_invert(Reader reader, const Match& earlier, const Match& later) {
  if (precedes(reader, earlier, later)) return false;
  // Of equals the first written wins; at the end of a prefix Linkerd counts details.
  return precedes(reader, later, earlier) || reader == Reader::linkerd;
}

bool has(const Matches& all, const Match& wanted) {
  return std::any_of(all.begin(), all.end(), [&](const Match& one) {
    return routing::covers(one, wanted) && routing::covers(wanted, one);
  });
}

/// Gives `earlier` a match for everything that `later` would otherwise take from it.
void keep_order(Conversion& conversion, Rule& earlier, const Rule& later) {
  const std::size_t own = earlier.matches.size();
  for (std::size_t i = 0; i < own; ++i) {
    for (const Match& other : later.matches) {
      if (have_disjoint_paths(earlier.matches[i], other)) continue;
      const Match mine = earlier.matches[i];
      if (!may_invert(conversion.reader(), mine, other)) continue;
      const Meeting meeting = meet(mine, other);
      if (meeting.empty) continue;
      const bool kept = meeting.match && !precedes(conversion.reader(), other, *meeting.match);
      if (kept) {
        if (!has(earlier.matches, *meeting.match)) earlier.matches.push_back(*meeting.match);
        continue;
      }
      conversion.lose({Severity::error, Aspect::taken}, *earlier.route, mine.where,
                      fmt::format("{} looks at {} ({}) before {}, which comes first here",
                                  conversion.reader_name(), later.route->name,
                                  origin(later.route->where), earlier.route->name));
    }
  }
}

void keep_orders(Conversion& conversion, std::vector<Rule>& rules) {
  Meetings meetings;
  for (std::size_t later = 0; later < rules.size(); ++later) {
    for (const std::size_t earlier : meetings.with(rules[later].matches)) {
      if (rules[earlier].route->where == rules[later].route->where) continue;
      Matches& own = rules[earlier].matches;
      const std::size_t before = own.size();
      keep_order(conversion, rules[earlier], rules[later]);
      for (std::size_t i = before; i < own.size(); ++i) meetings.add(earlier, own[i]);
    }
    for (const Match& match : rules[later].matches) meetings.add(later, match);
  }
}

Value named_value(const Condition& condition) {
  const StringMatch& pattern = condition.any_of.front();
  Value out = Value::map();
  if (pattern.kind() == Kind::regex) out.set("type", "RegularExpression");
  out.set("name", condition.name);
  out.set("value", pattern.text());
  return out;
}

/// The service and method of a path, in the words of a GRPCRoute; null when it has none.
Value grpc_method(const StringMatch& path) {
  std::string_view text = path.text();
  Value out = Value::map();
  if (path.kind() == Kind::prefix) {
    if (text.size() < 3 || !text.ends_with('/')) return {};
    return out.set("service", text.substr(1, text.size() - 2));
  }
  const bool regex = path.kind() == Kind::regex;
  if (regex && text.starts_with(kAnyService)) {
    text.remove_prefix(kAnyService.size());
    const bool plain = routing::literal_regex(text) == text;
    if (!plain) out.set("type", "RegularExpression");
    return out.set("method", text);
  }
  if (regex && text.ends_with(kAnyMethod)) {
    text.remove_suffix(kAnyMethod.size());
    return out.set("type", "RegularExpression").set("service", text.substr(1));
  }
  const std::size_t slash = text.rfind('/');
  if (slash == text.npos || slash == 0 || slash + 1 == text.size()) return {};
  if (regex) out.set("type", "RegularExpression");
  out.set("service", text.substr(1, slash - 1));
  return out.set("method", text.substr(slash + 1));
}

}  // namespace

std::vector<Rule> convert_matches(Conversion& conversion, const Place& place) {
  Translator translator(conversion, place);
  std::vector<Rule> rules;
  for (const routing::Route& route : place.host.routes) {
    if (route.dialect == routing::Dialect::kubernetes) continue;
    if (route.protocol != routing::Protocol::http) continue;
    Rule rule{&route, {}};
    if (route.matches.empty()) rule.matches.push_back({{}, {}, route.where});
    for (const Match& match : route.matches) {
      for (Match& one : translator.translate(route, match)) {
        if (!has(rule.matches, one)) rule.matches.push_back(std::move(one));
      }
    }
    if (!rule.matches.empty()) rules.push_back(std::move(rule));
  }
  keep_orders(conversion, rules);
  return rules;
}

Value match_value(const Match& match) {
  Value out = Value::map();
  Value headers = Value::list();
  Value query = Value::list();
  for (const Condition& condition : match.conditions) {
    const StringMatch& pattern = condition.any_of.front();
    if (condition.subject == Subject::path) {
      const char* type = pattern.kind() == Kind::exact   ? "Exact"
                         : pattern.kind() == Kind::regex ? "RegularExpression"
                                                         : "PathPrefix";
      const bool plain_prefix = pattern.kind() == Kind::prefix && pattern.text().ends_with('/');
      const std::string text = plain_prefix && pattern.text().size() > 1
                                   ? pattern.text().substr(0, pattern.text().size() - 1)
                                   : pattern.text();
      out.set("path", Value::map({{"type", type}, {"value", text}}));
    } else if (condition.subject == Subject::method) {
      out.set("method", pattern.text());
    } else if (condition.subject == Subject::header) {
      headers.add(named_value(condition));
    } else if (condition.subject == Subject::query) {
      query.add(named_value(condition));
    }
  }
  out.set_unless_empty("headers", std::move(headers));
  out.set_unless_empty("queryParams", std::move(query));
  if (out.empty()) out.set("path", Value::map({{"type", "PathPrefix"}, {"value", "/"}}));
  return out;
}

std::optional<Value> grpc_match_value(const Match& match) {
  Value out = Value::map();
  Value headers = Value::list();
  for (const Condition& condition : match.conditions) {
    if (condition.subject == Subject::header) headers.add(named_value(condition));
    if (condition.subject != Subject::path) continue;
    Value method = grpc_method(condition.any_of.front());
    if (method.is_null()) return std::nullopt;
    out.set("method", std::move(method));
  }
  out.set_unless_empty("headers", std::move(headers));
  return out;
}

}  // namespace meshfn::render
