#pragma once

// Istio's mesh-wide settings by the name that rules know them by.

#include "resource/istio/mesh_config.h"

namespace meshfn::lint::istio {

using resource::istio::is_mesh_config_map;
using resource::istio::MeshConfig;
using resource::istio::root_namespace;

}  // namespace meshfn::lint::istio
