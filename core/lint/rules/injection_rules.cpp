// Which namespaces and pods get a sidecar, as far as their labels say.

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/injector.h"
#include "lint/rules/security_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::Text;
using resource::kubernetes::Workload;

constexpr std::string_view kInjection = "istio-injection";
constexpr std::string_view kRevision = "istio.io/rev";
constexpr std::string_view kDataplane = "istio.io/dataplane-mode";

/// Calls `visit` for every Namespace that users own.
template <class Visit>
void each_namespace(const Mesh& mesh, Visit visit) {
  objects::each(mesh, "", "Namespace", [&](const Object& name_space) {
    const std::string_view name = name_space.name.value;
    const bool system = name == mesh.settings().istio_namespace || name == "kube-system" ||
                        name == "kube-public" || name == "kube-node-lease" ||
                        name == "local-path-storage";
    if (!system) visit(name_space);
  });
}

void injection_labels_agree(const Mesh& mesh, Findings& found) {
  each_namespace(mesh, [&](const Object& name_space) {
    const Text injection = name_space.label(kInjection);
    std::vector<Text> labels;
    if (injection) labels.push_back(injection);
    const bool counts = !injection || injection.value == "enabled";
    for (const std::string_view key : {kRevision, kDataplane}) {
      const Text label = name_space.label(key);
      if (label && counts) labels.push_back(label);
    }
    if (labels.size() < 2) return;
    auto& finding = found.add(labels.back().where(),
                              "the labels of this namespace ask for different ways into the mesh");
    for (std::size_t i = 0; i + 1 < labels.size(); ++i)
      finding.relate(labels[i].where(), "and here");
    finding.with_help("keep one of istio-injection, istio.io/rev and istio.io/dataplane-mode");
  });
}

/// Whether the input says which namespaces are in Istio's mesh, so that an unlabelled one is out.
bool shows_injection(const Mesh& mesh, const istio::Injectors& injectors) {
  if (!injectors.empty()) return true;
  const auto& namespaces = mesh.of_kind("", "Namespace");
  return std::any_of(namespaces.begin(), namespaces.end(), [](const Object* object) {
    return object->label(kInjection) || object->label(kRevision) || object->label(kDataplane);
  });
}

/// Namespaces without a label that says anything about Istio.
template <class Visit>
void each_unlabelled(const Mesh& mesh, const istio::Injectors& injectors, Visit visit) {
  if (!shows_injection(mesh, injectors)) return;
  each_namespace(mesh, [&](const Object& name_space) {
    if (!name_space.label(kInjection).value.empty() || name_space.label(kRevision)) return;
    if (name_space.label(kDataplane).value == "ambient") return;
    visit(name_space);
  });
}

void namespaces_are_in_the_mesh(const Mesh& mesh, Findings& found) {
  const auto& injectors = mesh.derived<istio::Injectors>();
  each_unlabelled(mesh, injectors, [&](const Object& name_space) {
    // Another mesh has it.
    const bool linkerd = name_space.annotation("linkerd.io/inject").operator bool();
    if (linkerd || injectors.injects_by_default("default")) return;
    found
        .add(name_space.where(),
             fmt::format("pods of namespace `{}` get no sidecar", name_space.name.value))
        .with_help("label it `istio-injection: enabled`, or `disabled` to say that this is meant");
  });
}

void injection_is_said(const Mesh& mesh, Findings& found) {
  const auto& injectors = mesh.derived<istio::Injectors>();
  each_unlabelled(mesh, injectors, [&](const Object& name_space) {
    if (!injectors.injects_by_default("default")) return;
    found
        .add(name_space.where(),
             fmt::format("pods of namespace `{}` get a sidecar because that is the default of this "
                         "installation",
                         name_space.name.value))
        .with_help("label it `istio-injection: enabled` or `disabled` to say what is meant");
  });
}

/// Whether the object was read back from a cluster, where injection has had its turn.
bool is_live(const Object& pod) {
  return pod.metadata.find("uid") || pod.root.find("status").size() > 0 ||
         !pod.spec.find("nodeName").text().empty();
}

void pods_have_their_sidecar(const Workload& pod, const Mesh& mesh, Findings& found) {
  if (pod.kind.value != "Pod" || istio::proxy_of(pod) != nullptr) return;
  const Object* const home = mesh.find("Namespace", "", pod.scope);
  if (home == nullptr || home->label(kInjection).value != "enabled") return;
  if (home->label(kDataplane).value == "ambient") return;
  const bool refused = str::equals_ignore_case(istio::inject_setting(pod).value, "false");
  if (refused || resource::boolean(pod.pod_spec.find("hostNetwork")).value) return;
  found
      .add(pod.where(),
           fmt::format("pod `{}` has no sidecar, and its namespace asks for one", pod.name.value))
      .relate(home->label(kInjection).where(), "asked for here")
      .with_help("a pod that was made before the label has to be made anew")
      .with_severity(is_live(pod) ? Severity::warning : Severity::info);
}

constexpr Rule kRules[] = {
    {.id = "MF1811",
     .name = "namespace-injection-labels",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A Namespace asks for one way into the mesh",
     .why = "With `istio-injection: enabled` a revision is ignored, and a namespace is either "
            "ambient or gets sidecars. Which of the labels wins is easy to get wrong.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio-injection: enabled
    istio.io/rev: canary #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio.io/rev: canary
)",
     .aliases = "IST0123",
     .check = injection_labels_agree},
    {.id = "MF1812",
     .name = "namespace-not-injected",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A Namespace says whether it is part of the mesh",
     .why = "Without a label the pods get no sidecar: no mTLS, no routing, no policy. Said only "
            "when the input shows how other namespaces are labelled.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: front, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop} #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: front, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: disabled}}
)",
     .aliases = "IST0102",
     .check = namespaces_are_in_the_mesh},
    {.id = "MF1813",
     .name = "namespace-injected-by-default",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A Namespace does not depend on the default of injection",
     .why = "With `enableNamespacesByDefault` a namespace without labels is injected. Another "
            "installation would not do so.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector, namespace: istio-system}
data:
  values: |
    {"sidecarInjectorWebhook": {"enableNamespacesByDefault": true}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop} #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector, namespace: istio-system}
data:
  values: |
    {"sidecarInjectorWebhook": {"enableNamespacesByDefault": true}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
)",
     .aliases = "IST0148",
     .check = injection_is_said},
    {.id = "MF1814",
     .name = "pod-without-sidecar",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A Pod of an injected namespace has its sidecar",
     .why = "Injection happens when a pod is made. One that was made before its namespace was "
            "labelled stays outside the mesh. A Pod that was not read from a cluster gets an info.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata:
  name: web #!
  namespace: shop
spec:
  nodeName: node-1
  containers:
  - {name: web, image: web}
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  nodeName: node-1
  containers:
  - {name: web, image: web}
  - {name: istio-proxy, image: istio/proxyv2}
)",
     .aliases = "IST0103",
     .check = Each<pods_have_their_sidecar>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family injection_rules() { return kRules; }

}  // namespace meshfn::lint
