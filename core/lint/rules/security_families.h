#pragma once

// The families of rules about Istio's policies, extensions and installation, one function a file,
// and the list of them. Ids go by subject: MF16xx access and identity, MF17xx telemetry, extensions
// and mesh-wide settings, MF18xx injection, annotations and what installs the mesh.

#include "lint/family.h"

namespace meshfn::lint {

Family authorization_rules();
Family authorization_value_rules();
Family authorization_condition_rules();
Family authorization_workload_rules();
Family policy_target_rules();
Family authentication_rules();
Family telemetry_rules();
Family telemetry_provider_rules();
Family envoy_filter_rules();
Family envoy_patch_rules();
Family envoy_value_rules();
Family envoy_typed_config_rules();
Family mesh_config_rules();
Family mesh_networks_rules();
Family annotation_rules();
Family injection_rules();
Family injection_image_rules();
Family webhook_rules();
Family installation_rules();
Family istio_release_rules();
Family revision_rules();
Family installation_setting_rules();

/// All of the above.
std::span<const Family> security_families();

}  // namespace meshfn::lint
