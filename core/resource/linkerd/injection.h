#pragma once

// Pods as Linkerd's injector sees them: with the annotations that their namespace gives them.

#include <cstdint>
#include <string_view>

#include "resource/mesh.h"

namespace meshfn::resource::linkerd {

/// An annotation of pods as the injector sees it: the pods' own, or else the namespace's.
Text pod_annotation(const Mesh& mesh, const kubernetes::Workload& workload, std::string_view key);

/// Whether pods get a proxy: yes, no ("disabled" or a value that is none), or not said.
enum class Injected : std::uint8_t { yes, no, unsaid };

Injected injected(const Mesh& mesh, const kubernetes::Workload& workload);

}  // namespace meshfn::resource::linkerd
