// Pods that get a proxy: what keeps it out, and what its settings do to the pod.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_objects.h"
#include "lint/rules/linkerd_values.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::kubernetes::Container;
using resource::kubernetes::Workload;

/// Ports that the proxy listens on, with the annotation that moves each.
struct ProxyPort {
  std::string_view annotation;
  std::int64_t number;
};

constexpr std::array kProxyPorts = {ProxyPort{"config.linkerd.io/inbound-port", 4143},
                                    ProxyPort{"config.linkerd.io/outbound-port", 4140},
                                    ProxyPort{"config.linkerd.io/control-port", 4190},
                                    ProxyPort{"config.linkerd.io/admin-port", 4191}};

constexpr std::int64_t kDefaultGraceSeconds = 30;

bool wants_proxy(const Workload& workload) {
  const Text inject = workload.pod_annotation("linkerd.io/inject");
  return inject && (*inject == "enabled" || *inject == "ingress");
}

bool is_proxy(const Container& container) {
  return container.name.value == "linkerd-proxy" || container.name.value == "istio-proxy" ||
         container.image.value.find("istio/proxyv2") != std::string_view::npos ||
         container.image.value.find("envoyproxy/envoy") != std::string_view::npos;
}

void no_host_network(const Workload& workload, const Mesh&, Findings& found) {
  const auto host_network = resource::boolean(workload.pod_spec.find("hostNetwork"));
  if (!host_network || !*host_network || !wants_proxy(workload)) return;
  found.add(host_network.where(), "pods on the host's network get no proxy")
      .relate(workload.pod_annotation("linkerd.io/inject").where(), "injection is asked for here")
      .with_help("remove `hostNetwork`, or set `linkerd.io/inject: disabled`");
}

void no_other_sidecar(const Workload& workload, const Mesh&, Findings& found) {
  if (!wants_proxy(workload)) return;
  for (const Container& container : workload.containers) {
    if (!is_proxy(container)) continue;
    found
        .add(container.name ? container.name.where() : container.node.where(),
             fmt::format("container `{}` is a proxy already, so none is injected",
                         container.name.value))
        .with_help("remove the container, or `linkerd.io/inject`");
  }
}

void ports_are_free(const Workload& workload, const Mesh& mesh, Findings& found) {
  if (linkerd::injected(mesh, workload) != linkerd::Injected::yes) return;
  for (const ProxyPort& proxy : kProxyPorts) {
    const Text moved = linkerd::pod_annotation(mesh, workload, proxy.annotation);
    const auto number = resource::integer(moved.node).value_or(proxy.number);
    for (const Container& container : workload.containers) {
      if (is_proxy(container)) continue;
      for (const auto& port : container.ports) {
        if (!port.port || *port.port != number) continue;
        found
            .add(port.port.where(),
                 fmt::format("the proxy listens on port {} of the same pod", number))
            .with_help(
                fmt::format("listen elsewhere, or move the proxy with `{}`", proxy.annotation));
      }
    }
  }
}

void proxy_outlives_wait(const Workload& workload, const Mesh& mesh, Findings& found) {
  const Text wait = linkerd::pod_annotation(
      mesh, workload, "config.alpha.linkerd.io/proxy-wait-before-exit-seconds");
  const auto seconds = linkerd::unsigned_number(*wait);
  if (!seconds) return;
  const auto written = resource::integer(workload.pod_spec.find("terminationGracePeriodSeconds"));
  const std::int64_t grace = written.value_or(kDefaultGraceSeconds);
  if (*seconds < static_cast<std::uint64_t>(std::max<std::int64_t>(grace, 0))) return;
  auto& added = found.add(
      wait.where(),
      fmt::format("the proxy waits {} s, and pods are killed after {} s", *seconds, grace));
  added.with_help("raise `terminationGracePeriodSeconds` above it");
  if (written) added.relate(written.where(), "the time that a pod has to end");
}

void requests_fit_limits(const Workload& workload, const Mesh& mesh, Findings& found) {
  for (const std::string_view resource : {"cpu", "memory", "ephemeral-storage"}) {
    const std::string prefix = fmt::format("config.linkerd.io/proxy-{}-", resource);
    const Text request = linkerd::pod_annotation(mesh, workload, prefix + "request");
    const Text limit = linkerd::pod_annotation(mesh, workload, prefix + "limit");
    const auto requested = linkerd::quantity(*request);
    const auto allowed = linkerd::quantity(*limit);
    if (!request || !limit || !requested || !allowed || *requested <= *allowed) continue;
    found
        .add(request.where(), fmt::format("the proxy requests {} {}, more than its limit of {}",
                                          *request, resource, *limit))
        .relate(limit.where(), "the limit");
  }
}

void opaque_names_exist(const Workload& workload, const Mesh&, Findings& found) {
  const Text opaque = workload.pod_annotation("config.linkerd.io/opaque-ports");
  if (!opaque) return;
  std::vector<std::string_view> names;
  for (const auto& port : objects::ports_of(workload)) {
    if (port.name) names.push_back(*port.name);
  }
  for (const std::string_view name : linkerd::port_set(*opaque, true).names) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    found.add(opaque.where(), fmt::format("no container has a port called `{}`", name))
        .with_help(did_you_mean(name, names));
  }
}

constexpr Rule kRules[] = {
    {.id = "MF3020",
     .name = "linkerd-host-network",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Pods that ask for a proxy do not use the host's network",
     .why = "The injector skips pods with `hostNetwork: true`, because redirecting the node's own "
            "traffic would break the node. They run outside the mesh.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations: {linkerd.io/inject: enabled}
spec:
  hostNetwork: true #!
  containers: [{name: web, image: "web:1"}]
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations: {linkerd.io/inject: enabled}
spec:
  containers: [{name: web, image: "web:1"}]
)",
     .check = linkerd::EachInjected<no_host_network>::run},
    {.id = "MF3021",
     .name = "linkerd-second-sidecar",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Pods that ask for a proxy do not bring one",
     .why = "The injector skips pods that hold a known proxy, since two of them would redirect the "
            "same traffic. They run without Linkerd.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations: {linkerd.io/inject: enabled}
spec:
  containers:
  - {name: web, image: "web:1"}
  - {name: proxy, image: "docker.io/istio/proxyv2:1.24.0"} #!
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations: {linkerd.io/inject: enabled}
spec:
  containers:
  - {name: web, image: "web:1"}
)",
     .check = linkerd::EachInjected<no_other_sidecar>::run},
    {.id = "MF3022",
     .name = "linkerd-port-clash",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Containers leave the proxy's ports alone",
     .why = "All containers of a pod share one network: whoever binds the port second fails, and "
            "the pod crashes in a loop.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations: {linkerd.io/inject: enabled}
spec:
  containers:
  - name: web
    image: web:1
    ports: [{name: http, containerPort: 4191}] #!
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    linkerd.io/inject: enabled
    config.linkerd.io/admin-port: "4192"
spec:
  containers:
  - name: web
    image: web:1
    ports: [{name: http, containerPort: 4191}]
)",
     .check = linkerd::EachInjected<ports_are_free>::run},
    {.id = "MF3023",
     .name = "linkerd-wait-too-long",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "The proxy's wait before its end fits into the grace period",
     .why = "When the grace period ends first, the kubelet kills the proxy in the middle of its "
            "wait, and requests in flight are cut off.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    config.alpha.linkerd.io/proxy-wait-before-exit-seconds: "40" #!
spec:
  containers: [{name: web, image: "web:1"}]
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    config.alpha.linkerd.io/proxy-wait-before-exit-seconds: "40"
spec:
  terminationGracePeriodSeconds: 60
  containers: [{name: web, image: "web:1"}]
)",
     .check = linkerd::EachInjected<proxy_outlives_wait>::run},
    {.id = "MF3024",
     .name = "linkerd-request-above-limit",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "The proxy requests no more than its limit",
     .why = "The API server refuses the pod with the injected proxy, so a Deployment makes no pods "
            "at all; the reason shows only in the events of its ReplicaSet.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    config.linkerd.io/proxy-memory-request: 1Gi #!
    config.linkerd.io/proxy-memory-limit: 250Mi
spec:
  containers: [{name: web, image: "web:1"}]
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    config.linkerd.io/proxy-memory-request: 64Mi
    config.linkerd.io/proxy-memory-limit: 250Mi
spec:
  containers: [{name: web, image: "web:1"}]
)",
     .check = linkerd::EachInjected<requests_fit_limits>::run},
    {.id = "MF3025",
     .name = "linkerd-opaque-port-name",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Opaque ports given by name are ports of a container",
     .why = "A name that no container port has is left out, and the proxy tries to detect the "
            "protocol: connections where the server speaks first hang for ten seconds.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata:
  name: database
  namespace: shop
  annotations:
    config.linkerd.io/opaque-ports: mysq #!
spec:
  containers:
  - name: database
    image: mysql:8
    ports: [{name: mysql, containerPort: 3307}]
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata:
  name: database
  namespace: shop
  annotations:
    config.linkerd.io/opaque-ports: mysql
spec:
  containers:
  - name: database
    image: mysql:8
    ports: [{name: mysql, containerPort: 3307}]
)",
     .check = linkerd::EachInjected<opaque_names_exist>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_injection_rules() { return kRules; }

}  // namespace meshfn::lint
