// Telemetry, plug-ins and filters that do more, or less safely, than they need to.

#include <fmt/format.h>

#include <functional>

#include "base/str.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/insight_families.h"
#include "lint/rules/namespaces.h"
#include "resource/istio/mesh_config.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

void not_everything_is_traced(const Mesh& mesh, Findings& found) {
  objects::each(mesh, "telemetry.istio.io", "Telemetry", [&](const Object& object) {
    for (const yaml::Node tracing : object.spec.find("tracing").items()) {
      const auto percent = resource::number(tracing.find("randomSamplingPercentage"));
      if (percent.value < 100) continue;
      found.add(percent.where(), "every request is traced")
          .with_help("1 or less is usual where there is traffic");
    }
  });
}

/// Whether an image is named without a tag that stays.
bool is_mutable(std::string_view url) {
  if (url.find("@sha256:") != std::string_view::npos) return false;
  const std::string_view name = url.substr(url.rfind('/') + 1);
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos || name.substr(colon + 1) == "latest";
}

void plugins_are_pinned(const Mesh& mesh, Findings& found) {
  objects::each(mesh, "extensions.istio.io", "WasmPlugin", [&](const Object& object) {
    const yaml::Node url = object.spec.find("url");
    const std::string_view text = url.text();
    if (text.empty() || text.starts_with("file://") || object.spec.find("sha256")) return;
    const bool http = text.starts_with("http://") || text.starts_with("https://");
    if (!http && !is_mutable(text)) return;
    found.add(url.where(), "what runs in the proxy may change from one download to the next")
        .with_help("give `sha256`, or an image by its digest");
  });
}

void authentication_fails_closed(const Mesh& mesh, Findings& found) {
  objects::each(mesh, "extensions.istio.io", "WasmPlugin", [&](const Object& object) {
    const yaml::Node strategy = object.spec.find("failStrategy");
    const std::string_view phase = object.spec.find("phase").text();
    if (strategy.text() != "FAIL_OPEN" || (phase != "AUTHN" && phase != "AUTHZ")) return;
    found.add(strategy.where(), "when the plug-in fails, requests pass unchecked")
        .relate(object.spec.find("phase").where(), "it decides who may pass")
        .with_help("use FAIL_CLOSE");
  });
}

void filters_choose_their_proxies(const Mesh& mesh, Findings& found) {
  objects::each(mesh, "networking.istio.io", "EnvoyFilter", [&](const Object& object) {
    if (object.scope != mesh.settings().istio_namespace) return;
    if (object.spec.find("workloadSelector") || object.spec.find("targetRefs").size() > 0) return;
    found.add(object.where(), "this filter changes every proxy of the mesh")
        .with_help("add a workloadSelector, or keep it in the namespace that needs it");
  });
}

void tls_is_automatic(const Mesh& mesh, Findings& found) {
  const auto& config = mesh.derived<resource::istio::MeshConfig>();
  const yaml::Node automatic = config.node().find("enableAutoMtls");
  if (!automatic || resource::boolean(automatic).value) return;
  found
      .add(config.where(automatic),
           "callers use mutual TLS only where a DestinationRule says ISTIO_MUTUAL")
      .with_help("remove it: sidecars then find out by themselves");
}

/// Calls `visit` for every scalar below `node`, at most `depth` levels down.
void each_text(yaml::Node node, int depth, const std::function<void(yaml::Node)>& visit) {
  if (node.is_scalar()) {
    visit(node);
  } else if (depth > 0) {
    for (const yaml::Entry entry : node.entries()) each_text(entry.value, depth - 1, visit);
    for (const yaml::Node item : node.items()) each_text(item, depth - 1, visit);
  }
}

bool is_private_key(std::string_view text) {
  const std::size_t end = text.find("PRIVATE KEY-----");
  return end != std::string_view::npos && text.rfind("-----BEGIN ", end) != std::string_view::npos;
}

void keys_are_secrets(const Mesh& mesh, Findings& found) {
  constexpr int kDeep = 40;
  const auto check = [&](const Object& object) {
    each_text(object.root, kDeep, [&](yaml::Node text) {
      if (!is_private_key(text.text())) return;
      found
          .add(text.where(),
               fmt::format("a private key is in plain text in a {}", object.kind.value))
          .with_help("keep it in a Secret");
    });
  };
  objects::each(mesh, "", "ConfigMap", check);
  objects::each(mesh, "networking.istio.io", "EnvoyFilter", check);
  objects::each(mesh, "extensions.istio.io", "WasmPlugin", check);
}

void exports_reach_namespaces(const Mesh& mesh, Findings& found) {
  const auto& namespaces = mesh.derived<Namespaces>();
  for (const Object& object : mesh.objects()) {
    if (object.context || object.group() != "networking.istio.io") continue;
    for (const yaml::Node word : object.spec.find("exportTo").items()) {
      const std::string_view text = word.text();
      if (text == "." || text == "*" || text == "~") continue;
      namespaces.check(text, word.where(), found);
    }
  }
}

/// Once an input, not once a filter: who has many knows.
void filters_are_counted(const Mesh& mesh, Findings& found) {
  std::size_t count = 0;
  const Object* first = nullptr;
  objects::each(mesh, "networking.istio.io", "EnvoyFilter", [&](const Object& filter) {
    if (count++ == 0) first = &filter;
  });
  if (first == nullptr) return;
  found
      .add(first->where(),
           count == 1 ? "this patches what Istio generates, which changes from release to release"
                      : fmt::format("this and {} more patch what Istio generates, which changes "
                                    "from release to release",
                                    str::count(count - 1, "EnvoyFilter")))
      .with_help("test them before each upgrade; `match.proxy.proxyVersion` ties a patch to one");
}

constexpr Rule kRules[] = {
    {.id = "MF5801",
     .name = "everything-traced",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A share of the requests is traced",
     .why = "Spans of every request cost every proxy time and the collector room. 100% is for "
            "trying it out.",
     .bad = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: default, namespace: shop}
spec:
  tracing:
  - randomSamplingPercentage: 100 #!
)",
     .good = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: default, namespace: shop}
spec:
  tracing:
  - randomSamplingPercentage: 1
)",
     .check = not_everything_is_traced},
    {.id = "MF5802",
     .name = "plugin-not-pinned",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A plug-in is the same whenever it is loaded",
     .why = "The proxy runs what it downloads, with all traffic in its hands. Without a digest, "
            "two proxies may run different code, and whoever can change the file runs theirs.",
     .bad = R"(apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: auth, namespace: shop}
spec:
  url: oci://registry.example.com/auth:latest #!
)",
     .good = R"(apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: auth, namespace: shop}
spec:
  url: oci://registry.example.com/auth:1.4.2
)",
     .check = plugins_are_pinned},
    {.id = "MF5803",
     .name = "plugin-fails-open",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A plug-in that decides about access fails closed",
     .why = "With FAIL_OPEN an error in the plug-in, or its download, lets every request through.",
     .bad = R"(apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: auth, namespace: shop}
spec:
  url: oci://registry.example.com/auth:1.4.2
  phase: AUTHN
  failStrategy: FAIL_OPEN #!
)",
     .good = R"(apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: auth, namespace: shop}
spec:
  url: oci://registry.example.com/auth:1.4.2
  phase: AUTHN
  failStrategy: FAIL_CLOSE
)",
     .check = authentication_fails_closed},
    {.id = "MF5804",
     .name = "filter-for-every-proxy",
     .severity = Severity::info,
     .group = "istio",
     .summary = "An EnvoyFilter of the root namespace selects proxies",
     .why = "In the root namespace, without a selector, its patches change all proxies of the mesh "
            "at once; one that Envoy refuses stops all of them from being configured.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: lua, namespace: istio-system} #!
spec:
  priority: 10
  configPatches:
  - applyTo: CLUSTER
    match: {context: SIDECAR_OUTBOUND}
    patch: {operation: MERGE, value: {connect_timeout: 2s}}
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: lua, namespace: istio-system}
spec:
  priority: 10
  workloadSelector: {labels: {app: web}}
  configPatches:
  - applyTo: CLUSTER
    match: {context: SIDECAR_OUTBOUND}
    patch: {operation: MERGE, value: {connect_timeout: 2s}}
)",
     .check = filters_choose_their_proxies},
    {.id = "MF5805",
     .name = "automatic-tls-off",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Sidecars choose mutual TLS by themselves",
     .why =
         "With `enableAutoMtls: false` every host needs a DestinationRule with ISTIO_MUTUAL: one "
         "that lacks it is called in plain text, or not at all where STRICT is required.",
     .bad = R"(apiVersion: install.istio.io/v1alpha1  # meshfn: ignore[MF0113]
kind: IstioOperator
metadata: {name: mesh, namespace: istio-system}
spec:
  meshConfig:
    enableAutoMtls: false #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
)",
     .aliases = "KIA0205 KIA0206 KIA0401 KIA0501",
     .check = tls_is_automatic},
    {.id = "MF5806",
     .name = "envoy-filters-in-use",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Configuration is made by Istio's own kinds, not patched into the proxies",
     .why =
         "An EnvoyFilter depends on names and an order of filters that Istio promises to nobody. "
         "Istio's webhook says so of each; here the first of an input stands for all.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: buffers, namespace: shop} #!
spec:
  workloadSelector: {labels: {app: web}}
  configPatches:
  - applyTo: CLUSTER
    match: {context: SIDECAR_OUTBOUND}
    patch:
      operation: MERGE
      value: {per_connection_buffer_limit_bytes: 65536}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec:
  host: web
  trafficPolicy:
    connectionPool: {tcp: {maxConnections: 100}}
)",
     .aliases = "IST0133",
     .check = filters_are_counted},
    {.id = "MF5901",
     .name = "private-key-in-plain-text",
     .severity = Severity::warning,
     .group = "kubernetes",
     .summary = "Private keys are kept in Secrets",
     .why = "ConfigMaps and resources of the mesh can be read by many who may not read Secrets, "
            "and are not encrypted where they are stored.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: certificates, namespace: shop}
data:
  key.pem: "-----BEGIN PRIVATE KEY-----" #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: certificates, namespace: shop}
data:
  ca.pem: "-----BEGIN CERTIFICATE-----"
)",
     .check = keys_are_secrets},
    {.id = "MF5902",
     .name = "export-namespace-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Resources are exported to namespaces that exist",
     .why = "A name in `exportTo` that no Namespace has shows the resource to nobody. It is an "
            "info unless it looks like a typo of a Namespace of the input.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  exportTo: [shpo] #!
  http:
  - route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  exportTo: [shop]
  http:
  - route: [{destination: {host: reviews}}]
)",
     .aliases = "KIA0005",
     .check = exports_reach_namespaces},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family extension_rules() { return kRules; }

}  // namespace meshfn::lint
