#pragma once

// Linkerd's part of the table: its own HTTPRoutes and those of the Gateway API on Services,
// ServiceProfiles, TrafficSplits and the annotations of Services. Order of matches, the meaning of
// weights and what is dropped without a word follow linkerd2-proxy (linkerd/http/route) and the
// policy controller (k8s/index/src/outbound).

#include "resource/mesh.h"
#include "routing/istio.h"
#include "routing/table.h"

namespace meshfn::routing {

/// Whether routes of the Gateway API on Services are Linkerd's to read: it is in use and Istio is
/// not.
bool linkerd_reads_services(const resource::Mesh& mesh);

/// Gives the hosts of the listener `mesh` what Linkerd has for them. What it accepts and then drops
/// becomes a note.
void add_linkerd(const resource::Mesh& mesh, const IstioOptions& options, Table& table);

/// Puts routes, each with at most one match, into an order of which the first that holds is the one
/// Linkerd would choose: the most characters of the path matched, then more headers, more query
/// parameters, a method, and the order given. A prefix and an exact path of the same length are
/// equal, so prefixes are there a second time, as exact paths.
void rank_for_linkerd(std::vector<Route>& routes);

/// Whether Linkerd prefers `a` to `b` for every request that both take; false when it depends on
/// the request, or on the order.
bool linkerd_precedes(const Match& a, const Match& b);

}  // namespace meshfn::routing
