#include "lint/rules/linkerd_families.h"

#include <array>

namespace meshfn::lint {

std::span<const Family> linkerd_families() {
  static const std::array families = {
      linkerd_annotation_rules(),      linkerd_injection_rules(),
      linkerd_service_rules(),         linkerd_outbound_rules(),
      linkerd_balancer_rules(),        linkerd_server_rules(),
      linkerd_authorization_rules(),   linkerd_access_rules(),
      linkerd_authentication_rules(),  linkerd_rate_limit_rules(),
      linkerd_route_rules(),           linkerd_route_reference_rules(),
      linkerd_route_effect_rules(),    linkerd_route_attachment_rules(),
      linkerd_profile_rules(),         linkerd_profile_effect_rules(),
      linkerd_profile_service_rules(), linkerd_split_rules(),
      linkerd_network_rules(),
  };
  return families;
}

}  // namespace meshfn::lint
