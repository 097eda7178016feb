// CEL's standard library but for time: size, text tests, matches, conversions.

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/str.h"
#include "schema/cel/call.h"
#include "schema/cel/program.h"
#include "schema/cel/text.h"

namespace meshfn::schema::cel {

namespace {

Value size(const Call& call) {
  if (const auto* text = call.text(0)) return static_cast<std::int64_t>(str::code_points(*text));
  if (const auto* bytes = call.arg<Bytes>(0)) return static_cast<std::int64_t>(bytes->data.size());
  const std::int64_t items = list_size(call.args[0]);
  if (items >= 0) return items;
  const std::int64_t entries = map_size(call.args[0]);
  return entries >= 0 ? Value(entries) : call.no_overload();
}

Value contains(const Call& call) {
  if (call.text(0) == nullptr || call.text(1) == nullptr) return call.no_overload();
  return call.text(0)->find(*call.text(1)) != std::string_view::npos;
}

Value starts_with(const Call& call) {
  if (call.text(0) == nullptr || call.text(1) == nullptr) return call.no_overload();
  return call.text(0)->starts_with(*call.text(1));
}

Value ends_with(const Call& call) {
  if (call.text(0) == nullptr || call.text(1) == nullptr) return call.no_overload();
  return call.text(0)->ends_with(*call.text(1));
}

Value matches(const Call& call) {
  if (call.text(0) == nullptr || call.text(1) == nullptr) return call.no_overload();
  call.cost += call.text(0)->size() / 10 * (1 + call.text(1)->size() / 4);
  if (call.pattern != nullptr) return call.pattern->matches(*call.text(0));
  const Pattern pattern{std::string(*call.text(1))};
  if (!pattern.valid())
    return call.arena.error(fmt::format("`{}` is not a regular expression", *call.text(1)));
  return pattern.matches(*call.text(0));
}

Value to_int(const Call& call) {
  const Value& value = call.args[0];
  if (value.get<std::int64_t>() != nullptr) return value;
  if (const auto* u = value.get<std::uint64_t>()) {
    return *u <= INT64_MAX ? Value(static_cast<std::int64_t>(*u))
                           : call.arena.error("the number overflows");
  }
  if (const auto* d = value.get<double>()) {
    const bool fits = std::fabs(*d) < 9223372036854775807.0;
    return fits ? Value(static_cast<std::int64_t>(*d)) : call.arena.error("the number overflows");
  }
  if (const auto* moment = value.get<Moment>()) return moment->seconds;
  if (const auto* text = value.get<std::string_view>()) {
    if (const auto number = read_int(*text)) return *number;
    return call.arena.error(fmt::format("`{}` is not a whole number", *text));
  }
  return call.no_overload();
}

Value to_uint(const Call& call) {
  const Value& value = call.args[0];
  if (value.get<std::uint64_t>() != nullptr) return value;
  if (const auto* i = value.get<std::int64_t>()) {
    return *i >= 0 ? Value(static_cast<std::uint64_t>(*i))
                   : call.arena.error("the number is negative");
  }
  if (const auto* d = value.get<double>()) {
    const bool fits = *d >= 0 && *d < 18446744073709551615.0;
    return fits ? Value(static_cast<std::uint64_t>(*d)) : call.arena.error("the number overflows");
  }
  if (const auto* text = value.get<std::string_view>()) {
    std::uint64_t number = 0;
    const char* end = text->data() + text->size();
    const auto [at, error] = std::from_chars(text->data(), end, number);
    if (error == std::errc() && at == end && !text->empty()) return number;
    return call.arena.error(fmt::format("`{}` is not a whole number", *text));
  }
  return call.no_overload();
}

Value to_double(const Call& call) {
  const Value& value = call.args[0];
  if (value.get<double>() != nullptr) return value;
  if (const auto* i = value.get<std::int64_t>()) return static_cast<double>(*i);
  if (const auto* u = value.get<std::uint64_t>()) return static_cast<double>(*u);
  if (const auto* text = value.get<std::string_view>()) {
    double number = 0;
    const char* end = text->data() + text->size();
    const auto [at, error] = std::from_chars(text->data(), end, number);
    if (error == std::errc() && at == end && !text->empty()) return number;
    return call.arena.error(fmt::format("`{}` is not a number", *text));
  }
  return call.no_overload();
}

Value to_text(const Call& call) {
  const Value& value = call.args[0];
  if (value.get<std::string_view>() != nullptr) return value;
  if (const auto* bytes = value.get<Bytes>()) {
    return str::is_utf8(bytes->data) ? Value(bytes->data)
                                     : call.arena.error("the bytes are not UTF-8");
  }
  const bool plain = value.get<bool>() != nullptr || value.get<std::int64_t>() != nullptr ||
                     value.get<double>() != nullptr || value.get<Duration>() != nullptr ||
                     value.get<Moment>() != nullptr || value.get<Address>() != nullptr ||
                     value.get<Prefix>() != nullptr || value.get<std::uint64_t>() != nullptr ||
                     value.get<const Url*>() != nullptr;
  return plain ? call.arena.string(plain_text(value)) : call.no_overload();
}

Value to_bytes(const Call& call) {
  if (call.arg<Bytes>(0) != nullptr) return call.args[0];
  return call.text(0) != nullptr ? Value(Bytes{*call.text(0)}) : call.no_overload();
}

Value to_bool(const Call& call) {
  if (call.arg<bool>(0) != nullptr) return call.args[0];
  const auto* text = call.text(0);
  if (text == nullptr) return call.no_overload();
  if (*text == "true" || *text == "True" || *text == "TRUE" || *text == "t" || *text == "T" ||
      *text == "1")
    return true;
  if (*text == "false" || *text == "False" || *text == "FALSE" || *text == "f" || *text == "F" ||
      *text == "0")
    return false;
  return call.arena.error(fmt::format("`{}` is neither true nor false", *text));
}

Value type_of(const Call& call) {
  if (call.arg<TypeName>(0) != nullptr) return TypeName{"type"};
  return TypeName{type_name(call.args[0])};
}

Value identity(const Call& call) { return call.args[0]; }

constexpr std::array kStandard = {
    Function{"size", false, 1, 1, size},
    Function{"size", true, 0, 0, size},
    Function{"startsWith", true, 1, 1, starts_with},
    Function{"endsWith", true, 1, 1, ends_with},
    Function{"contains", true, 1, 1, contains},
    Function{"matches", true, 1, 1, matches},
    Function{"matches", false, 2, 2, matches},
};

constexpr std::array kConversions = {
    Function{"int", false, 1, 1, to_int},       Function{"uint", false, 1, 1, to_uint},
    Function{"double", false, 1, 1, to_double}, Function{"string", false, 1, 1, to_text},
    Function{"bytes", false, 1, 1, to_bytes},   Function{"bool", false, 1, 1, to_bool},
    Function{"type", false, 1, 1, type_of},     Function{"dyn", false, 1, 1, identity},
};

}  // namespace

std::span<const Function> standard_functions() { return kStandard; }

std::span<const Function> conversion_functions() { return kConversions; }

}  // namespace meshfn::schema::cel
