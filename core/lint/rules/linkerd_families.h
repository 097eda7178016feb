#pragma once

// The families of rules about Linkerd, one function a file, and the list of them. Ids go by
// subject: MF30xx annotations and workloads, MF31xx policy, MF32xx routes, profiles and splits,
// MF33xx what lies outside the cluster.

#include "lint/family.h"

namespace meshfn::lint {

Family linkerd_annotation_rules();
Family linkerd_injection_rules();
Family linkerd_service_rules();
Family linkerd_outbound_rules();
Family linkerd_balancer_rules();
Family linkerd_server_rules();
Family linkerd_authorization_rules();
Family linkerd_access_rules();
Family linkerd_authentication_rules();
Family linkerd_rate_limit_rules();
Family linkerd_route_rules();
Family linkerd_route_reference_rules();
Family linkerd_route_effect_rules();
Family linkerd_route_attachment_rules();
Family linkerd_profile_rules();
Family linkerd_profile_effect_rules();
Family linkerd_profile_service_rules();
Family linkerd_split_rules();
Family linkerd_network_rules();

/// All of the above.
std::span<const Family> linkerd_families();

}  // namespace meshfn::lint
