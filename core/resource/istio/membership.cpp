#include "resource/istio/membership.h"

#include <algorithm>

namespace meshfn::resource::istio {

using kubernetes::Container;
using kubernetes::Workload;

const Container* proxy_of(const Workload& workload) {
  for (const auto* containers : {&workload.containers, &workload.init_containers}) {
    const auto proxy = std::find_if(containers->begin(), containers->end(), [](const Container& c) {
      return c.name.value == "istio-proxy" && !c.image.value.empty();
    });
    if (proxy != containers->end()) return &*proxy;
  }
  return nullptr;
}

Text inject_setting(const Workload& workload) {
  for (const Label& label : workload.pod_labels) {
    if (label.key.value == kInject) return label.value;
  }
  return workload.pod_annotation(kInject);
}

bool is_ambient(const Object& name_space) {
  return name_space.label("istio-injection").value != "enabled" &&
         name_space.label("istio.io/rev").value.empty() &&
         name_space.label("istio.io/dataplane-mode").value == "ambient";
}

Meshed meshed(const Mesh& mesh, const Workload& workload) {
  if (proxy_of(workload) != nullptr) return Meshed::yes;
  if (workload.pod_annotation("ambient.istio.io/redirection").value == "enabled") {
    return Meshed::yes;
  }
  const Text setting = inject_setting(workload);
  if (setting.value == "true") return Meshed::yes;
  const std::string_view mode = label(workload.pod_labels, "istio.io/dataplane-mode");
  if (mode == "ambient") return Meshed::yes;
  const Object* const home = mesh.find("Namespace", "", workload.scope);
  if (home != nullptr && is_ambient(*home) && mode != "none") return Meshed::yes;
  if (setting) return Meshed::no;
  if (home == nullptr) return Meshed::unsaid;
  const bool enabled = home->label("istio-injection").value == "enabled" ||
                       !home->label("istio.io/rev").value.empty();
  return enabled ? Meshed::yes : Meshed::no;
}

}  // namespace meshfn::resource::istio
