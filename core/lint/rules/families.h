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
std::span<const diagnostic::Rule> istio_value_rules();
std::span<const diagnostic::Rule> virtual_service_match_rules();
std::span<const diagnostic::Rule> virtual_service_header_rules();
std::span<const diagnostic::Rule> virtual_service_action_rules();
std::span<const diagnostic::Rule> virtual_service_retry_rules();
std::span<const diagnostic::Rule> virtual_service_l4_rules();
std::span<const diagnostic::Rule> virtual_service_ingress_rules();
std::span<const diagnostic::Rule> istio_annotation_rules();
std::span<const diagnostic::Rule> destination_rule_rules();
std::span<const diagnostic::Rule> destination_rule_selector_rules();
std::span<const diagnostic::Rule> traffic_policy_rules();
std::span<const diagnostic::Rule> connection_policy_rules();
std::span<const diagnostic::Rule> locality_balance_rules();
std::span<const diagnostic::Rule> locality_policy_rules();
std::span<const diagnostic::Rule> client_tls_rules();
std::span<const diagnostic::Rule> gateway_rules();
std::span<const diagnostic::Rule> gateway_port_rules();
std::span<const diagnostic::Rule> gateway_server_rules();
std::span<const diagnostic::Rule> gateway_credential_rules();
std::span<const diagnostic::Rule> listener_port_rules();
std::span<const diagnostic::Rule> server_tls_rules();
std::span<const diagnostic::Rule> server_cipher_rules();
std::span<const diagnostic::Rule> service_entry_rules();
std::span<const diagnostic::Rule> service_entry_value_rules();
std::span<const diagnostic::Rule> endpoint_rules();
std::span<const diagnostic::Rule> workload_group_rules();
std::span<const diagnostic::Rule> sidecar_scope_rules();
std::span<const diagnostic::Rule> sidecar_listener_rules();
std::span<const diagnostic::Rule> sidecar_egress_rules();
std::span<const diagnostic::Rule> kubernetes_service_rules();
std::span<const diagnostic::Rule> kubernetes_workload_rules();
std::span<const diagnostic::Rule> kubernetes_object_rules();

}  // namespace meshfn::lint
