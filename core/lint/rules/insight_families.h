#pragma once

// Families of rules about what every checker admits and the mesh then does differently from what
// was probably meant; lint/catalogue.cpp takes them all from `insight_families`.

#include <span>

#include "diagnostic/rule.h"

namespace meshfn::lint {

using Insights = std::span<const diagnostic::Rule>;

Insights retry_rules();
Insights fault_rules();
Insights outlier_rules();
Insights pool_rules();
Insights port_setting_rules();
Insights balancer_rules();
Insights rule_placement_rules();
Insights subset_rules();
Insights regex_rules();
Insights match_rules();
Insights rewrite_rules();
Insights mirror_rules();
Insights answer_rules();
Insights delegate_rules();
Insights route_protocol_rules();
Insights gateway_circle_rules();
Insights mutual_tls_rules();
Insights token_rules();
Insights authorization_effect_rules();
Insights authorization_identity_rules();
Insights waypoint_rules();
Insights gateway_exposure_rules();
Insights egress_rules();
Insights pod_setting_rules();
Insights extension_rules();
Insights call_chain_rules();
Insights ambient_label_rules();
Insights import_rules();
Insights registration_rules();

/// All of the above, in the order of their ids.
std::span<const Insights> insight_families();

}  // namespace meshfn::lint
