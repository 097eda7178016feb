#pragma once

// The families of rules, one function a file; lint/catalogue.cpp lists them.

#include <span>

#include "diagnostic/rule.h"

namespace meshfn::lint {

std::span<const diagnostic::Rule> virtual_service_reference_rules();
std::span<const diagnostic::Rule> virtual_service_gateway_rules();
std::span<const diagnostic::Rule> virtual_service_weight_rules();
std::span<const diagnostic::Rule> virtual_service_route_rules();
std::span<const diagnostic::Rule> virtual_service_shadowing_rules();
std::span<const diagnostic::Rule> virtual_service_conflict_rules();
std::span<const diagnostic::Rule> destination_rule_rules();

}  // namespace meshfn::lint
