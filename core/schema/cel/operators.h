#pragma once

// Operators on values, with CEL's checks: overflow, division by zero and types are errors.

#include <optional>

#include "schema/cel/ast.h"

namespace meshfn::schema::cel {

/// `!a`, `-a`.
Value apply(Op op, const Value& operand, Arena& arena);

/// Every operator of two operands but the logical ones.
Value apply(Op op, const Value& left, const Value& right, Arena& arena);

/// The value as a 64-bit integer if it is a number without a fraction.
std::optional<std::int64_t> whole_number(const Value& value);

}  // namespace meshfn::schema::cel
