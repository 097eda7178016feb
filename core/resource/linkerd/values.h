#pragma once

// What the policy controller reads out of annotations, and whether Linkerd is there at all: the
// same for lint, which reports what cannot be read, and for the routing model, which has to ignore
// it just as the controller does.

#include <cstdint>
#include <optional>
#include <string_view>

#include "resource/mesh.h"

namespace meshfn::resource::linkerd {

inline constexpr std::string_view kPolicyGroup = "policy.linkerd.io";
inline constexpr std::string_view kProfileGroup = "linkerd.io";
inline constexpr std::string_view kSplitGroup = "split.smi-spec.io";

/// Milliseconds of a duration as the policy controller reads it (`parse_duration`): digits and one
/// unit of ms, s, m, h, d, or a bare 0; spaces around are trimmed.
std::optional<std::int64_t> annotation_duration(std::string_view text);

/// A whole number of digits only; nothing for other text.
std::optional<std::uint64_t> unsigned_number(std::string_view text);

/// Whether the domain of the key belongs to Linkerd.
bool is_linkerd_key(std::string_view key);

/// Whether anything in the input belongs to Linkerd: an object of its groups or an annotation.
bool uses_linkerd(const Mesh& mesh);

}  // namespace meshfn::resource::linkerd
