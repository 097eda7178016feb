// Routes that Linkerd's webhook refuses although their schema lets them pass.

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/str.h"
#include "base/units.h"
#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_routes.h"
#include "lint/rules/linkerd_values.h"
#include "schema/format.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::each_route;
using linkerd::ParentKind;
using linkerd::Reference;
using linkerd::RouteKind;
using resource::Mesh;
using resource::Object;

void egress_parents_have_ports(const Mesh& mesh, Findings& found) {
  each_route(mesh, [&](const Object& route, RouteKind) {
    for (const Reference& parent : linkerd::parents(route)) {
      if (parent.target != ParentKind::egress_network || parent.node.find("port")) continue;
      found
          .add(parent.where(),
               fmt::format("the parent EgressNetwork `{}` needs a port", parent.name))
          .with_help("add `port:`; a route of an EgressNetwork is for one port");
    }
  });
}

/// Whether RE2 refuses what the proxy's own library (Rust's regex) takes: names without a `P`, free
/// spacing, more than a thousand repetitions.
bool is_only_ours(const re2::RE2& regex) {
  const std::string& text = regex.pattern();
  const std::size_t name = text.find("(?<");
  const bool named = name != std::string::npos && name + 3 < text.size() && text[name + 3] != '=' &&
                     text[name + 3] != '!';
  return named || text.find("(?x") != std::string::npos ||
         regex.error_code() == re2::RE2::ErrorRepeatSize;
}

void check_regex(yaml::Node value, Findings& found) {
  const re2::RE2 regex({value.text().data(), value.text().size()}, re2::RE2::Quiet);
  if (regex.ok() || is_only_ours(regex)) return;
  found.add(value.where(),
            fmt::format("`{}` is no regular expression: {}", value.text(), regex.error()));
}

/// Whether a text may stand as the value of a header (RFC 9110, section 5.5).
bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code < 0x20 && c != '\t') || code == 0x7F;
  });
}

void check_header_value(yaml::Node value, Findings& found) {
  if (is_header_value(value.text())) return;
  found.add(value.where(), "a header's value has no line breaks or control characters")
      .with_help("quote the text so that it is on one line");
}

void check_match(RouteKind kind, yaml::Node match, Findings& found) {
  const auto is_regex = [](yaml::Node part) {
    return part.find("type").text() == "RegularExpression" && part.find("value").is_scalar();
  };
  const yaml::Node path = match.find("path");
  const yaml::Node value = path.find("value");
  if (is_regex(path)) check_regex(value, found);
  // The Gateway API's schema has the other checks of its own kinds.
  const bool ours = kind == RouteKind::policy_http;
  if (ours && !is_regex(path) && value.is_scalar() && !value.text().starts_with('/')) {
    found.add(value.where(), fmt::format("path `{}` does not begin with `/`", value.text()));
  }
  for (const std::string_view list : {"headers", "queryParams"}) {
    for (const yaml::Node part : match.find(list).items()) {
      if (is_regex(part)) check_regex(part.find("value"), found);
    }
  }
  for (const yaml::Node header : match.find("headers").items()) {
    check_header_value(header.find("value"), found);
    if (!ours) continue;
    const yaml::Node name = header.find("name");
    if (!name.is_scalar() || str::is_http_token(name.text())) continue;
    found.add(name.where(), fmt::format("`{}` cannot be the name of a header", name.text()));
  }
}

void matches_are_admitted(const Mesh& mesh, Findings& found) {
  each_route(mesh, [&](const Object& route, RouteKind kind) {
    if (!linkerd::is_http(kind)) return;
    for (const yaml::Node rule : route.spec.find("rules").items()) {
      for (const yaml::Node match : rule.find("matches").items()) check_match(kind, match, found);
    }
  });
}

void check_redirect(RouteKind kind, yaml::Node path, Findings& found) {
  if (!path.is_mapping()) return;
  const yaml::Node full = path.find("replaceFullPath");
  const yaml::Node prefix = path.find("replacePrefixMatch");
  if (kind == RouteKind::policy_http && full.is_null() && prefix.is_null()) {
    found.add(path.where(), "this redirect says of no path what it becomes")
        .with_help("add `replaceFullPath` or `replacePrefixMatch`");
  }
  if (full && prefix) {
    auto& finding =
        found.add(path.where(), "a redirect replaces the full path or the prefix, not both");
    // Linkerd's own kind is admitted, and the full path is taken.
    if (kind == RouteKind::policy_http) finding.with_severity(Severity::warning);
  }
  for (const yaml::Node value : {full, prefix}) {
    if (!value.is_scalar() || value.text().starts_with('/')) continue;
    found.add(value.where(), fmt::format("path `{}` does not begin with `/`", value.text()))
        .with_help(fmt::format("write `/{}`", value.text()));
  }
}

void redirects_are_absolute(const Mesh& mesh, Findings& found) {
  each_route(mesh, [&](const Object& route, RouteKind kind) {
    if (!linkerd::is_http(kind)) return;
    for (const yaml::Node rule : route.spec.find("rules").items()) {
      for (const yaml::Node filter : rule.find("filters").items()) {
        for (const std::string_view list : {"add", "set"}) {
          for (const yaml::Node header : filter.at("requestHeaderModifier", list).items()) {
            check_header_value(header.find("value"), found);
          }
        }
        for (const yaml::Node name : filter.at("requestHeaderModifier", "remove").items()) {
          if (str::is_http_token(name.text())) continue;
          found.add(name.where(), fmt::format("`{}` cannot be the name of a header", name.text()));
        }
        check_redirect(kind, filter.at("requestRedirect", "path"), found);
      }
    }
  });
}

void timeouts_are_admitted(const Mesh& mesh, Findings& found) {
  each_route(mesh, [&](const Object& route, RouteKind kind) {
    if (kind != RouteKind::policy_http) return;
    for (const yaml::Node rule : route.spec.find("rules").items()) {
      const auto whole = resource::duration(rule.at("timeouts", "request"));
      const auto attempt = resource::duration(rule.at("timeouts", "backendRequest"));
      for (const std::string_view field : {"request", "backendRequest"}) {
        const yaml::Node time = rule.at("timeouts", field);
        // The schema's durations may be of days and weeks as well.
        const bool known = schema::has_format(time.text(), schema::Format::duration);
        if (!time.is_scalar() || !known || parse_duration(time.text())) continue;
        found.add(time.where(), fmt::format("`{}` is no duration that Linkerd reads", time.text()))
            .with_help("write hours, minutes and seconds, as in `24h` or `1m30s`");
      }
      for (const auto& time : {whole, attempt}) {
        if (time && time->count() < 0) found.add(time.where(), "a timeout cannot be negative");
      }
      if (!whole || !attempt || *attempt <= *whole) continue;
      found
          .add(attempt.where(), fmt::format("a backend may take {}, and the request ends after {}",
                                            format_duration(*attempt), format_duration(*whole)))
          .relate(whole.where(), "the timeout of the request");
    }
  });
}

void backends_have_ports(const Mesh& mesh, Findings& found) {
  linkerd::each_backend(mesh, [&](const Object&, RouteKind kind, const Reference& backend) {
    if (kind != RouteKind::http && kind != RouteKind::grpc) return;
    // The schema of the Gateway API demands a port only while the group is empty.
    if (backend.target != ParentKind::service || backend.group.empty()) return;
    if (backend.node.find("port")) return;
    found.add(backend.where(), fmt::format("Service `{}` needs a port", backend.name))
        .with_help("add `port:`");
  });
}

void methods_are_exact(const Mesh& mesh, Findings& found) {
  each_route(mesh, [&](const Object& route, RouteKind kind) {
    if (kind != RouteKind::grpc) return;
    for (const yaml::Node rule : route.spec.find("rules").items()) {
      for (const yaml::Node match : rule.find("matches").items()) {
        const yaml::Node type = match.at("method", "type");
        if (type.text() != "RegularExpression") continue;
        found.add(type.where(), "Linkerd matches methods of gRPC exactly, not by expression")
            .with_help("list the methods, each in a match of its own");
      }
    }
  });
}

void streams_have_one_rule(const Mesh& mesh, Findings& found) {
  each_route(mesh, [&](const Object& route, RouteKind kind) {
    if (kind != RouteKind::tls && kind != RouteKind::tcp) return;
    const yaml::Node rules = route.spec.find("rules");
    if (rules.size() < 2) return;
    found.add(rules.item(1).where(), fmt::format("a {} of Linkerd has exactly one rule, not {}",
                                                 route.kind.value, rules.size()));
  });
}

constexpr Rule kRules[] = {
    {.id = "MF3201",
     .name = "linkerd-egress-parent-port",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A route of an EgressNetwork says for which port it is",
     .why = "Linkerd's webhook refuses the route: other than a Service, an EgressNetwork "
            "has no ports of its own.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs:
  - {group: policy.linkerd.io, kind: EgressNetwork, name: outside} #!
  rules:
  - backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs:
  - {group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 80}
  rules:
  - backendRefs: [{name: web, port: 80}]
)",
     .check = egress_parents_have_ports},
    {.id = "MF3202",
     .name = "linkerd-route-match",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Paths, headers and expressions of a match can be read",
     .why = "Linkerd's webhook refuses paths that do not begin with `/`, expressions that "
            "do not compile and header names that HTTP does not allow.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - matches:
    - path: {type: PathPrefix, value: cart} #!
    - path: {type: RegularExpression, value: '/cart/(.*'} #!
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - matches:
    - path: {type: PathPrefix, value: /cart}
    - path: {type: RegularExpression, value: '/cart/(.*)'}
    backendRefs: [{name: web, port: 80}]
)",
     .check = matches_are_admitted},
    {.id = "MF3203",
     .name = "linkerd-route-redirect",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A redirect goes to an absolute path",
     .why = "Linkerd's webhook refuses a redirect to a relative path, or to two paths at "
            "once.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - filters:
    - type: RequestRedirect
      requestRedirect:
        path:
          type: ReplaceFullPath
          replaceFullPath: moved #!
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - filters:
    - type: RequestRedirect
      requestRedirect:
        path:
          type: ReplaceFullPath
          replaceFullPath: /moved
)",
     .check = redirects_are_absolute},
    {.id = "MF3204",
     .name = "linkerd-route-timeouts",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A backend may take no longer than the request",
     .why = "Linkerd's webhook compares the two timeouts, even when that of the request is "
            "0, and refuses the route.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}]
  rules:
  - timeouts:
      request: 1s
      backendRequest: 2s #!
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}]
  rules:
  - timeouts:
      request: 2s
    backendRefs: [{name: web, port: 80}]
)",
     .check = timeouts_are_admitted},
    {.id = "MF3205",
     .name = "linkerd-backend-port",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A backend Service has a port",
     .why = "The schema demands a port only while the group is empty. With `group: core` "
            "written out it lets the route pass, and Linkerd's webhook refuses it.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - backendRefs:
    - {group: core, kind: Service, name: web} #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - backendRefs:
    - {kind: Service, name: web, port: 80}
)",
     .check = backends_have_ports},
    {.id = "MF3206",
     .name = "linkerd-grpc-method-expression",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Methods of gRPC are matched exactly",
     .why = "Linkerd's webhook refuses `type: RegularExpression` in the method match of a "
            "GRPCRoute.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - matches:
    - method: {service: shop.Cart, method: "Add.*", type: RegularExpression} #!
    backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - matches:
    - method: {service: shop.Cart, method: AddItem}
    backendRefs: [{name: web, port: 80}]
)",
     .check = methods_are_exact},
    {.id = "MF3207",
     .name = "linkerd-stream-route-rules",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A TCPRoute or TLSRoute of Linkerd has one rule",
     .why = "Nothing tells connections of one route apart, and Linkerd's webhook refuses a "
            "second rule.",
     .bad = R"(# meshfn: ignore[MF0113] Linkerd reads this version
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TCPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - backendRefs: [{name: web, port: 80}]
  - backendRefs: [{name: api, port: 80}] #!
)",
     .good = R"(# meshfn: ignore[MF0113] Linkerd reads this version
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TCPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 443}]
  rules:
  - backendRefs: [{name: web, port: 80}]
)",
     .check = streams_have_one_rule},
};

static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_route_rules() { return kRules; }

}  // namespace meshfn::lint
