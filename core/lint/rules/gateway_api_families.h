#pragma once

// The families of rules about the Gateway API, one function a file, and the list of them. Ids go
// by subject: MF20xx Gateways and listeners, MF21xx routes and what they attach to, MF22xx backends
// and grants, MF23xx matches, filters and timeouts, MF24xx policies, MF25xx implementations.

#include <span>

#include "diagnostic/rule.h"

namespace meshfn::lint {

std::span<const diagnostic::Rule> gateway_api_gateway_rules();
std::span<const diagnostic::Rule> gateway_api_listener_rules();
std::span<const diagnostic::Rule> gateway_api_listener_set_rules();
std::span<const diagnostic::Rule> gateway_api_certificate_rules();
std::span<const diagnostic::Rule> gateway_api_parent_rules();
std::span<const diagnostic::Rule> gateway_api_attachment_rules();
std::span<const diagnostic::Rule> gateway_api_rivalry_rules();
std::span<const diagnostic::Rule> gateway_api_backend_rules();
std::span<const diagnostic::Rule> gateway_api_weight_rules();
std::span<const diagnostic::Rule> gateway_api_grant_rules();
std::span<const diagnostic::Rule> gateway_api_match_rules();
std::span<const diagnostic::Rule> gateway_api_filter_rules();
std::span<const diagnostic::Rule> gateway_api_timeout_rules();
std::span<const diagnostic::Rule> gateway_api_policy_rules();
std::span<const diagnostic::Rule> gateway_api_support_rules();
std::span<const diagnostic::Rule> gateway_api_waypoint_rules();
std::span<const diagnostic::Rule> gateway_api_status_rules();

/// All of the above.
std::span<const std::span<const diagnostic::Rule>> gateway_api_families();

}  // namespace meshfn::lint
