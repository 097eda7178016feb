// Attachment as a table: what the reference, the listener and the route say, and the answer.

#include "routing/attachment.h"

#include <fmt/format.h>

#include "catch.h"
#include "support/tree.h"

namespace meshfn::routing {

namespace {

using resource::gateway_api::Gateway;
using resource::gateway_api::Route;
using test::ReadMesh;

struct Case {
  const char* what;
  const char* listener;  ///< fields of the listener `web`
  const char* parent;    ///< fields beside the name
  const char* route;     ///< kind and further fields of spec
  AttachReason reason;
  std::vector<std::string> hostnames;
};

std::string documents(const Case& c) {
  const std::string route = c.route;
  const std::size_t space = route.find(' ');
  return fmt::format(R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: edge, namespace: infra}}
spec:
  gatewayClassName: any
  listeners: [{{name: web, {}}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: {}
metadata: {{name: shop, namespace: shop}}
spec:
  parentRefs: [{{name: edge, namespace: infra{}}}]
  {}
---
apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{team: red}}}}
)",
                     c.listener, route.substr(0, space), c.parent,
                     space == std::string::npos ? "" : route.substr(space + 1));
}

const char* const kHttp = "port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}";
const char* const kExample =
    "port: 80, protocol: HTTP, hostname: '*.example.com', "
    "allowedRoutes: {namespaces: {from: All}}";

const Case kCases[] = {
    {"an open listener", kHttp, "", "HTTPRoute", AttachReason::accepted, {}},
    {"a route of gRPC", kHttp, "", "GRPCRoute", AttachReason::accepted, {}},
    {"its name", kHttp, ", sectionName: web", "HTTPRoute", AttachReason::accepted, {}},
    {"another name", kHttp, ", sectionName: api", "HTTPRoute", AttachReason::other_section, {}},
    {"its port", kHttp, ", port: 80", "HTTPRoute", AttachReason::accepted, {}},
    {"another port", kHttp, ", port: 81", "HTTPRoute", AttachReason::other_port, {}},
    {"its name on another port",
     kHttp,
     ", sectionName: web, port: 81",
     "HTTPRoute",
     AttachReason::other_port,
     {}},
    {"a kind that the protocol lacks", kHttp, "", "TCPRoute", AttachReason::kind_not_allowed, {}},
    {"a kind that is not listed",
     "port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: GRPCRoute}], namespaces: {from: "
     "All}}",
     "",
     "HTTPRoute",
     AttachReason::kind_not_allowed,
     {}},
    {"a kind of another group",
     "port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: HTTPRoute, group: x.y}], "
     "namespaces: {from: All}}",
     "",
     "HTTPRoute",
     AttachReason::kind_not_allowed,
     {}},
    {"TLS that passes through takes no TCPRoute",
     "port: 443, protocol: TLS, tls: {mode: Passthrough}, allowedRoutes: {namespaces: {from: All}}",
     "",
     "TCPRoute",
     AttachReason::kind_not_allowed,
     {}},
    {"TLS that ends takes a TCPRoute",
     "port: 443, protocol: TLS, tls: {mode: Terminate}, allowedRoutes: {namespaces: {from: All}}",
     "",
     "TCPRoute",
     AttachReason::accepted,
     {}},
    {"a protocol of one's own",
     "port: 15008, protocol: HBONE, allowedRoutes: {namespaces: {from: All}}",
     "",
     "HTTPRoute",
     AttachReason::accepted,
     {}},
    {"another namespace by default",
     "port: 80, protocol: HTTP",
     "",
     "HTTPRoute",
     AttachReason::namespace_not_allowed,
     {}},
    {"a namespace that is selected",
     "port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: "
     "{matchLabels: {team: red}}}}",
     "",
     "HTTPRoute",
     AttachReason::accepted,
     {}},
    {"a namespace that is not selected",
     "port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: "
     "{matchLabels: {team: blue}}}}",
     "",
     "HTTPRoute",
     AttachReason::namespace_not_allowed,
     {}},
    {"a namespace selected by its name",
     "port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: "
     "{matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [shop]}]}}}",
     "",
     "HTTPRoute",
     AttachReason::accepted,
     {}},
    {"a selector that is missing",
     "port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector}}",
     "",
     "HTTPRoute",
     AttachReason::namespace_not_allowed,
     {}},
    {"no hostnames inherit the listener's",
     kExample,
     "",
     "HTTPRoute",
     AttachReason::accepted,
     {"*.example.com"}},
    {"a hostname below the wildcard",
     kExample,
     "",
     "HTTPRoute hostnames: [a.b.example.com]",
     AttachReason::accepted,
     {"a.b.example.com"}},
    {"case of a hostname",
     kExample,
     "",
     "HTTPRoute hostnames: [A.Example.com]",
     AttachReason::accepted,
     {"a.example.com"}},
    {"the wildcard's own domain",
     kExample,
     "",
     "HTTPRoute hostnames: [example.com]",
     AttachReason::hostname_disjoint,
     {}},
    {"a longer wildcard",
     kExample,
     "",
     "HTTPRoute hostnames: ['*.a.example.com']",
     AttachReason::accepted,
     {"*.a.example.com"}},
    {"a shorter wildcard",
     kExample,
     "",
     "HTTPRoute hostnames: ['*.com']",
     AttachReason::accepted,
     {"*.example.com"}},
    {"only what is common",
     kExample,
     "",
     "HTTPRoute hostnames: [x.org, a.example.com, b.example.com]",
     AttachReason::accepted,
     {"a.example.com", "b.example.com"}},
    {"hostnames do not count for TCP",
     "port: 9000, protocol: TCP, allowedRoutes: {namespaces: {from: All}}",
     "",
     "TCPRoute",
     AttachReason::accepted,
     {}},
};

}  // namespace

TEST_CASE("a listener accepts a route or says why not", "[routing]") {
  for (const Case& c : kCases) {
    DYNAMIC_SECTION(c.what) {
      const ReadMesh read(documents(c));
      const Gateway& gateway = read.mesh.all<Gateway>().at(0);
      const Route& route = read.mesh.all<Route>().at(0);
      const auto labels =
          resource::labels(read.mesh.find("Namespace", "", "shop")->metadata.find("labels"));
      const Attachment attachment = attach(route, route.parents.at(0), gateway, &labels);
      REQUIRE(attachment.listeners.size() == 1);
      CHECK(attachment.reason == c.reason);
      CHECK(attachment.listeners[0].reason == c.reason);
      CHECK((!attachment.accepted() || attachment.listeners[0].hostnames == c.hostnames));
    }
  }
}

TEST_CASE("labels of a namespace that is not shown leave attachment open", "[routing]") {
  const Case selected{"",
                      "port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, "
                      "selector: {matchLabels: {team: red}}}}",
                      "",
                      "HTTPRoute",
                      AttachReason::namespace_unknown,
                      {}};
  const ReadMesh read(documents(selected));
  const Route& route = read.mesh.all<Route>().at(0);
  const Attachment attachment =
      attach(route, route.parents.at(0), read.mesh.all<Gateway>().at(0), nullptr);
  CHECK(attachment.reason == AttachReason::namespace_unknown);
  CHECK(condition_reason(attachment.reason).empty());
}

TEST_CASE("the reason of a route is that of the listener that came furthest", "[routing]") {
  const ReadMesh read(R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: any
  listeners:
  - {name: raw, port: 9000, protocol: TCP}
  - {name: web, port: 80, protocol: HTTP, hostname: a.example.com}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [b.example.com]
)");
  const Route& route = read.mesh.all<Route>().at(0);
  const Attachment attachment =
      attach(route, route.parents.at(0), read.mesh.all<Gateway>().at(0), nullptr);
  CHECK(attachment.listeners.at(0).reason == AttachReason::kind_not_allowed);
  CHECK(attachment.listeners.at(1).reason == AttachReason::hostname_disjoint);
  CHECK(condition_reason(attachment.reason) == "NoMatchingListenerHostname");
}

}  // namespace meshfn::routing
