// Retries, timeouts and the balancer of outbound requests, which Linkerd reads from annotations.
// Nothing refuses them on Services; routes are refused when theirs do not parse.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lint/each.h"
#include "lint/rules/linkerd_annotations.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_routes.h"
#include "lint/rules/linkerd_values.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::is_destination;
using linkerd::ParentKind;
using linkerd::RouteKind;
using resource::Mesh;
using resource::Object;
using resource::Text;

constexpr std::string_view kAccrual = "balancer.linkerd.io/failure-accrual";
constexpr std::string_view kConsecutive = "balancer.linkerd.io/failure-accrual-consecutive-";
constexpr std::string_view kSuccessRate = "balancer.alpha.linkerd.io/failure-accrual-success-rate-";

/// A route whose own annotations count.
bool is_outbound_route(const Object& object) {
  const auto kind = linkerd::route_kind(object);
  if (!kind || *kind == RouteKind::tls || *kind == RouteKind::tcp) return false;
  return linkerd::has_parent(object, ParentKind::service) ||
         linkerd::has_parent(object, ParentKind::egress_network);
}

void check_values(const Object& object, std::uint8_t place, Findings& found) {
  for (const auto [key, value, merged] : object.metadata.find("annotations").entries()) {
    const linkerd::Annotation* const known = linkerd::find_annotation(key.text());
    if (known == nullptr || known->problem == nullptr || (known->places & place) == 0) continue;
    if (!linkerd::is_outbound_key(key.text())) continue;
    const std::string problem = known->problem(value.text());
    if (problem.empty()) continue;
    found.add(value.where(),
              fmt::format("`{}` cannot be `{}`: {}", key.text(), value.text(), problem));
  }
}

void penalties_ascend(const Object& object, Findings& found) {
  const Text least = object.annotation(std::string(kConsecutive) + "min-penalty");
  const Text most = object.annotation(std::string(kConsecutive) + "max-penalty");
  const auto from = least ? linkerd::annotation_duration(*least) : 1000;
  const auto to = most ? linkerd::annotation_duration(*most) : 60'000;
  if (!object.annotation(kAccrual) || !from || !to || *from <= *to) return;
  auto& added =
      found.add((least ? least : most).where(),
                fmt::format("the least penalty, {} ms, is more than the most, {} ms", *from, *to));
  if (least && most) added.relate(most.where(), "the most");
}

void destination_values_are_read(const Object& object, const Mesh&, Findings& found) {
  if (!is_destination(object)) return;
  check_values(object, object.kind.value == "Service" ? linkerd::kService : linkerd::kEgressNetwork,
               found);
  penalties_ascend(object, found);
  const Text window = object.annotation(std::string(kSuccessRate) + "window");
  const auto milliseconds = window ? linkerd::annotation_duration(*window) : std::nullopt;
  if (milliseconds && *milliseconds > 0 && *milliseconds < 10) {
    found.add(window.where(), "the window must be at least 10ms: it is counted in ten parts");
  }
}

void route_values_are_read(const Object& object, const Mesh&, Findings& found) {
  if (is_outbound_route(object)) check_values(object, linkerd::kRoute, found);
}

/// The retry annotations that choose what is retried, as far as they count for this object.
bool chooses_retries(const Object& object) {
  const bool http = static_cast<bool>(object.annotation("retry.linkerd.io/http"));
  const bool grpc = static_cast<bool>(object.annotation("retry.linkerd.io/grpc"));
  const auto kind = linkerd::route_kind(object);
  if (!kind) return http || grpc;
  return *kind == RouteKind::grpc ? grpc : http;
}

void retries_have_statuses(const Object& object, const Mesh&, Findings& found) {
  if (!is_destination(object) && !is_outbound_route(object)) return;
  if (chooses_retries(object)) return;
  const Text limit = object.annotation("retry.linkerd.io/limit");
  const Text first = limit ? limit : object.annotation("retry.linkerd.io/timeout");
  if (!first) return;
  const bool grpc = linkerd::route_kind(object) == RouteKind::grpc;
  found.add(first.where(), "retries are on, and no status is retried")
      .with_help(grpc ? "add `retry.linkerd.io/grpc: unavailable`"
                      : "add `retry.linkerd.io/http: 5xx`, or `retry.linkerd.io/grpc`");
}

void retry_limit_counts(const Object& object, const Mesh&, Findings& found) {
  if (!is_destination(object) && !is_outbound_route(object)) return;
  const Text limit = object.annotation("retry.linkerd.io/limit");
  if (!limit || linkerd::unsigned_number(*limit) != 0U || !chooses_retries(object)) return;
  found.add(limit.where(), "a limit of 0 counts as none given, and the default is one retry")
      .with_help("remove the retry annotations to have no retries");
}

void retry_fits_timeout(const Object& object, const Mesh&, Findings& found) {
  if (!is_destination(object) && !is_outbound_route(object)) return;
  const Text attempt = object.annotation("retry.linkerd.io/timeout");
  const Text whole = object.annotation("timeout.linkerd.io/request");
  if (!attempt || !whole) return;
  const auto one = linkerd::annotation_duration(*attempt);
  const auto all = linkerd::annotation_duration(*whole);
  if (!one || !all || *one == 0 || *all == 0 || *one < *all) return;
  found
      .add(attempt.where(),
           fmt::format("one attempt may take {}, and the request ends after {}", *attempt, *whole))
      .relate(whole.where(), "the time of the request, retries included")
      .with_help("make the timeout of an attempt a fraction of the request's");
}

constexpr std::array<std::string_view, 3> kTimeouts = {
    "timeout.linkerd.io/request", "timeout.linkerd.io/response", "timeout.linkerd.io/idle"};

/// Timeouts of `service` that go out of force because `route` has others.
void compare_timeouts(const Object& route, const Object& service, Findings& found) {
  Text own;
  for (const std::string_view key : kTimeouts) {
    if (const Text value = route.annotation(key); value && !own) own = value;
  }
  if (!own) return;
  for (const std::string_view key : kTimeouts) {
    const Text lost = service.annotation(key);
    if (!lost || route.annotation(key)) continue;
    found
        .add(own.where(),
             fmt::format("with a timeout of its own, this route is without `{}: {}` of "
                         "Service `{}`",
                         key, *lost, service.name.value))
        .relate(lost.where(), "not taken over")
        .with_help("repeat it on the route, unless that is meant");
  }
}

void timeouts_are_complete(const Object& route, const Mesh& mesh, Findings& found) {
  if (!is_outbound_route(route)) return;
  for (const linkerd::Reference& parent : linkerd::parents(route)) {
    if (parent.target != ParentKind::service) continue;
    const Object* const service = mesh.service(parent.scope, parent.name);
    if (service != nullptr) compare_timeouts(route, *service, found);
  }
}

void route_annotations_count(const Object& route, const Mesh&, Findings& found) {
  if (!linkerd::has_parent(route, ParentKind::server) || is_outbound_route(route)) return;
  for (const auto [key, value, merged] : route.metadata.find("annotations").entries()) {
    if (!linkerd::is_outbound_key(key.text())) continue;
    found.add(key.where(), fmt::format("`{}` has no effect on a route of a Server", key.text()))
        .with_help("attach the route to a Service: retries and timeouts are the client's");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF3050",
     .name = "linkerd-outbound-annotation-value",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Retry, timeout and balancer annotations of a Service can be read",
     .why = "The API server stores them unread. One value that the policy controller cannot read "
            "switches off its whole group (retries, timeouts or the breaker) with no more than a "
            "line in a log.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    retry.linkerd.io/http: 500, 503 #!
    timeout.linkerd.io/request: 1m30s #!
    balancer.linkerd.io/failure-accrual: "true" #!
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    retry.linkerd.io/http: 500,503
    timeout.linkerd.io/request: 90s
    balancer.linkerd.io/failure-accrual: consecutive
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = Each<destination_values_are_read>::run},
    {.id = "MF3051",
     .name = "linkerd-route-annotation-value",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Retry and timeout annotations of a route can be read",
     .why = "Linkerd's webhook refuses a route of a Service or EgressNetwork with a value that it "
            "cannot read. Where the webhook is down the route is stored, and never takes effect.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
  annotations:
    timeout.linkerd.io/request: 1.5s #!
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - backendRefs: [{name: web, port: 80}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
  annotations:
    timeout.linkerd.io/request: 1500ms
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - backendRefs: [{name: web, port: 80}]
)",
     .check = Each<route_values_are_read>::run},
    {.id = "MF3052",
     .name = "linkerd-retry-nothing",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Retries say which statuses are retried",
     .why = "A limit or a timeout alone turns retries on without naming a status: a request that "
            "fails with 503 is not sent again.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    retry.linkerd.io/limit: "3" #!
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    retry.linkerd.io/http: 5xx
    retry.linkerd.io/limit: "3"
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = Each<retries_have_statuses>::run},
    {.id = "MF3053",
     .name = "linkerd-retry-limit-zero",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "A limit of retries is at least 1",
     .why = "A limit of 0 is read as no limit given; with the other retry annotations there, each "
            "request is retried once.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    retry.linkerd.io/http: 5xx
    retry.linkerd.io/limit: "0" #!
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    retry.linkerd.io/http: 5xx
    retry.linkerd.io/limit: "2"
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = Each<retry_limit_counts>::run},
    {.id = "MF3054",
     .name = "linkerd-retry-timeout-too-long",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "An attempt may take less time than the whole request",
     .why = "When the request's own timeout ends first, a slow attempt is never replaced by "
            "another: the retry timeout does nothing.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    retry.linkerd.io/http: 5xx
    retry.linkerd.io/timeout: 5s #!
    timeout.linkerd.io/request: 2s
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    retry.linkerd.io/http: 5xx
    retry.linkerd.io/timeout: 500ms
    timeout.linkerd.io/request: 2s
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = Each<retry_fits_timeout>::run},
    {.id = "MF3055",
     .name = "linkerd-route-timeouts-alone",
     .severity = Severity::info,
     .group = "linkerd",
     .summary = "A route with timeouts has those of its Service too",
     .why = "Timeouts of a route and of its Service are not merged: as soon as the route has one "
            "of the three, those of the Service no longer apply to its requests.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
  annotations:
    timeout.linkerd.io/request: 5s #!
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - backendRefs: [{name: web, port: 80}]
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations: {timeout.linkerd.io/response: 1s}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
  annotations:
    timeout.linkerd.io/request: 5s
    timeout.linkerd.io/response: 1s
spec:
  parentRefs: [{group: core, kind: Service, name: web, port: 80}]
  rules:
  - backendRefs: [{name: web, port: 80}]
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations: {timeout.linkerd.io/response: 1s}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = Each<timeouts_are_complete>::run},
    {.id = "MF3056",
     .name = "linkerd-route-annotation-idle",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Retries and timeouts are on routes of Services and networks",
     .why = "The client's proxy retries and times out. A route of a Server is for the server's "
            "proxy, which reads neither.",
     .bad = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
  annotations:
    timeout.linkerd.io/request: 5s #!
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}]
  rules:
  - matches: [{path: {value: /}}]
)",
     .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}]
  rules:
  - matches: [{path: {value: /}}]
)",
     .check = Each<route_annotations_count>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_outbound_rules() { return kRules; }

}  // namespace meshfn::lint
