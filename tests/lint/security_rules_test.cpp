// The rules about Istio's policies, extensions and installation: values one by one, and what they
// leave alone because the input cannot tell.

#include <fmt/format.h>

#include "base/str.h"
#include "catch.h"
#include "lint/support.h"

namespace meshfn::lint {

namespace {

using Lines = std::vector<std::string>;

/// "RULE severity" of the findings of the rules tested here, in order.
Lines findings(const std::string& yaml) {
  Lines out;
  const auto linted = lint_text(yaml);
  for (const auto& finding : linted->outcome.findings) {
    const std::string_view id = finding.rule->id;
    if (!id.starts_with("MF16") && !id.starts_with("MF17") && !id.starts_with("MF18")) continue;
    out.push_back(fmt::format("{} {}", id, diagnostic::to_string(finding.severity)));
  }
  return out;
}

/// A policy with one rule; `part` is a line of it.
std::string policy(std::string_view part) {
  return fmt::format(
      "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
      "metadata: {{name: web, namespace: shop}}\nspec:\n  rules:\n  - {}\n",
      part);
}

Lines of_condition(std::string_view key, std::string_view value) {
  return findings(policy(fmt::format("when: [{{key: \"{}\", values: [\"{}\"]}}]", key, value)));
}

Lines of_path(std::string_view path) {
  return findings(policy(fmt::format("to: [{{operation: {{paths: [\"{}\"]}}}}]", path)));
}

Lines of_account(std::string_view account) {
  return findings(
      policy(fmt::format("from: [{{source: {{serviceAccounts: [\"{}\"]}}}}]", account)));
}

Lines of_filter(std::string_view expression) {
  return findings(fmt::format(
      "apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {{name: web, namespace: "
      "shop}}\nspec:\n  accessLogging:\n  - providers: [{{name: envoy}}]\n    filter:\n      "
      "expression: '{}'\n",
      expression));
}

Lines of_annotation(std::string_view name, std::string_view value) {
  return findings(fmt::format(
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\n  annotations:\n    "
      "{}: '{}'\nspec:\n  containers: [{{name: web, image: web}}]\n",
      name, value));
}

const std::string kDeployment = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: web}]
---
)";

}  // namespace

TEST_CASE("keys of conditions", "[security]") {
  for (const char* key :
       {"source.namespace", "connection.sni", "request.headers[x]", "request.headers[x][y]",
        "experimental.envoy.filters.network.mysql_proxy[db.table]"}) {
    INFO(key);
    CHECK(of_condition(key, "a").empty());
  }
  CHECK(of_condition("request.auth.claims[realm][roles]", "a") == Lines{"MF1625 info"});
  for (const char* key : {"request.headers", "request.headers[]", "destination.name",
                          "destination.labels[app]", "source.user", "request.headersx[a]"}) {
    INFO(key);
    CHECK(of_condition(key, "a") == Lines{"MF1621 error"});
  }
}

TEST_CASE("values of conditions are judged by their key", "[security]") {
  CHECK(of_condition("source.ip", "10.0.0.0/8").empty());
  CHECK(of_condition("source.ip", "10.0.0.0/33") == Lines{"MF1611 error"});
  CHECK(of_condition("destination.port", "0").empty());
  CHECK(of_condition("destination.port", "65536") == Lines{"MF1613 error"});
  CHECK(of_condition("source.trustDomain", "a/b").empty());
  CHECK(of_condition("source.trustDomain", "a*b") == Lines{"MF1612 error"});
  CHECK(of_condition("request.headers[x]", "") == Lines{"MF1605 error"});
}

TEST_CASE("paths with placeholders", "[security]") {
  for (const char* path :
       {"/a", "/a*", "*/a", "/{*}/b", "/a/{**}", "/a/{*}/{**}", "/{*}", "/{**}/a"}) {
    INFO(path);
    CHECK(of_path(path).empty());
  }
  for (const char* path : {"/{id}", "/{*}//b", "/a{*}", "/{*}/a*", "/{**}/{*}"}) {
    INFO(path);
    CHECK(of_path(path) == Lines{"MF1614 error"});
  }
}

TEST_CASE("service accounts of a source", "[security]") {
  CHECK(of_account("web").empty());
  CHECK(of_account("shop/web").empty());
  for (const char* account : {"shop/*", "a/b/c", "/web", "shop/"}) {
    INFO(account);
    CHECK(of_account(account) == Lines{"MF1612 error"});
  }
}

TEST_CASE("filters of access logs are judged by their syntax", "[security]") {
  for (const char* filter : {"response.code >= 400", "has(request.headers) && !connection.mtls",
                             "xds.cluster_name.startsWith(\"a\")", "a.b.own_function(1) || true"}) {
    INFO(filter);
    CHECK(of_filter(filter).empty());
  }
  for (const char* filter : {")++++", "response.code >=", "a &&& b", "(a", "a b"}) {
    INFO(filter);
    CHECK(of_filter(filter) == Lines{"MF1703 error"});
  }
}

TEST_CASE("values of Istio's annotations", "[security]") {
  const Lines refused = {"MF1804 warning"};
  CHECK(of_annotation("status.sidecar.istio.io/port", " 0 ").empty());
  CHECK(of_annotation("status.sidecar.istio.io/port", "65536") == refused);
  CHECK(of_annotation("sidecar.istio.io/interceptionMode", "tproxy") == refused);
  CHECK(of_annotation("traffic.sidecar.istio.io/includeOutboundIPRanges", "*").empty());
  CHECK(of_annotation("traffic.sidecar.istio.io/includeOutboundIPRanges", "").empty());
  CHECK(of_annotation("traffic.sidecar.istio.io/excludeOutboundIPRanges", "*") == refused);
  CHECK(of_annotation("traffic.sidecar.istio.io/excludeOutboundIPRanges", "10.0.0.1") == refused);
  CHECK(of_annotation("traffic.sidecar.istio.io/includeInboundPorts", "80, 443").empty());
  CHECK(of_annotation("traffic.sidecar.istio.io/excludeInboundPorts", "http") == refused);
  CHECK(of_annotation("traffic.sidecar.istio.io/excludeInterfaces", "eth0,net-1").empty());
  CHECK(of_annotation("traffic.sidecar.istio.io/excludeInterfaces", "0eth") == refused);
  CHECK(of_annotation("prometheus.istio.io/merge-metrics", "T").empty());
  CHECK(of_annotation("prometheus.istio.io/merge-metrics", "yes") == refused);
  CHECK(of_annotation("sidecar.istio.io/proxyCPU", "100m").empty());
  CHECK(of_annotation("sidecar.istio.io/proxyMemory", "1Gb") == refused);
  CHECK(of_annotation("readiness.status.sidecar.istio.io/periodSeconds", "-1") == refused);
  CHECK(of_annotation("proxy.istio.io/config", "{holdApplicationUntilProxyStarts: true}").empty());
  CHECK(of_annotation("proxy.istio.io/config", "{concurrency: many}") == refused);
  CHECK(of_annotation("proxy.istio.io/config", "{concurrency") == refused);
}

TEST_CASE("a policy without its workloads in the input is not idle", "[security]") {
  const std::string elsewhere = str::replace_all(policy("{}"), "namespace: shop", "namespace: x");
  CHECK(findings(policy("{}")).empty());
  CHECK(findings(kDeployment + policy("{}")).empty());
  CHECK(findings(kDeployment + elsewhere).empty());
  const std::string home =
      "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: x, labels: "
      "{istio-injection: enabled}}\n";
  CHECK(findings(kDeployment + elsewhere + home) == Lines{"MF1626 info"});
}

TEST_CASE("a selector is judged where workloads are shown", "[security]") {
  const auto strict = [](std::string_view scope) {
    return fmt::format(
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: web, "
        "namespace: {}}}\nspec: {{selector: {{matchLabels: {{app: wbe}}}}}}\n",
        scope);
  };
  CHECK(findings(strict("shop")).empty());
  CHECK(findings(kDeployment + strict("shop")) == Lines{"MF1635 warning"});
  CHECK(findings(kDeployment + strict("other")).empty());
  CHECK(findings(kDeployment + strict("istio-system")).empty());
  const std::string anywhere = str::replace_all(kDeployment, ", namespace: shop", "");
  CHECK(findings(anywhere + str::replace_all(strict("shop"), "wbe", "web")).empty());
  // Such pods are shown, and in another namespace.
  CHECK(findings(kDeployment + str::replace_all(strict("other"), "wbe", "web")) ==
        Lines{"MF1635 warning"});
}

TEST_CASE("a tag override without a name is only warned about", "[security]") {
  CHECK(findings("apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: web, "
                 "namespace: shop}\nspec: {metrics: [{overrides: [{tagOverrides: {'': {operation: "
                 "UPSERT, value: a}}}]}]}\n") == Lines{"MF1701 warning"});
  // What is not removed is set.
  CHECK(findings("apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: web, "
                 "namespace: shop}\nspec: {metrics: [{overrides: [{tagOverrides: {a: {}}}]}]}\n") ==
        Lines{"MF1701 error"});
}

TEST_CASE("a policy of targets is for what it targets", "[security]") {
  const std::string targeted = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public}]
)";
  CHECK(findings(kDeployment + targeted).empty());
}

TEST_CASE("a Namespace without labels is told only where others have them", "[security]") {
  const std::string plain = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
  const std::string labelled =
      "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: x, labels: {istio-injection: "
      "enabled}}\n";
  CHECK(findings(plain).empty());
  CHECK(findings(plain + labelled) == Lines{"MF1812 info"});
  const std::string linkerd = str::replace_all(
      plain, "{name: shop}", "{name: shop, annotations: {linkerd.io/inject: enabled}}");
  CHECK(findings(linkerd + labelled).empty());
}

TEST_CASE("placeholders for the proxy's image in a namespace that is not shown", "[security]") {
  const std::string automatic =
      str::replace_all(kDeployment, "{name: web, image: web}", "{name: istio-proxy, image: auto}");
  CHECK(findings(automatic).empty());
}

}  // namespace meshfn::lint
