#include "lint/rules/gateway_api_families.h"

#include <array>

namespace meshfn::lint {

std::span<const Family> gateway_api_families() {
  static const std::array families = {
      gateway_api_gateway_rules(),      gateway_api_listener_rules(),
      gateway_api_listener_set_rules(), gateway_api_certificate_rules(),
      gateway_api_parent_rules(),       gateway_api_attachment_rules(),
      gateway_api_rivalry_rules(),      gateway_api_backend_rules(),
      gateway_api_weight_rules(),       gateway_api_grant_rules(),
      gateway_api_match_rules(),        gateway_api_filter_rules(),
      gateway_api_timeout_rules(),      gateway_api_policy_rules(),
      gateway_api_support_rules(),      gateway_api_waypoint_rules(),
      gateway_api_status_rules(),
  };
  return families;
}

}  // namespace meshfn::lint
