#pragma once

// What Linkerd asks of a client: an identity, an address, or nothing.

#include <optional>
#include <string>

#include "routing/authorization/caller.h"
#include "yaml/node.h"

namespace meshfn::routing::linkerd {

/// One thing that is asked, and whether the client has it.
using Asked = std::vector<Clause>;

/// The identity of a client, "front.shop.serviceaccount.identity.linkerd.cluster.local"; absent
/// without mutual TLS.
std::optional<std::string> identity_of(const Caller& caller, const resource::Mesh& mesh);

/// `spec.client` of a ServerAuthorization in namespace `scope`.
Asked client_of(const resource::Mesh& mesh, yaml::Node client, std::string_view scope,
                const Caller& caller);

/// One of `requiredAuthenticationRefs` of an AuthorizationPolicy in `scope`. A reference that leads
/// nowhere makes the policy ineffective, which is a clause that does not hold.
Asked authentication(const resource::Mesh& mesh, yaml::Node reference, std::string_view scope,
                     const Caller& caller);

/// What a default policy ("all-authenticated", "cluster-unauthenticated", "deny", …) asks.
Asked default_policy(const resource::Mesh& mesh, std::string_view mode, source::Location where,
                     const Caller& caller);

}  // namespace meshfn::routing::linkerd
