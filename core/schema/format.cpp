#include "schema/format.h"

#include <algorithm>

#include "base/str.h"
#include "base/units.h"
#include "schema/pattern.h"

namespace meshfn::schema {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_base64(std::string_view text) {
  std::size_t count = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    const bool sign =
        is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/';
    if (c == '=') {
      ++padding;
    } else if (!sign || padding > 0) {
      return false;
    }
    ++count;
  }
  return count % 4 == 0 && padding <= 2;
}

/// Kubernetes also reads "1 day", "2 weeks": a whole number and a word.
bool is_word_duration(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits == 0) return false;
  const std::string word = str::lower(str::trim(text.substr(digits)));
  constexpr std::array<std::string_view, 30> kWords = {
      "ns", "nano",  "nanos",  "nanosecond",  "nanoseconds",
      "us", "micro", "micros", "microsecond", "microseconds",
      "ms", "milli", "millis", "millisecond", "milliseconds",
      "s",  "sec",   "secs",   "second",      "seconds",
      "m",  "min",   "mins",   "minute",      "minutes",
      "h",  "hr",    "hour",   "hours",       "d"};
  constexpr std::array<std::string_view, 7> kLong = {"day",  "days",  "w",  "wk",
                                                     "week", "weeks", "hrs"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end() ||
         std::find(kLong.begin(), kLong.end(), word) != kLong.end();
}

bool is_uuid(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    if (is_hex(c)) {
      ++digits;
    } else if (c != '-') {
      return false;
    }
  }
  return digits == 32;
}

bool is_mac(std::string_view text) {
  if (text.size() != 17) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool separator = i % 3 == 2;
    if (separator ? (text[i] != ':' && text[i] != '-') : !is_hex(text[i])) return false;
  }
  return true;
}

/// As url.ParseRequestURI is used by the API server: a scheme or an absolute path, no blanks.
bool is_uri(std::string_view text) {
  if (text.empty() || text.find_first_of(" \t\n") != std::string_view::npos) return false;
  if (text.front() == '/') return true;
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && colon > 0;
}

bool is_date(std::string_view text) {
  return text.size() == 10 && parse_time(std::string(text) + "T00:00:00Z").has_value();
}

struct Named {
  std::string_view name;
  Format format;
  std::string_view like;
};

constexpr std::array kFormats = {
    Named{"int32", Format::int32, "a whole number of 32 bits"},
    Named{"int64", Format::int64, "a whole number of 64 bits"},
    Named{"uint32", Format::uint32, "a whole number of 32 bits without a sign"},
    Named{"byte", Format::byte, "text in base64"},
    Named{"date", Format::date, "a date such as `2026-01-31`"},
    Named{"date-time", Format::date_time, "a time such as `2026-01-31T12:00:00Z`"},
    Named{"datetime", Format::date_time, "a time such as `2026-01-31T12:00:00Z`"},
    Named{"duration", Format::duration, "a duration such as `1.5s` or `2m30s`"},
    Named{"mesh-duration", Format::mesh_duration, "a duration of at least `1ms`, such as `1.5s`"},
    Named{"quantity", Format::quantity, "a quantity such as `500m`, `2` or `1.5Gi`"},
    Named{"ip", Format::ip, "an IP address"},
    Named{"ipv4", Format::ipv4, "an IPv4 address"},
    Named{"ipv6", Format::ipv6, "an IPv6 address"},
    Named{"cidr", Format::cidr, "an address range such as `10.0.0.0/8`"},
    Named{"uri", Format::uri, "a URI"},
    Named{"uuid", Format::uuid, "a UUID"},
    Named{"mac", Format::mac, "a MAC address"},
    Named{"k8s-short-name", Format::label_name, "a DNS label: lower-case letters, digits and `-`"},
    Named{"k8s-long-name", Format::subdomain,
          "a DNS name: lower-case letters, digits, `-` and `.`"},
};

bool is_name(std::string_view text, bool dots) {
  static const Pattern kLabel("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$");
  static const Pattern kSubdomain(
      "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$");
  return dots ? text.size() <= 253 && kSubdomain.matches(text)
              : text.size() <= 63 && kLabel.matches(text);
}

}  // namespace

Format format_named(std::string_view name) {
  const auto* found = std::find_if(kFormats.begin(), kFormats.end(),
                                   [&](const Named& row) { return row.name == name; });
  return found == kFormats.end() ? Format::none : found->format;
}

std::string_view describe(Format format) {
  const auto* found = std::find_if(kFormats.begin(), kFormats.end(),
                                   [&](const Named& row) { return row.format == format; });
  return found == kFormats.end() ? std::string_view() : found->like;
}

bool has_format(std::string_view text, Format format) {
  switch (format) {
    case Format::none:
    case Format::int32:
    case Format::int64:
    case Format::uint32:
      return true;
    case Format::byte:
      return is_base64(text);
    case Format::date:
      return is_date(text);
    case Format::date_time:
      return parse_time(text).has_value();
    case Format::duration:
      return parse_duration(text).has_value() || is_word_duration(text);
    case Format::mesh_duration:
      return parse_duration(text).value_or(std::chrono::nanoseconds(0)) >=
             std::chrono::milliseconds(1);
    case Format::quantity:
      return parse_quantity(text).has_value();
    case Format::ip:
      return parse_ip(text).has_value();
    case Format::ipv4:
      return parse_ip(text).has_value() && !parse_ip(text)->v6;
    case Format::ipv6:
      return parse_ip(text).has_value() && parse_ip(text)->v6;
    case Format::cidr:
      return parse_cidr(text).has_value();
    case Format::uri:
      return is_uri(text);
    case Format::uuid:
      return is_uuid(text);
    case Format::mac:
      return is_mac(text);
    case Format::label_name:
      return is_name(text, false);
    case Format::subdomain:
      return is_name(text, true);
  }
  return true;
}

}  // namespace meshfn::schema
