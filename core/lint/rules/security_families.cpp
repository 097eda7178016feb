#include "lint/rules/security_families.h"

#include <array>

namespace meshfn::lint {

std::span<const Family> security_families() {
  static const std::array families = {
      authorization_rules(),
      authorization_value_rules(),
      authorization_condition_rules(),
      authorization_workload_rules(),
      policy_target_rules(),
      authentication_rules(),
      telemetry_rules(),
      telemetry_provider_rules(),
      envoy_filter_rules(),
      envoy_patch_rules(),
      envoy_value_rules(),
      envoy_typed_config_rules(),
      mesh_config_rules(),
      mesh_networks_rules(),
      annotation_rules(),
      injection_rules(),
      injection_image_rules(),
      webhook_rules(),
      installation_rules(),
      istio_release_rules(),
      revision_rules(),
      installation_setting_rules(),
  };
  return families;
}

}  // namespace meshfn::lint
