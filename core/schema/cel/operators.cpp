#include "schema/cel/operators.h"

#include <fmt/format.h>

#include <cmath>

namespace meshfn::schema::cel {

namespace {

constexpr std::int64_t kNano = 1'000'000'000;

Value overflow(Arena& arena) { return arena.error("the number overflows"); }

Value arithmetic(Op op, std::int64_t a, std::int64_t b, Arena& arena) {
  std::int64_t result = 0;
  bool bad = false;
  switch (op) {
    case Op::add:
      bad = __builtin_add_overflow(a, b, &result);
      break;
    case Op::subtract:
      bad = __builtin_sub_overflow(a, b, &result);
      break;
    case Op::multiply:
      bad = __builtin_mul_overflow(a, b, &result);
      break;
    default:
      if (b == 0) return arena.error(op == Op::divide ? "division by zero" : "modulus by zero");
      if (a == INT64_MIN && b == -1) return overflow(arena);
      result = op == Op::divide ? a / b : a % b;
  }
  return bad ? overflow(arena) : Value(result);
}

Value arithmetic(Op op, std::uint64_t a, std::uint64_t b, Arena& arena) {
  std::uint64_t result = 0;
  bool bad = false;
  switch (op) {
    case Op::add:
      bad = __builtin_add_overflow(a, b, &result);
      break;
    case Op::subtract:
      bad = __builtin_sub_overflow(a, b, &result);
      break;
    case Op::multiply:
      bad = __builtin_mul_overflow(a, b, &result);
      break;
    default:
      if (b == 0) return arena.error(op == Op::divide ? "division by zero" : "modulus by zero");
      result = op == Op::divide ? a / b : a % b;
  }
  return bad ? overflow(arena) : Value(result);
}

std::optional<Value> arithmetic(Op op, double a, double b) {
  switch (op) {
    case Op::add:
      return Value(a + b);
    case Op::subtract:
      return Value(a - b);
    case Op::multiply:
      return Value(a * b);
    case Op::divide:
      return Value(a / b);
    default:
      return std::nullopt;
  }
}

/// A moment `nanos` later.
Value shift(const Moment& moment, std::int64_t nanos) {
  std::int64_t total = moment.nanos + nanos % kNano;
  std::int64_t seconds = moment.seconds + nanos / kNano;
  if (total < 0) {
    total += kNano;
    --seconds;
  } else if (total >= kNano) {
    total -= kNano;
    ++seconds;
  }
  return Moment{seconds, static_cast<std::int32_t>(total)};
}

/// Durations and times: d + d, d - d, t + d, d + t, t - d, t - t.
std::optional<Value> time_arithmetic(Op op, const Value& left, const Value& right, Arena& arena) {
  const auto* a = left.get<Duration>();
  const auto* b = right.get<Duration>();
  const auto* s = left.get<Moment>();
  const auto* t = right.get<Moment>();
  if (op != Op::add && op != Op::subtract) return std::nullopt;
  const bool plus = op == Op::add;
  if (a != nullptr && b != nullptr) {
    const Value nanos = arithmetic(op, a->nanos, b->nanos, arena);
    return nanos.is_error() ? nanos : Value(Duration{*nanos.get<std::int64_t>()});
  }
  if (s != nullptr && b != nullptr) return shift(*s, plus ? b->nanos : -b->nanos);
  if (a != nullptr && t != nullptr && plus) return shift(*t, a->nanos);
  if (s != nullptr && t != nullptr && !plus) {
    const Value seconds = arithmetic(Op::subtract, s->seconds, t->seconds, arena);
    if (seconds.is_error()) return seconds;
    const Value nanos = arithmetic(Op::multiply, *seconds.get<std::int64_t>(), kNano, arena);
    if (nanos.is_error()) return nanos;
    return Duration{*nanos.get<std::int64_t>() + s->nanos - t->nanos};
  }
  return std::nullopt;
}

Value concatenate(const Value& left, const Value& right, Arena& arena) {
  const auto* a = left.get<std::string_view>();
  const auto* b = right.get<std::string_view>();
  if (a != nullptr && b != nullptr) return arena.string(std::string(*a) + std::string(*b));
  const auto* x = left.get<Bytes>();
  const auto* y = right.get<Bytes>();
  if (x != nullptr && y != nullptr) {
    return Bytes{arena.text(std::string(x->data) + std::string(y->data))};
  }
  if (list_size(left) >= 0 && list_size(right) >= 0) {
    std::vector<Value> items = list_items(left, arena);
    for (const Value& item : list_items(right, arena)) items.push_back(item);
    return arena.list(std::move(items));
  }
  return arena.error(fmt::format("`+` does not take {} and {}", type_name(left), type_name(right)));
}

Value calculate(Op op, const Value& left, const Value& right, Arena& arena) {
  const auto* ai = left.get<std::int64_t>();
  const auto* bi = right.get<std::int64_t>();
  if (ai != nullptr && bi != nullptr) return arithmetic(op, *ai, *bi, arena);
  const auto* au = left.get<std::uint64_t>();
  const auto* bu = right.get<std::uint64_t>();
  if (au != nullptr && bu != nullptr) return arithmetic(op, *au, *bu, arena);
  const auto* ad = left.get<double>();
  const auto* bd = right.get<double>();
  if (ad != nullptr && bd != nullptr) {
    if (const auto result = arithmetic(op, *ad, *bd)) return *result;
  }
  if (const auto result = time_arithmetic(op, left, right, arena)) return *result;
  if (op == Op::add) return concatenate(left, right, arena);
  return arena.error(
      fmt::format("the operator does not take {} and {}", type_name(left), type_name(right)));
}

Value order(Op op, const Value& left, const Value& right, Arena& arena) {
  const auto result = compare(left, right);
  if (!result) {
    return arena.error(
        fmt::format("{} and {} cannot be compared", type_name(left), type_name(right)));
  }
  if (*result == 2) return false;  // NaN is in no order
  switch (op) {
    case Op::less:
      return *result < 0;
    case Op::less_equal:
      return *result <= 0;
    case Op::greater:
      return *result > 0;
    default:
      return *result >= 0;
  }
}

Value contains(const Value& item, const Value& range, Arena& arena) {
  for (const Value& other : list_items(range, arena)) {
    if (equal(other, item, arena)) return true;
  }
  if (list_size(range) >= 0) return false;
  if (map_size(range) >= 0) return map_find(range, item, arena).has_value();
  return arena.error(fmt::format("`in` does not take {}", type_name(range)));
}

}  // namespace

std::optional<std::int64_t> whole_number(const Value& value) {
  if (const auto* i = value.get<std::int64_t>()) return *i;
  if (const auto* u = value.get<std::uint64_t>()) {
    return *u <= INT64_MAX ? std::optional(static_cast<std::int64_t>(*u)) : std::nullopt;
  }
  const auto* d = value.get<double>();
  if (d == nullptr || std::floor(*d) != *d || std::fabs(*d) > 9e18) return std::nullopt;
  return static_cast<std::int64_t>(*d);
}

Value apply(Op op, const Value& operand, Arena& arena) {
  if (op == Op::logical_not) {
    const auto* truth = operand.get<bool>();
    return truth != nullptr ? Value(!*truth) : arena.error("`!` takes a Boolean");
  }
  if (const auto* i = operand.get<std::int64_t>()) {
    return *i == INT64_MIN ? overflow(arena) : Value(-*i);
  }
  if (const auto* d = operand.get<double>()) return -*d;
  return arena.error("`-` takes a number");
}

Value apply(Op op, const Value& left, const Value& right, Arena& arena) {
  switch (op) {
    case Op::equal:
      return equal(left, right, arena);
    case Op::not_equal:
      return !equal(left, right, arena);
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
      return order(op, left, right, arena);
    case Op::in:
      return contains(left, right, arena);
    default:
      return calculate(op, left, right, arena);
  }
}

}  // namespace meshfn::schema::cel
