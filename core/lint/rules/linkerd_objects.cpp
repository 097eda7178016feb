#include "lint/rules/linkerd_objects.h"

#include <algorithm>

#include "lint/rules/linkerd_annotations.h"

namespace meshfn::lint::linkerd {

namespace {

using resource::Mesh;
using resource::Object;
using resource::kubernetes::Workload;

bool has_linkerd_key(yaml::Node annotations) {
  for (const auto [key, value, merged] : annotations.entries()) {
    if (is_linkerd_key(key.text())) return true;
  }
  return false;
}

/// The answer to `uses_linkerd`, found once a mesh.
struct Use {
  explicit Use(const Mesh& mesh) {
    const auto of_linkerd = [](const auto& kind) {
      return kind.first.first.ends_with("linkerd.io");
    };
    const auto& objects = mesh.objects();
    const auto& workloads = mesh.all<Workload>();
    found = std::any_of(mesh.kinds().begin(), mesh.kinds().end(), of_linkerd) ||
            std::any_of(objects.begin(), objects.end(),
                        [](const Object& object) {
                          return has_linkerd_key(object.metadata.find("annotations"));
                        }) ||
            std::any_of(workloads.begin(), workloads.end(), [](const Workload& workload) {
              return has_linkerd_key(workload.pod_metadata.find("annotations"));
            });
  }

  bool found = false;
};

}  // namespace

bool uses_linkerd(const Mesh& mesh) { return mesh.derived<Use>().found; }

}  // namespace meshfn::lint::linkerd
