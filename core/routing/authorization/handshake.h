#pragma once

// How the client's side of an Istio mesh (DestinationRule, automatic mutual TLS) and the server's
// (PeerAuthentication) meet.

#include "routing/authorization/caller.h"

namespace meshfn::routing::istio {

/// Sets the channel of `verdict`. False when the two ends do not come together; the verdict then
/// says who is to blame.
bool shake_hands(const resource::Mesh& mesh, const Caller& caller, const Request& request,
                 const Target& target, Verdict& verdict);

/// Whether a proxy stands in front of the pods; yes when the input does not say.
bool has_proxy(const resource::Mesh& mesh, const Target& target);

}  // namespace meshfn::routing::istio
