#pragma once

// Words and numbers of an expression: reserved words, escaped property names, literals.

#include <optional>
#include <string>
#include <string_view>

#include "schema/cel/lexer.h"
#include "schema/cel/value.h"

namespace meshfn::schema::cel {

/// Whether CEL keeps the word for itself.
bool is_reserved(std::string_view word);

/// The property behind an escaped name: `__namespace__`, `a__dash__b` (Kubernetes' rules).
std::string unescape(std::string_view name);

/// The value of a number token with `sign` ("" or "-") before it; nothing when out of range.
std::optional<Value> read_number(const Token& token, std::string_view sign);

}  // namespace meshfn::schema::cel
