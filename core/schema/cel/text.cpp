#include "schema/cel/text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/str.h"
#include "schema/cel/program.h"

namespace meshfn::schema::cel {

namespace {

std::string duration_text(std::int64_t nanos) {
  if (nanos % 1'000'000'000 == 0) return fmt::format("{}s", nanos / 1'000'000'000);
  std::string text = fmt::format("{:.9f}", static_cast<double>(nanos) / 1e9);
  text.erase(text.find_last_not_of('0') + 1);
  return text + "s";
}

std::string quantity_text(const Quantity& quantity) {
  if (quantity.nanos == 0) return fmt::format("{}", quantity.units);
  if (quantity.nanos % 1'000'000 == 0 && std::llabs(quantity.units) < 9'000'000'000'000) {
    return fmt::format("{}m", quantity.units * 1000 + quantity.nanos / 1'000'000);
  }
  return number_text(static_cast<double>(quantity.units) + quantity.nanos / 1e9);
}

std::string list_text(const Value& value, Arena& arena) {
  std::string text = "[";
  for (std::int64_t i = 0; i < list_size(value); ++i) {
    if (i > 0) text += ", ";
    text += to_string(list_item(value, i, arena), arena);
  }
  return text + "]";
}

std::string map_text(const Value& value, Arena& arena) {
  std::string text = "{";
  for (const Value& key : map_keys(value, arena)) {
    if (text.size() > 1) text += ", ";
    const auto item = map_find(value, key, arena);
    text += fmt::format("{}: {}", to_string(key, arena), item ? to_string(*item, arena) : "null");
  }
  return text + "}";
}

}  // namespace

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const double size = std::fabs(value);
  return size != 0 && (size < 1e-4 || size >= 1e21) ? fmt::format("{:e}", value)
                                                    : fmt::format("{}", value);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    constexpr std::string_view kPlain = "\a\b\f\n\r\t\v\\\"";
    constexpr std::string_view kEscaped = "abfnrtv\\\"";
    const std::size_t at = kPlain.find(c);
    if (at == std::string_view::npos) {
      out += c;
    } else {
      out += '\\';
      out += kEscaped[at];
    }
  }
  return out + "\"";
}

std::optional<std::int64_t> read_int(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end && !text.empty() ? std::optional(number) : std::nullopt;
}

std::optional<std::size_t> offset_of(std::string_view text, std::int64_t index) {
  if (index < 0) return std::nullopt;
  std::size_t at = 0;
  for (; index > 0 && at < text.size(); --index) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  }
  return index == 0 ? std::optional(at) : std::nullopt;
}

std::int64_t index_of(std::string_view text, std::size_t offset) {
  return static_cast<std::int64_t>(str::code_points(text.substr(0, offset)));
}

Calendar calendar(const Moment& moment, std::int64_t offset) {
  const std::int64_t local = moment.seconds + offset;
  std::int64_t days = local / 86400;
  std::int64_t rest = local % 86400;
  if (rest < 0) {
    rest += 86400;
    --days;
  }
  // Howard Hinnant's civil_from_days.
  const std::int64_t z = days + 719468;
  const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const std::int64_t doe = z - era * 146097;
  const std::int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::int64_t mp = (5 * doy + 2) / 153;
  Calendar c;
  c.day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
  c.month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  c.year = yoe + era * 400 + (c.month <= 2 ? 1 : 0);
  c.hour = static_cast<int>(rest / 3600);
  c.minute = static_cast<int>(rest / 60 % 60);
  c.second = static_cast<int>(rest % 60);
  c.weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);
  const bool leap = (c.year % 4 == 0 && c.year % 100 != 0) || c.year % 400 == 0;
  // Day of a year that begins in March, turned to one that begins in January.
  c.year_day = static_cast<int>(c.month > 2 ? doy + 59 + (leap ? 1 : 0) : doy - 306);
  return c;
}

std::string time_text(const Moment& moment) {
  const Calendar c = calendar(moment);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", c.year, c.month, c.day,
                                 c.hour, c.minute, c.second);
  if (moment.nanos != 0) {
    std::string fraction = fmt::format(".{:09}", moment.nanos);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += fraction;
  }
  return text + "Z";
}

std::string plain_text(const Value& value) {
  if (const auto* b = value.get<bool>()) return *b ? "true" : "false";
  if (const auto* i = value.get<std::int64_t>()) return fmt::format("{}", *i);
  if (const auto* u = value.get<std::uint64_t>()) return fmt::format("{}", *u);
  if (const auto* d = value.get<double>()) return number_text(*d);
  if (const auto* s = value.get<std::string_view>()) return std::string(*s);
  if (const auto* bytes = value.get<Bytes>()) return std::string(bytes->data);
  if (const auto* duration = value.get<Duration>()) return duration_text(duration->nanos);
  if (const auto* moment = value.get<Moment>()) return time_text(*moment);
  if (const auto* ip = value.get<Address>()) return schema::to_string(*ip);
  if (const auto* cidr = value.get<Prefix>())
    return fmt::format("{}/{}", schema::to_string(cidr->address), cidr->bits);
  if (const auto* quantity = value.get<Quantity>()) return quantity_text(*quantity);
  if (const auto* type = value.get<TypeName>()) return std::string(type->name);
  if (const auto* url = value.get<const Url*>()) {
    const Url& u = **url;
    return fmt::format("{}{}{}{}{}{}{}", u.scheme, u.scheme.empty() ? "" : ":",
                       u.host.empty() ? "" : "//", u.host, u.path, u.query.empty() ? "" : "?",
                       u.query);
  }
  return "null";
}

std::string to_string(const Value& value, Arena& arena) {
  if (const auto* error = value.get<Error>()) return fmt::format("error: {}", error->message);
  if (const auto* text = value.get<std::string_view>()) return quoted(*text);
  if (const auto* bytes = value.get<Bytes>()) return fmt::format("b{}", quoted(bytes->data));
  if (const auto* u = value.get<std::uint64_t>()) return fmt::format("{}u", *u);
  if (const auto* optional = value.get<Optional>()) {
    return optional->value == nullptr
               ? "optional.none()"
               : fmt::format("optional.of({})", to_string(*optional->value, arena));
  }
  if (const auto* d = value.get<double>()) {
    const std::string text = number_text(*d);
    return text.find_first_of(".eNI") == std::string::npos ? text + ".0" : text;
  }
  if (value.get<Duration>() != nullptr) return fmt::format("duration(\"{}\")", plain_text(value));
  if (value.get<Moment>() != nullptr) return fmt::format("timestamp(\"{}\")", plain_text(value));
  if (value.get<Quantity>() != nullptr) return fmt::format("quantity(\"{}\")", plain_text(value));
  if (list_size(value) >= 0) return list_text(value, arena);
  if (value.get<Tree>() != nullptr || value.get<const Map*>() != nullptr)
    return map_text(value, arena);
  return plain_text(value);
}

}  // namespace meshfn::schema::cel
