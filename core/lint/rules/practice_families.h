#pragma once

// Families of rules about what works, and is half done or stands in the way of what is meant to
// come; lint/catalogue.cpp takes them all from `practice_families`.

#include "lint/family.h"

namespace meshfn::lint {

Family peer_port_rules();
Family policy_reach_rules();
Family client_address_rules();
Family gateway_use_rules();
Family egress_path_rules();
Family policy_effect_rules();
Family known_caller_rules();
Family unheeded_setting_rules();
Family proxy_setting_rules();
Family unverified_tls_rules();
Family policy_path_rules();
Family leftover_rules();
Family mesh_locality_rules();
Family pod_habit_rules();

/// All of them, in the order in which the catalogue lists them.
std::span<const Family> practice_families();

}  // namespace meshfn::lint
