// The image of the sidecar: the injector's, of the revision that the namespace asks for.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/injector.h"
#include "lint/rules/security_families.h"
#include "resource/istio/mesh_config.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Container;
using resource::kubernetes::Workload;

/// The variant of the proxy's image that pods are to get, such as `distroless`; empty for the plain
/// one. From the mesh configuration up to the pod's own annotation, the nearest wins.
class ImageTypes {
 public:
  explicit ImageTypes(const Mesh& mesh) {
    istio::each_known(mesh, istio::kNetworking, "ProxyConfig",
                      [&](const Object& object) { configs_[object.scope].push_back(&object); });
    const auto& config = mesh.derived<resource::istio::MeshConfig>();
    root_ = config.node().at("defaultConfig", "image", "imageType").text();
    choose(resource::istio::root_namespace(mesh), nullptr, root_);
  }

  std::string of(const Workload& pod) const {
    std::string type = root_;
    choose(pod.scope, nullptr, type);
    choose(pod.scope, &pod, type);
    if (const resource::Text own = pod.pod_annotation("proxy.istio.io/config")) {
      const yaml::Embedded text(own.node);
      const std::string_view written = text.root().at("image", "imageType").text();
      if (!written.empty()) type = written;
    }
    return type == "default" ? "" : type;
  }

 private:
  /// Takes the type of a ProxyConfig of `scope`: of one without a selector, or for `pod`.
  void choose(std::string_view scope, const Workload* pod, std::string& type) const {
    const auto here = configs_.find(scope);
    if (here == configs_.end()) return;
    for (const Object* config : here->second) {
      const resource::Labels labels = istio::selector_of(*config);
      const bool for_all = labels.empty();
      if (for_all != (pod == nullptr)) continue;
      if (pod != nullptr && !resource::selects(labels, pod->pod_labels)) continue;
      const std::string_view written = config->spec.at("image", "imageType").text();
      if (!written.empty()) type = written;
    }
  }

  std::map<std::string_view, std::vector<const Object*>> configs_;
  std::string root_;
};

/// Whether every container of the proxy has `image`, plain or as `variant`.
bool has_image(const Workload& pod, std::string_view image, std::string_view variant) {
  const std::string wanted =
      variant.empty() ? std::string(image) : fmt::format("{}-{}", image, variant);
  for (const auto* containers : {&pod.containers, &pod.init_containers}) {
    for (const Container& container : *containers) {
      if (container.name.value == "istio-proxy" && container.image.value != wanted) return false;
    }
  }
  return true;
}

void sidecars_are_current(const Mesh& mesh, Findings& found) {
  const auto& injectors = mesh.derived<istio::Injectors>();
  if (injectors.empty()) return;
  std::map<std::string_view, std::vector<const Workload*>> pods;
  for (const Workload& pod : mesh.all<Workload>()) {
    if (pod.kind.value == "Pod") pods[pod.scope].push_back(&pod);
  }
  const ImageTypes types(mesh);
  objects::each(mesh, "", "Namespace", [&](const Object& name_space) {
    const std::string_view revision = istio::revision_of(name_space);
    const std::string image = revision.empty() ? "" : injectors.image(revision);
    const auto here = pods.find(name_space.name.value);
    if (image.empty() || here == pods.end()) return;
    std::vector<const Workload*> stale;
    for (const Workload* pod : here->second) {
      const bool chosen = pod->pod_annotation("sidecar.istio.io/proxyImage").operator bool();
      if (!chosen && !has_image(*pod, image, types.of(*pod))) stale.push_back(pod);
    }
    if (stale.empty()) return;
    auto& finding = found.add(
        name_space.where(),
        fmt::format("{} of this namespace {} another proxy than `{}`, which the injector adds",
                    str::count(stale.size(), "pod"), stale.size() == 1 ? "runs" : "run", image));
    for (const Workload* pod : stale)
      finding.relate(istio::proxy_of(*pod)->image.where(), "this one");
    finding.with_help("restart the workloads, so that their pods are injected anew");
  });
}

/// A container of the proxy whose image the injector is to fill in; null when there is none.
const Container* automatic(const Workload& workload) {
  const auto found = std::find_if(
      workload.containers.begin(), workload.containers.end(), [](const Container& container) {
        return container.name.value == "istio-proxy" && container.image.value == "auto";
      });
  return found == workload.containers.end() ? nullptr : &*found;
}

/// The webhooks of injectors, when the input shows any.
std::vector<yaml::Node> injecting_webhooks(const Mesh& mesh) {
  std::vector<yaml::Node> out;
  constexpr std::string_view kGroup = "admissionregistration.k8s.io";
  istio::each_known(mesh, kGroup, "MutatingWebhookConfiguration", [&](const Object& object) {
    for (const yaml::Node webhook : object.root.find("webhooks").items()) {
      if (webhook.find("name").text().ends_with("istio.io")) out.push_back(webhook);
    }
  });
  return out;
}

bool takes(yaml::Node webhook, const resource::Labels& home, const resource::Labels& pods) {
  return resource::selector_matches(webhook.find("namespaceSelector"), home) &&
         resource::selector_matches(webhook.find("objectSelector"), pods);
}

/// Whether pods get their sidecar: by the webhooks of the input, or else by what the labels say.
istio::Meshed injected(const Mesh& mesh, const Workload& workload,
                       const std::vector<yaml::Node>& webhooks) {
  const Object* const home = mesh.find("Namespace", "", workload.scope);
  if (!webhooks.empty()) {
    const resource::Labels labels =
        home == nullptr ? resource::Labels{} : resource::labels(home->metadata.find("labels"));
    const bool any = std::any_of(webhooks.begin(), webhooks.end(), [&](yaml::Node webhook) {
      return takes(webhook, labels, workload.pod_labels);
    });
    return any ? istio::Meshed::yes : istio::Meshed::no;
  }
  const std::string_view inject = istio::inject_setting(workload).value;
  if (!inject.empty()) return inject == "true" ? istio::Meshed::yes : istio::Meshed::no;
  if (home == nullptr || !resource::label(workload.pod_labels, "istio.io/rev").empty()) {
    return istio::Meshed::unsaid;
  }
  return istio::revision_of(*home).empty() ? istio::Meshed::no : istio::Meshed::yes;
}

/// Reports workloads of Pods, or of anything else, whose image nobody fills in.
void check_automatic(const Mesh& mesh, bool pods, Findings& found) {
  const auto webhooks = injecting_webhooks(mesh);
  for (const Workload& workload : mesh.all<Workload>()) {
    if (workload.context || (workload.kind.value == "Pod") != pods) continue;
    const Container* const proxy = automatic(workload);
    if (proxy == nullptr) continue;
    // A pod read from a cluster has had its injection.
    const bool live = pods && workload.root.find("status").size() > 0;
    if (!live && injected(mesh, workload, webhooks) != istio::Meshed::no) continue;
    found
        .add(proxy->image.where(), fmt::format("nothing replaces image `auto` of {} `{}`",
                                               workload.kind.value, workload.name.value))
        .with_help("label its pods `sidecar.istio.io/inject: \"true\"`");
  }
}

void pods_have_an_image(const Mesh& mesh, Findings& found) { check_automatic(mesh, true, found); }

void templates_have_an_image(const Mesh& mesh, Findings& found) {
  check_automatic(mesh, false, found);
}

constexpr Rule kRules[] = {
    {.id = "MF1815",
     .name = "sidecar-image-differs",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Pods run the proxy that their injector adds",
     .why = "After an upgrade the pods keep the old proxy until they are restarted. Proxies that "
            "are too old for their control plane get configuration they do not understand.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector, namespace: istio-system}
data:
  values: |
    {"global": {"hub": "docker.io/istio", "tag": "1.24.0", "proxy": {"image": "proxyv2"}}}
---
apiVersion: v1
kind: Namespace
metadata:
  name: shop #!
  labels: {istio-injection: enabled}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - {name: web, image: web}
  - {name: istio-proxy, image: "docker.io/istio/proxyv2:1.22.0"}
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector, namespace: istio-system}
data:
  values: |
    {"global": {"hub": "docker.io/istio", "tag": "1.24.0", "proxy": {"image": "proxyv2"}}}
---
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {istio-injection: enabled}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - {name: web, image: web}
  - {name: istio-proxy, image: "docker.io/istio/proxyv2:1.24.0"}
)",
     .aliases = "IST0158",
     .check = sidecars_are_current},
    {.id = "MF1816",
     .name = "pod-image-auto",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A Pod with proxy image `auto` is injected",
     .why = "`auto` is a placeholder for the injector. Without injection the kubelet tries to "
            "pull an image of that name, and the pod never starts.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: disabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: gateway, namespace: shop}
spec:
  containers:
  - {name: istio-proxy, image: auto} #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: gateway, namespace: shop}
spec:
  containers:
  - {name: istio-proxy, image: auto}
)",
     .aliases = "IST0147",
     .check = pods_have_an_image},
    {.id = "MF1817",
     .name = "workload-image-auto",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A workload with proxy image `auto` is injected",
     .why = "`auto` is a placeholder for the injector. Without injection the kubelet tries to "
            "pull an image of that name, and no pod ever starts.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: disabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway, namespace: shop}
spec:
  selector: {matchLabels: {app: gateway}}
  template:
    metadata: {labels: {app: gateway}}
    spec:
      containers:
      - {name: istio-proxy, image: auto} #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway, namespace: shop}
spec:
  selector: {matchLabels: {app: gateway}}
  template:
    metadata: {labels: {app: gateway}}
    spec:
      containers:
      - {name: istio-proxy, image: auto}
)",
     .aliases = "IST0146",
     .check = templates_have_an_image},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family injection_image_rules() { return kRules; }

}  // namespace meshfn::lint
