#pragma once

// Istio's objects by group and kind, and what decides about the pods that a policy is for. Raw
// nodes: only what routing needs is typed further.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "diagnostic/diagnostic.h"
#include "lint/objects.h"
#include "resource/mesh.h"

namespace meshfn::lint::istio {

inline constexpr std::string_view kSecurity = "security.istio.io";
inline constexpr std::string_view kTelemetry = "telemetry.istio.io";
inline constexpr std::string_view kExtensions = "extensions.istio.io";
inline constexpr std::string_view kNetworking = "networking.istio.io";

/// The label that decides about one pod's proxy.
inline constexpr std::string_view kInject = "sidecar.istio.io/inject";

/// The container or init container called `istio-proxy` that has an image; null when none is.
const resource::kubernetes::Container* proxy_of(const resource::kubernetes::Workload& workload);

/// The label, or else the annotation, `sidecar.istio.io/inject` of the pods.
resource::Text inject_setting(const resource::kubernetes::Workload& workload);

/// Whether pods belong to the mesh: yes and no as the input says, unsaid when their Namespace is
/// not part of it.
enum class Meshed : std::uint8_t { yes, no, unsaid };

/// By sidecar or ambient.
Meshed meshed(const resource::Mesh& mesh, const resource::kubernetes::Workload& workload);

/// Whether a Namespace takes part in the ambient mesh.
bool is_ambient(const resource::Object& name_space);

/// The labels of `spec.selector.matchLabels`.
resource::Labels selector_of(const resource::Object& policy);

/// Calls `visit` for every object of a kind, those given as context included.
template <class Visit>
void each_known(const resource::Mesh& mesh, std::string_view group, std::string_view kind,
                Visit visit) {
  for (const resource::Object* object : mesh.of_kind(group, kind)) visit(*object);
}

/// What selectors select, and how sure it is that they select nothing: Mesh::derived<Selections>.
class Selections {
 public:
  using Workloads = std::vector<const resource::kubernetes::Workload*>;

  /// The mesh outlives it.
  explicit Selections(const resource::Mesh& mesh);

  /// Whether pods of `scope` have all `labels`. Missing when the input shows workloads there, or
  /// when it shows such pods elsewhere only.
  Found found(std::string_view scope, const resource::Labels& labels) const;

  /// Workloads of `scope` with all `labels`; all of them without labels.
  Workloads in(std::string_view scope, const resource::Labels& labels) const;

 private:
  const resource::Mesh& mesh_;
  std::map<std::string_view, Workloads> by_scope_;
  std::set<std::pair<std::string_view, std::string_view>>
      labels_;  ///< of pods whose namespace is known
};

/// "a=b,c=d", in the order written.
std::string describe(const resource::Labels& labels);

/// Whether a policy lies in the root namespace and therefore is for all namespaces.
bool is_mesh_wide(const resource::Mesh& mesh, const resource::Object& policy);

}  // namespace meshfn::lint::istio
