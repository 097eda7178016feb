#pragma once

// Whether pods take part in an Istio mesh, as far as the input says.

#include <cstdint>
#include <string_view>

#include "resource/mesh.h"

namespace meshfn::resource::istio {

/// The label that decides about one pod's proxy.
inline constexpr std::string_view kInject = "sidecar.istio.io/inject";

/// The container or init container called `istio-proxy` that has an image; null when none is.
const kubernetes::Container* proxy_of(const kubernetes::Workload& workload);

/// The label, or else the annotation, `sidecar.istio.io/inject` of the pods.
Text inject_setting(const kubernetes::Workload& workload);

/// Whether pods belong to the mesh: yes and no as the input says, unsaid when their Namespace is
/// not part of it.
enum class Meshed : std::uint8_t { yes, no, unsaid };

/// By sidecar or ambient.
Meshed meshed(const Mesh& mesh, const kubernetes::Workload& workload);

/// Whether a Namespace takes part in the ambient mesh.
bool is_ambient(const Object& name_space);

}  // namespace meshfn::resource::istio
