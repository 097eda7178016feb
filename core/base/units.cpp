#include "base/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/str.h"

namespace meshfn {

namespace {

struct Unit {
  std::string_view name;
  double factor;
};

// Longest names first where one is the beginning of another.
constexpr std::array kDurations = {Unit{"ns", 1},   Unit{"us", 1e3},  Unit{"µs", 1e3},
                                   Unit{"μs", 1e3}, Unit{"ms", 1e6},  Unit{"s", 1e9},
                                   Unit{"m", 60e9}, Unit{"h", 3600e9}};
constexpr double kKi = 1024.0;
constexpr std::array kSizes = {Unit{"", 1},
                               Unit{"b", 1},
                               Unit{"k", kKi},
                               Unit{"kb", kKi},
                               Unit{"ki", kKi},
                               Unit{"kib", kKi},
                               Unit{"m", kKi* kKi},
                               Unit{"mb", kKi* kKi},
                               Unit{"mi", kKi* kKi},
                               Unit{"mib", kKi* kKi},
                               Unit{"g", kKi* kKi* kKi},
                               Unit{"gb", kKi* kKi* kKi},
                               Unit{"gi", kKi* kKi* kKi},
                               Unit{"gib", kKi* kKi* kKi}};
constexpr std::array kRates = {Unit{"/s", 1}, Unit{"/m", 1.0 / 60}, Unit{"/h", 1.0 / 3600}};

/// Takes a decimal number without sign or exponent off the front of `text`.
std::optional<double> take_number(std::string_view& text) {
  const std::size_t size = std::min(text.find_first_not_of("0123456789."), text.size());
  double value = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + size, value);
  if (problem != std::errc() || stop != text.data() + size) return std::nullopt;
  text.remove_prefix(size);
  return value;
}

template <std::size_t N>
std::optional<double> factor(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return std::chrono::nanoseconds(0);
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const std::optional<double> number = take_number(text);
    if (!number) return std::nullopt;
    const std::size_t end = std::min(text.find_first_of("0123456789."), text.size());
    const std::optional<double> unit = factor(kDurations, text.substr(0, end));
    if (!unit) return std::nullopt;
    text.remove_prefix(end);
    total += *number * *unit;
  }
  if (total >= static_cast<double>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  const auto value = static_cast<std::int64_t>(std::llround(total));
  return std::chrono::nanoseconds(negative ? -value : value);
}

std::string format_duration(std::chrono::nanoseconds value) {
  std::int64_t left = value.count();
  if (left == 0) return "0s";
  std::string out = left < 0 ? "-" : "";
  if (left < 0) left = -left;
  const auto take = [&](std::int64_t size, std::string_view name) {
    if (left < size) return;
    out += std::to_string(left / size) + std::string(name);
    left %= size;
  };
  take(3'600'000'000'000, "h");
  take(60'000'000'000, "m");
  if (left == 0) return out;
  const std::int64_t scale = left >= 1'000'000'000 ? 1'000'000'000
                             : left >= 1'000'000   ? 1'000'000
                             : left >= 1'000       ? 1'000
                                                   : 1;
  out += std::to_string(left / scale);
  if (left % scale != 0) {
    std::string fraction = std::to_string(scale + left % scale).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    out += '.' + fraction;
  }
  out += scale == 1'000'000'000 ? "s" : scale == 1'000'000 ? "ms" : scale == 1'000 ? "us" : "ns";
  return out;
}

std::optional<double> parse_percent(std::string_view text) {
  const std::optional<double> number = take_number(text);
  if (!number || str::trim(text) != "%") return std::nullopt;
  return *number / 100;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::optional<double> number = take_number(text);
  if (!number) return std::nullopt;
  const std::optional<double> unit = factor(kSizes, str::lower(str::trim(text)));
  if (!unit || *number * *unit > 9e18) return std::nullopt;
  return static_cast<std::uint64_t>(*number * *unit);
}

std::optional<double> parse_rate(std::string_view text) {
  const std::optional<double> number = take_number(text);
  if (!number) return std::nullopt;
  const std::optional<double> unit = factor(kRates, str::trim(text));
  if (!unit) return std::nullopt;
  return *number * *unit;
}

}  // namespace meshfn
