// Each kind of rule in the kind of route that the target has for it: gRPC, TLS and TCP, and what
// Linkerd has on the inbound side.

#include <algorithm>

#include "render/rendering.h"

namespace meshfn::render {

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

bool has(const std::vector<std::string>& all, std::string_view part) {
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& one) { return has(one, part); });
}

std::string service(const std::string& name, const std::string& ports = "{name: http, port: 80}") {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name +
         ", namespace: shop}\nspec: {selector: {app: " + name + "}, ports: [" + ports + "]}\n";
}

constexpr const char* kCalls = R"(
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: calls, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: a}]
  rules:
  - matches:
    - {method: {service: shop.Orders, method: Get}, headers: [{name: user, value: jason}]}
    - {method: {service: shop.Orders}}
    - {method: {method: Watch}}
    backendRefs: [{name: b, port: 80, weight: 3}, {name: c, port: 80}]
  - backendRefs: [{name: c, port: 80}]
)";

constexpr const char* kMeshed =
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, "
    "annotations: {linkerd.io/inject: enabled}}\n";

/// A VirtualService for one Service that is called by TCP and TLS.
constexpr const char* kDatabase = R"(
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db, namespace: shop}
spec:
  hosts: [db]
  tcp:
  - match: [{port: 5432}]
    route:
    - {destination: {host: db, port: {number: 5432}}, weight: 80}
    - {destination: {host: spare, port: {number: 5432}}, weight: 20}
  tls:
  - match: [{port: 5433, sniHosts: [db.shop.svc.cluster.local]}]
    route: [{destination: {host: spare, port: {number: 5433}}}]
)";

std::string database() {
  const std::string ports = "{name: tcp, port: 5432}, {name: tls, port: 5433}";
  return service("db", ports) + service("spare", ports) + kDatabase;
}

/// Services with the output: what stays in the cluster.
std::unique_ptr<Input> read_back(const std::string& services, const Rendered& out) {
  return read_texts({{"services.yaml", services}, {"out.yaml", joined(out)}});
}

}  // namespace

TEST_CASE("calls of gRPC stay GRPCRoutes where the target has them", "[render]") {
  const std::string services = service("a") + service("b") + service("c");
  for (const char* target : {"gateway-api", "linkerd"}) {
    INFO(target);
    const bool linkerd = std::string_view(target) == "linkerd";
    const auto input = read_texts({{"in.yaml", services + (linkerd ? kMeshed : "") + kCalls}});
    const Rendered out = rendered(*input, target);
    const std::string text = joined(out);
    CHECK(has(text, "kind: GRPCRoute"));
    CHECK_FALSE(has(text, "kind: HTTPRoute"));
    CHECK(has(text, "service: shop.Orders"));
    CHECK(has(text, "method: Watch"));
    CHECK(messages(out, Severity::error).empty());
    check_proven(*input, out);
    check_stable(out, target);
  }
}

TEST_CASE("expressions for methods are kept, and told where Linkerd refuses them", "[render]") {
  const char* text = R"(
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: calls, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: a}]
  rules:
  - matches: [{method: {type: RegularExpression, service: shop.*, method: Get.*}}]
    backendRefs: [{name: b, port: 80}]
  - backendRefs: [{name: c, port: 80}]
)";
  const std::string services = service("a") + service("b") + service("c");
  const auto input = read_texts({{"in.yaml", services + text}});
  const Rendered out = rendered(*input, "gateway-api");
  CHECK(has(joined(out), "type: RegularExpression"));
  check_proven(*input, out);
  const auto meshed = read_texts({{"in.yaml", services + kMeshed + text}});
  const Rendered linkerd = rendered(*meshed, "linkerd");
  CHECK(has(messages(linkerd, Severity::error), "Linkerd has no condition"));
  check_proven(*meshed, linkerd);
}

TEST_CASE("a grant names the kinds of routes that need it", "[render]") {
  const auto input = read_texts({{"in.yaml", R"(
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: calls, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: b, namespace: other, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: g, namespace: other}
spec:
  from: [{group: gateway.networking.k8s.io, kind: GRPCRoute, namespace: shop}]
  to: [{group: "", kind: Service}]
)"}});
  const std::string text = joined(rendered(*input, "gateway-api"));
  CHECK(has(text, "kind: ReferenceGrant"));
  CHECK(has(text, "    kind: GRPCRoute"));
  CHECK_FALSE(has(text, "HTTPRoute"));
}

TEST_CASE("what may not be referred to is not permitted by converting it", "[render]") {
  const auto input = read_texts({{"in.yaml", R"(
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: b, namespace: other, port: 80}, {name: c, port: 80}]}]
)"}});
  CHECK_FALSE(has(joined(rendered(*input, "gateway-api")), "ReferenceGrant"));
}

TEST_CASE("rules for clients of one namespace become routes there", "[render]") {
  const auto input = read_texts({{"in.yaml", R"(
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: admin, namespace: shop}
spec: {selector: {app: admin}, ports: [{name: http, port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  hosts: [web]
  http:
  - match: [{sourceNamespace: ops, uri: {prefix: /admin/}}]
    route: [{destination: {host: admin, port: {number: 80}}}]
  - route: [{destination: {host: web, port: {number: 80}}}]
)"}});
  for (const char* target : {"gateway-api", "linkerd"}) {
    const Rendered out = rendered(*input, target);
    const std::string text = joined(out);
    CHECK(has(text, "  namespace: ops"));
    CHECK(messages(out, Severity::error).empty());
    check_proven(*input, out);
  }
}

TEST_CASE("callers that no rule is for are told of", "[render]") {
  const auto input = read_texts({{"in.yaml", R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  hosts: [web]
  http:
  - match: [{sourceNamespace: ops}]
    route: [{destination: {host: web, port: {number: 80}}}]
)"}});
  const auto lost = messages(rendered(*input, "gateway-api"), Severity::error);
  REQUIRE(lost.size() == 1);
  CHECK(has(lost.front(), "no rule of `web.shop.svc.cluster.local` is for other namespaces"));
}

TEST_CASE("prefixes that share no path keep any order", "[render]") {
  const auto input = read_texts({{"in.yaml", R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  hosts: [web]
  http:
  - match: [{uri: {prefix: /a1/}}]
    route: [{destination: {host: web, port: {number: 80}}}]
  - match: [{uri: {prefix: /a12/}}, {uri: {exact: /b}}]
    route: [{destination: {host: old, port: {number: 80}}}]
  - match: [{uri: {prefix: /b/longer/}}]
    route: [{destination: {host: web, port: {number: 80}}}]
)"}});
  for (const char* target : {"gateway-api", "linkerd"}) {
    const Rendered out = rendered(*input, target);
    CHECK(messages(out, Severity::error).empty());
    check_proven(*input, out);
  }
}

TEST_CASE("rules for one port, or to the port asked for, become routes of each", "[render]") {
  const auto input = read_texts({{"in.yaml", R"(
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80}, {name: http-admin, port: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: old, namespace: shop}
spec: {selector: {app: old}, ports: [{name: http, port: 80}, {name: http-admin, port: 8080}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  hosts: [web]
  http:
  - match: [{port: 8080, uri: {prefix: /old/}}]
    route: [{destination: {host: old}}]
  - route: [{destination: {host: web}}]
)"}});
  for (const char* target : {"gateway-api", "linkerd"}) {
    const Rendered out = rendered(*input, target);
    CHECK(messages(out, Severity::error).empty());
    CHECK(has(joined(out), "web-2"));
    check_proven(*input, out);
    check_stable(out, target);
  }
}

TEST_CASE("filters of a backend that the table does not know are kept", "[render]") {
  const auto input = read_texts({{"in.yaml", R"(
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - backendRefs:
    - name: c
      port: 80
      filters:
      - {type: URLRewrite, urlRewrite: {hostname: inner.example.com}}
      - {type: RequestHeaderModifier, requestHeaderModifier: {remove: [x]}}
)"}});
  const std::string text = joined(rendered(*input, "gateway-api"));
  CHECK(has(text, "hostname: inner.example.com"));
  CHECK(text.find("type: RequestHeaderModifier") == text.rfind("type: RequestHeaderModifier"));
}

TEST_CASE("a mirror that may not be sent to is not permitted by converting it", "[render]") {
  const auto input = read_texts({{"in.yaml", R"(
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - backendRefs: [{name: c, port: 80}]
    filters:
    - {type: RequestMirror, requestMirror: {backendRef: {name: b, namespace: other, port: 80}}}
)"}});
  CHECK_FALSE(has(joined(rendered(*input, "gateway-api")), "ReferenceGrant"));
  const auto& notes = input->table().notes;
  CHECK(std::any_of(notes.begin(), notes.end(), [](const routing::Note& note) {
    return has(note.message, "mirrors nothing: no ReferenceGrant in `other` permits it");
  }));
}

TEST_CASE("a certificate that Istio would not find is told of", "[render]") {
  const auto input = read_texts({{"in.yaml", R"(
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - name: https
    port: 443
    protocol: HTTPS
    tls: {certificateRefs: [{name: pair, namespace: certs}, {name: second}]}
)"}});
  const auto lost = messages(rendered(*input, "istio"), Severity::warning);
  REQUIRE(lost.size() == 3);
  CHECK(has(lost[0], "`second` is left out"));
  CHECK(has(lost[1], "not in `certs`"));
  CHECK(has(lost[2], "gatewayClassName"));
}

TEST_CASE("connections to Services are routed by Linkerd and back", "[render]") {
  const auto input = read_texts({{"in.yaml", database()}});
  const Rendered there = rendered(*input, "linkerd");
  const std::string text = joined(there);
  CHECK(has(text, "kind: TCPRoute"));
  CHECK(has(text, "kind: TLSRoute"));
  CHECK(has(text, "gateway.networking.k8s.io/v1alpha2"));
  CHECK(has(text, "port: 5433"));
  CHECK(messages(there, Severity::error).empty());
  check_proven(*input, there);
  const std::string ports = "{name: tcp, port: 5432}, {name: tls, port: 5433}";
  const std::string services = kMeshed + service("db", ports) + service("spare", ports);
  const auto middle = read_back(services, there);
  const Rendered back = rendered(*middle, "istio");
  CHECK(has(joined(back), "tcp:"));
  CHECK(has(joined(back), "sniHosts:"));
  check_proven(*middle, back);
}

TEST_CASE("conditions that routes below HTTP lack are told", "[render]") {
  const char* text = R"(
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db, namespace: shop}
spec:
  hosts: [db]
  tcp:
  - match: [{port: 5432, sourceLabels: {app: front}}]
    route: [{destination: {host: spare, port: {number: 5432}}}]
  - match: [{port: 5432}]
    route: [{destination: {host: db, port: {number: 5432}}}]
)";
  const std::string port = "{name: tcp, port: 5432}";
  const auto input = read_texts({{"in.yaml", service("db", port) + service("spare", port) + text}});
  for (const char* target : {"linkerd", "gateway-api", "envoy"}) {
    INFO(target);
    const Rendered out = rendered(*input, target);
    CHECK(has(messages(out, Severity::error), "from label app = front"));
    if (std::string_view(target) != "envoy") check_proven(*input, out);
  }
}

TEST_CASE("routes of gateways below HTTP become Istio's and Envoy's", "[render]") {
  const auto input = read_texts({{"in.yaml", service("b", "{name: tcp, port: 9000}") + R"(
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - {name: tls, port: 8443, protocol: TLS, hostname: "*.example.com", tls: {mode: Passthrough}}
  - {name: tcp, port: 9000, protocol: TCP}
---
apiVersion: gateway.networking.k8s.io/v1
kind: TLSRoute
metadata: {name: t, namespace: shop}
spec:
  parentRefs: [{name: edge, sectionName: tls}]
  hostnames: [a.example.com]
  rules: [{backendRefs: [{name: b, port: 9000}]}]
---
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TCPRoute
metadata: {name: u, namespace: shop}
spec:
  parentRefs: [{name: edge, sectionName: tcp}]
  rules: [{backendRefs: [{name: b, port: 9000}]}]
)"}});
  const Rendered istio = rendered(*input, "istio");
  CHECK(has(joined(istio), "sniHosts:"));
  check_proven(*input, istio);
  check_stable(istio, "istio");
  const Rendered again = rendered(*input, "gateway-api");
  check_proven(*input, again);
  check_stable(again, "gateway-api");
  const std::string envoy = joined(rendered(*input, "envoy"));
  CHECK(has(envoy, "envoy.config.listener.v3.Listener"));
  CHECK(has(envoy, "\"server_names\": [\n"));
  CHECK(has(envoy, "envoy.filters.network.tcp_proxy"));
}

TEST_CASE("a conversion without any route lists why", "[render]") {
  const auto input = read_texts({{"in.yaml", R"(
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: a, port: 80}]}]
)"}});
  const Rendered out = rendered(*input, "linkerd");
  CHECK(out.documents.empty());
  CHECK(messages(out, Severity::error).size() == 2);
  CHECK(has(messages(out, Severity::error), "Linkerd has no gateways"));
}

TEST_CASE("routes on the inbound side stay with Linkerd and are missed elsewhere", "[render]") {
  const std::string text = kMeshed + service("a") + R"(
---
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: in, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: s}]
  rules: [{matches: [{path: {value: /a}}]}]
---
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: out, namespace: shop}
spec:
  parentRefs: [{group: core, kind: Service, name: a}]
  rules: [{backendRefs: [{name: a, port: 80}], timeouts: {request: 1s}}]
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: s, namespace: shop}
spec: {podSelector: {matchLabels: {app: a}}, port: 80}
)";
  const auto input = read_texts({{"in.yaml", text}});
  const Rendered kept = rendered(*input, "linkerd");
  CHECK(has(joined(kept), "name: in\n"));
  CHECK(has(joined(kept), "kind: Server"));
  CHECK(messages(kept, Severity::error).empty());
  check_stable(kept, "linkerd");
  for (const char* target : {"istio", "gateway-api", "envoy"}) {
    INFO(target);
    CHECK(has(messages(rendered(*input, target), Severity::error), "Server `s`"));
  }
}

TEST_CASE("a loss excuses only what it explains", "[render]") {
  const auto input = read_texts({{"in.yaml", R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, namespace: shop}
spec:
  hosts: [a]
  http:
  - match: [{uri: {exact: /x}}]
    fault: {abort: {httpStatus: 500}}
    route: [{destination: {host: b, port: {number: 80}}}]
  - {route: [{destination: {host: a, port: {number: 80}}}]}
)"}});
  Rendered out = rendered(*input, "gateway-api");
  REQUIRE(out.documents.size() == 1);
  check_proven(*input, out);
  std::string& text = out.documents[0].text;
  text.replace(text.find("name: b"), 7, "name: z");
  const auto verified = verify(input->source(), out, {});
  REQUIRE(verified);
  REQUIRE(verified->unlisted.differences.size() == 1);
  CHECK(verified->unlisted.differences[0].example.path == "/x");
}

}  // namespace meshfn::render
