#pragma once

// Questions about JSON that expectations ask: what is at a path, does it fit a schema, where do two
// documents differ.

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace meshfn::invoke {

using Json = nlohmann::ordered_json;

/// The values at a JSONPath (RFC 9535 without filters): `$.a.b`, `$['a'][0]`, `[-1]`, `[1:3]`, `*`
/// and `..name`. The error says where the path breaks its grammar.
Result<std::vector<Json>> json_path(const Json& document, std::string_view path);

/// What in `value` breaks the JSON Schema, each with its JSON Pointer; empty when it fits. Read are
/// the keywords of validation and applicators of draft 2020-12 (`$ref` within `schema` only);
/// `format` and unevaluated members are not judged.
std::vector<std::string> schema_faults(const Json& value, const Json& schema);

/// Where `actual` is not `wanted`, as "POINTER: WANTED, not ACTUAL", at most ten of them.
std::vector<std::string> differences(const Json& wanted, const Json& actual);

}  // namespace meshfn::invoke
