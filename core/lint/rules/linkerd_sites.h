#pragma once

// Where annotations and labels stand: on objects and on the pod templates inside them.

#include "lint/rules/linkerd_annotations.h"
#include "resource/mesh.h"

namespace meshfn::lint::linkerd {

/// One metadata node with what its owner means to Linkerd.
struct Site {
  const resource::Object* object = nullptr;
  yaml::Node metadata;
  std::uint8_t place = kAnywhere;  ///< one `Place`; kAnywhere: a kind that Linkerd does not know
  yaml::Node pod_metadata = {};    ///< of the pods it makes, when the object is their controller
};

/// What annotations of an object are to Linkerd.
std::uint8_t place_of(const resource::Object& object);

/// Calls `visit` for the metadata of every object and of every pod template that is to be judged.
template <class Visit>
void each_site(const resource::Mesh& mesh, Visit visit) {
  for (const resource::Object& object : mesh.objects()) {
    if (!object.context && !resource::kubernetes::is_workload(object.group(), object.kind.value)) {
      visit(Site{&object, object.metadata, place_of(object)});
    }
  }
  for (const auto& workload : mesh.all<resource::kubernetes::Workload>()) {
    if (workload.context) continue;
    visit(Site{&workload, workload.pod_metadata, kPod});
    if (workload.kind.value != "Pod") {
      visit(Site{&workload, workload.metadata, kOther, workload.pod_metadata});
    }
  }
}

/// `each_site`, entry by entry of its annotations: `visit(site, key, value)`, keys of Linkerd only.
template <class Visit>
void each_annotation(const resource::Mesh& mesh, Visit visit) {
  each_site(mesh, [&](const Site& site) {
    for (const auto [key, value, merged] : site.metadata.find("annotations").entries()) {
      if (is_linkerd_key(key.text())) visit(site, key, value);
    }
  });
}

}  // namespace meshfn::lint::linkerd
