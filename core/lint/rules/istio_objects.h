#pragma once

// Istio's objects by group and kind, and what decides about the pods that a policy is for. Raw
// nodes: only what routing needs is typed further.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "diagnostic/diagnostic.h"
#include "lint/objects.h"
#include "resource/istio/membership.h"
#include "resource/mesh.h"

namespace meshfn::lint::istio {

inline constexpr std::string_view kSecurity = "security.istio.io";
inline constexpr std::string_view kTelemetry = "telemetry.istio.io";
inline constexpr std::string_view kExtensions = "extensions.istio.io";
inline constexpr std::string_view kNetworking = "networking.istio.io";

using resource::istio::inject_setting;
using resource::istio::is_ambient;
using resource::istio::kInject;
using resource::istio::Meshed;
using resource::istio::meshed;
using resource::istio::proxy_of;

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
};

/// "a=b,c=d", in the order written.
std::string describe(const resource::Labels& labels);

/// Whether a policy lies in the root namespace and therefore is for all namespaces.
bool is_mesh_wide(const resource::Mesh& mesh, const resource::Object& policy);

}  // namespace meshfn::lint::istio
