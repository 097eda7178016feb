#pragma once

// Who may, by Istio's rules: the TLS that both ends agree on, tokens, and the AuthorizationPolicies
// in Istio's order CUSTOM, DENY, ALLOW.

#include "routing/authorization/caller.h"

namespace meshfn::routing::istio {

/// REQUIRES: no other mesh's proxy stands in front of `target`.
Verdict judge(const resource::Mesh& mesh, const Caller& caller, const Request& request,
              const Target& target);

/// Whether `policy` (of any kind with `selector` and `targetRefs`) is for `target`.
bool is_for(const resource::Mesh& mesh, const resource::Object& policy, const Target& target);

}  // namespace meshfn::routing::istio
