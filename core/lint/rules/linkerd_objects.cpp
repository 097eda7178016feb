#include "lint/rules/linkerd_objects.h"

#include "resource/linkerd/values.h"

namespace meshfn::lint::linkerd {

using resource::Mesh;

bool uses_linkerd(const Mesh& mesh) { return resource::linkerd::uses_linkerd(mesh); }

}  // namespace meshfn::lint::linkerd
