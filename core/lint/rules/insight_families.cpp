#include "lint/rules/insight_families.h"

#include <array>

namespace meshfn::lint {

std::span<const Family> insight_families() {
  static const std::array families = {
      retry_rules(),
      fault_rules(),
      outlier_rules(),
      pool_rules(),
      port_setting_rules(),
      balancer_rules(),
      rule_placement_rules(),
      subset_rules(),
      regex_rules(),
      match_rules(),
      rewrite_rules(),
      mirror_rules(),
      answer_rules(),
      delegate_rules(),
      route_protocol_rules(),
      gateway_circle_rules(),
      mutual_tls_rules(),
      token_rules(),
      authorization_effect_rules(),
      authorization_identity_rules(),
      waypoint_rules(),
      gateway_exposure_rules(),
      egress_rules(),
      pod_setting_rules(),
      extension_rules(),
      call_chain_rules(),
      ambient_label_rules(),
      import_rules(),
      registration_rules(),
  };
  return families;
}

}  // namespace meshfn::lint
