#pragma once

// Ambient mode as labels of Namespaces, Services and pods say it: who is in it, and whose traffic
// goes through a waypoint, the only proxy there that sees requests.

#include <set>
#include <string_view>

#include "resource/mesh.h"

namespace meshfn::lint {

/// Whether the input shows any Namespace or pods to be ambient.
bool uses_ambient(const resource::Mesh& mesh);

/// Whether the input shows the Namespace `scope` to be ambient.
bool is_ambient(const resource::Mesh& mesh, std::string_view scope);

/// Whether pods are ambient, by their own label or that of their Namespace.
bool is_ambient(const resource::Mesh& mesh, const resource::kubernetes::Workload& workload);

/// Whether calls to a Service of `scope` go through a waypoint; `service` may be null.
bool has_waypoint(const resource::Mesh& mesh, std::string_view scope,
                  const resource::Object* service);

/// The namespaces in which anything uses a waypoint.
std::set<std::string_view> namespaces_with_waypoints(const resource::Mesh& mesh);

/// Whether a policy is attached by `targetRef` or `targetRefs`.
bool has_target(const resource::Object& policy);

}  // namespace meshfn::lint
