#include "resource/linkerd/injection.h"

namespace meshfn::resource::linkerd {

using kubernetes::Workload;

Text pod_annotation(const Mesh& mesh, const Workload& workload, std::string_view key) {
  if (const Text own = workload.pod_annotation(key)) return own;
  const Object* const home = mesh.find("Namespace", "", workload.scope);
  return home == nullptr ? Text{} : home->annotation(key);
}

Injected injected(const Mesh& mesh, const Workload& workload) {
  const Text inject = pod_annotation(mesh, workload, "linkerd.io/inject");
  if (!inject) return Injected::unsaid;
  return *inject == "enabled" || *inject == "ingress" ? Injected::yes : Injected::no;
}

}  // namespace meshfn::resource::linkerd
