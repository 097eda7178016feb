// What is set for the proxies of pods: once, and so that the pods can start.

#include <fmt/format.h>

#include <array>

#include "lint/each.h"
#include "lint/rules/istio_objects.h"
#include "lint/rules/linkerd_values.h"
#include "lint/rules/practice_families.h"
#include "yaml/embedded.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::Text;
using resource::kubernetes::Workload;

/// The ProxyConfigs that are about pods: those of the root namespace and of their own without a
/// selector, and those that select them.
bool is_about(const Mesh& mesh, const Object& config, const Workload& pods) {
  if (config.scope != pods.scope && !istio::is_mesh_wide(mesh, config)) return false;
  return selects(istio::selector_of(config), pods.pod_labels);
}

/// Reports each field that the annotation sets as well as the ProxyConfig.
void compare(const Object& config, const yaml::Embedded& own, Findings& found) {
  const auto report = [&](yaml::Node there, yaml::Node here) {
    if (!there || !here) return;
    found
        .add(own.where(here),
             fmt::format("`{}` is also set by ProxyConfig `{}`, which gives way to "
                         "this annotation",
                         here.text(), config.name.value))
        .relate(there.where(), "set here too")
        .with_help("keep one of them");
  };
  report(config.spec.find_key("concurrency"), own.root().find_key("concurrency"));
  for (const yaml::Entry entry : config.spec.find("environmentVariables").entries()) {
    report(entry.key, own.root().find("proxyMetadata").find_key(entry.key.text()));
  }
}

void proxies_are_configured_once(const Workload& pods, const Mesh& mesh, Findings& found) {
  const auto& configs = mesh.of_kind(istio::kNetworking, "ProxyConfig");
  const Text annotation = configs.empty() ? Text{} : pods.pod_annotation("proxy.istio.io/config");
  if (!annotation) return;
  const yaml::Embedded own(annotation.node);
  for (const Object* config : configs) {
    if (is_about(mesh, *config, pods)) compare(*config, own, found);
  }
}

/// A request for the proxy, and what bounds it.
struct Resource {
  std::string_view request;
  std::string_view limit;
};

constexpr std::array<Resource, 2> kResources = {
    {{"sidecar.istio.io/proxyCPU", "sidecar.istio.io/proxyCPULimit"},
     {"sidecar.istio.io/proxyMemory", "sidecar.istio.io/proxyMemoryLimit"}}};

void requests_are_within_limits(const Workload& pods, const Mesh&, Findings& found) {
  for (const auto& [request, limit] : kResources) {
    const Text wanted = pods.pod_annotation(request);
    const Text allowed = pods.pod_annotation(limit);
    if (!wanted || !allowed) continue;
    const auto least = linkerd::quantity(wanted.value);
    const auto most = linkerd::quantity(allowed.value);
    if (!least || !most || *least <= *most) continue;
    found
        .add(wanted.where(), fmt::format("the proxy requests {}, more than its limit of {}",
                                         wanted.value, allowed.value))
        .relate(allowed.where(), "the limit")
        .with_help("raise the limit or lower the request");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5721",
     .name = "proxy-configured-twice",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A setting of the proxy is made in one place",
     .why = "What the annotation `proxy.istio.io/config` of pods says is taken before what a "
            "ProxyConfig says, so a change of the ProxyConfig does not reach these pods.",
     .bad = R"(apiVersion: networking.istio.io/v1beta1
kind: ProxyConfig
metadata: {name: default, namespace: shop}
spec: {concurrency: 2}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations:
        proxy.istio.io/config: |
          concurrency: 4 #!
    spec: {containers: [{name: app, image: "web:1"}]}
)",
     .good = R"(apiVersion: networking.istio.io/v1beta1
kind: ProxyConfig
metadata: {name: default, namespace: shop}
spec: {concurrency: 2}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
    spec: {containers: [{name: app, image: "web:1"}]}
)",
     .check = Each<proxies_are_configured_once>::run},
    {.id = "MF5722",
     .name = "proxy-request-above-limit",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The sidecar requests no more than its limit",
     .why = "The API server refuses pods of which a container requests more than its limit, and so "
            "the injected proxy keeps the workload from starting.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations:
        sidecar.istio.io/proxyCPU: 500m #!
        sidecar.istio.io/proxyCPULimit: 200m
    spec: {containers: [{name: app, image: "web:1"}]}
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations:
        sidecar.istio.io/proxyCPU: 200m
        sidecar.istio.io/proxyCPULimit: 500m
    spec: {containers: [{name: app, image: "web:1"}]}
)",
     .check = Each<requests_are_within_limits>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family proxy_setting_rules() { return kRules; }

}  // namespace meshfn::lint
