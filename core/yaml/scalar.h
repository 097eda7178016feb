#pragma once

// What a plain (unquoted) scalar means. Two readings matter: Kubernetes reads YAML 1.1 as
// goyaml v2 does (`NO`, `on`, `012` are not strings), Envoy, JavaScript and most others read the
// YAML 1.2 core schema. The writer quotes whatever either reading would take for a non-string.

#include <cstdint>
#include <optional>
#include <string_view>

namespace meshfn::yaml {

enum class ScalarType : std::uint8_t { null, boolean, integer, floating, timestamp, string };

/// "null", "boolean", "integer", "number", "timestamp", "string".
std::string_view to_string(ScalarType type);

/// How sigs.k8s.io/yaml reads the plain scalar `text`.
ScalarType kubernetes_type(std::string_view text);

/// How the YAML 1.2 core schema (section 10.3.2) reads the plain scalar `text`.
ScalarType core_type(std::string_view text);

/// The value of a plain boolean in the Kubernetes reading; nothing for other text.
std::optional<bool> to_bool(std::string_view text);

/// The value of an integer in the Kubernetes reading (0x, 0o, 0b, leading 0 for octal,
/// underscores); nothing for other text or out of range.
std::optional<std::int64_t> to_int(std::string_view text);

/// The value of an integer or floating-point number; nothing for other text.
std::optional<double> to_double(std::string_view text);

}  // namespace meshfn::yaml
