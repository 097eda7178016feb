#include "lint/rules/practice_families.h"

#include <array>

namespace meshfn::lint {

std::span<const Family> practice_families() {
  static const std::array families = {
      peer_port_rules(),      policy_reach_rules(), client_address_rules(),
      gateway_use_rules(),    egress_path_rules(),  policy_effect_rules(),
      unverified_tls_rules(), policy_path_rules(),  mesh_locality_rules(),
      leftover_rules(),       known_caller_rules(), unheeded_setting_rules(),
      pod_habit_rules(),      proxy_setting_rules()};
  return families;
}

}  // namespace meshfn::lint
