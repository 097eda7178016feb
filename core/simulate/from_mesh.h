#pragma once

// What the deployed YAML adds to a scenario: services, replicas and labels from Kubernetes, the
// route of every call from the routing room (the meaning that lint and `route explain` use), and
// the policy of every service and subset from DestinationRules with Istio's precedence. What it
// says in vain is listed, with its place.

#include <string_view>

#include "resource/mesh.h"
#include "simulate/scenario.h"

namespace meshfn::simulate {

/// Completes `scenario` from `mesh`. Names without a namespace live in the mesh's default
/// namespace.
void complete_from_mesh(Scenario& scenario, const resource::Mesh& mesh);

// The parts, each in its own file.

/// Whose proxies the clients are, unless the scenario says so itself (mesh_linkerd.cpp).
void find_data_plane(Scenario& scenario, const resource::Mesh& mesh);
/// What annotations of Services tell Linkerd's clients (mesh_linkerd.cpp).
void add_linkerd_policies_of(Scenario& scenario, const resource::Mesh& mesh);
/// Services, workloads and endpoints that the scenario leaves out (mesh_services.cpp).
void add_services_of(Scenario& scenario, const resource::Mesh& mesh);
/// What holds before DestinationRules: MeshConfig, traffic distribution, session affinity,
/// retry budgets of the Gateway API (mesh_defaults.cpp).
void add_defaults_of(Scenario& scenario, const resource::Mesh& mesh);
/// Policies of services and subsets (mesh_policy.cpp).
void add_policies_of(Scenario& scenario, const resource::Mesh& mesh);
/// Routes of calls and loads (mesh_routes.cpp).
void add_routes_of(Scenario& scenario, const resource::Mesh& mesh);
/// Hosts of ServiceEntries as services, with their endpoints (mesh_external.cpp).
void add_external_services_of(Scenario& scenario, const resource::Mesh& mesh);
/// What a HorizontalPodAutoscaler does with `workload`, or `why` it cannot be played
/// (mesh_scaling.cpp).
std::optional<AutoscaleSpec> autoscale_of(const resource::Object& scaler,
                                          const WorkloadSpec& workload, std::string& why);
/// Worker threads of a pod's sidecar, by its annotations or MeshConfig; nothing when they do not
/// say (mesh_scaling.cpp).
std::optional<std::uint32_t> workers_of(const resource::kubernetes::Workload& workload,
                                        const resource::Mesh& mesh);
/// Fields and kinds that change traffic of some cluster but not here, where the clients' proxies
/// are those of `plane` (not_modelled.cpp).
std::vector<std::string> list_not_modelled(const resource::Mesh& mesh, DataPlane plane);

/// Puts the blocks that `from` has in place of those of `out`, with Istio's mapping and defaults.
void apply(const resource::istio::TrafficPolicy& from, TrafficPolicy& out);
/// A `localityLbSetting`, of a DestinationRule or of the mesh.
void set_locality(yaml::Node from, LocalitySetting& out);

/// `reviews` or `reviews.prod` as `reviews.prod.svc.cluster.local`.
std::string full_name(std::string_view service, const resource::Mesh& mesh);
/// The name that a scenario would use: short in the default namespace.
std::string scenario_name(const resource::kubernetes::Service& service, const resource::Mesh& mesh);
/// The namespace of a service as the scenario names it.
std::string namespace_of(std::string_view service, const resource::Mesh& mesh);
/// A fault's or mirror's percentage as the share that reaches the proxy: whole millionths, what is
/// left over cut off (pilot route.go, translatePercentToFractionalPercent).
double proxy_share(double percent);
/// Labels as a scenario holds them.
Labels labels_of(const resource::Labels& from);
/// "path:line" of a node.
std::string line_of(yaml::Node node);

}  // namespace meshfn::simulate
