#pragma once

// The families of rules about Istio's policies, extensions and installation, one function a file,
// and the list of them. Ids go by subject: MF16xx access and identity, MF17xx telemetry, extensions
// and mesh-wide settings, MF18xx injection, annotations and what installs the mesh.

#include <span>

#include "diagnostic/rule.h"

namespace meshfn::lint {

std::span<const diagnostic::Rule> authorization_rules();
std::span<const diagnostic::Rule> authorization_value_rules();
std::span<const diagnostic::Rule> authorization_condition_rules();
std::span<const diagnostic::Rule> authorization_workload_rules();
std::span<const diagnostic::Rule> policy_target_rules();
std::span<const diagnostic::Rule> authentication_rules();
std::span<const diagnostic::Rule> telemetry_rules();
std::span<const diagnostic::Rule> telemetry_provider_rules();
std::span<const diagnostic::Rule> envoy_filter_rules();
std::span<const diagnostic::Rule> envoy_patch_rules();
std::span<const diagnostic::Rule> envoy_value_rules();
std::span<const diagnostic::Rule> mesh_config_rules();
std::span<const diagnostic::Rule> mesh_networks_rules();
std::span<const diagnostic::Rule> annotation_rules();
std::span<const diagnostic::Rule> injection_rules();
std::span<const diagnostic::Rule> injection_image_rules();
std::span<const diagnostic::Rule> webhook_rules();
std::span<const diagnostic::Rule> installation_rules();

/// All of the above.
std::span<const std::span<const diagnostic::Rule>> security_families();

}  // namespace meshfn::lint
