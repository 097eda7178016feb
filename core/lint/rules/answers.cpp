// What clients are answered: redirects, direct responses, CORS and headers.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "base/str.h"
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

/// Headers that belong to one connection (RFC 9110, 7.6.1) or that the proxy sets itself.
constexpr std::array<std::string_view, 8> kOfTheProxy = {
    "connection", "keep-alive",     "te",           "transfer-encoding",
    "upgrade",    "content-length", "x-request-id", "x-forwarded-for"};

bool changes_url(yaml::Node redirect) {
  for (const std::string_view field : {"authority", "scheme", "port", "derivePort"}) {
    if (redirect.find(field)) return true;
  }
  return false;
}

/// The match whose paths lead back into it; null when there is none.
const resource::istio::HttpMatch* circle_of(const HttpRoute& route, std::string_view target) {
  for (const auto& match : route.match) {
    // Other conditions may change between the two requests.
    if (!match.uri || match.node.size() > (match.name ? 2U : 1U)) continue;
    const std::string_view text = match.uri->value.value;
    const bool exact = match.uri->kind == StringMatch::Kind::exact && text == target;
    const bool prefix = match.uri->kind == StringMatch::Kind::prefix && target.starts_with(text);
    if (exact || prefix) return &match;
  }
  return nullptr;
}

void redirects_lead_away(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    const yaml::Node uri = route.redirect.find("uri");
    // With both the webhook refuses it, and nothing circles.
    if (!uri || changes_url(route.redirect) || route.redirect.find("prefixRewrite")) continue;
    const auto* match = circle_of(route, uri.text());
    if (match == nullptr && !route.match.empty()) continue;
    // An earlier route may take the new path.
    if (&route != &service.http.front()) continue;
    auto& finding =
        found.add(uri.where(), fmt::format("`{}` is redirected to itself without end", uri.text()));
    if (match != nullptr) finding.relate(match->node.where(), "it meets this match again");
    finding.with_help("match `exact`, or answer the new path in a route before this one");
  }
}

void responses_are_consistent(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    const auto status = resource::integer(route.direct_response.find("status"));
    const yaml::Node body = route.direct_response.find("body");
    if (!status) continue;
    if (body && (status.value == 204 || status.value == 304 || status.value < 200)) {
      found.add(body.where(), fmt::format("an answer with status {} has no body", status.value))
          .with_help("remove the body, or answer 200");
    }
    const bool redirects = status.value == 301 || status.value == 302 || status.value == 303 ||
                           status.value == 307 || status.value == 308;
    const yaml::Node set = route.headers.at("response", "set");
    const yaml::Node add = route.headers.at("response", "add");
    const auto has_location = [](yaml::Node headers) {
      for (const yaml::Entry entry : headers.entries()) {
        if (str::equals_ignore_case(entry.key.text(), "location")) return true;
      }
      return false;
    };
    if (redirects && !has_location(set) && !has_location(add)) {
      found
          .add(status.where(),
               fmt::format("status {} without a `location` leads nowhere", status.value))
          .with_help("use `redirect`, or set the response header `location`");
    }
  }
}

/// An origin entry that admits every site; nothing when there is none.
yaml::Node any_origin(yaml::Node cors) {
  for (const yaml::Node origin : cors.find("allowOrigins").items()) {
    const std::string_view regex = origin.find("regex").text();
    const yaml::Node exact = origin.find("exact");
    const yaml::Node prefix = origin.find("prefix");
    if (exact.text() == "*") return exact;
    if (regex == ".*" || regex == "^.*$" || regex == ".+") return origin.find("regex");
    if (prefix.text() == "http" || prefix.text() == "https://" || prefix.text() == "http://") {
      return prefix;
    }
  }
  return {};
}

void origins_with_credentials_are_named(const VirtualService& service, const Mesh&,
                                        Findings& found) {
  for (const HttpRoute& route : service.http) {
    const yaml::Node credentials = route.cors_policy.find("allowCredentials");
    const yaml::Node origin = any_origin(route.cors_policy);
    if (!origin || !resource::boolean(credentials).value) continue;
    found.add(origin.where(), "every web site may read the answers that a user is entitled to")
        .relate(credentials.where(), "cookies are sent along")
        .with_help("name the origins, or do not allow credentials");
  }
}

void cors_has_origins(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!route.cors_policy.is_mapping()) continue;
    const bool old = route.cors_policy.find("allowOrigin").size() > 0;
    if (old || route.cors_policy.find("allowOrigins").size() > 0) continue;
    found.add(route.node.find_key("corsPolicy").where(), "this policy allows no origin")
        .with_help("add `allowOrigins`");
  }
}

/// Calls `check(request or response headers)` for the route and its destinations.
template <class Check>
void each_headers(const HttpRoute& route, Check check) {
  for (const std::string_view side : {"request", "response"}) {
    check(route.headers.find(side), side);
    for (const auto& entry : route.route) check(entry.headers.find(side), side);
  }
}

void headers_are_set_or_removed(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    each_headers(route, [&](yaml::Node headers, std::string_view) {
      for (const yaml::Node removed : headers.find("remove").items()) {
        for (const yaml::Entry entry : headers.find("set").entries()) {
          if (!str::equals_ignore_case(entry.key.text(), removed.text())) continue;
          found.add(removed.where(), fmt::format("`{}` is set and removed", removed.text()))
              .relate(entry.key.where(), "set here")
              .with_help("remove one of them: which is done last is not what was written last");
        }
      }
    });
  }
}

void headers_of_the_proxy_are_left(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    each_headers(route, [&](yaml::Node headers, std::string_view side) {
      for (const std::string_view operation : {"set", "add"}) {
        for (const yaml::Entry entry : headers.find(operation).entries()) {
          const std::string name = str::lower(entry.key.text());
          const bool listed =
              std::find(kOfTheProxy.begin(), kOfTheProxy.end(), name) != kOfTheProxy.end();
          if (!listed && !(side == "request" && name.starts_with("x-envoy-"))) continue;
          found
              .add(entry.key.where(),
                   fmt::format("`{}` is a header that the proxy sets itself", entry.key.text()))
              .with_help("leave it to the proxy; its own settings govern it");
        }
      }
    });
  }
}

/// The method of the route's matches that a client drops with 301 and 302; empty without one.
std::string_view lost_method(const HttpRoute& route) {
  for (const auto& match : route.match) {
    if (!match.method || match.method->kind != StringMatch::Kind::exact) continue;
    const std::string_view method = match.method->value.value;
    for (const std::string_view lost : {"POST", "PUT", "PATCH", "DELETE"}) {
      if (method == lost) return method;
    }
  }
  return {};
}

void redirects_keep_the_method(const VirtualService& service, const Mesh&, Findings& found) {
  constexpr std::int64_t kMoved = 301;
  constexpr std::int64_t kFound = 302;
  for (const HttpRoute& route : service.http) {
    const auto code = resource::integer(route.redirect.find("redirectCode"));
    const std::string_view method = lost_method(route);
    const std::int64_t status = code.value_or(kMoved);
    if (!route.redirect.is_mapping() || method.empty()) continue;
    if (status != kMoved && status != kFound) continue;
    found
        .add(code ? code.where() : route.node.find_key("redirect").where(),
             fmt::format("most clients follow a {} with GET, and the {} is lost", status, method))
        .with_help("use redirectCode 308, or 307 while it may change");
  }
}

/// The path that a route's redirect leads to on the same host; nothing for other routes.
yaml::Node redirect_target(const HttpRoute& route) {
  return changes_url(route.redirect) || route.redirect.find("prefixRewrite")
             ? yaml::Node()
             : route.redirect.find("uri");
}

/// The first route that takes a path, whatever else a request has; looked up by what routes match,
/// for every route of a VirtualService may be a redirect.
class Takers {
 public:
  explicit Takers(const VirtualService& service) : routes_(service.http), any_(routes_.size()) {
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      if (routes_[i].match.empty()) any_ = std::min(any_, i);
      for (const auto& match : routes_[i].match) {
        // Other conditions may change between the two requests.
        if (!match.uri || match.node.size() > (match.name ? 2U : 1U)) continue;
        const std::string_view text = match.uri->value.value;
        if (match.uri->kind == StringMatch::Kind::exact) exact_.emplace(text, i);
        if (match.uri->kind == StringMatch::Kind::prefix) prefixes_.emplace(text, i);
      }
    }
  }

  /// Null when no route is sure to take it.
  const HttpRoute* of(std::string_view path) const {
    std::size_t first = any_;
    if (const auto found = exact_.find(path); found != exact_.end()) {
      first = std::min(first, found->second);
    }
    for (std::size_t size = 0; size <= path.size() && !prefixes_.empty(); ++size) {
      const auto found = prefixes_.find(path.substr(0, size));
      if (found != prefixes_.end()) first = std::min(first, found->second);
    }
    return first == routes_.size() ? nullptr : &routes_[first];
  }

 private:
  using Routes = std::map<std::string_view, std::size_t>;

  const std::vector<HttpRoute>& routes_;
  std::size_t any_;
  Routes exact_;
  Routes prefixes_;
};

void redirects_lead_to_answers(const VirtualService& service, const Mesh&, Findings& found) {
  std::optional<Takers> takers;
  for (const HttpRoute& route : service.http) {
    const yaml::Node uri = redirect_target(route);
    if (!uri) continue;
    if (!takers) takers.emplace(service);
    const HttpRoute* next = takers->of(uri.text());
    const yaml::Node second = next == nullptr ? yaml::Node() : redirect_target(*next);
    if (!second || next == &route) continue;
    const bool circle = takers->of(second.text()) == &route;
    auto& finding = found.add(
        uri.where(), circle ? fmt::format("`{}` is redirected back here without end", uri.text())
                            : fmt::format("`{}` is redirected again", uri.text()));
    finding.relate(second.where(), "to here")
        .with_help(circle ? "let one of them answer"
                          : fmt::format("redirect to `{}` at once", second.text()));
    if (circle) finding.with_severity(Severity::error);
  }
}

void stars_of_cors_are_patterns(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    const yaml::Node credentials = route.cors_policy.find("allowCredentials");
    if (!resource::boolean(credentials).value) continue;
    for (const std::string_view list : {"allowMethods", "allowHeaders", "exposeHeaders"}) {
      for (const yaml::Node item : route.cors_policy.find(list).items()) {
        if (item.text() != "*") continue;
        found.add(item.where(), fmt::format("with credentials, `*` in `{}` means a `*`", list))
            .relate(credentials.where(), "cookies are sent along")
            .with_help("list what is allowed");
      }
    }
  }
}

void preflights_are_kept_a_day(const VirtualService& service, const Mesh&, Findings& found) {
  constexpr auto kDay = std::chrono::hours(24);
  for (const HttpRoute& route : service.http) {
    const auto age = resource::duration(route.cors_policy.find("maxAge"));
    if (age.value <= kDay) continue;
    found.add(age.where(), fmt::format("no browser keeps the answer for {}", age.node.text()))
        .with_help("browsers keep it for a day at most, some for two hours");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5341",
     .name = "redirect-to-itself",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A redirect leads out of its own match",
     .why = "The client asks for the new path, meets the same route and is redirected again, "
            "until it gives up.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /}}]
    redirect: {uri: /login} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /login}}]
    route: [{destination: {host: reviews}}]
  - match: [{uri: {prefix: /}}]
    redirect: {uri: /login}
)",
     .check = Each<redirects_lead_away>::run},
    {.id = "MF5342",
     .name = "response-inconsistent",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A direct response has what its status asks for",
     .why = "204 and 304 have no body, and clients of one that does may wait or fail; a redirect "
            "needs a `location`.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - directResponse:
      status: 204
      body: {string: nothing} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - directResponse:
      status: 204
)",
     .check = Each<responses_are_consistent>::run},
    {.id = "MF5343",
     .name = "cors-any-origin",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Credentials are allowed to origins that are named",
     .why = "With `allowCredentials` a browser sends the user's cookies and shows the answer to "
            "the page. When every origin is allowed, any page that the user opens can do that.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    corsPolicy:
      allowOrigins: [{regex: '.*'}] #!
      allowCredentials: true
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    corsPolicy:
      allowOrigins: [{exact: 'https://www.example.com'}]
      allowCredentials: true
)",
     .check = Each<origins_with_credentials_are_named>::run},
    {.id = "MF5344",
     .name = "cors-without-origins",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A CORS policy allows some origin",
     .why = "The other settings of the policy are sent only to origins that it allows. Without "
            "any, browsers refuse every call from another site, as they do without the policy.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    corsPolicy: {allowMethods: [GET]} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    corsPolicy: {allowMethods: [GET], allowOrigins: [{exact: 'https://www.example.com'}]}
)",
     .check = Each<cors_has_origins>::run},
    {.id = "MF5345",
     .name = "header-set-and-removed",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A header is set or removed, not both",
     .why = "Envoy removes after it has set, so a header in both lists never arrives.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    headers:
      request:
        set: {x-user: guest}
        remove: [x-user] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    headers:
      request:
        set: {x-user: guest}
)",
     .check = Each<headers_are_set_or_removed>::run},
    {.id = "MF5346",
     .name = "header-of-the-proxy",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Headers of the proxy are left to the proxy",
     .why = "Headers of one connection, lengths, request ids and `x-envoy-…` are the proxy's own: "
            "it overwrites them, trusts them, or breaks the connection over them.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    headers: {request: {set: {x-envoy-max-retries: "5"}}} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    headers: {request: {set: {x-user: guest}}}
)",
     .check = Each<headers_of_the_proxy_are_left>::run},
    {.id = "MF5347",
     .name = "redirect-of-writes",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A redirect of writing requests keeps their method",
     .why = "After 301 and 302 clients ask with GET, whatever the method was, and without the "
            "body. With 308 and 307 they repeat the request as it was.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {exact: /order}, method: {exact: POST}}]
    redirect: {uri: /orders} #!
  - route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {exact: /order}, method: {exact: POST}}]
    redirect: {uri: /orders, redirectCode: 308}
  - route: [{destination: {host: reviews}}]
)",
     .check = Each<redirects_keep_the_method>::run},
    {.id = "MF5348",
     .name = "redirect-to-redirect",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A redirect leads to an answer",
     .why = "Each redirect costs the client another round. Two that lead to each other have "
            "no end: browsers give up after some twenty.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {exact: /a}}]
    redirect: {uri: /b} #!
  - match: [{uri: {exact: /b}}]
    redirect: {uri: /c}
  - route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {exact: /a}}]
    redirect: {uri: /c}
  - match: [{uri: {exact: /b}}]
    redirect: {uri: /c}
  - route: [{destination: {host: reviews}}]
)",
     .check = Each<redirects_lead_to_answers>::run},
    {.id = "MF5349",
     .name = "cors-star-with-credentials",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "With credentials a CORS policy lists what it allows",
     .why = "Where cookies are allowed, browsers take a `*` among methods and headers for a "
            "name, not for a pattern. Requests with other methods or headers are refused.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    corsPolicy:
      allowOrigins: [{exact: https://shop.example.com}]
      allowHeaders: ["*"] #!
      allowCredentials: true
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    corsPolicy:
      allowOrigins: [{exact: https://shop.example.com}]
      allowHeaders: [content-type]
      allowCredentials: true
)",
     .check = Each<stars_of_cors_are_patterns>::run},
    {.id = "MF5350",
     .name = "cors-age-unheeded",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The answer to a preflight request is kept a day at most",
     .why = "Browsers cap `maxAge`: Firefox at a day, Chrome at two hours. A longer time has "
            "no effect, and whoever changes the policy does not wait for as long as it says.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    corsPolicy:
      allowOrigins: [{exact: https://shop.example.com}]
      maxAge: 720h #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    corsPolicy:
      allowOrigins: [{exact: https://shop.example.com}]
      maxAge: 2h
)",
     .check = Each<preflights_are_kept_a_day>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family answer_rules() { return kRules; }

}  // namespace meshfn::lint
