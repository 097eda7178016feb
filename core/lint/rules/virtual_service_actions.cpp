// What HTTP routes do: redirect, rewrite, answer, fail on purpose, retry.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/places.h"
#include "resource/istio/grpc_status.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::HttpRoute;
using resource::istio::kGrpcStatuses;
using resource::istio::VirtualService;

/// What Istio takes for a status to answer with; 600 is what its check lets through.
bool is_status(std::int64_t status) { return status >= 200 && status <= 600; }

void check_status(yaml::Node node, Findings& found) {
  const auto status = resource::integer(node);
  if (!status || is_status(status.value)) return;
  found.add(node.where(), fmt::format("{} is no status to answer with", status.value))
      .with_help("give a status from 200 to 599");
}

void check_abort(yaml::Node abort, Findings& found) {
  check_status(abort.find("httpStatus"), found);
  const yaml::Node grpc = abort.find("grpcStatus");
  const yaml::Node http2 = abort.find("http2Error");
  const bool known =
      std::find(kGrpcStatuses.begin(), kGrpcStatuses.end(), grpc.text()) != kGrpcStatuses.end();
  if (!grpc.is_null() && !known) {
    found.add(grpc.where(), fmt::format("`{}` is no status of gRPC", grpc.text()))
        .with_help(
            did_you_mean(str::upper(grpc.text()), {kGrpcStatuses.begin(), kGrpcStatuses.end()}));
  }
  if (!http2.is_null()) {
    found.add(abort.find_key("http2Error").where(), "errors of HTTP/2 cannot be injected")
        .with_help("use `httpStatus` or `grpcStatus`");
  }
  if (abort.find("httpStatus").is_null() && grpc.is_null() && http2.is_null()) {
    found.add(abort.where(), "this abort says no status")
        .with_help("add `httpStatus` or `grpcStatus`")
        .with_severity(Severity::warning);
  }
}

void faults_are_possible(const VirtualService& service, const Mesh&, Findings& found) {
  each_at(service.spec, "http[].fault", [&](yaml::Node fault) {
    const yaml::Node abort = fault.find("abort");
    const yaml::Node delay = fault.find("delay");
    if (abort.is_null() && delay.is_null()) {
      found.add(fault.where(), "this fault neither aborts nor delays")
          .with_help("add `abort` or `delay`");
    }
    if (abort.is_mapping()) check_abort(abort, found);
    if (delay.find_key("exponentialDelay")) {
      found.add(delay.find_key("exponentialDelay").where(), "exponential delays are not supported")
          .with_help("use `fixedDelay`");
    }
  });
}

constexpr std::string_view kFaultPercentages[] = {"http[].fault.abort.percentage.value",
                                                  "http[].fault.delay.percentage.value"};
constexpr std::string_view kMirrorPercentages[] = {"http[].mirrorPercentage.value",
                                                   "http[].mirrors[].percentage.value",
                                                   "http[].mirrorPercent", "http[].mirror_percent"};

void percentages_are_percentages(const VirtualService& service, const Mesh&, Findings& found) {
  each_at_any(service.spec, kFaultPercentages, [&](yaml::Node node) {
    const auto number = resource::number(node);
    const std::string problem = number ? istio::percentage_problem(number.value) : std::string();
    if (!problem.empty()) found.add(node.where(), problem).with_help("give 0, or 0.0001 to 100");
  });
  each_at_any(service.spec, kMirrorPercentages, [&](yaml::Node node) {
    const auto number = resource::number(node);
    if (!number || (number.value >= 0 && number.value <= 100)) return;
    found.add(node.where(), fmt::format("{} is no percentage", node.text()))
        .with_help("give a number from 0 to 100");
  });
}

/// The first match of the route whose URI is something else than a prefix; nothing when all have
/// a prefix or no URI.
yaml::Node other_uri(const HttpRoute& route) {
  for (const auto& match : route.match) {
    const yaml::Node uri = match.node.find("uri");
    if (uri.is_mapping() && uri.size() > 0 && !uri.find("prefix")) return uri;
  }
  return {};
}

bool has_text(yaml::Node parent, std::string_view key) {
  const yaml::Node node = parent.find(key);
  return !node.is_null() && !node.text().empty();
}

void check_redirect_target(const HttpRoute& route, Findings& found) {
  const yaml::Node redirect = route.redirect;
  if (has_text(redirect, "prefixRewrite")) {
    const yaml::Node prefix = redirect.find_key("prefixRewrite");
    if (has_text(redirect, "uri")) {
      found.add(prefix.where(), "a redirect has `uri` or `prefixRewrite`, not both")
          .relate(redirect.find_key("uri").where(), "the other one")
          .with_help("remove one of them");
    } else if (const yaml::Node uri = other_uri(route)) {
      found.add(prefix.where(), "`prefixRewrite` needs matches by prefix")
          .relate(uri.where(), "this one is none")
          .with_help("match by `prefix`, or redirect to a `uri`");
    }
    return;
  }
  const bool any = has_text(redirect, "uri") || has_text(redirect, "authority") ||
                   has_text(redirect, "scheme") || redirect.find("port") ||
                   redirect.find("derivePort");
  if (any) return;
  found.add(redirect.where(), "this redirect leads to where the request already was")
      .with_help("add `uri`, `prefixRewrite`, `authority`, `scheme` or a port");
}

void redirects_lead_somewhere(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    if (!route.redirect.is_mapping()) continue;
    check_redirect_target(route, found);
    const auto code = resource::integer(route.redirect.find("redirectCode"));
    if (code && code.value != 0 && (code.value < 300 || code.value > 399)) {
      found.add(code.where(), fmt::format("{} is no code of a redirect", code.value))
          .with_help("use 301, 302, 303, 307 or 308");
    }
    const yaml::Node scheme = route.redirect.find("scheme");
    if (has_text(route.redirect, "scheme") && scheme.text() != "http" && scheme.text() != "https") {
      found.add(scheme.where(), fmt::format("a redirect cannot lead to `{}`", scheme.text()))
          .with_help("use `http` or `https`");
    }
  }
}

void rewrites_are_complete(const VirtualService& service, const Mesh&, Findings& found) {
  for (const HttpRoute& route : service.http) {
    const yaml::Node rewrite = route.rewrite;
    if (!rewrite.is_mapping()) continue;
    const yaml::Node written = rewrite.find("uriRegexRewrite");
    const yaml::Node regex = written.is_null() ? yaml::Node() : written;
    if (has_text(rewrite, "uri") && regex) {
      found
          .add(rewrite.find_key("uriRegexRewrite").where(),
               "a rewrite has `uri` or `uriRegexRewrite`, not both")
          .relate(rewrite.find_key("uri").where(), "the other one")
          .with_help("remove one of them");
    } else if (!has_text(rewrite, "uri") && !has_text(rewrite, "authority") && !regex) {
      found.add(rewrite.where(), "this rewrite changes nothing")
          .with_help("add `uri`, `uriRegexRewrite` or `authority`");
    } else if (regex.is_mapping() && (!has_text(regex, "match") || !has_text(regex, "rewrite"))) {
      found.add(regex.where(), "`uriRegexRewrite` needs `match` and `rewrite`")
          .with_help(has_text(regex, "match") ? "add `rewrite`" : "add `match`");
    }
  }
}

void check_body(yaml::Node body, Findings& found) {
  constexpr std::size_t kMost = 1024U * 1024U;
  constexpr std::size_t kMuch = 100U * 1024U;
  const yaml::Node text = body.find("string");
  const yaml::Node bytes = body.find("bytes");
  // Three bytes are four characters of base64, the last of which may be filled up.
  const std::string_view base64 = bytes.text();
  const auto padding = static_cast<std::size_t>(std::count(base64.begin(), base64.end(), '='));
  const std::size_t size = text ? text.text().size() : base64.size() / 4 * 3 - padding;
  if (size <= kMuch) return;
  auto& finding = found.add(body.where(), fmt::format("this body has {} KiB", size / 1024U));
  finding.with_help("every proxy keeps it in memory: serve it from a workload");
  if (size <= kMost) finding.with_severity(Severity::warning);
}

void responses_are_possible(const VirtualService& service, const Mesh&, Findings& found) {
  each_at(service.spec, "http[].directResponse", [&](yaml::Node response) {
    check_status(response.find("status"), found);
    check_body(response.find("body"), found);
  });
}

void delegates_do_not_delegate(const VirtualService& service, const Mesh&, Findings& found) {
  if (!service.hosts.empty()) return;
  for (const HttpRoute& route : service.http) {
    if (!route.delegate) continue;
    found.add(route.node.find_key("delegate").where(), "a delegate cannot delegate in turn")
        .with_help("route here, or let the root name the other VirtualService");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1139",
     .name = "fault-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A fault aborts or delays, with a status that exists",
     .why = "Istio's webhook refuses a fault that does neither, unknown statuses of gRPC, statuses "
            "of HTTP outside 200 to 600, and the kinds of fault that Istio does not support.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {x-test: {exact: outage}}}]
    fault: {abort: {grpcStatus: unavailable, percentage: {value: 10}}} #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{headers: {x-test: {exact: outage}}}]
    fault: {abort: {grpcStatus: UNAVAILABLE, percentage: {value: 10}}}
    route: [{destination: {host: reviews}}]
)",
     .aliases = "IST0106 IST0133",
     .check = Each<faults_are_possible>::run},
    {.id = "MF1140",
     .name = "percentage-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Percentages of faults and mirrors lie between 0 and 100",
     .why = "Istio's webhook refuses other numbers, and what is above 0 but too small for Envoy, "
            "which counts in millionths.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirror: {host: reviews-next}
    mirrorPercentage: {value: 110} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    mirror: {host: reviews-next}
    mirrorPercentage: {value: 10}
)",
     .aliases = "IST0106",
     .check = Each<percentages_are_percentages>::run},
    {.id = "MF1144",
     .name = "redirect-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A redirect changes where a request goes",
     .why = "Istio's webhook refuses a redirect without target, codes that are no redirect, and "
            "schemes other than http and https.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {exact: /old}}]
    redirect: {uri: /new, redirectCode: 200} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - match: [{uri: {exact: /old}}]
    redirect: {uri: /new, redirectCode: 302}
)",
     .aliases = "IST0106",
     .check = Each<redirects_lead_somewhere>::run},
    {.id = "MF1145",
     .name = "rewrite-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A rewrite changes the URI in one way, or the authority",
     .why = "Istio's webhook refuses a rewrite that changes nothing or names two ways, and a "
            "`uriRegexRewrite` without expression or replacement.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - rewrite: {uriRegexRewrite: {match: "^/v1"}} #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - rewrite: {uriRegexRewrite: {match: "^/v1", rewrite: /v2}}
    route: [{destination: {host: reviews}}]
)",
     .aliases = "IST0106",
     .check = Each<rewrites_are_complete>::run},
    {.id = "MF1146",
     .name = "direct-response-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A direct response has a status from 200 and a small body",
     .why = "Istio's webhook refuses statuses outside 200 to 600 and bodies over 1 MiB; it warns "
            "of bodies over 100 KiB, because every proxy holds them in memory.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - directResponse: {status: 100} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - directResponse: {status: 204}
)",
     .aliases = "IST0106 IST0133",
     .check = Each<responses_are_possible>::run},
    {.id = "MF1149",
     .name = "delegate-nested",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A delegate routes by itself",
     .why = "Delegation has one level: Istio's webhook refuses a delegate that delegates.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [web]
  http:
  - delegate: {name: reviews}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  http:
  - delegate: {name: more} #!
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: more, namespace: shop}
spec:
  http:
  - route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [web]
  http:
  - delegate: {name: reviews}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  http:
  - route: [{destination: {host: reviews}}]
)",
     .aliases = "IST0106",
     .check = Each<delegates_do_not_delegate>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family virtual_service_action_rules() { return kRules; }

}  // namespace meshfn::lint
