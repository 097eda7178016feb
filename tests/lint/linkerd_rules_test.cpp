// What the rules about Linkerd leave alone: what the input cannot tell, and what other meshes mean
// by the same words.

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "base/str.h"
#include "catch.h"
#include "diagnostic/edit.h"
#include "lint/support.h"

namespace meshfn::lint {

namespace {

/// "RULE line" of the findings of Linkerd's rules, in order.
std::vector<std::string> linkerd_findings(const std::string& yaml, const Options& options = {}) {
  std::vector<std::string> out;
  const auto linted = lint_text(yaml, options);
  for (const auto& finding : linted->outcome.findings) {
    if (finding.rule->group != "linkerd") continue;
    const auto line = finding.where.file->position(finding.where.span.begin).line;
    out.push_back(std::string(finding.rule->id) + " " + std::to_string(line));
  }
  return out;
}

using Lines = std::vector<std::string>;

constexpr const char* kMirrorRoute = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: web, port: 80}]
  rules:
  - filters:
    - type: RequestMirror
      requestMirror: {backendRef: {name: copy, port: 80}}
    backendRefs: [{name: web, port: 80}]
)";

constexpr const char* kPolicyOfServer = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: server, name: web}
  requiredAuthenticationRefs: []
)";

}  // namespace

TEST_CASE("a route of a Service is Linkerd's only where Linkerd is", "[linkerd]") {
  CHECK(linkerd_findings(kMirrorRoute).empty());
  const std::string meshed = std::string(kMirrorRoute) +
                             "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, "
                             "annotations: {linkerd.io/inject: enabled}}\n";
  CHECK(linkerd_findings(meshed) == Lines{"MF3220 8"});
}

TEST_CASE("what a policy targets is missing only where its kind is shown", "[linkerd]") {
  CHECK(linkerd_findings(kPolicyOfServer).empty());
  const std::string server = R"(---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: api, namespace: NAMESPACE}
spec: {podSelector: {}, port: 80, accessPolicy: audit}
)";
  const auto beside = [&](std::string_view scope) {
    return linkerd_findings(kPolicyOfServer + str::replace_all(server, "NAMESPACE", scope));
  };
  CHECK(beside("other").empty());
  CHECK(beside("shop") == Lines{"MF3122 5"});
}

TEST_CASE("an assumed namespace is complete elsewhere", "[linkerd]") {
  const std::string split = R"(apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata: {name: web, namespace: shop}
spec: {service: web, backends: [{service: web-v1, weight: 1}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
)";
  CHECK(linkerd_findings(split) == Lines{"MF3280 4"});
  Options options;
  options.mesh.assume.namespaces = {"shop"};
  CHECK(linkerd_findings(split, options).empty());
}

TEST_CASE("an annotation beside its twin on the pod template is no mistake", "[linkerd]") {
  const std::string deployment = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {linkerd.io/inject: enabled}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}TWIN}
    spec: {containers: [{name: web, image: "web:1"}]}
)";
  CHECK(linkerd_findings(str::replace_all(deployment, "TWIN", "")) == Lines{"MF3003 3"});
  CHECK(linkerd_findings(
            str::replace_all(deployment, "TWIN", ", annotations: {linkerd.io/inject: enabled}"))
            .empty());
}

TEST_CASE("annotations of objects that Linkerd does not know are left alone", "[linkerd]") {
  CHECK(linkerd_findings(R"(apiVersion: example.com/v1
kind: Database
metadata: {name: web, annotations: {config.linkerd.io/skip-outbound-ports: "3306"}}
)")
            .empty());
}

TEST_CASE("controllers may write keys into domains of Linkerd that are not closed", "[linkerd]") {
  CHECK(linkerd_findings(R"(apiVersion: v1
kind: Service
metadata:
  name: web
  annotations: {mirror.linkerd.io/remote-svc-fq-name: web.shop.svc.cluster.local}
spec: {ports: [{name: http, port: 80}]}
)")
            .empty());
}

TEST_CASE("a misspelt annotation is mended in place", "[linkerd]") {
  const auto linted = lint_text(R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {linkerd.io/injekt: enabled}}
)");
  REQUIRE(linted->outcome.findings.size() == 1);
  const auto& finding = linted->outcome.findings.front();
  REQUIRE(finding.fix);
  const auto fixed = diagnostic::apply_fixes(*finding.where.file, {&*finding.fix});
  CHECK(fixed.text.find("{linkerd.io/inject: enabled}") != std::string::npos);
  CHECK(linkerd_findings(fixed.text).empty());
}

TEST_CASE("a timeout is rewritten as the same time", "[linkerd]") {
  const auto linted = lint_text(R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: outside, port: 80}]
  rules: [{timeouts: {request: 1s500ms}, backendRefs: [{name: web, port: 80}]}]
)");
  REQUIRE(linted->outcome.findings.size() == 1);
  REQUIRE(linted->outcome.findings.front().fix);
  CHECK(linted->outcome.findings.front().fix->edits.front().text == "1500ms");
}

TEST_CASE("public meshes give no finding about Linkerd", "[linkerd][corpus]") {
  const std::string shared = shared_folder();
  if (shared.empty()) {
    WARN("no corpora: ../shared is absent and MESHFN_SHARED is not set");
    return;
  }
  for (const std::string folder : {"/corpus/bookinfo", "/corpus/real"}) {
    const auto inputs = gather(*real_files(), {{{shared + folder, false}}});
    REQUIRE(inputs);
    source::Store store;
    const Outcome outcome = lint(*inputs, {}, store);
    for (const auto& finding : outcome.findings) {
      INFO(source::to_string(finding.where) << " " << finding.rule->id << " " << finding.message);
      CHECK(finding.rule->group != "linkerd");
    }
  }
}

}  // namespace meshfn::lint
