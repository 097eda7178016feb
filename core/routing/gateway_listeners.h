#pragma once

// The gateway half of the Istio table: every server of every Gateway with the VirtualServices
// bound to it. Unlike sidecars, gateways merge all VirtualServices of a host.

#include <vector>

#include "resource/mesh.h"
#include "routing/istio.h"
#include "routing/table.h"

namespace meshfn::routing {

/// VirtualServices with hosts, in the order in which Istio merges them: by creation time, where
/// the input has one, then by name and namespace.
std::vector<const resource::istio::VirtualService*> in_merge_order(const resource::Mesh& mesh);

/// HTTP rules with delegates, then TLS and TCP rules.
std::vector<Route> all_routes(const resource::Mesh& mesh,
                              const resource::istio::VirtualService& service,
                              const IstioOptions& options, std::vector<Note>& notes);

/// Appends a listener for every server; VirtualServices bound to no gateway of the input are
/// listed under a listener of the gateway's name, without port, so that they are not lost.
void add_gateway_listeners(const resource::Mesh& mesh, const IstioOptions& options, Table& table);

}  // namespace meshfn::routing
