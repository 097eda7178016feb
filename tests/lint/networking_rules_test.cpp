// What the examples of the rules about Gateways, ServiceEntries and Sidecars cannot show: several
// faults side by side, and what is not knowable from the input.

#include <fmt/format.h>

#include <algorithm>

#include "catch.h"
#include "lint/support.h"
#include "yaml/reader.h"

namespace meshfn::lint {

namespace {

using Lines = std::vector<std::string>;

/// Findings of a rule as "line severity message", in order.
Lines of_rule(std::string_view id, const std::string& yaml, const Options& options = {}) {
  const auto linted = lint_text(yaml, options);
  Lines lines;
  for (const auto& finding : linted->outcome.findings) {
    if (finding.rule->id != id) continue;
    lines.push_back(fmt::format("{} {}", diagnostic::to_string(finding.severity), finding.message));
  }
  return lines;
}

std::string gateway(std::string_view selector, std::string_view servers) {
  return fmt::format(R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: g, namespace: shop}}
spec:
  selector: {{{}}}
  servers:
{})",
                     selector, servers);
}

std::string secured_gateway(std::string_view selector, std::string_view credential) {
  return gateway(selector, fmt::format(R"(  - hosts: [a.example.com]
    port: {{number: 443, name: https, protocol: HTTPS}}
    tls: {{mode: SIMPLE, credentialName: {}}}
)",
                                       credential));
}

std::string sidecar(std::string_view spec) {
  return fmt::format(R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: s, namespace: shop}}
spec:
{})",
                     spec);
}

std::string entry(std::string_view spec) {
  return fmt::format(R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: e, namespace: shop}}
spec:
{})",
                     spec);
}

const std::string kSecret = R"(---
apiVersion: v1
kind: Secret
metadata: {name: other, namespace: istio-system}
type: Opaque
stringData: {tls.crt: x, tls.key: y}
)";

}  // namespace

TEST_CASE("a gateway's pods are missing, unknown or there", "[lint]") {
  const std::string server = R"(  - hosts: [a.example.com]
    port: {number: 80, name: http, protocol: HTTP}
)";
  const std::string pods = R"(---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: edge, labels: {edge: one}}
spec: {containers: [{name: istio-proxy, image: auto}]}
)";
  CHECK(of_rule("MF1301", gateway("edge: two", server)) ==
        Lines{"info no pod of the input has the labels `edge=two`"});
  CHECK(of_rule("MF1301", gateway("edge: two", server) + pods) ==
        Lines{"error no pod has the labels `edge=two`"});
  CHECK(of_rule("MF1301", gateway("edge: one", server) + pods).empty());
  CHECK(of_rule("MF1301", gateway("istio: ingressgateway", server) + pods).empty());
}

TEST_CASE("a credential is missing only where Secrets are shown", "[lint]") {
  const std::string plain = secured_gateway("istio: ingressgateway", "web");
  CHECK(of_rule("MF1305", plain).empty());
  CHECK(of_rule("MF1305", plain + kSecret) ==
        Lines{"error there is no Secret `web` in namespace `istio-system`"});

  SECTION("unless something makes it") {
    const std::string certificate = R"(---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: c, namespace: istio-system}
spec: {secretName: web}
)";
    CHECK(of_rule("MF1305", plain + kSecret + certificate).empty());
  }
  SECTION("and not when another provider has it, or it is elsewhere by name") {
    const auto uri = secured_gateway("istio: ingressgateway", "\"kubernetes://web\"");
    CHECK(of_rule("MF1305", uri + kSecret).empty());
    const auto scoped = secured_gateway("istio: ingressgateway", "istio-system/other");
    CHECK(of_rule("MF1305", scoped + kSecret).empty());
  }
  SECTION("and not when the gateway's pods are unknown") {
    CHECK(of_rule("MF1305", secured_gateway("edge: one", "web") + kSecret).empty());
  }
}

TEST_CASE("a server's faults are told one by one", "[lint]") {
  const std::string yaml =
      gateway("istio: ingressgateway", R"(  - hosts: [short, ns/*.a.com, "*b.com"]
    bind: uds:///tmp
    port: {number: 0, name: "", protocol: SPDY}
  - hosts: [10.0.0.7]
    bind: unix://@socket
    port: {number: 0, name: u, protocol: HTTP}
)");
  CHECK(of_rule("MF1325", yaml).size() == 2);
  CHECK(of_rule("MF1321", yaml) == Lines{"error `uds:///tmp` is no IP address and no `unix://` "
                                         "socket"});
  CHECK(of_rule("MF1322", yaml) == Lines{"error the name of the port is empty"});
  CHECK(of_rule("MF1319", yaml) == Lines{"error `SPDY` is no protocol"});
  CHECK(of_rule("MF1318", yaml).empty());
}

TEST_CASE("pairs of certificates are complete", "[lint]") {
  const std::string yaml = gateway("istio: ingressgateway", R"(  - hosts: [a.example.com]
    port: {number: 443, name: https, protocol: HTTPS}
    tls:
      mode: MUTUAL
      tlsCertificates:
      - {privateKey: k.pem}
      - {serverCertificate: c.pem, privateKey: k.pem}
)");
  CHECK(of_rule("MF1314", yaml) == Lines{"error MUTUAL needs `credentialName`, or else "
                                         "`caCertificates`",
                                         "error the certificate needs `serverCertificate`"});
}

TEST_CASE("addresses for TCP depend on the mesh", "[lint]") {
  const std::string ports = "  hosts: [a.example.com]\n  ports: [{number: 5432, name: tcp}]\n";
  CHECK(of_rule("MF1406", entry(ports)).front().starts_with("warning "));
  const std::string looked_up = entry(ports + "  resolution: DNS\n");
  CHECK(of_rule("MF1406", looked_up).front().starts_with("info "));
  CHECK(of_rule("MF1406", entry(ports + "status: {addresses: [{value: 240.0.0.1}]}\n")).empty());

  SECTION("and not when proxies allocate them") {
    source::Store store;
    std::vector<diagnostic::Diagnostic> problems;
    const auto& file = store.add("mesh.yaml", R"(defaultConfig:
  proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true", ISTIO_META_DNS_AUTO_ALLOCATE: "true"}
)");
    const auto tree = yaml::read(file, problems);
    Options options;
    options.mesh.mesh_config = tree->documents().front().root;
    CHECK(of_rule("MF1406", looked_up, options).empty());
  }
}

TEST_CASE("endpoints suit the resolution", "[lint]") {
  const auto with = [](std::string_view resolution, std::string_view address) {
    return entry(fmt::format(R"(  hosts: [a.example.com]
  resolution: {}
  ports: [{{number: 80, name: http, protocol: HTTP}}]
  endpoints: [{{address: "{}"}}]
)",
                             resolution, address));
  };
  CHECK(of_rule("MF1411", with("STATIC", "10.0.0.7")).empty());
  CHECK(of_rule("MF1411", with("STATIC", "unix:///s")).empty());
  CHECK(of_rule("MF1411", with("STATIC", "b.example.com")).size() == 1);
  CHECK(of_rule("MF1411", with("DNS", "b.example.com")).empty());
  CHECK(of_rule("MF1411", with("DNS", "unix:///s")).size() == 1);
}

TEST_CASE("a default endpoint is the pod itself", "[lint]") {
  const auto problems = [](std::string_view endpoint) {
    return of_rule("MF1514", sidecar(fmt::format(R"(  ingress:
  - port: {{number: 90, name: http, protocol: HTTP}}
    defaultEndpoint: "{}"
)",
                                                 endpoint)));
  };
  for (const auto* fine :
       {":80", "127.0.0.1:80", "0.0.0.0:80", "[::1]:80", "[::]:80", "unix:///run/s", "unix://@s"}) {
    INFO(fine);
    CHECK(problems(fine).empty());
  }
  for (const auto* bad : {"127.0.0.1", "10.0.0.7:80", "::1:80", "127.0.0.1:0", "127.0.0.1:x",
                          "unix:///", "unix://s", "localhost:80"}) {
    INFO(bad);
    CHECK(problems(bad).size() == 1);
  }
}

TEST_CASE("a Sidecar may be for machines outside Kubernetes", "[lint]") {
  const std::string yaml = sidecar(R"(  workloadSelector: {labels: {app: vm}}
  egress: [{hosts: [./*]}]
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web}]}
)");
  const std::string group = R"(---
apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: vms, namespace: shop}
spec:
  template: {labels: {app: vm}}
)";
  CHECK(of_rule("MF1501", yaml) ==
        Lines{"warning no pod of the namespace has the labels `app=vm`"});
  CHECK(of_rule("MF1501", yaml + group).empty());
}

TEST_CASE("egress hosts that say the same are told apart", "[lint]") {
  const auto redundant = [](std::string_view hosts) {
    return of_rule("MF1522", sidecar(fmt::format("  egress: [{{hosts: [{}]}}]\n", hosts))).size();
  };
  CHECK(redundant("./*, istio-system/*") == 0);
  CHECK(redundant("./*, shop/*") == 1);
  CHECK(redundant("./*, ./a.com") == 1);
  CHECK(redundant("./a.com, ./*") == 1);
  CHECK(redundant("\"*/*\", shop/a.com") == 1);
  CHECK(redundant("shop/a.com, \"*/*\"") == 1);
  CHECK(redundant("\"*/*\", \"~shop/*\"") == 0);
  CHECK(redundant("./a.com, ./b.com, ./a.com") == 1);
}

TEST_CASE("an object of routing without a spec is not complete", "[lint]") {
  const auto bare = [](const std::string& kind) {
    return "apiVersion: networking.istio.io/v1\nkind: " + kind + "\nmetadata: {name: a}\nspec:\n";
  };
  CHECK(of_rule("MF1127", bare("VirtualService")).size() == 1);
  CHECK(of_rule("MF1105", bare("DestinationRule")).size() == 1);
}

TEST_CASE("a command that a machine is probed with is not empty", "[lint]") {
  const std::string group =
      "apiVersion: networking.istio.io/v1\nkind: WorkloadGroup\nmetadata: {name: a}\nspec:\n"
      "  template: {}\n  probe: {exec: {command: []}}\n";
  CHECK(of_rule("MF1421", group) == Lines{"error the probe has no command to run"});
}

TEST_CASE("`core` as the group of a parent is for Linkerd", "[lint]") {
  const std::string route =
      "apiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata: {name: a}\nspec:\n"
      "  parentRefs: [{group: core, kind: Service, name: b, port: 80}]\n"
      "  rules: [{matches: [{method: {type: RegularExpression, service: a}}]}]\n";
  const std::string message = "the group of Services is empty, not `core`";
  CHECK(of_rule("MF2101", route).empty());
  CHECK(of_rule("MF3206", route).size() == 1);
  const std::string istio =
      "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a}\n";
  CHECK(of_rule("MF2101", route + istio) == Lines{"error " + message});
}

TEST_CASE("a text where an object should be is reported", "[lint]") {
  CHECK(lint_text("(...!)\n")->lines() == Lines{"a.yaml:1 MF0011"});
  CHECK(lint_text("")->lines().empty());
  CHECK(lint_text("---\n# nothing\n---\nnull\n")->lines().empty());
  CHECK(lint_text("- {op: remove, path: /spec}\n")->lines().empty());
}

TEST_CASE("a Service is compared with those of each other cluster, in any order", "[lint]") {
  const auto service = [](std::string_view cluster, std::string_view type, int port) {
    const std::string annotations =
        cluster.empty() ? "" : fmt::format(", annotations: {{meshfn.dev/cluster: {}}}", cluster);
    return fmt::format(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop{}}}\n"
        "spec: {{type: {}, selector: {{app: web}}, ports: [{{name: http, port: {}}}]}}\n",
        annotations, type, port);
  };
  const auto text = service("west", "LoadBalancer", 80) + service("", "ClusterIP", 80) +
                    service("east", "ClusterIP", 80) + service("north", "ClusterIP", 81);
  CHECK(of_rule("MF4031", text) ==
        Lines{"warning Service `web` is another one in cluster `north`: its ports differ",
              "warning Service `web` is another one in cluster `west`: its type is ClusterIP here "
              "and LoadBalancer there"});
  const auto headless = [](std::string yaml) {
    return yaml.insert(yaml.find("selector"), "clusterIP: None, ");
  };
  CHECK(of_rule("MF4031", service("", "ClusterIP", 80) + headless(service("a", "ClusterIP", 80))) ==
        Lines{"warning Service `web` is another one in cluster `a`: it has an address here and "
              "none there"});
  CHECK(of_rule("MF4031", service("a", "ClusterIP", 80) + service("b", "ClusterIP", 81)).size() ==
        1);
  // Two of one cluster are said to be defined twice.
  CHECK(of_rule("MF4031", service("", "ClusterIP", 80) + service("", "ClusterIP", 81)).empty());
}

}  // namespace meshfn::lint
