#pragma once

// Grammars of strings that a schema names by `format`, and the readers of the values behind them:
// quantities, times, addresses (durations are in base/units.h). CEL and the lint rules use the
// same.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace meshfn::schema {

enum class Format : std::uint8_t {
  none,
  int32,
  int64,
  uint32,
  byte,  ///< base64
  date,
  date_time,      ///< RFC 3339
  duration,       ///< Go's syntax, or Kubernetes' "3 days"
  mesh_duration,  ///< Go's syntax and at least 1ms, as Istio wants it
  quantity,       ///< Kubernetes resource quantity
  ip,
  ipv4,
  ipv6,
  cidr,
  uri,
  uuid,
  mac,
  label_name,  ///< DNS-1123 label
  subdomain,   ///< DNS-1123 subdomain
};

/// The format called `name` in OpenAPI; `none` for those that the API server does not check.
Format format_named(std::string_view name);

/// What the value should look like, for messages: "a duration such as `1.5s` or `2m30s`".
std::string_view describe(Format format);

/// Whether `text` is of the format; true for `none` and the number formats.
bool has_format(std::string_view text, Format format);

/// A moment: seconds since 1970-01-01 UTC and nanoseconds (0 … 999999999) after that.
struct Moment {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  friend auto operator<=>(const Moment&, const Moment&) = default;
};

/// RFC 3339 date and time with offset.
std::optional<Moment> parse_time(std::string_view text);

/// A fixed-point number with nine decimals; `nanos` has the sign of `units`.
struct Quantity {
  std::int64_t units = 0;
  std::int32_t nanos = 0;
  friend auto operator<=>(const Quantity&, const Quantity&) = default;
};

/// A Kubernetes quantity ("100m", "1.5Gi", "2e3"). Finer than 1n is rounded up and more than
/// 2^63-1 is cut off, as apimachinery does.
std::optional<Quantity> parse_quantity(std::string_view text);

/// An IP address; IPv4 in the last four bytes.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool v6 = false;
  friend bool operator==(const Address&, const Address&) = default;
};

/// IPv4 without leading zeros, or IPv6 without a zone; IPv4-mapped IPv6 is refused when `strict`.
std::optional<Address> parse_ip(std::string_view text, bool strict = false);

struct Prefix {
  Address address;
  int bits = 0;
  friend bool operator==(const Prefix&, const Prefix&) = default;
};

/// "10.0.0.0/8"; host bits may be set.
std::optional<Prefix> parse_cidr(std::string_view text, bool strict = false);

/// The canonical text (RFC 5952 for IPv6).
std::string to_string(const Address& address);

}  // namespace meshfn::schema
