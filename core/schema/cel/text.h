#pragma once

// Text of values and Unicode text by code points, for the string functions and for messages.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/cel/value.h"

namespace meshfn::schema::cel {

/// The value as `string()` writes it: no quotes, `3s`, RFC 3339.
std::string plain_text(const Value& value);

/// The text in CEL quotes, escapes included.
std::string quoted(std::string_view text);

/// A number in Go's shortest form (`1`, `0.5`, `1e+21`).
std::string number_text(double value);

/// Base 10 with an optional sign; nothing for other text or out of range.
std::optional<std::int64_t> read_int(std::string_view text);

/// Byte offset of code point `index`; the size of the text for its length; nothing beyond.
std::optional<std::size_t> offset_of(std::string_view text, std::int64_t index);

/// Number of code points before byte `offset`.
std::int64_t index_of(std::string_view text, std::size_t offset);

/// RFC 3339 in UTC.
std::string time_text(const Moment& moment);

/// The date and time of day of a moment shifted by `offset` seconds.
struct Calendar {
  std::int64_t year = 1970;
  int month = 1;  ///< 1 … 12
  int day = 1;    ///< 1 … 31
  int hour = 0;
  int minute = 0;
  int second = 0;
  int weekday = 4;   ///< 0 is Sunday
  int year_day = 0;  ///< 0 … 365
};

Calendar calendar(const Moment& moment, std::int64_t offset = 0);

}  // namespace meshfn::schema::cel
