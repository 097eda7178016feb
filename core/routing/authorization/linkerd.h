#pragma once

// Who may, by Linkerd's rules: the Server of the port, what authorizes its clients, and the default
// policy where there is no Server (policy-controller, inbound index; server-policy of the proxy).

#include "routing/authorization/caller.h"

namespace meshfn::routing::linkerd {

/// Whether Linkerd's proxy stands in front of the pods: their annotation or their namespace's says
/// so, or nothing is said and a Server selects them.
bool is_meshed(const resource::Mesh& mesh, const Target& target);

/// REQUIRES: is_meshed.
Verdict judge(const resource::Mesh& mesh, const Caller& caller, const Request& request,
              const Target& target);

}  // namespace meshfn::routing::linkerd
