#pragma once

// A VirtualService rule may hand its requests to a VirtualService without hosts. Istio merges the
// two rules into one and drops, without an error, what does not fit (pilot/pkg/model,
// virtualservice.go: mergeHTTPRoute, hasConflict).

#include <optional>
#include <string>
#include <vector>

#include "routing/table.h"

namespace meshfn::routing {

/// Why two conditions of root and delegate cannot be merged; empty when they can.
std::string conflict(const Match& root, const Match& delegate);

/// The conditions of both: the delegate's, completed with the root's.
Match merge(const Match& root, const Match& delegate);

/// `delegate`'s rule under `root`'s: each match of the delegate has to fit into one of the root.
/// Nothing when one does not; `why` then says so. What the delegate does not set is the root's.
std::optional<Route> merge(const Route& root, const Route& delegate, std::string& why);

/// The delegate's rule with the root's matches kept as a second condition, nothing dropped: how
/// istio-config-validator reads delegates.
Route nest(const Route& root, const Route& delegate);

}  // namespace meshfn::routing
