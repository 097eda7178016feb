#pragma once

// Families of rules about what every checker admits and the mesh then does differently from what
// was probably meant; lint/catalogue.cpp takes them all from `insight_families`.

#include "lint/family.h"

namespace meshfn::lint {

Family retry_rules();
Family fault_rules();
Family outlier_rules();
Family pool_rules();
Family port_setting_rules();
Family balancer_rules();
Family rule_placement_rules();
Family subset_rules();
Family regex_rules();
Family match_rules();
Family rewrite_rules();
Family mirror_rules();
Family answer_rules();
Family delegate_rules();
Family route_protocol_rules();
Family gateway_circle_rules();
Family mutual_tls_rules();
Family token_rules();
Family authorization_effect_rules();
Family authorization_identity_rules();
Family waypoint_rules();
Family gateway_exposure_rules();
Family egress_rules();
Family pod_setting_rules();
Family extension_rules();
Family call_chain_rules();
Family ambient_label_rules();
Family import_rules();
Family registration_rules();

/// All of the above, in the order of their ids.
std::span<const Family> insight_families();

}  // namespace meshfn::lint
