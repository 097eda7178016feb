#include "lint/rules/families.h"

#include <array>

namespace meshfn::lint {

std::span<const Family> routing_families() {
  static const std::array families = {
      virtual_service_reference_rules(),
      virtual_service_gateway_rules(),
      virtual_service_weight_rules(),
      virtual_service_route_rules(),
      virtual_service_shadowing_rules(),
      virtual_service_conflict_rules(),
      istio_value_rules(),
      virtual_service_match_rules(),
      virtual_service_header_rules(),
      virtual_service_action_rules(),
      virtual_service_retry_rules(),
      virtual_service_l4_rules(),
      virtual_service_ingress_rules(),
      istio_annotation_rules(),
      destination_rule_rules(),
      destination_rule_selector_rules(),
      traffic_policy_rules(),
      connection_policy_rules(),
      locality_balance_rules(),
      locality_policy_rules(),
      client_tls_rules(),
      gateway_rules(),
      gateway_port_rules(),
      gateway_server_rules(),
      gateway_credential_rules(),
      listener_port_rules(),
      server_tls_rules(),
      server_cipher_rules(),
      service_entry_rules(),
      service_entry_value_rules(),
      endpoint_rules(),
      workload_group_rules(),
      sidecar_scope_rules(),
      sidecar_listener_rules(),
      sidecar_egress_rules(),
      kubernetes_service_rules(),
      kubernetes_workload_rules(),
      kubernetes_object_rules(),
      cluster_rules(),
  };
  return families;
}

}  // namespace meshfn::lint
