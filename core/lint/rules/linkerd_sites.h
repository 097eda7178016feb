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

/// Every label and annotation of Linkerd with its site; made once a mesh, for most objects have
/// none and every rule would look at all of them.
class LinkerdKeys {
 public:
  explicit LinkerdKeys(const resource::Mesh& mesh);

  struct At {
    Site site;
    yaml::Node key;
    yaml::Node value;
  };

  const std::vector<At>& annotations() const { return annotations_; }

  const std::vector<At>& labels() const { return labels_; }

 private:
  std::vector<At> annotations_;
  std::vector<At> labels_;
};

/// `visit(site, key, value)` for every annotation of Linkerd that is to be judged.
template <class Visit>
void each_annotation(const resource::Mesh& mesh, Visit visit) {
  for (const auto& at : mesh.derived<LinkerdKeys>().annotations()) visit(at.site, at.key, at.value);
}

/// The same for labels.
template <class Visit>
void each_label(const resource::Mesh& mesh, Visit visit) {
  for (const auto& at : mesh.derived<LinkerdKeys>().labels()) visit(at.site, at.key, at.value);
}

}  // namespace meshfn::lint::linkerd
