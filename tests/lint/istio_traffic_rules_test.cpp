// What Istio's webhook takes and refuses in VirtualServices and DestinationRules, one line a value
// and with it the rule that says so. The rules' own examples show one mistake each; these are the
// others.

#include <fmt/format.h>

#include <algorithm>

#include "catch.h"
#include "lint/support.h"

namespace meshfn::lint {

namespace {

/// A piece of YAML and the one rule that it breaks as an error; no rule: it is taken.
struct Row {
  std::string yaml;
  std::string rule;
};

std::string errors(const std::string& yaml) {
  const auto linted = lint_text(yaml);
  std::string rules;
  for (const auto& finding : linted->outcome.findings) {
    if (finding.severity != diagnostic::Severity::error) continue;
    rules += (rules.empty() ? "" : " ") + std::string(finding.rule->id);
  }
  return rules;
}

constexpr std::string_view kService = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: a, namespace: ns}}
spec: {}
)";

constexpr std::string_view kRule = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: a, namespace: ns}}
spec: {}
)";

void check(std::string_view frame, std::string_view spec, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const std::string yaml =
        fmt::format(fmt::runtime(frame), fmt::format(fmt::runtime(spec), row.yaml));
    INFO(yaml);
    CHECK(errors(yaml) == row.rule);
  }
}

/// Rows are fields of an http route that has a destination.
void check_routes(const std::vector<Row>& rows) {
  check(kService, "{{hosts: [a.b], http: [{{route: [{{destination: {{host: a.b}}}}], {}}}]}}",
        rows);
}

/// Rows are fields of an http route.
void check_bare_routes(const std::vector<Row>& rows) {
  check(kService, "{{hosts: [a.b], http: [{{{}}}]}}", rows);
}

/// Rows are fields of a traffic policy.
void check_policies(const std::vector<Row>& rows) {
  check(kRule, "{{host: a.b, trafficPolicy: {{{}}}}}", rows);
}

}  // namespace

TEST_CASE("hosts, gateways and exports of VirtualServices", "[istio-rules]") {
  check(kService, "{{{}, http: [{{route: [{{destination: {{host: a.b}}}}]}}]}}",
        {{"hosts: ['*.a', b.c., 10.0.0.1, '2001:db8::1']", ""},
         {"hosts: ['*.*.a']", "MF1105"},
         {"hosts: [a.123]", "MF1105"},
         {"hosts: ['']", "MF1105"},
         {"hosts: [a.b, a.b]", "MF1130"},
         {"hosts: [a.b], exportTo: [., other]", ""},
         {"hosts: [a.b], exportTo: [., ns]", "MF1107"},
         {"hosts: [a.b], exportTo: ['~']", "MF1107"},
         {"hosts: [a.b], gateways: [ns/gw, mesh]", ""},
         {"hosts: [a.b], gateways: [ns/]", "MF1106"},
         {"hosts: [a.b], gateways: [a/b/c]", "MF1106"}});
}

TEST_CASE("matches of VirtualServices", "[istio-rules]") {
  check_routes({{"match: [{uri: {prefix: ''}}]", ""},
                {"match: [{uri: {regex: ''}}]", "MF1110"},
                {"match: [{method: {prefix: ''}}]", "MF1116"},
                {"match: [{queryParams: {a: {regex: '('}}}]", "MF1110"},
                {"match: [{headers: {a: {exact: ''}, b: {}}}]", ""},
                {"match: [{headers: {a: }}]", "MF1116"},
                {"match: [{headers: {':foo': {exact: a}}}]", "MF1134"},
                {"match: [{withoutHeaders: {a: {regex: '*'}}}]", ""},
                {"match: [{withoutHeaders: {a: {regex: '**'}}}]", "MF1110"},
                {"match: [{withoutHeaders: {'@request.auth.claims[a]': {}}}]", "MF1136"},
                {"match: [{port: 0, sourceLabels: {a.io/b: ''}}]", ""},
                {"match: [{port: 65536}]", "MF1118"},
                {"match: [{sourceLabels: {a b: c}}]", "MF1117"},
                {"match: [{sourceNamespace: a.b}]", "MF1106"}});
}

TEST_CASE("headers and CORS of VirtualServices", "[istio-rules]") {
  check_routes({{"headers: {request: {set: {':authority': x, a: '%REQ(b)%'}}}", ""},
                {"headers: {request: {set: {'': x}}}", "MF1134"},
                {"headers: {request: {add: {a: '%x'}}}", "MF1135"},
                {"headers: {request: {remove: [Host]}}", "MF1134"},
                {"headers: {response: {set: {host: x}}}", "MF1134"},
                {"headers: {request: {set: {host: x}, add: {':authority': z}}}", "MF1137"},
                {"corsPolicy: {allowOrigins: [{prefix: a}], allowHeaders: ['*'], maxAge: 2s}", ""},
                {"corsPolicy: {allowOrigins: [{}]}", "MF1138"},
                {"corsPolicy: {allowOrigins: [{regex: '('}]}", "MF1110"},
                {"corsPolicy: {exposeHeaders: [a b]}", "MF1134"},
                {"corsPolicy: {maxAge: 1500ms}", "MF1108"}});
}

TEST_CASE("faults, mirrors and retries of VirtualServices", "[istio-rules]") {
  check_routes({{"fault: {abort: {httpStatus: 600}}", ""},
                {"fault: {abort: {httpStatus: 601}}", "MF1139"},
                {"fault: {abort: {http2Error: x}}", "MF1139"},
                {"fault: {}", "MF1139"},
                {"fault: {abort: {httpStatus: 500, percentage: {value: 0.00001}}}", "MF1140"},
                {"fault: {delay: {exponentialDelay: 1s}}", "MF1139"},
                {"fault: {delay: {fixedDelay: 1.0001s}}", "MF1108"},
                {"mirror: {host: '*'}", "MF1105"},
                {"mirror: {host: a.b, subset: a_b}", "MF1106"},
                {"mirrors: [{destination: {host: a.b}, percentage: {value: 101}}]", "MF1140"},
                {"retries: {attempts: 1, retryOn: '5xx,503,reset-before-request'}", ""},
                {"retries: {attempts: 1, retryOn: '5xx,'}", "MF1147"},
                {"retries: {attempts: 1, retryOn: '999'}", "MF1147"},
                {"retries: {attempts: -1}", "MF1148"},
                {"retries: {attempts: 1, backoff: 1.5ms}", "MF1108"}});
}

TEST_CASE("redirects, rewrites and answers of VirtualServices", "[istio-rules]") {
  check_bare_routes({{"redirect: {derivePort: FROM_REQUEST_PORT}", ""},
                     {"redirect: {}", "MF1144"},
                     {"redirect: {scheme: ftp}", "MF1144"},
                     {"redirect: {port: 0}", "MF1118"},
                     {"redirect: {uri: /, prefixRewrite: /}", "MF1144"},
                     {"match: [{headers: {a: {}}}], redirect: {prefixRewrite: /}", ""},
                     {"match: [{uri: {exact: /}}], redirect: {prefixRewrite: /}", "MF1144"},
                     {"directResponse: {status: 601}", "MF1146"},
                     {"delegate: {name: b}", ""},
                     {"route: [{destination: {host: a.b, port: {}}}]", "MF1118"},
                     {"route: [{destination: {host: a.b}, weight: -1}]", "MF1148"},
                     {"route: [{weight: 1}]", "MF0102"}});
  check_routes({{"rewrite: {authority: x}", ""},
                {"rewrite: {}", "MF1145"},
                {"rewrite: {uri: /, uriRegexRewrite: {match: a, rewrite: b}}", "MF1145"},
                {"rewrite: {uriRegexRewrite: {match: '(', rewrite: b}}", "MF1110"}});
}

TEST_CASE("connection routes of VirtualServices", "[istio-rules]") {
  check(kService, "{{hosts: [a.b], {}}}",
        {{"tcp: [{route: [{destination: {host: a.b}}]}]", ""},
         {"tcp: [{route: []}]", "MF1150"},
         {"tcp: [{match: [{destinationSubnets: [10.0.0]}], route: [{destination: {host: a.b}}]}]",
          "MF1119"},
         {"tls: [{match: [{sniHosts: [a.b]}], route: [{destination: {host: a.b}}]}]", ""},
         {"tls: [{match: [{sniHosts: ['*.b']}], route: [{destination: {host: a.b}}]}]", "MF1153"},
         {"tls: [{match: [], route: [{destination: {host: a.b}}]}]", "MF1150"},
         {"gateways: [ns/g], tls: [{match: [{sniHosts: [outbound_.80_._.a.b]}], route: "
          "[{destination: {host: a.b}}]}]",
          "MF1153"}});
}

TEST_CASE("connections and outliers of DestinationRules", "[istio-rules]") {
  check_policies(
      {{"connectionPool: {tcp: {idleTimeout: 0s}}", ""},
       {"connectionPool: {tcp: {idleTimeout: 0.1ms}}", "MF1108"},
       {"connectionPool: {tcp: {idleTimeout: soon}}", "MF1108"},
       {"connectionPool: {http: {http2KeepAlive: {}}}", "MF1208"},
       {"outlierDetection: {interval: 1.00001s}", "MF1108"},
       {"portLevelSettings: [{port: {number: 80}}]", "MF1206"},
       {"portLevelSettings: [{port: {number: 80}, connectionPool: {tcp: {connectTimeout: 1.5ms}}}]",
        "MF1108"},
       {"tunnel: {targetHost: '::1', targetPort: 1}", ""},
       {"tunnel: {targetHost: '*.a', targetPort: 1}", "MF1105"},
       {"tunnel: {targetHost: a.b, targetPort: 65536}", "MF1118"},
       {"tunnel: {targetHost: a.b, targetPort: 1}, proxyProtocol: {version: V1}", "MF1207"}});
}

TEST_CASE("balancing of DestinationRules", "[istio-rules]") {
  check_policies(
      {{"loadBalancer: {consistentHash: {httpCookie: {name: a, ttl: 0s}}}", ""},
       {"loadBalancer: {consistentHash: {httpCookie: {name: ''}}}", "MF1209"},
       {"loadBalancer: {consistentHash: {httpCookie: {name: a, attributes: [{name: b}, {name: "
        "b}]}}}",
        "MF1209"},
       {"loadBalancer: {consistentHash: {minimumRingSize: 5, ringHash: {}}}", "MF1209"},
       {"loadBalancer: {consistentHash: {maglev: {tableSize: 5000011}}}", "MF1209"},
       {"loadBalancer: {simple: RANDOM, warmup: {duration: 1s, aggression: 0}}", "MF1210"},
       {"loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {a: 100}}, {from: '*', to: "
        "{b: 100}}]}}",
        ""},
       {"loadBalancer: {localityLbSetting: {distribute: [{from: '*', to: {a: 100}}, {from: a, to: "
        "{b: 100}}]}}",
        "MF1223"},
       {"loadBalancer: {localityLbSetting: {distribute: [{from: a//c, to: {a: 100}}]}}", "MF1223"},
       {"loadBalancer: {zoneAwareLbSetting: {failover: [{from: a, to: a}]}}, outlierDetection: {}",
        "MF1221"},
       {"loadBalancer: {zoneAwareLbSetting: {failoverPriority: [topology.kubernetes.io/zone]}}, "
        "outlierDetection: {}",
        "MF1222"}});
}

TEST_CASE("TLS and scope of DestinationRules", "[istio-rules]") {
  check_policies({{"tls: {mode: SIMPLE, credentialName: configmap://ns/a}", ""},
                  {"tls: {mode: SIMPLE, credentialName: configmap://a}", "MF1236"},
                  {"tls: {mode: SIMPLE, credentialName: a, insecureSkipVerify: true}", "MF1235"},
                  {"tls: {mode: MUTUAL, credentialName: a, insecureSkipVerify: true}", ""}});
  check(kRule, "{{host: a.b, workloadSelector: {{matchLabels: {{a: b}}}}, {}}}",
        {{"exportTo: [.]", ""}, {"exportTo: [ns]", ""}, {"exportTo: ['*']", "MF1107"}});
}

TEST_CASE("a gateway reaches what the mesh's routes reach", "[istio-rules]") {
  const std::string routes = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: ns}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: ns}
spec: {host: web, subsets: [{name: v1, labels: {version: v1}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: ns}
spec: {hosts: [web], http: [{route: [{destination: {host: web, subset: v1}}]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: front, namespace: ns}
spec: {hosts: [a.b], gateways: [edge/front], http: [{route: [{destination: {host: web}}]}]}
)";
  const auto workload = [](const std::string& version) {
    return fmt::format(R"(---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web-{0}, namespace: ns}}
spec:
  selector: {{matchLabels: {{app: web, version: {0}}}}}
  template:
    metadata: {{labels: {{app: web, version: {0}}}}}
    spec: {{containers: [{{name: web, image: web}}]}}
)",
                       version);
  };
  const auto is_reported = [](const std::string& yaml) {
    const auto linted = lint_text(yaml);
    const auto& all = linted->outcome.findings;
    return std::any_of(all.begin(), all.end(),
                       [](const auto& finding) { return finding.rule->id == "MF1155"; });
  };
  CHECK(is_reported(routes));
  CHECK(!is_reported(routes + workload("v1")));
  CHECK(is_reported(routes + workload("v1") + workload("v2")));
}

}  // namespace meshfn::lint
