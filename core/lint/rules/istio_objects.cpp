#include "lint/rules/istio_objects.h"

#include <algorithm>

#include "base/str.h"
#include "lint/gateway_pods.h"
#include "resource/istio/mesh_config.h"

namespace meshfn::lint::istio {

using resource::Mesh;
using resource::Object;
using resource::kubernetes::Workload;

resource::Labels selector_of(const Object& policy) {
  return resource::labels(policy.spec.at("selector", "matchLabels"));
}

Selections::Selections(const Mesh& mesh) : mesh_(mesh) {
  for (const Workload& workload : mesh.all<Workload>()) {
    by_scope_[workload.scope].push_back(&workload);
  }
}

Found Selections::found(std::string_view scope, const resource::Labels& labels) const {
  if (!in(scope, labels).empty()) return Found::yes;
  if (objects::is_assumed_namespace(mesh_, scope)) return Found::unknown;
  const bool elsewhere =
      !labels.empty() && std::all_of(labels.begin(), labels.end(), [&](const resource::Label& l) {
        return mesh_.derived<GatewayPods>().shows(l);
      });
  // What names no namespace may be applied to any.
  if (scope.empty() && elsewhere) return Found::unknown;
  if (!scope.empty() && !in({}, labels).empty()) return Found::unknown;
  const bool shown = by_scope_.contains(scope) || elsewhere || mesh_.settings().closed_world;
  return shown ? Found::missing : Found::unknown;
}

Selections::Workloads Selections::in(std::string_view scope, const resource::Labels& labels) const {
  if (!labels.empty()) return mesh_.workloads(scope, labels);
  const auto found = by_scope_.find(scope);
  return found == by_scope_.end() ? Workloads{} : found->second;
}

std::string describe(const resource::Labels& labels) {
  std::vector<std::string> pairs;
  for (const resource::Label& label : labels) {
    pairs.push_back(std::string(label.key.value) + "=" + std::string(label.value.value));
  }
  return str::join(pairs, ",");
}

bool is_mesh_wide(const Mesh& mesh, const Object& policy) {
  return policy.scope == resource::istio::root_namespace(mesh);
}

}  // namespace meshfn::lint::istio
