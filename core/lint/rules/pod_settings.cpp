// Pods and Services that work without the mesh and not in it.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

#include "base/str.h"
#include "base/units.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/insight_families.h"
#include "resource/kubernetes/traffic.h"
#include "routing/authorization/peer_modes.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::Text;
using resource::kubernetes::Service;
using resource::kubernetes::ServicePort;
using resource::kubernetes::Traffic;
using resource::kubernetes::traffic_of;
using resource::kubernetes::Workload;
using routing::PeerMode;
using routing::PeerModes;

/// Ports that the sidecar itself listens on.
constexpr std::array<std::int64_t, 10> kProxyPorts = {15000, 15001, 15004, 15006, 15008,
                                                      15009, 15020, 15021, 15053, 15090};
/// Kubernetes' default of terminationGracePeriodSeconds.
constexpr std::int64_t kDefaultGrace = 30;

/// Whether the input says that the pods get a sidecar.
bool has_sidecar(const Mesh& mesh, const Workload& workload) {
  std::string_view inject = resource::label(workload.pod_labels, "sidecar.istio.io/inject");
  if (inject.empty()) inject = workload.pod_annotation("sidecar.istio.io/inject").value;
  if (!inject.empty()) return inject == "true";
  const Object* name_space = mesh.find("Namespace", "", workload.scope);
  if (name_space == nullptr) return false;
  return name_space->label("istio-injection").value == "enabled" ||
         name_space->label("istio.io/rev");
}

void proxy_ports_are_free(const Workload& workload, const Mesh& mesh, Findings& found) {
  if (!has_sidecar(mesh, workload)) return;
  for (const auto& container : workload.containers) {
    if (container.name.value == "istio-proxy") continue;
    for (const auto& port : container.ports) {
      const bool taken =
          std::find(kProxyPorts.begin(), kProxyPorts.end(), port.port.value) != kProxyPorts.end();
      if (!taken) continue;
      found
          .add(port.port.where(),
               fmt::format("port {} of these pods belongs to the proxy", port.port.value))
          .with_help("let the container listen on another port");
    }
  }
}

void names_and_numbers_agree(const Service& service, const Mesh&, Findings& found) {
  for (const ServicePort& port : service.ports) {
    const Traffic traffic = traffic_of(port);
    const bool plain = port.port.value == 443 && traffic == Traffic::http;
    const bool encrypted = port.port.value == 80 && traffic == Traffic::tls;
    // What is behind the port may be reached through a proxy that ends TLS.
    if ((plain || encrypted) && port.name && !port.app_protocol) {
      found
          .add(port.name.where(), fmt::format("clients of port {} are taken to speak {}",
                                              port.port.value, plain ? "plain HTTP" : "TLS"))
          .with_help(plain ? "name it `https…` if they encrypt" : "name it `http…` if they do not");
    }
    const std::string_view prefix = port.name.value.substr(0, port.name.value.find('-'));
    const Traffic named = traffic_of(prefix);
    if (!port.app_protocol || named == Traffic::unknown || traffic == Traffic::unknown) continue;
    if (named == traffic || (is_http(named) && is_http(traffic))) continue;
    found
        .add(port.app_protocol.where(),
             fmt::format("the name says {} and appProtocol {}", prefix, port.app_protocol.value))
        .relate(port.name.where(), "the name")
        .with_help("appProtocol wins; make the name agree");
  }
}

void jobs_come_to_an_end(const Workload& workload, const Mesh& mesh, Findings& found) {
  const bool is_job = workload.kind.value == "Job" || workload.kind.value == "CronJob";
  if (!is_job || !has_sidecar(mesh, workload)) return;
  if (workload.pod_annotation("sidecar.istio.io/nativeSidecar").value == "true") return;
  found.add(workload.where(), "the sidecar keeps running when the job is done")
      .with_help(
          "use native sidecars (annotation `sidecar.istio.io/nativeSidecar: \"true\"`, "
          "Kubernetes 1.29), or call `/quitquitquit` of the proxy at the end");
}

/// `terminationDrainDuration` of the pods' `proxy.istio.io/config`.
std::optional<std::chrono::nanoseconds> drain_of(const Text& config) {
  constexpr std::string_view kField = "terminationDrainDuration:";
  const std::size_t at = config.value.find(kField);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = config.value.substr(at + kField.size());
  rest = str::trim(rest.substr(0, rest.find_first_of("\n,}")));
  if (rest.size() > 1 && (rest.front() == '"' || rest.front() == '\'')) {
    rest = rest.substr(1, rest.size() - 2);
  }
  return parse_duration(rest);
}

void draining_ends_in_time(const Workload& workload, const Mesh&, Findings& found) {
  const Text config = workload.pod_annotation("proxy.istio.io/config");
  const auto drain = drain_of(config);
  if (!drain) return;
  const auto grace = resource::integer(workload.pod_spec.find("terminationGracePeriodSeconds"));
  const std::chrono::seconds limit(grace.value_or(kDefaultGrace));
  if (*drain <= limit) return;
  auto& finding = found.add(config.where(),
                            fmt::format("the proxy drains for {}, and the pod is killed after {}s",
                                        format_duration(*drain), limit.count()));
  if (grace) finding.relate(grace.where(), "the grace period");
  finding.with_help("raise terminationGracePeriodSeconds above terminationDrainDuration");
}

void host_network_has_no_sidecar(const Workload& workload, const Mesh&, Findings& found) {
  const bool asks = resource::label(workload.pod_labels, "sidecar.istio.io/inject") == "true";
  const auto host = resource::boolean(workload.pod_spec.find("hostNetwork"));
  if (!asks || !host.value) return;
  found.add(host.where(), "pods in the host's network get no sidecar")
      .with_help("remove the label `sidecar.istio.io/inject`, or leave the host's network");
}

/// The first HTTP probe of the pods; absent when there is none.
yaml::Node http_probe(const Workload& workload) {
  for (const auto& container : workload.containers) {
    for (const std::string_view field : {"livenessProbe", "readinessProbe", "startupProbe"}) {
      if (const yaml::Node get = container.node.find(field).find_key("httpGet")) return get;
    }
  }
  return {};
}

void probes_get_through(const Workload& workload, const Mesh& mesh, Findings& found) {
  const auto& peers = mesh.derived<PeerModes>();
  const Text rewrite = workload.pod_annotation("sidecar.istio.io/rewriteAppHTTPProbers");
  const yaml::Node probe = http_probe(workload);
  if (rewrite.value != "false" || !probe) return;
  const PeerMode mode = peers.of(workload.scope, workload.pod_labels, std::nullopt);
  if (mode.mode != "STRICT") return;
  found.add(rewrite.where(), "the kubelet's probes are refused: it has no certificate")
      .relate(probe.where(), "an HTTP probe")
      .relate(mode.node.where(), "mutual TLS is required")
      .with_help("remove the annotation, so that the proxy's agent answers for the pod");
}

std::set<std::string_view> ports_in(const Text& list) {
  std::set<std::string_view> ports;
  for (const std::string_view part : str::split(list.value, ',')) {
    if (!str::trim(part).empty()) ports.insert(str::trim(part));
  }
  return ports;
}

/// Reports ports of Services that are left out of the redirection of the pods behind them.
void check_left_out(const Workload& workload, const Mesh& mesh, Findings& found) {
  const Text out = workload.pod_annotation("traffic.sidecar.istio.io/excludeInboundPorts");
  const auto excluded = ports_in(out);
  if (excluded.empty()) return;
  for (const Service& service : mesh.all<Service>()) {
    if (service.scope != workload.scope || service.selector.empty() ||
        !resource::selects(service.selector, workload.pod_labels)) {
      continue;
    }
    for (const ServicePort& port : service.ports) {
      const std::string target = port.target_port ? std::string(port.target_port.value)
                                                  : fmt::format("{}", port.port.value);
      if (!excluded.contains(target)) continue;
      found
          .add(out.where(), fmt::format("calls to port {} of Service `{}` do not pass the sidecar",
                                        port.port.value, service.name.value))
          .relate(port.node.where(), "its port")
          .with_severity(Severity::info)
          .with_help(
              "mutual TLS and policies do not hold for it; take it off the list to have "
              "them");
    }
  }
}

void redirection_is_consistent(const Workload& workload, const Mesh& mesh, Findings& found) {
  check_left_out(workload, mesh, found);
  const std::pair<std::string_view, std::string_view> pairs[] = {
      {"traffic.sidecar.istio.io/includeInboundPorts",
       "traffic.sidecar.istio.io/excludeInboundPorts"},
      {"traffic.sidecar.istio.io/includeOutboundPorts",
       "traffic.sidecar.istio.io/excludeOutboundPorts"},
      {"traffic.sidecar.istio.io/includeOutboundIPRanges",
       "traffic.sidecar.istio.io/excludeOutboundIPRanges"}};
  for (const auto& [include, exclude] : pairs) {
    const Text in = workload.pod_annotation(include);
    const Text out = workload.pod_annotation(exclude);
    const auto excluded = ports_in(out);
    for (const std::string_view port : ports_in(in)) {
      if (port == "*" || !excluded.contains(port)) continue;
      found.add(out.where(), fmt::format("`{}` is taken in and left out", port))
          .relate(in.where(), "taken in here")
          .with_help("keep it in one of the two lists");
    }
  }
}

void pods_are_asked_by_their_own_label(const Workload& workload, const Mesh&, Findings& found) {
  const auto& labels = workload.pod_labels;
  const auto label = std::find_if(labels.begin(), labels.end(), [](const resource::Label& one) {
    return *one.key == "istio-injection";
  });
  if (label == labels.end()) return;
  found
      .add(label->key.where(),
           "`istio-injection` is a label of namespaces; on pods nothing reads it")
      .with_help("label the pods `sidecar.istio.io/inject: \"true\"`, or \"false\"");
}

/// Whether pods are a part of Istio itself: a gateway or istiod.
bool is_of_istio(const Workload& pods) {
  return !resource::label(pods.pod_labels, "istio").empty() ||
         resource::label(pods.pod_labels, "app").starts_with("istio");
}

void services_leave_proxy_ports(const Service& service, const Mesh& mesh, Findings& found) {
  const auto pods = mesh.workloads(service.scope, service.selector);
  const bool ours = !pods.empty() && std::all_of(pods.begin(), pods.end(), [&](const auto* one) {
    return has_sidecar(mesh, *one) && !is_of_istio(*one);
  });
  if (!ours) return;
  for (const ServicePort& port : service.ports) {
    const bool taken =
        std::find(kProxyPorts.begin(), kProxyPorts.end(), port.port.value) != kProxyPorts.end();
    if (!taken) continue;
    found
        .add(port.port.where(),
             fmt::format("port {} is one that every sidecar listens on", port.port.value))
        .with_help("give the Service another port; `targetPort` may stay");
  }
}

/// Whether the input installs the node agent that redirects traffic in place of init containers.
bool has_cni(const Mesh& mesh) {
  const auto& agents = mesh.of_kind("apps", "DaemonSet");
  return std::any_of(agents.begin(), agents.end(), [](const Object* agent) {
    return agent->name.value.starts_with("istio-cni");
  });
}

void injection_is_admitted(const Mesh& mesh, Findings& found) {
  objects::each(mesh, "", "Namespace", [&](const Object& name_space) {
    const auto level = name_space.label("pod-security.kubernetes.io/enforce");
    const bool injected = name_space.label("istio-injection").value == "enabled" ||
                          !name_space.label("istio.io/rev").value.empty();
    if (!injected || (level.value != "baseline" && level.value != "restricted")) return;
    if (has_cni(mesh)) return;
    auto& finding = found.add(
        level.where(), fmt::format("`{}` refuses the init container that every sidecar brings, "
                                   "which needs NET_ADMIN",
                                   level.value));
    finding.with_help("install Istio's CNI node agent, which does its work");
    // It may be installed and not shown.
    if (mesh.settings().closed_world) finding.with_severity(Severity::warning);
  });
}

constexpr Rule kRules[] = {
    {.id = "MF5701",
     .name = "port-of-the-sidecar",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Containers leave the sidecar's ports alone",
     .why = "The sidecar listens on 15000, 15001, 15006, 15008, 15020, 15021, 15090 and a few "
            "more. A container that wants one of them, or the proxy, does not start.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {sidecar.istio.io/inject: "true"}}
spec:
  containers:
  - name: web
    image: web:1
    ports: [{containerPort: 15020}] #!
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {sidecar.istio.io/inject: "true"}}
spec:
  containers:
  - name: web
    image: web:1
    ports: [{containerPort: 8080}]
)",
     .check = Each<proxy_ports_are_free>::run},
    {.id = "MF5702",
     .name = "port-name-contradicts",
     .severity = Severity::warning,
     .group = "kubernetes",
     .summary = "A port's name, number and appProtocol say the same",
     .why = "The mesh goes by `appProtocol`, then by the name. A port 443 that is named `http` has "
            "its TLS read as requests, and fails.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  ports:
  - {name: http-web, port: 443} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  ports:
  - {name: https-web, port: 443}
)",
     .check = Each<names_and_numbers_agree>::run},
    {.id = "MF5703",
     .name = "job-with-sidecar",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A job with a sidecar comes to its end",
     .why = "A job is done when all containers are. A sidecar that is an ordinary container never "
            "is; as a native sidecar it is stopped with the last container.",
     .bad = R"(apiVersion: batch/v1
kind: Job
metadata: {name: import, namespace: shop} #!
spec:
  template:
    metadata: {labels: {sidecar.istio.io/inject: "true"}}
    spec:
      restartPolicy: Never
      containers: [{name: import, image: import:1}]
)",
     .good = R"(apiVersion: batch/v1
kind: Job
metadata: {name: import, namespace: shop}
spec:
  template:
    metadata: {labels: {sidecar.istio.io/inject: "false"}}
    spec:
      restartPolicy: Never
      containers: [{name: import, image: import:1}]
)",
     .check = Each<jobs_come_to_an_end>::run},
    {.id = "MF5704",
     .name = "drain-longer-than-grace",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The proxy drains within the pod's grace period",
     .why = "When the grace period is over, Kubernetes kills the pod, and with it the requests "
            "that the proxy was still waiting for.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    proxy.istio.io/config: "{terminationDrainDuration: 60s}" #!
spec:
  containers: [{name: web, image: web:1}]
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    proxy.istio.io/config: "{terminationDrainDuration: 60s}"
spec:
  terminationGracePeriodSeconds: 90
  containers: [{name: web, image: web:1}]
)",
     .check = Each<draining_ends_in_time>::run},
    {.id = "MF5705",
     .name = "sidecar-in-host-network",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Pods that ask for a sidecar have a network of their own",
     .why = "The injector leaves pods in the host's network alone: redirecting traffic there would "
            "redirect that of the whole node.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop, labels: {sidecar.istio.io/inject: "true"}}
spec:
  hostNetwork: true #!
  containers: [{name: agent, image: agent:1}]
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop, labels: {sidecar.istio.io/inject: "true"}}
spec:
  containers: [{name: agent, image: agent:1}]
)",
     .check = Each<host_network_has_no_sidecar>::run},
    {.id = "MF5706",
     .name = "probe-without-certificate",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Probes reach pods that require mutual TLS",
     .why = "The kubelet is not in the mesh. Its HTTP probes get through because the injector "
            "sends them to the proxy's agent; with that switched off and STRICT mutual TLS they "
            "fail, and the pod is restarted.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    sidecar.istio.io/rewriteAppHTTPProbers: "false" #!
spec:
  containers: [{name: web, image: web:1, readinessProbe: {httpGet: {path: /, port: 8080}}}]
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers: [{name: web, image: web:1, readinessProbe: {httpGet: {path: /, port: 8080}}}]
)",
     .check = Each<probes_get_through>::run},
    {.id = "MF5707",
     .name = "redirection-contradicts",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Traffic is redirected to the sidecar or left alone, not both",
     .why = "A port or range in both lists is left out, so its traffic passes the sidecar by, "
            "without identity, policy or telemetry.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    traffic.sidecar.istio.io/includeInboundPorts: "8080,9090"
    traffic.sidecar.istio.io/excludeInboundPorts: "9090" #!
spec:
  containers: [{name: web, image: web:1}]
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    traffic.sidecar.istio.io/includeInboundPorts: "8080"
spec:
  containers: [{name: web, image: web:1}]
)",
     .check = Each<redirection_is_consistent>::run},
    {.id = "MF5708",
     .name = "injection-label-on-pods",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Pods ask for a sidecar with the label that is read",
     .why = "The webhook looks for `istio-injection` on the namespace and for "
            "`sidecar.istio.io/inject` on the pod, so this label neither adds nor prevents a "
            "sidecar.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels:
    istio-injection: enabled #!
spec:
  containers: [{name: web, image: web:1}]
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels:
    sidecar.istio.io/inject: "true"
spec:
  containers: [{name: web, image: web:1}]
)",
     .check = Each<pods_are_asked_by_their_own_label>::run},
    {.id = "MF5709",
     .name = "service-on-proxy-port",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Services of pods with a sidecar leave its ports alone",
     .why = "istiod refuses to make listeners for ports that sidecars use themselves, so "
            "calls to such a port of a Service do not get what other ports get: no routes, no "
            "mutual TLS, no policies.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {istio-injection: enabled}
---
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 15021}] #!
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec: {containers: [{name: web, image: web:1}]}
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {istio-injection: enabled}
---
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec: {containers: [{name: web, image: web:1}]}
)",
     .check = Each<services_leave_proxy_ports>::run},
    {.id = "MF5710",
     .name = "injection-refused",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Pods may have the init container that redirects traffic",
     .why = "Without Istio's CNI node agent an init container changes the rules of the pod's "
            "network and needs NET_ADMIN. The Pod Security Standards `baseline` and "
            "`restricted` refuse that, so no pod of the namespace starts.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {istio-injection: enabled, pod-security.kubernetes.io/enforce: restricted} #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {istio-injection: enabled, pod-security.kubernetes.io/enforce: privileged}
)",
     .check = injection_is_admitted},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family pod_setting_rules() { return kRules; }

}  // namespace meshfn::lint
