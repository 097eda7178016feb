#include "yaml/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>

namespace meshfn::yaml {

namespace {

using namespace std::string_view_literals;

// goyaml v2 (the fork in sigs.k8s.io/yaml), table of resolve.go.
constexpr std::array kTrue = {"y"sv,  "Y"sv,  "yes"sv,  "Yes"sv,  "YES"sv, "on"sv,
                              "On"sv, "ON"sv, "true"sv, "True"sv, "TRUE"sv};
constexpr std::array kFalse = {"n"sv,   "N"sv,   "no"sv,    "No"sv,    "NO"sv,   "off"sv,
                               "Off"sv, "OFF"sv, "false"sv, "False"sv, "FALSE"sv};
constexpr std::array kNull = {""sv, "~"sv, "null"sv, "Null"sv, "NULL"sv};
constexpr std::array kCoreBool = {"true"sv, "True"sv, "TRUE"sv, "false"sv, "False"sv, "FALSE"sv};
constexpr std::array kInfinity = {".inf"sv, ".Inf"sv, ".INF"sv};
constexpr std::array kNotANumber = {".nan"sv, ".NaN"sv, ".NAN"sv};

template <std::size_t N>
bool in(const std::array<std::string_view, N>& words, std::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  return text;
}

/// Takes the digits at the front of `text` away and says whether there were any.
bool take_digits(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(end);
  return end > 0;
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? : the same in goyaml and in the core schema.
bool is_decimal(std::string_view text) {
  text = without_sign(text);
  const bool whole = take_digits(text);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    if (!take_digits(text) && !whole) return false;
  } else if (!whole) {
    return false;
  }
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text = without_sign(text.substr(1));
  return take_digits(text) && text.empty();
}

bool is_special_float(std::string_view text) {
  return in(kInfinity, without_sign(text)) || in(kNotANumber, text);
}

struct Digits {
  std::string_view text;
  int base;
};

/// Go's strconv base 0: 0x, 0o, 0b and a leading 0 choose the base.
Digits split_base(std::string_view digits) {
  if (digits.size() < 2 || digits[0] != '0') return {digits, 10};
  switch (digits[1]) {
    case 'x':
    case 'X':
      return {digits.substr(2), 16};
    case 'o':
    case 'O':
      return {digits.substr(2), 8};
    case 'b':
    case 'B':
      return {digits.substr(2), 2};
    default:
      return {digits.substr(1), 8};
  }
}

/// The magnitude of an integer in the Kubernetes reading (underscores are dropped first).
std::optional<std::uint64_t> magnitude(std::string_view text) {
  std::string plain;
  if (text.find('_') != std::string_view::npos) {
    std::copy_if(text.begin(), text.end(), std::back_inserter(plain),
                 [](char c) { return c != '_'; });
    text = plain;
  }
  const Digits digits = split_base(without_sign(text));
  std::uint64_t value = 0;
  const char* const end = digits.text.data() + digits.text.size();
  const auto [stop, problem] = std::from_chars(digits.text.data(), end, value, digits.base);
  if (problem != std::errc() || stop != end || digits.text.empty()) return std::nullopt;
  return value;
}

/// Whether the text could be a number or a timestamp at all; the first character decides.
bool may_be_number(std::string_view text) {
  const char c = text.front();
  return is_digit(c) || c == '+' || c == '-' || c == '.';
}

bool is_timestamp(std::string_view text) {
  if (text.size() < 8 || !std::all_of(text.begin(), text.begin() + 4, is_digit) || text[4] != '-') {
    return false;
  }
  text.remove_prefix(5);
  if (!take_digits(text) || text.empty() || text.front() != '-') return false;
  text.remove_prefix(1);
  if (!take_digits(text)) return false;
  return text.empty() || text.front() == 'T' || text.front() == 't' || text.front() == ' ';
}

bool is_core_integer(std::string_view text) {
  if (text.starts_with("0o")) {
    return text.size() > 2 && text.find_first_not_of("01234567", 2) == std::string_view::npos;
  }
  if (text.starts_with("0x")) {
    return text.size() > 2 &&
           text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
  }
  text = without_sign(text);
  return take_digits(text) && text.empty();
}

}  // namespace

std::string_view to_string(ScalarType type) {
  switch (type) {
    case ScalarType::null:
      return "null";
    case ScalarType::boolean:
      return "boolean";
    case ScalarType::integer:
      return "integer";
    case ScalarType::floating:
      return "number";
    case ScalarType::timestamp:
      return "timestamp";
    case ScalarType::string:
      return "string";
  }
  return {};
}

ScalarType kubernetes_type(std::string_view text) {
  if (text.empty()) return ScalarType::null;
  if (!may_be_number(text)) {
    if (text.size() > 5) return ScalarType::string;
    if (in(kNull, text)) return ScalarType::null;
    return in(kTrue, text) || in(kFalse, text) ? ScalarType::boolean : ScalarType::string;
  }
  if (magnitude(text)) return ScalarType::integer;
  if (is_decimal(text) || is_special_float(text)) return ScalarType::floating;
  return is_timestamp(text) ? ScalarType::timestamp : ScalarType::string;
}

ScalarType core_type(std::string_view text) {
  if (in(kNull, text)) return ScalarType::null;
  if (in(kCoreBool, text)) return ScalarType::boolean;
  if (is_core_integer(text)) return ScalarType::integer;
  if (is_decimal(text) || is_special_float(text)) return ScalarType::floating;
  return ScalarType::string;
}

std::optional<bool> to_bool(std::string_view text) {
  if (in(kTrue, text)) return true;
  if (in(kFalse, text)) return false;
  return std::nullopt;
}

std::optional<std::int64_t> to_int(std::string_view text) {
  if (text.empty() || !may_be_number(text)) return std::nullopt;
  const std::optional<std::uint64_t> size = magnitude(text);
  if (!size) return std::nullopt;
  const bool negative = text.front() == '-';
  const std::uint64_t limit = (std::uint64_t{1} << 63U) - (negative ? 0 : 1);
  if (*size > limit) return std::nullopt;
  return static_cast<std::int64_t>(negative ? ~*size + 1 : *size);
}

std::optional<double> to_double(std::string_view text) {
  if (text.empty() || !may_be_number(text)) return std::nullopt;
  if (const auto whole = to_int(text)) return static_cast<double>(*whole);
  if (in(kNotANumber, text)) return std::numeric_limits<double>::quiet_NaN();
  if (is_special_float(text)) {
    const double infinity = std::numeric_limits<double>::infinity();
    return text.front() == '-' ? -infinity : infinity;
  }
  if (!is_decimal(text)) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc()) return std::nullopt;
  return value;
}

}  // namespace meshfn::yaml
