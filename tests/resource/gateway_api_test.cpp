#include "catch.h"
#include "resource/mesh.h"
#include "support/tree.h"

namespace meshfn::resource::gateway_api {

namespace {

using test::ReadMesh;

}  // namespace

TEST_CASE("a Gateway is decoded with the defaults of its listeners", "[resource]") {
  const ReadMesh read(R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  gatewayClassName: istio
  listeners:
  - {name: web, port: 80, protocol: HTTP}
  - name: tls
    port: 443
    protocol: TLS
    hostname: "*.example.com"
    tls: {mode: Passthrough, certificateRefs: [{name: cert, namespace: certs}]}
    allowedRoutes: {namespaces: {from: All}, kinds: [{kind: TLSRoute}]}
)");
  const Gateway& gateway = read.mesh.all<Gateway>().at(0);
  CHECK(*gateway.class_name == "istio");
  CHECK(gateway.listener_sets.from == From::none);
  const Listener& web = gateway.listeners.at(0);
  CHECK(web.protocol == Protocol::http);
  CHECK(web.namespaces.from == From::same);
  const Listener& tls = gateway.listeners.at(1);
  CHECK(tls.passes_through);
  CHECK(tls.namespaces.from == From::all);
  CHECK(tls.kinds.at(0).group == kGroup);
  CHECK(tls.certificates.at(0).is("", "Secret"));
  CHECK(tls.certificates.at(0).scope == "certs");
}

TEST_CASE("an HTTPRoute is decoded with the defaults of its references", "[resource]") {
  const ReadMesh read(R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: shop}
spec:
  parentRefs:
  - {name: edge, sectionName: web}
  - {group: "", kind: Service, name: reviews, port: 80}
  - {group: null, kind: ListenerSet, name: more}
  hostnames: [shop.example.com]
  rules:
  - matches:
    - path: {type: Exact, value: /buy}
      method: POST
      headers: [{name: x-user, type: RegularExpression, value: "a.*"}]
    timeouts: {request: 2s, backendRequest: 500ms}
    filters:
    - {type: RequestMirror, requestMirror: {backendRef: {name: shadow, port: 81}}}
    backendRefs: [{name: v1, port: 80}, {name: v2, port: 80, weight: 0, namespace: other}]
)");
  const Route& route = read.mesh.all<Route>().at(0);
  CHECK(route.route_kind == RouteKind::http);
  CHECK(route.parents.at(0).is(kGroup, "Gateway"));
  CHECK(*route.parents.at(0).section == "web");
  CHECK(route.parents.at(1).is_service());
  CHECK(route.parents.at(2).is(kGroup, "ListenerSet"));
  const Rule& rule = route.rules.at(0);
  CHECK(rule.matches.at(0).path_kind == PathKind::exact);
  CHECK(rule.matches.at(0).headers.at(0).regex);
  CHECK(*rule.backend_timeout == std::chrono::milliseconds(500));
  REQUIRE(rule.filter("RequestMirror") != nullptr);
  CHECK(rule.filter("RequestMirror")->backend->name == "shadow");
  CHECK(rule.filter("CORS") == nullptr);
  CHECK(rule.backends.at(0).share() == 1);
  CHECK(rule.backends.at(1).share() == 0);
  CHECK(describe(rule.backends.at(1)) == "Service `other/v2`");
}

TEST_CASE("a GRPCRoute and a ReferenceGrant are decoded", "[resource]") {
  const ReadMesh read(R"(apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: shop, namespace: shop}
spec:
  rules: [{matches: [{method: {service: shop.Orders, method: Get}}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: open, namespace: other}
spec:
  from: [{group: gateway.networking.k8s.io, kind: GRPCRoute, namespace: shop}]
  to: [{group: "", kind: Service}]
)");
  const RouteMatch& match = read.mesh.all<Route>().at(0).rules.at(0).matches.at(0);
  CHECK(*match.service == "shop.Orders");
  CHECK(*match.method == "Get");
  CHECK_FALSE(match.regex);
  const ReferenceGrant& grant = read.mesh.all<ReferenceGrant>().at(0);
  CHECK(grant.from.at(0).scope == "shop");
  CHECK(grant.to.at(0).kind == "Service");
  CHECK(grant.to.at(0).name.empty());
}

}  // namespace meshfn::resource::gateway_api
