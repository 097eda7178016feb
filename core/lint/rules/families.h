#pragma once

// The families of rules about Istio's routing (MF11xx to MF15xx) and Kubernetes (MF40xx), one
// function a file, and the list of them.

#include "lint/family.h"

namespace meshfn::lint {

Family virtual_service_reference_rules();
Family virtual_service_gateway_rules();
Family virtual_service_weight_rules();
Family virtual_service_route_rules();
Family virtual_service_shadowing_rules();
Family virtual_service_conflict_rules();
Family istio_value_rules();
Family virtual_service_match_rules();
Family virtual_service_header_rules();
Family virtual_service_action_rules();
Family virtual_service_retry_rules();
Family virtual_service_l4_rules();
Family virtual_service_ingress_rules();
Family istio_annotation_rules();
Family destination_rule_rules();
Family destination_rule_selector_rules();
Family traffic_policy_rules();
Family connection_policy_rules();
Family locality_balance_rules();
Family locality_policy_rules();
Family client_tls_rules();
Family gateway_rules();
Family gateway_port_rules();
Family gateway_server_rules();
Family gateway_credential_rules();
Family listener_port_rules();
Family server_tls_rules();
Family server_cipher_rules();
Family service_entry_rules();
Family service_entry_value_rules();
Family endpoint_rules();
Family workload_group_rules();
Family sidecar_scope_rules();
Family sidecar_listener_rules();
Family sidecar_egress_rules();
Family kubernetes_service_rules();
Family kubernetes_workload_rules();
Family kubernetes_object_rules();
Family cluster_rules();

/// All of the above.
std::span<const Family> routing_families();

}  // namespace meshfn::lint
