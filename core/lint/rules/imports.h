#pragma once

// What the sidecars of a namespace are told of.

#include <map>
#include <string_view>

#include "resource/mesh.h"

namespace meshfn::lint {

/// The Sidecar without a selector of every namespace; the first where there are several.
std::map<std::string_view, const resource::Object*> default_sidecars(const resource::Mesh& mesh);

/// Whether a Sidecar's egress names a host, by its complete name.
bool imports_any(const resource::Object& sidecar, std::string_view host);

}  // namespace meshfn::lint
