// Rules in other clothes than those of their examples: other fields, other kinds, other places.

#include <algorithm>

#include "catch.h"
#include "lint/support.h"

namespace meshfn::lint {

namespace {

struct Variant {
  const char* rule;
  bool fires;
  std::string yaml;
};

/// How often the rule fires.
std::size_t count_of(std::string_view rule, const std::string& yaml) {
  const auto linted = lint_text(yaml);
  const auto& findings = linted->outcome.findings;
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const auto& finding) { return finding.rule->id == rule; }));
}

void check(const std::vector<Variant>& variants) {
  for (const Variant& variant : variants) {
    INFO(variant.rule << "\n" << variant.yaml);
    CHECK((count_of(variant.rule, variant.yaml) > 0) == variant.fires);
  }
}

std::string object(const std::string& api, const std::string& kind, const std::string& metadata,
                   const std::string& rest) {
  return "---\napiVersion: " + api + "\nkind: " + kind + "\nmetadata: {" + metadata + "}\n" + rest +
         "\n";
}

std::string service(const std::string& metadata, const std::string& ports) {
  return object("v1", "Service", metadata, "spec: {selector: {app: cart}, ports: [" + ports + "]}");
}

const char* const kNetworking = "networking.istio.io/v1";
const char* const kSecurity = "security.istio.io/v1";

std::string routes(const std::string& scope, const std::string& spec) {
  return object(kNetworking, "VirtualService", "name: r, namespace: " + scope, "spec: " + spec);
}

std::string rule_for(const std::string& scope, const std::string& spec) {
  return object(kNetworking, "DestinationRule", "name: d, namespace: " + scope, "spec: " + spec);
}

std::string pod(const std::string& scope, const std::string& labels, const std::string& more = "",
                const std::string& container = "{name: c, image: c}") {
  return object("v1", "Pod", "name: p, namespace: " + scope + ", labels: {" + labels + "}" + more,
                "spec: {containers: [" + container + "]}");
}

std::string name_space(const std::string& labels) {
  return object("v1", "Namespace", "name: mall, labels: {" + labels + "}", "");
}

const std::string kCart = service("name: cart, namespace: mall", "{name: http, port: 80}");

}  // namespace

TEST_CASE("hosts are found as the mesh finds them", "[lint][variants]") {
  const std::string entry = object(
      kNetworking, "ServiceEntry", "name: pay, namespace: bank",
      "spec: {hosts: [pay.bank.test], exportTo: [\".\"], resolution: DNS, ports: [{number: 443, "
      "name: tls, protocol: TLS}]}");
  check({
      {"MF1101", true,
       kCart + routes("food",
                      "{hosts: [a.test], http: [{route: [{destination: "
                      "{host: cart.mall.svc}}]}]}")},
      {"MF1101", false,
       kCart + routes("food",
                      "{hosts: [a.test], http: [{route: [{destination: "
                      "{host: cart.mall.svc.cluster.local}}]}]}")},
      {"MF1201", true, kCart + rule_for("food", "{host: cart.mall.svc}")},
      {"MF1201", true, entry + rule_for("mall", "{host: pay.bank.test}")},
      {"MF1201", false, entry + rule_for("bank", "{host: pay.bank.test}")},
      {"MF5534", false,
       kCart + routes("mall", "{hosts: [kart], http: [{route: [{destination: {host: cart}}]}]}") +
           object(kSecurity, "AuthorizationPolicy", "name: a, namespace: mall",
                  "spec: {rules: [{to: [{operation: {hosts: [kart]}}]}]}")},
      {"MF1402", true,
       object(kNetworking, "ServiceEntry", "name: a, namespace: mall",
              "spec: {hosts: [P.bank.test], resolution: DNS, ports: [{number: 80, name: http, "
              "protocol: HTTP}]}") +
           object(kNetworking, "ServiceEntry", "name: b, namespace: mall",
                  "spec: {hosts: [p.bank.test], resolution: DNS, ports: [{number: 80, name: grpc, "
                  "protocol: GRPC}]}")},
  });
}

TEST_CASE("subsets of selected workloads are looked for", "[lint][variants]") {
  const std::string entry = object(
      kNetworking, "ServiceEntry", "name: db, namespace: mall",
      "spec: {hosts: [db.bank.test], location: MESH_INTERNAL, resolution: STATIC, "
      "workloadSelector: {labels: {app: db}}, ports: [{number: 80, name: http, protocol: HTTP}]}");
  const std::string rule =
      rule_for("mall", "{host: db.bank.test, subsets: [{name: x, labels: {v: \"2\"}}]}");
  const std::string machine = object(kNetworking, "WorkloadEntry", "name: m, namespace: mall",
                                     "spec: {address: 10.0.0.1, labels: {app: db, v: \"2\"}}");
  const std::string old = pod("mall", "app: db, v: \"1\"");
  check({
      {"MF1202", false, entry + rule},
      {"MF1202", true, entry + rule + old},
      {"MF1202", false, entry + rule + old + machine},
  });
}

TEST_CASE("pods are in the mesh one way", "[lint][variants]") {
  const std::string ambient = name_space("istio.io/dataplane-mode: ambient");
  const std::string injected = name_space("istio-injection: enabled");
  const std::string own = "istio.io/dataplane-mode: ambient";
  const std::string asked = "sidecar.istio.io/inject: \"true\"";
  const std::string redirected = ", annotations: {ambient.istio.io/redirection: enabled}";
  const std::string proxy = "{name: istio-proxy, image: proxy}";
  check({
      {"MF5544", true, ambient + pod("mall", asked)},
      {"MF5544", true, injected + pod("mall", own)},
      {"MF5544", true, pod("mall", asked, redirected)},
      {"MF5544", true, pod("mall", own, "", proxy)},
      {"MF5544", true, ambient + pod("mall", "app: c", "", proxy)},
      {"MF5544", false, ambient + pod("mall", "app: c")},
      {"MF5544", false, ambient + pod("mall", "istio.io/dataplane-mode: none, " + asked)},
      {"MF5544", false, injected + pod("mall", asked)},
      {"MF5546", true, pod("mall", "istio.io/use-waypoint: way")},
      {"MF5546", false, pod("mall", "istio.io/use-waypoint: way, " + own)},
      {"MF1626", false,
       name_space("a: b") + pod("mall", "app: cart, " + own) +
           object(kSecurity, "AuthorizationPolicy", "name: a, namespace: mall",
                  "spec: {selector: {matchLabels: {app: cart}}, rules: [{from: [{source: "
                  "{namespaces: [mall]}}]}]}")},
      {"MF5541", true,
       name_space("a: b") + pod("mall", "app: cart, " + own) +
           object(kSecurity, "AuthorizationPolicy", "name: a, namespace: mall",
                  "spec: {selector: {matchLabels: {app: cart}}, rules: [{to: [{operation: {paths: "
                  "[/x]}}]}]}")},
      {"MF5541", true,
       ambient + kCart +
           routes("mall",
                  "{hosts: [q.test, cart], gateways: [mesh], http: [{route: "
                  "[{destination: {host: cart}}]}]}")},
      {"MF5541", true,
       ambient + object("telemetry.istio.io/v1", "Telemetry", "name: t, namespace: mall",
                        "spec: {metrics: [{overrides: [{match: {metric: REQUEST_COUNT}, disabled: "
                        "true}]}]}")},
      {"MF5541", false,
       ambient + kCart +
           rule_for("mall",
                    "{host: cart, trafficPolicy: {loadBalancer: {consistentHash: "
                    "{useSourceIp: true}}}}")},
  });
}

TEST_CASE("a host of a Gateway is taken once, however it is written", "[lint][variants]") {
  const auto gateway = [](const std::string& name, const std::string& servers) {
    return object(kNetworking, "Gateway", "name: " + name + ", namespace: mall",
                  "spec: {selector: {istio: ingressgateway}, servers: [" + servers + "]}");
  };
  const auto server = [](const std::string& host, const std::string& name = "http") {
    return "{hosts: [\"" + host + "\"], port: {number: 80, name: " + name + ", protocol: HTTP}}";
  };
  const auto both = [&](const std::string& a, const std::string& b) {
    return gateway("a", server(a)) + gateway("b", server(b));
  };
  check({
      {"MF1328", true, both("*/x.test", "x.test")},
      {"MF1328", true, both("./x.test", "mall/x.test")},
      {"MF1328", true, both("mall/x.test", "x.test")},
      {"MF1328", true, both("X.test", "x.test")},
      {"MF1328", true, gateway("a", server("x.test") + ", " + server("x.test", "other"))},
      {"MF1328", false, both("mall/x.test", "food/x.test")},
      {"MF1328", false, both("*.test", "x.test")},
      {"MF1328", false, both("x.test", "x.test")},  // MF1304
      {"MF1304", true, both("x.test", "x.test")},
  });
}

TEST_CASE("identities are compared as Istio compares them", "[lint][variants]") {
  const std::string account = object("v1", "ServiceAccount", "name: x, namespace: mall",
                                     "automountServiceAccountToken: true");
  const auto policy = [](const std::string& rule) {
    return object(kSecurity, "AuthorizationPolicy", "name: a, namespace: mall",
                  "spec: {rules: [" + rule + "]}");
  };
  const auto from = [&](const std::string& principal) {
    return account + policy("{from: [{source: {principals: [\"" + principal + "\"]}}]}");
  };
  check({
      {"MF5532", true, from("*/ns/mall/sa/y")},
      {"MF5532", true, from("cluster.local/ns/mall/sa/y*")},
      {"MF5532", false, from("*/ns/mall/sa/x")},
      {"MF5532", false, from("cluster.local/ns/mall/sa/x*")},
      {"MF5532", true,
       account + policy("{when: [{key: source.principal, values: [cluster.local/ns/mall/sa/y]}]}")},
      {"MF5535", true,
       object(kSecurity, "PeerAuthentication", "name: p, namespace: mall",
              "spec: {mtls: {mode: DISABLE}}") +
           policy("{when: [{key: connection.sni, values: [a.test]}]}")},
      {"MF1651", true,
       pod("mall", "app: c, v: \"1\"") +
           object(kSecurity, "PeerAuthentication", "name: p, namespace: mall",
                  "spec: {selector: {matchLabels: {app: c}}, mtls: {mode: STRICT}}") +
           object(kSecurity, "PeerAuthentication", "name: q, namespace: mall",
                  "spec: {selector: {matchLabels: {v: \"1\"}}, mtls: {mode: DISABLE}}")},
      {"MF1651", false,
       pod("mall", "app: c, v: \"1\"") +
           object(kSecurity, "PeerAuthentication", "name: p, namespace: mall",
                  "spec: {selector: {matchLabels: {app: c}}, mtls: {mode: STRICT}}") +
           object(kSecurity, "PeerAuthentication", "name: q, namespace: mall",
                  "spec: {selector: {matchLabels: {v: \"2\"}}, mtls: {mode: DISABLE}}")},
  });
}

TEST_CASE("texts inside of texts are read", "[lint][variants]") {
  const auto configured = [](const std::string& config) {
    return pod("mall", "app: c", ", annotations: {proxy.istio.io/config: '" + config + "'}");
  };
  const auto webhook = [](const std::string& url) {
    return object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration",
                  "name: istio-validator, labels: {app: istiod, istio.io/rev: default}",
                  "webhooks: [{name: rev.validation.istio.io, clientConfig: {url: \"" + url +
                      "\"}, admissionReviewVersions: [v1], sideEffects: None}]");
  };
  check({
      {"MF1804", true, configured("concurency: 2")},
      {"MF1804", true, configured("{foo: 2}")},
      {"MF1804", false, configured("concurrency: 2")},
      {"MF1804", false, configured("{proxy_metadata: {A: b}}")},
      {"MF1823", true, webhook("https://cp.acme.test/%zz")},
      {"MF1823", true, webhook("https://cp.acme.test:port/x")},
      {"MF1823", true, webhook("https://[::1/validate")},
      {"MF1823", false, webhook("https://cp.acme.test:15017/validate%20it")},
  });
}

TEST_CASE("Linkerd reads less than the schemas allow", "[lint][variants]") {
  const auto route = [](const std::string& rule) {
    return object(
        "policy.linkerd.io/v1beta3", "HTTPRoute", "name: r, namespace: mall",
        "spec: {parentRefs: [{group: core, kind: Service, name: cart, port: 80}], rules: [" + rule +
            "]}");
  };
  const auto redirect = [&](const std::string& path) {
    return route("{filters: [{type: RequestRedirect, requestRedirect: {path: {" + path + "}}}]}");
  };
  check({
      {"MF3204", true, route("{timeouts: {request: 1d}}")},
      {"MF3204", true, route("{timeouts: {request: 1 s}}")},
      {"MF3204", false, route("{timeouts: {request: 1h}}")},
      {"MF3203", true, redirect("type: ReplaceFullPath")},
      {"MF3203", false, redirect("type: ReplaceFullPath, replaceFullPath: /a")},
      {"MF3203", true,
       route("{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {add: "
             "[{name: x, value: \"a\\nb\"}]}}]}")},
      {"MF3202", true, route("{matches: [{headers: [{name: x, value: \"a\\nb\"}]}]}")},
      {"MF3202", false, route("{matches: [{headers: [{name: x, value: \"a b\"}]}]}")},
      {"MF3202", false, route("{matches: [{path: {type: RegularExpression, value: /(?<x>a)}}]}")},
      {"MF3202", true, route("{matches: [{path: {type: RegularExpression, value: /(a}}]}")},
  });
}

}  // namespace meshfn::lint
