// Routes that are attached to a Server of Linkerd: which one takes a request decides which policies
// are asked.

#include "catch.h"
#include "routing/authorization_cases.h"

namespace meshfn::routing {

namespace {

constexpr const char* kPods = R"(
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec: {selector: {app: reviews}, ports: [{name: http, port: 9080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}, annotations: {linkerd.io/inject: enabled}}
    spec: {containers: [{name: a, image: a, ports: [{containerPort: 9080}]}]}
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: reviews}}, port: 9080}
---
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: wide, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}]
  rules: [{matches: [{path: {value: /}}]}]
---
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: zeal, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}]
  rules:
  - matches:
    - {path: {value: /admin}, queryParams: [{name: dry, value: 'yes'}]}
    - {path: {type: Exact, value: /admin/stop}, method: POST}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: everybody, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: HTTPRoute, name: wide}
  requiredAuthenticationRefs: []
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: admins, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: HTTPRoute, name: zeal}
  requiredAuthenticationRefs: [{kind: ServiceAccount, name: admin}]
)";

Verdict ask(const char* from, const char* method, const char* path, Texts query = {}) {
  const auto loaded = load(kPods);
  const AccessCase one{.name = "route", .yaml = "", .from = from, .method = method, .path = path};
  Request request = request_of(one);
  request.query = std::move(query);
  Destination to;
  to.host = "reviews.shop.svc.cluster.local";
  const auto targets = targets_of(loaded->mesh, to, one.port, request);
  REQUIRE(targets.size() == 1);
  Verdict verdict = judge(loaded->mesh, caller_of(one), request, targets.front());
  verdict.where = {};  // its file dies here
  return verdict;
}

}  // namespace

TEST_CASE("the longest path decides whose policies are asked", "[routing][authorization]") {
  const Verdict open = ask("shop/front", "GET", "/admin/stop");
  CHECK(open.allowed);
  CHECK(open.why == "it authorizes the client for HTTPRoute shop/wide");
  const Verdict shut = ask("shop/front", "POST", "/admin/stop");
  CHECK_FALSE(shut.allowed);
  CHECK(shut.status == 403);
  const Verdict admin = ask("shop/admin", "POST", "/admin/stop");
  CHECK(admin.allowed);
  CHECK(admin.by == "AuthorizationPolicy shop/admins");
}

TEST_CASE("query parameters belong to a route's conditions", "[routing][authorization]") {
  CHECK(ask("shop/front", "GET", "/admin").allowed);
  CHECK_FALSE(ask("shop/front", "GET", "/admin", {{"dry", "yes"}}).allowed);
}

TEST_CASE("the route that takes the request is told", "[routing][authorization]") {
  const Verdict verdict = ask("shop/admin", "POST", "/admin/stop");
  REQUIRE(!verdict.notes.empty());
  CHECK(verdict.notes[0].message == "rules[0] of HTTPRoute shop/zeal takes the request");
}

}  // namespace meshfn::routing
