#pragma once

// A retry policy by itself, for where it stands outside a VirtualService.

#include <optional>

#include "resource/istio/virtual_service.h"

namespace meshfn::resource::istio {

/// A `retries` value, also as MeshConfig's defaultHttpRetryPolicy spells it; nothing unless it is
/// a mapping.
std::optional<Retries> decode_retries(yaml::Node node);

}  // namespace meshfn::resource::istio
