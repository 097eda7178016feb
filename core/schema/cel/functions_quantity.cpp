// Kubernetes' quantity library.

#include <fmt/format.h>

#include <array>

#include "schema/cel/call.h"

namespace meshfn::schema::cel {

namespace {

constexpr std::int32_t kNano = 1'000'000'000;

Value to_quantity(const Call& call) {
  if (call.text(0) == nullptr) return call.no_overload();
  const auto quantity = parse_quantity(*call.text(0));
  return quantity ? Value(*quantity)
                  : call.arena.error(fmt::format("`{}` is not a quantity", *call.text(0)));
}

Value is_quantity(const Call& call) {
  return call.text(0) == nullptr ? call.no_overload()
                                 : Value(parse_quantity(*call.text(0)).has_value());
}

Value sign(const Call& call) {
  const auto* q = call.arg<Quantity>(0);
  if (q == nullptr) return call.no_overload();
  const bool negative = q->units < 0 || q->nanos < 0;
  const bool zero = q->units == 0 && q->nanos == 0;
  return std::int64_t{zero ? 0 : negative ? -1 : 1};
}

Value is_integer(const Call& call) {
  const auto* q = call.arg<Quantity>(0);
  return q == nullptr ? call.no_overload() : Value(q->nanos == 0);
}

Value as_integer(const Call& call) {
  const auto* q = call.arg<Quantity>(0);
  if (q == nullptr) return call.no_overload();
  return q->nanos == 0 ? Value(q->units) : call.arena.error("the quantity is not a whole number");
}

Value as_float(const Call& call) {
  const auto* q = call.arg<Quantity>(0);
  if (q == nullptr) return call.no_overload();
  return static_cast<double>(q->units) + static_cast<double>(q->nanos) / kNano;
}

/// The sum with units and nanos of one sign.
Value sum(const Quantity& a, const Quantity& b, Arena& arena) {
  std::int64_t units = 0;
  if (__builtin_add_overflow(a.units, b.units, &units))
    return arena.error("the quantity overflows");
  std::int64_t nanos = std::int64_t{a.nanos} + b.nanos;
  units += nanos / kNano;
  nanos %= kNano;
  if (units > 0 && nanos < 0) {
    --units;
    nanos += kNano;
  } else if (units < 0 && nanos > 0) {
    ++units;
    nanos -= kNano;
  }
  return Quantity{units, static_cast<std::int32_t>(nanos)};
}

/// The second operand: a quantity or a whole number.
std::optional<Quantity> operand(const Call& call) {
  if (const auto* q = call.arg<Quantity>(1)) return *q;
  if (const auto* i = call.arg<std::int64_t>(1)) return Quantity{*i, 0};
  return std::nullopt;
}

Value add(const Call& call) {
  const auto* q = call.arg<Quantity>(0);
  const auto other = operand(call);
  return q != nullptr && other ? sum(*q, *other, call.arena) : call.no_overload();
}

Value subtract(const Call& call) {
  const auto* q = call.arg<Quantity>(0);
  const auto other = operand(call);
  if (q == nullptr || !other) return call.no_overload();
  return sum(*q, Quantity{-other->units, -other->nanos}, call.arena);
}

/// -1, 0 or 1.
Value compare_to(const Call& call) {
  const auto* q = call.arg<Quantity>(0);
  const auto* other = call.arg<Quantity>(1);
  if (q == nullptr || other == nullptr) return call.no_overload();
  return std::int64_t{compare(*q, *other).value_or(0)};
}

Value is_less(const Call& call) {
  const Value order = compare_to(call);
  return order.is_error() ? order : Value(*order.get<std::int64_t>() < 0);
}

Value is_greater(const Call& call) {
  const Value order = compare_to(call);
  return order.is_error() ? order : Value(*order.get<std::int64_t>() > 0);
}

constexpr std::array kQuantity = {
    Function{"quantity", false, 1, 1, to_quantity},
    Function{"isQuantity", false, 1, 1, is_quantity},
    Function{"sign", true, 0, 0, sign},
    Function{"isInteger", true, 0, 0, is_integer},
    Function{"asInteger", true, 0, 0, as_integer},
    Function{"asApproximateFloat", true, 0, 0, as_float},
    Function{"add", true, 1, 1, add},
    Function{"sub", true, 1, 1, subtract},
    Function{"compareTo", true, 1, 1, compare_to},
    Function{"isLessThan", true, 1, 1, is_less},
    Function{"isGreaterThan", true, 1, 1, is_greater},
};

}  // namespace

std::span<const Function> quantity_functions() { return kQuantity; }

}  // namespace meshfn::schema::cel
