#include "lint/rules/insight_families.h"

#include <array>

namespace meshfn::lint {

std::span<const Insights> insight_families() {
  static const std::array families = {
      retry_rules(),        fault_rules(),    outlier_rules(),        pool_rules(),
      port_setting_rules(), balancer_rules(), rule_placement_rules(), subset_rules(),
      regex_rules(),        match_rules(),    rewrite_rules(),        mirror_rules(),
      answer_rules(),       delegate_rules(), route_protocol_rules(),
  };
  return families;
}

}  // namespace meshfn::lint
