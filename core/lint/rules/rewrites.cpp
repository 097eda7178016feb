// Paths that a rewrite makes.

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "lint/each.h"
#include "lint/rules/insight_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::HttpRoute;
using resource::istio::StringMatch;
using resource::istio::VirtualService;

/// The first uri match of the route of this kind; null when there is none.
const StringMatch* uri_of(const HttpRoute& route, StringMatch::Kind kind) {
  for (const auto& match : route.match) {
    if (match.uri && match.uri->kind == kind) return &*match.uri;
  }
  return nullptr;
}

/// Whether the route takes `prefix` with the opposite ending as well, so that one rewrite has to
/// do for both.
bool takes_both(const HttpRoute& route, std::string_view prefix) {
  const std::string other = prefix.ends_with('/') ? std::string(prefix.substr(0, prefix.size() - 1))
                                                  : std::string(prefix) + "/";
  for (const auto& match : route.match) {
    if (match.uri && match.uri->value.value == other) return true;
  }
  return false;
}

/// Whether the route takes every path, so that a rewrite replaces the `/` that all begin with.
bool takes_all_paths(const HttpRoute& route) {
  return std::all_of(route.match.begin(), route.match.end(), [](const auto& match) {
    return !match.uri ||
           (match.uri->kind == StringMatch::Kind::prefix && match.uri->value.value == "/");
  });
}

/// Reports a rewrite of every path whose last part and the rest of the path become one word.
void check_whole(const HttpRoute& route, Findings& found) {
  const yaml::Node uri = route.rewrite.find("uri");
  if (uri.text().empty() || uri.text().ends_with('/') || !takes_all_paths(route)) return;
  found.add(uri.where(), fmt::format("`/x` becomes `{}x`", uri.text()))
      .relate(route.node.where(), "of every path only the first `/` is replaced")
      .with_help("end it with `/`, or match the prefix that is to be replaced");
}

void slashes_are_kept(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    const yaml::Node uri = route.rewrite.find("uri");
    const StringMatch* match = uri_of(route, StringMatch::Kind::prefix);
    // The paths of a delegate are those that its roots hand over.
    if (!service.hosts.empty()) check_whole(route, found);
    if (!uri || match == nullptr || match->value.value.size() < 2) continue;
    const std::string_view prefix = match->value.value;
    const std::string_view to = uri.text();
    if (prefix.ends_with('/') == to.ends_with('/') || to.empty()) continue;
    const bool doubles = to.ends_with('/');
    const std::string from = fmt::format("{}{}x", prefix, doubles ? "/" : "");
    const std::string made = fmt::format("{}{}x", to, doubles ? "/" : "");
    auto& finding = found.add(uri.where(), fmt::format("`{}` becomes `{}`", from, made));
    finding.relate(match->value.where(), "the prefix that is replaced");
    if (doubles) {
      finding.with_help("give the prefix its `/`, and the path without it a match of its own");
    } else {
      finding.with_help("end both with `/`, or neither");
    }
    // Both spellings in one route leave one of them odd, and servers mostly mend `//`.
    if (takes_both(route, prefix)) finding.with_severity(Severity::info);
  }
}

void whole_paths_are_meant(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    const yaml::Node uri = route.rewrite.find("uri");
    const StringMatch* match = uri_of(route, StringMatch::Kind::regex);
    if (!uri || match == nullptr) continue;
    found.add(uri.where(), fmt::format("every path of this match becomes `{}`", uri.text()))
        .relate(match->value.where(), "a regular expression has no prefix to replace")
        .with_help("use `uriRegexRewrite` to keep a part of the path");
  }
}

/// The highest `\N` of a substitution; -1 without any.
int highest_group(std::string_view substitution) {
  int highest = -1;
  for (std::size_t i = 0; i + 1 < substitution.size(); ++i) {
    if (substitution[i] != '\\') continue;
    const char next = substitution[++i];
    if (next >= '0' && next <= '9') highest = std::max(highest, next - '0');
  }
  return highest;
}

void groups_exist(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    const yaml::Node regex = route.rewrite.find("uriRegexRewrite");
    const yaml::Node pattern = regex.find("match");
    const yaml::Node to = regex.find("rewrite");
    if (!pattern || !to) continue;
    const re2::RE2 compiled(re2::StringPiece(pattern.text().data(), pattern.text().size()),
                            re2::RE2::Quiet);
    const int highest = highest_group(to.text());
    if (!compiled.ok() || highest <= compiled.NumberOfCapturingGroups()) continue;
    found
        .add(to.where(), fmt::format("there is no group {}: the pattern has {}", highest,
                                     compiled.NumberOfCapturingGroups()))
        .relate(pattern.where(), "the pattern")
        .with_help("put the part to keep in parentheses; `\\0` is all that matched");
  }
}

/// What every text that a pattern matches begins with; empty when that cannot be said.
std::string_view beginning_of(std::string_view pattern) {
  if (!pattern.starts_with('^')) return {};
  pattern.remove_prefix(1);
  std::size_t end = pattern.find_first_of("\\^$.|?*+()[]{}");
  if (end == std::string_view::npos) return pattern;
  // What follows may let the last character be absent, or be one of two sides.
  if (pattern.find('|') != std::string_view::npos) return {};
  const bool optional = pattern[end] == '?' || pattern[end] == '*' || pattern[end] == '{';
  return pattern.substr(0, optional && end > 0 ? end - 1 : end);
}

/// Whether no path of the match can hold the pattern.
bool misses(const StringMatch& uri, std::string_view pattern, const re2::RE2& compiled) {
  const std::string_view text = uri.value.value;
  if (uri.kind == StringMatch::Kind::exact) {
    return !re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled);
  }
  const std::string_view begins = beginning_of(pattern);
  return uri.kind == StringMatch::Kind::prefix && !begins.starts_with(text) &&
         !text.starts_with(begins);
}

void patterns_meet_their_paths(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    const yaml::Node pattern = route.rewrite.at("uriRegexRewrite", "match");
    if (pattern.text().empty() || route.match.empty()) continue;
    const re2::RE2 compiled(re2::StringPiece(pattern.text().data(), pattern.text().size()),
                            re2::RE2::Quiet);
    const bool never = compiled.ok() &&
                       std::all_of(route.match.begin(), route.match.end(), [&](const auto& match) {
                         return match.uri && !match.ignore_uri_case.value &&
                                misses(*match.uri, pattern.text(), compiled);
                       });
    if (!never) continue;
    found.add(pattern.where(), "no path of this route holds the pattern, so none is rewritten")
        .relate(route.match.front().uri->value.where(), "the paths")
        .with_help("let the pattern be about paths as they arrive");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5321",
     .name = "rewrite-slash",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A rewrite neither doubles nor loses a slash",
     .why = "The text of the prefix is replaced, and what follows is kept as it is. `/api` "
            "rewritten to `/` makes `//x` of `/api/x`, and `/api/` rewritten to `/v2` makes "
            "`/v2x` of it.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /api}}]
    rewrite: {uri: /} #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /api/}}]
    rewrite: {uri: /}
    route: [{destination: {host: reviews}}]
  - match: [{uri: {exact: /api}}]
    rewrite: {uri: /}
    route: [{destination: {host: reviews}}]
)",
     .check = Each<slashes_are_kept>::run},
    {.id = "MF5322",
     .name = "rewrite-of-regex",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A rewrite under a regular expression is meant for the whole path",
     .why = "Only a `prefix` has a part that is replaced while the rest is kept. Under `regex` the "
            "rewrite takes the place of the whole path.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {regex: '/v[12]/.*'}}]
    rewrite: {uri: /api} #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {regex: '/v[12]/.*'}}]
    rewrite: {uriRegexRewrite: {match: '^/v[12]', rewrite: /api}}
    route: [{destination: {host: reviews}}]
)",
     .check = Each<whole_paths_are_meant>::run},
    {.id = "MF5323",
     .name = "rewrite-group-missing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A substitution uses groups that its pattern has",
     .why = "Istio admits the number of any group. Envoy refuses the route table that asks for "
            "one that the pattern does not have, and with it all routes of the port.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - rewrite: {uriRegexRewrite: {match: '^/v1/(.*)$', rewrite: '/\2'}} #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - rewrite: {uriRegexRewrite: {match: '^/v1/(.*)$', rewrite: '/\1'}}
    route: [{destination: {host: reviews}}]
)",
     .check = Each<groups_exist>::run},
    {.id = "MF5324",
     .name = "rewrite-of-nothing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A rewrite finds its pattern in the paths of its route",
     .why = "A path that does not hold the pattern stays as it is. Where the route takes only "
            "such paths the rewrite does nothing, and the destination gets paths that it does "
            "not know.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /shop}}]
    rewrite:
      uriRegexRewrite: {match: '^/store/(.*)$', rewrite: '/\1'} #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /shop}}]
    rewrite:
      uriRegexRewrite: {match: '^/shop/(.*)$', rewrite: '/\1'}
    route: [{destination: {host: reviews}}]
)",
     .check = Each<patterns_meet_their_paths>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family rewrite_rules() { return kRules; }

}  // namespace meshfn::lint
