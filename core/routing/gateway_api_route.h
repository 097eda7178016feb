#pragma once

// One rule of an HTTPRoute, GRPCRoute, TLSRoute or TCPRoute as neutral Routes, one for each of its
// matches: the Gateway API ranks matches, not rules. Defaults are those of Istio's implementation
// (config/kube/gateway/conversion.go), and so is what it answers for a backend it cannot use.

#include <vector>

#include "resource/mesh.h"
#include "routing/table.h"

namespace meshfn::routing {

/// The rules of `route` in the order written, not yet ranked; backends that are missing or not
/// permitted are told in `notes`. TLS and TCP rules carry no conditions.
std::vector<Route> gateway_api_routes(const resource::Mesh& mesh,
                                      const resource::gateway_api::Route& route,
                                      std::vector<Note>& notes);

/// The conditions of one `matches` entry.
Match gateway_api_match(const resource::gateway_api::RouteMatch& from,
                        resource::gateway_api::RouteKind kind);

/// What the filters of a rule do; those without a meaning here are left out.
void add_filters(Route& route, const std::vector<resource::gateway_api::Filter>& filters);

/// `requestHeaderModifier` or `responseHeaderModifier`.
void add_header_filter(std::vector<HeaderChange>& out, const resource::gateway_api::Filter& filter);

/// The complete host of a reference to a Service, or the name of another kind.
std::string backend_host(const resource::gateway_api::Reference& reference);

/// Whether the Gateway API looks at `a` before `b` when both take a request: exact paths, then the
/// longest prefix, then the longest regex; a method; more headers; more query parameters. Regexes
/// come last because that is where Istio has them; the API leaves it open.
bool gateway_api_precedes(const Match& a, const Match& b);

}  // namespace meshfn::routing
