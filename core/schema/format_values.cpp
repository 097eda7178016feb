// Readers of the values behind formats: durations, times, quantities, addresses.

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/str.h"
#include "schema/format.h"

namespace meshfn::schema {

namespace {

constexpr std::int64_t kNano = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// `count` digits as a number; -1 when they are not digits.
int fixed(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

/// Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant's days_from_civil).
std::int64_t days_from_civil(std::int64_t y, int m, int d) {
  y -= m <= 2 ? 1 : 0;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t yoe = y - era * 400;
  const std::int64_t doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  const std::int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

int days_in_month(int year, int month) {
  constexpr std::array kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

/// "Z" or "+hh:mm" as seconds east of UTC.
std::optional<int> offset_seconds(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int hours = fixed(text, 1, 2);
  const int minutes = fixed(text, 4, 2);
  if (hours < 0 || hours > 24 || minutes < 0 || minutes > 59) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/// The factor of a quantity's suffix.
std::optional<long double> suffix_factor(std::string_view suffix) {
  if (suffix.empty()) return 1.0L;
  constexpr std::string_view kBinary = "KMGTPE";
  constexpr std::string_view kDecimal = "kMGTPE";
  if (suffix.size() == 2 && suffix[1] == 'i') {
    const std::size_t at = kBinary.find(suffix[0]);
    if (at == std::string_view::npos) return std::nullopt;
    return std::pow(1024.0L, static_cast<long double>(at + 1));
  }
  if (suffix.size() == 1) {
    if (suffix[0] == 'n') return 1e-9L;
    if (suffix[0] == 'u') return 1e-6L;
    if (suffix[0] == 'm') return 1e-3L;
    const std::size_t at = kDecimal.find(suffix[0]);
    if (at != std::string_view::npos) return std::pow(1000.0L, static_cast<long double>(at + 1));
  }
  if (suffix[0] != 'e' && suffix[0] != 'E') return std::nullopt;
  std::string_view digits = suffix.substr(1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return std::pow(10.0L, static_cast<long double>(exponent));
}

std::optional<Address> parse_ipv4(std::string_view text) {
  Address address;
  const auto parts = str::split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string_view part = parts[i];
    if (part.empty() || part.size() > 3 || (part.size() > 1 && part[0] == '0')) return std::nullopt;
    const int value = fixed(part, 0, part.size());
    if (value < 0 || value > 255) return std::nullopt;
    address.bytes[12 + i] = static_cast<std::uint8_t>(value);
  }
  return address;
}

/// Groups of an IPv6 half as bytes; an IPv4 tail counts as two groups.
bool parse_groups(std::string_view text, std::string& bytes) {
  if (text.empty()) return true;
  const auto parts = str::split(text, ':');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i + 1 == parts.size() && parts[i].find('.') != std::string_view::npos) {
      const auto tail = parse_ipv4(parts[i]);
      if (!tail) return false;
      for (std::size_t b = 12; b < 16; ++b) bytes.push_back(static_cast<char>(tail->bytes[b]));
      continue;
    }
    unsigned value = 0;
    const char* end = parts[i].data() + parts[i].size();
    const auto [at, error] = std::from_chars(parts[i].data(), end, value, 16);
    if (parts[i].empty() || parts[i].size() > 4 || error != std::errc() || at != end) return false;
    bytes.push_back(static_cast<char>(value >> 8U));
    bytes.push_back(static_cast<char>(value & 0xFFU));
  }
  return true;
}

std::optional<Address> parse_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  std::string head;
  std::string tail;
  if (gap == std::string_view::npos) {
    if (!parse_groups(text, head) || head.size() != 16) return std::nullopt;
  } else {
    if (text.find("::", gap + 1) != std::string_view::npos) return std::nullopt;
    if (!parse_groups(text.substr(0, gap), head)) return std::nullopt;
    if (!parse_groups(text.substr(gap + 2), tail)) return std::nullopt;
    if (head.size() + tail.size() > 14) return std::nullopt;
    head.append(16 - head.size() - tail.size(), '\0');
    head += tail;
  }
  Address address;
  address.v6 = true;
  for (std::size_t i = 0; i < 16; ++i) address.bytes[i] = static_cast<std::uint8_t>(head[i]);
  return address;
}

bool is_mapped(const Address& address) {
  for (std::size_t i = 0; i < 10; ++i) {
    if (address.bytes[i] != 0) return false;
  }
  return address.bytes[10] == 0xFF && address.bytes[11] == 0xFF;
}

}  // namespace

std::optional<Moment> parse_time(std::string_view text) {
  const int year = fixed(text, 0, 4);
  const int month = fixed(text, 5, 2);
  const int day = fixed(text, 8, 2);
  const int hour = fixed(text, 11, 2);
  const int minute = fixed(text, 14, 2);
  const int second = fixed(text, 17, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23) return std::nullopt;
  if (minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
  if (day > days_in_month(year, month)) return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') return std::nullopt;
  if (text[10] != 'T' && text[10] != 't') return std::nullopt;
  std::string_view rest = text.substr(19);
  std::int32_t nanos = 0;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    std::int32_t place = 100'000'000;
    if (rest.empty() || !is_digit(rest[0])) return std::nullopt;
    for (; !rest.empty() && is_digit(rest[0]); rest.remove_prefix(1), place /= 10) {
      nanos += place * (rest[0] - '0');
    }
  }
  const auto offset = offset_seconds(rest);
  if (!offset) return std::nullopt;
  const std::int64_t days = days_from_civil(year, month, day);
  return Moment{days * 86400 + hour * 3600 + minute * 60 + second - *offset, nanos};
}

std::optional<Quantity> parse_quantity(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string_view rest = text;
  std::size_t digits = 0;
  bool dot = false;
  while (!rest.empty() && (is_digit(rest[0]) || (rest[0] == '.' && !dot))) {
    dot = dot || rest[0] == '.';
    digits += is_digit(rest[0]) ? 1U : 0U;
    rest.remove_prefix(1);
  }
  const auto factor = suffix_factor(rest);
  if (digits == 0 || !factor) return std::nullopt;
  const std::string number(text.substr(0, text.size() - rest.size()));
  const long double value = std::strtold(number.c_str(), nullptr) * *factor;
  if (value >= 9223372036854775807.0L) return Quantity{negative ? -INT64_MAX : INT64_MAX, 0};
  Quantity quantity;
  quantity.units = static_cast<std::int64_t>(value);
  const long double fraction = (value - static_cast<long double>(quantity.units)) * 1e9L;
  quantity.nanos = static_cast<std::int32_t>(std::ceil(fraction - 1e-6L));
  if (quantity.nanos >= kNano) {
    quantity.nanos -= static_cast<std::int32_t>(kNano);
    ++quantity.units;
  }
  if (negative) quantity = {-quantity.units, -quantity.nanos};
  return quantity;
}

std::optional<Address> parse_ip(std::string_view text, bool strict) {
  if (text.find(':') == std::string_view::npos) return parse_ipv4(text);
  auto address = parse_ipv6(text);
  if (address && strict && is_mapped(*address)) return std::nullopt;
  return address;
}

std::optional<Prefix> parse_cidr(std::string_view text, bool strict) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_ip(text.substr(0, slash), strict);
  const std::string_view length = text.substr(slash + 1);
  if (!address || length.empty() || length.size() > 3) return std::nullopt;
  if (length.size() > 1 && length[0] == '0') return std::nullopt;
  const int bits = fixed(length, 0, length.size());
  if (bits < 0 || bits > (address->v6 ? 128 : 32)) return std::nullopt;
  return Prefix{*address, bits};
}

std::string to_string(const Address& address) {
  const auto& b = address.bytes;
  if (!address.v6) return fmt::format("{}.{}.{}.{}", b[12], b[13], b[14], b[15]);
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = (unsigned{b[2 * i]} << 8U) | b[2 * i + 1];
  std::size_t best = 8;
  std::size_t best_length = 1;  // RFC 5952: a single zero group is not shortened
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t j = i;
    while (j < 8 && groups[j] == 0) ++j;
    if (j - i > best_length) {
      best = i;
      best_length = j - i;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == best) {
      text += "::";
      i += best_length - 1;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    text += fmt::format("{:x}", groups[i]);
  }
  return text;
}

}  // namespace meshfn::schema
