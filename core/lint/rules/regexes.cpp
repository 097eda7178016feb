// Regular expressions of VirtualServices that are valid and mean something else.

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <functional>

#include "lint/each.h"
#include "lint/rules/insight_families.h"
#include "routing/regex_prefix.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::HttpMatch;
using resource::istio::StringMatch;
using resource::istio::VirtualService;

constexpr std::string_view kMeta = "\\^$.|?*+()[]{}";
/// Istio's bootstrap sets Envoy's `re2.max_program_size.error_level` to it.
constexpr int kLargestProgram = 32768;
/// Patterns below it cannot reach that size without a counted repetition.
constexpr std::size_t kShort = 512;

/// What a pattern is compared with.
enum class Field { uri, authority, origin, other };

struct Pattern {
  std::string_view text;
  yaml::Node node;  ///< of the text
  Field field = Field::other;
};

using Visit = std::function<void(const Pattern&)>;

void visit_match(const StringMatch& match, Field field, const Visit& visit) {
  if (match.kind == StringMatch::Kind::regex) visit({match.value.value, match.value.node, field});
}

void visit_conditions(const HttpMatch& match, const Visit& visit) {
  if (match.uri) visit_match(*match.uri, Field::uri, visit);
  if (match.authority) visit_match(*match.authority, Field::authority, visit);
  for (const auto* one : {&match.scheme, &match.method}) {
    if (*one) visit_match(**one, Field::other, visit);
  }
  for (const auto* list : {&match.headers, &match.without_headers, &match.query_params}) {
    for (const auto& named : *list) visit_match(named.match, Field::other, visit);
  }
}

/// Calls `visit` for every regular expression of the VirtualService.
void each_pattern(const VirtualService& service, const Visit& visit) {
  for (const auto& route : service.http) {
    for (const HttpMatch& match : route.match) visit_conditions(match, visit);
    for (const yaml::Node origin : route.cors_policy.find("allowOrigins").items()) {
      const yaml::Node regex = origin.find("regex");
      if (regex) visit({regex.text(), regex, Field::origin});
    }
  }
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Whether the text holds `&name=`.
bool has_parameter(std::string_view text) {
  for (std::size_t i = text.find('&'); i < text.size(); i = text.find('&', i + 1)) {
    std::size_t end = i + 1;
    while (end < text.size() && (is_word(text[end]) || text[end] == '_')) ++end;
    if (end > i + 1 && end < text.size() && text[end] == '=') return true;
  }
  return false;
}

void paths_have_no_query(const VirtualService& service, const Mesh&, Findings& found) {
  each_pattern(service, [&](const Pattern& pattern) {
    if (pattern.field != Field::uri) return;
    const bool asks = pattern.text.find("\\?") != std::string_view::npos ||
                      pattern.text.find("[?]") != std::string_view::npos;
    if (!asks && !has_parameter(pattern.text)) return;
    found
        .add(pattern.node.where(), asks ? "a path never holds the `?` of the query string"
                                        : "a path never holds `&` and parameters")
        .with_help("match parameters with `queryParams`");
  });
}

/// The pattern without anchors, when nothing else in it is special; empty otherwise.
std::string_view literal_of(std::string_view text) {
  if (text.starts_with('^')) text.remove_prefix(1);
  if (text.ends_with('$')) text.remove_suffix(1);
  return text.find_first_of(kMeta) == std::string_view::npos ? text : std::string_view();
}

void patterns_have_a_pattern(const VirtualService& service, const Mesh&, Findings& found) {
  each_pattern(service, [&](const Pattern& pattern) {
    const std::string_view literal = literal_of(pattern.text);
    if (literal.empty()) return;
    const bool open = pattern.text.starts_with('^') && !pattern.text.ends_with('$');
    auto& finding = found.add(pattern.node.where(),
                              fmt::format("this matches `{}` and nothing longer", literal));
    finding.with_help(open ? "use `prefix`, or end the pattern with `.*`" : "use `exact`");
    if (!open) finding.with_severity(Severity::info);
  });
}

/// Whether a dot between two letters or digits stands for any character.
bool has_loose_dot(std::string_view text) {
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '.' && is_word(text[i - 1]) && is_word(text[i + 1])) return true;
  }
  return false;
}

/// Whether a path ends in a dot, not escaped, and what files are called after it.
bool ends_in_file(std::string_view text) {
  constexpr std::array<std::string_view, 12> kFiles = {"css", "gif",  "htm", "html", "ico", "jpg",
                                                       "js",  "json", "pdf", "png",  "svg", "xml"};
  if (text.ends_with('$')) text.remove_suffix(1);
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || !is_word(text[dot - 1])) return false;
  return std::find(kFiles.begin(), kFiles.end(), text.substr(dot + 1)) != kFiles.end();
}

void dots_of_hosts_are_escaped(const VirtualService& service, const Mesh&, Findings& found) {
  each_pattern(service, [&](const Pattern& pattern) {
    const bool is_host = pattern.field == Field::authority || pattern.field == Field::origin;
    const bool is_file = pattern.field == Field::uri && ends_in_file(pattern.text);
    if (!is_file && (!is_host || !has_loose_dot(pattern.text))) return;
    auto& finding =
        found.add(pattern.node.where(),
                  fmt::format("the dots of `{}` stand for any character", pattern.text));
    finding.with_help(is_file ? "write `\\.` for a dot"
                              : "write `\\.` for a dot: others can register a host that fits "
                                "otherwise");
    if (pattern.field != Field::origin) finding.with_severity(Severity::info);
  });
}

void patterns_are_small(const VirtualService& service, const Mesh&, Findings& found) {
  each_pattern(service, [&](const Pattern& pattern) {
    if (pattern.text.size() < kShort && pattern.text.find('{') == std::string_view::npos) return;
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(std::int64_t{256} << 20);
    const re2::RE2 compiled(re2::StringPiece(pattern.text.data(), pattern.text.size()), options);
    if (!compiled.ok() || compiled.ProgramSize() <= kLargestProgram) return;
    found
        .add(pattern.node.where(), fmt::format("this pattern compiles to {} instructions, and "
                                               "Istio's proxies take {} at most",
                                               compiled.ProgramSize(), kLargestProgram))
        .with_help("shorten it or its counted repetitions");
  });
}

void choices_are_in_parentheses(const VirtualService& service, const Mesh&, Findings& found) {
  each_pattern(service, [&](const Pattern& pattern) {
    const bool anchored = pattern.text.starts_with('^') || pattern.text.ends_with('$');
    if (!anchored || !routing::has_top_level_choice(pattern.text)) return;
    found.add(pattern.node.where(), "each side of `|` has to match the whole value by itself")
        .with_help("write `(a|b)` without anchors, and `.*` where more may follow");
  });
}

/// The text of a pattern that is a text and then anything; empty when it is not.
std::string_view prefix_of(std::string_view text) {
  constexpr std::string_view kAnything = ".*";
  if (text.starts_with('^')) text.remove_prefix(1);
  if (text.ends_with('$')) text.remove_suffix(1);
  if (!text.ends_with(kAnything)) return {};
  text.remove_suffix(kAnything.size());
  return text.find_first_of(kMeta) == std::string_view::npos ? text : std::string_view();
}

void prefixes_are_called_so(const VirtualService& service, const Mesh&, Findings& found) {
  each_pattern(service, [&](const Pattern& pattern) {
    const std::string_view prefix = prefix_of(pattern.text);
    if (pattern.field != Field::uri || prefix.empty()) return;
    found.add(pattern.node.where(), fmt::format("this is the prefix `{}`", prefix))
        .with_help(fmt::format("write `prefix: {}`, which the proxy compares faster", prefix));
  });
}

/// Whether a pattern begins with an anchor and ends where a text goes on, as those do that are
/// searched for.
bool stays_open(std::string_view text) {
  if (!text.starts_with('^') || literal_of(text) != "" || text.find('|') != text.npos) return false;
  return is_word(text.back()) || text.back() == '/' || text.back() == ']';
}

void ends_are_said(const VirtualService& service, const Mesh&, Findings& found) {
  each_pattern(service, [&](const Pattern& pattern) {
    if (pattern.field != Field::uri || !stays_open(pattern.text)) return;
    found.add(pattern.node.where(), "paths that go on after this are not matched")
        .with_help("end it with `.*` if more may follow, and with `$` if not");
  });
}

/// Whether a choice offers nothing at all beside its other side, outside of parentheses.
bool has_empty_choice(std::string_view text) {
  int depth = 0;
  bool in_class = false;
  bool empty = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') ++i;
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    if (c == '(' && !in_class) ++depth;
    if (c == ')' && !in_class) --depth;
    const bool choice = c == '|' && !in_class;
    if (choice && depth == 0 && empty) return true;
    empty = choice || (empty && c == '^');
  }
  return empty && depth == 0 && text.ends_with('|');
}

void choices_are_not_empty(const VirtualService& service, const Mesh&, Findings& found) {
  each_pattern(service, [&](const Pattern& pattern) {
    if (!has_empty_choice(pattern.text)) return;
    found.add(pattern.node.where(), "one side of a `|` is empty, so the empty text matches, too")
        .with_help("remove the `|` that is too many");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF5301",
     .name = "regex-of-query",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A path is matched without its query string",
     .why = "`uri` is compared with the path only, so a pattern that asks for `?` never matches.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {regex: '/list\?page=.*'}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {exact: /list}, queryParams: {page: {regex: '.*'}}}]
    route: [{destination: {host: reviews}}]
)",
     .check = Each<paths_have_no_query>::run},
    {.id = "MF5302",
     .name = "regex-without-pattern",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A regular expression matches more than one text",
     .why = "Expressions have to match the whole value: `^/api` matches `/api` and not `/api/v1`. "
            "A text without anything special is better an `exact`, which the proxy compares "
            "faster (an info).",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {regex: ^/api}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /api}}]
    route: [{destination: {host: reviews}}]
)",
     .check = Each<patterns_have_a_pattern>::run},
    {.id = "MF5303",
     .name = "regex-loose-dot",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Dots of hosts and files are escaped in regular expressions",
     .why = "`https://app.example.com` as a pattern also admits `https://app-example.com`, which "
            "anybody may own: as an origin of CORS it may then read answers in a user's name.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    corsPolicy:
      allowOrigins: [{regex: 'https://.*.example.com'}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    corsPolicy:
      allowOrigins: [{regex: 'https://[a-z]+\.example\.com'}]
)",
     .check = Each<dots_of_hosts_are_escaped>::run},
    {.id = "MF5304",
     .name = "regex-too-large",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A regular expression is small enough for the proxy",
     .why = "Envoy refuses the whole route table that holds a pattern whose program is larger "
            "than 32768 instructions, so one such pattern stops the configuration of a gateway.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {regex: '/.{1000}/.{1000}/.{1000}/.{1000}/.{1000}'}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {regex: '/([a-z]+-)+'}}]
    route: [{destination: {host: reviews}}]
)",
     .check = Each<patterns_are_small>::run},
    {.id = "MF5305",
     .name = "regex-anchored-choice",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Alternatives of a regular expression are in parentheses",
     .why = "Expressions match the whole value, so `^/a|/b$` is `/a` or `/b` and nothing longer. "
            "Anchors on both sides of a `|` are a sign that something between them was meant.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {regex: '^/v1/.+|/v2/.+$'}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {regex: '/(v1|v2)/.+'}}]
    route: [{destination: {host: reviews}}]
)",
     .check = Each<choices_are_in_parentheses>::run},
    {.id = "MF5306",
     .name = "regex-is-prefix",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A prefix of paths is written as one",
     .why = "`/api.*` takes what the prefix `/api` takes. A prefix is compared faster, and tools "
            "can tell which of two rules takes more.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {regex: '/api.*'}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /api}}]
    route: [{destination: {host: reviews}}]
)",
     .check = Each<prefixes_are_called_so>::run},
    {.id = "MF5307",
     .name = "regex-open-end",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A pattern that begins with `^` says how the path ends",
     .why = "The proxy compares a pattern with the whole path. Where patterns are searched "
            "for, `^/shop/[0-9]` takes all that begins so; here it takes paths of that very "
            "length.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {regex: '^/shop/[0-9]'}}] #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {regex: '^/shop/[0-9].*'}}]
    route: [{destination: {host: reviews}}]
)",
     .check = Each<ends_are_said>::run},
    {.id = "MF5308",
     .name = "regex-empty-choice",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Alternatives of a regular expression are not empty",
     .why = "A `|` at an end, or two in a row, leave an alternative without text. It matches "
            "what is empty, such as a header without a value, which hardly anybody means.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {x-plan: {regex: 'free|trial|'}}}] #!
    route: [{destination: {host: reviews}}]
  - route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {x-plan: {regex: 'free|trial'}}}]
    route: [{destination: {host: reviews}}]
  - route: [{destination: {host: reviews}}]
)",
     .check = Each<choices_are_not_empty>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family regex_rules() { return kRules; }

}  // namespace meshfn::lint
