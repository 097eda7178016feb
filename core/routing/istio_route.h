#pragma once

// One rule of a VirtualService as a neutral Route: short names completed, what is missing filled
// with Istio's defaults (pilot route.go and retry.go), what Istio ignores left out.

#include <string>

#include "resource/istio/virtual_service.h"
#include "resource/mesh.h"
#include "routing/table.h"

namespace meshfn::routing {

/// "VirtualService prod/reviews"; without a namespace only the name follows.
std::string resource_name(const resource::Object& object);

/// Rule `index` of `spec.http`. Rules without a name are called "http[index]".
Route http_route(const resource::istio::VirtualService& service, std::size_t index);
/// The same into a `route` that was just made: routes are large, and tables have many.
void read_http_route(const resource::istio::VirtualService& service, std::size_t index,
                     Route& route);
Route tls_route(const resource::istio::VirtualService& service, std::size_t index);
Route tcp_route(const resource::istio::VirtualService& service, std::size_t index);

/// The conditions of one `match` entry of a VirtualService in namespace `name_space`.
Match http_match(const resource::istio::HttpMatch& match, std::string_view name_space);
Match l4_match(const resource::istio::L4Match& match, std::string_view name_space);

/// The backend with its host completed; `weight` stays 0.
Destination destination(const resource::istio::Destination& from, std::string_view name_space);

/// Appends the operations of a `headers` block, request before response.
void add_header_changes(std::vector<HeaderChange>& out, yaml::Node headers);

/// What a sidecar retries when nothing is said (pilot retry.go, DefaultPolicy).
const Shared<Retries>& default_retries();
/// The same in `mesh`, whose MeshConfig may have a `defaultHttpRetryPolicy`.
Shared<Retries> default_retries(const resource::Mesh& mesh);

/// Fills everything but matches and destinations from `from`.
void add_actions(Route& route, const resource::istio::HttpRoute& from, std::string_view name_space);

}  // namespace meshfn::routing
