#pragma once

// The families of rules about the Gateway API, one function a file, and the list of them. Ids go
// by subject: MF20xx Gateways and listeners, MF21xx routes and what they attach to, MF22xx backends
// and grants, MF23xx matches, filters and timeouts, MF24xx policies, MF25xx implementations.

#include "lint/family.h"

namespace meshfn::lint {

Family gateway_api_gateway_rules();
Family gateway_api_listener_rules();
Family gateway_api_listener_set_rules();
Family gateway_api_certificate_rules();
Family gateway_api_parent_rules();
Family gateway_api_attachment_rules();
Family gateway_api_rivalry_rules();
Family gateway_api_backend_rules();
Family gateway_api_weight_rules();
Family gateway_api_grant_rules();
Family gateway_api_match_rules();
Family gateway_api_filter_rules();
Family gateway_api_timeout_rules();
Family gateway_api_policy_rules();
Family gateway_api_support_rules();
Family gateway_api_waypoint_rules();
Family gateway_api_status_rules();

/// All of the above.
std::span<const Family> gateway_api_families();

}  // namespace meshfn::lint
