#pragma once

// The table of everything that was read: Istio's resources, the Gateway API's and Linkerd's
// together, each by its own rules. Who is asked where a request goes asks here.

#include "resource/mesh.h"
#include "routing/istio.h"
#include "routing/table.h"

namespace meshfn::routing {

/// Every listener of every dialect. Where two dialects have routes for one host of the mesh, the
/// one that the proxies follow stays and a note tells of the other. The table points into the trees
/// the mesh was loaded from.
Table mesh_table(const resource::Mesh& mesh, const IstioOptions& options = {});

}  // namespace meshfn::routing
