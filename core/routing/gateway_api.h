#pragma once

// The Gateway API's half of the table: every listener of every Gateway with the routes attached to
// it, and the routes attached to Services (GAMMA) on the listener `mesh`. Host names become virtual
// hosts, as in Istio and every other implementation on Envoy: the most specific name takes a
// request and nothing falls through to a wider one.

#include <vector>

#include "resource/mesh.h"
#include "routing/istio.h"
#include "routing/table.h"

namespace meshfn::routing {

/// Appends the listeners of Gateways, and gives Services of the listener `mesh` the routes that are
/// attached to them, unless Istio's own come first. `services` is false where Linkerd reads these.
void add_gateway_api(const resource::Mesh& mesh, const IstioOptions& options, bool services,
                     Table& table);

/// `routes` of the Gateway API by age: creation time where the input has one, then namespace and
/// name.
std::vector<const resource::gateway_api::Route*> by_age(const resource::Mesh& mesh);

}  // namespace meshfn::routing
