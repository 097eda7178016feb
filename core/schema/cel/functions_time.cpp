// duration(), timestamp() and what can be asked of them.

#include <fmt/format.h>

#include <array>

#include "base/units.h"
#include "schema/cel/call.h"
#include "schema/cel/text.h"

namespace meshfn::schema::cel {

namespace {

Value to_duration(const Call& call) {
  if (call.arg<Duration>(0) != nullptr) return call.args[0];
  if (const auto* seconds = call.arg<std::int64_t>(0)) return Duration{*seconds * 1'000'000'000};
  const auto* text = call.text(0);
  if (text == nullptr) return call.no_overload();
  if (const auto nanos = parse_duration(*text)) return Duration{nanos->count()};
  return call.arena.error(fmt::format("`{}` is not a duration", *text));
}

Value to_timestamp(const Call& call) {
  if (call.arg<Moment>(0) != nullptr) return call.args[0];
  if (const auto* seconds = call.arg<std::int64_t>(0)) return Moment{*seconds, 0};
  const auto* text = call.text(0);
  if (text == nullptr) return call.no_overload();
  if (const auto moment = parse_time(*text)) return *moment;
  return call.arena.error(fmt::format("`{}` is not a time", *text));
}

/// Seconds east of UTC of "+02:00", "UTC" or none; named zones need a database that we do not
/// carry.
std::optional<std::int64_t> zone_offset(const Call& call) {
  const auto* zone = call.text(1);
  if (zone == nullptr || *zone == "UTC" || zone->empty()) return 0;
  const bool sign = zone->front() == '+' || zone->front() == '-';
  const std::string_view digits = sign ? zone->substr(1) : *zone;
  if (digits.size() != 5 || digits[2] != ':') return std::nullopt;
  const auto hours = read_int(digits.substr(0, 2));
  const auto minutes = read_int(digits.substr(3));
  if (!hours || !minutes) return std::nullopt;
  return (zone->front() == '-' ? -1 : 1) * (*hours * 3600 + *minutes * 60);
}

std::optional<Calendar> date_of(const Call& call) {
  const auto* moment = call.arg<Moment>(0);
  const auto offset = zone_offset(call);
  if (moment == nullptr || !offset) return std::nullopt;
  return calendar(*moment, *offset);
}

template <auto Part, int Shift = 0>
Value part(const Call& call) {
  const auto date = date_of(call);
  if (!date)
    return call.text(1) != nullptr ? call.arena.error("unknown time zone") : call.no_overload();
  return static_cast<std::int64_t>((*date).*Part) + Shift;
}

/// Hours, minutes and seconds are also asked of durations, then as whole totals.
template <auto Part, std::int64_t Nanos>
Value clock_part(const Call& call) {
  if (const auto* duration = call.arg<Duration>(0)) return duration->nanos / Nanos;
  return part<Part>(call);
}

Value milliseconds(const Call& call) {
  if (const auto* duration = call.arg<Duration>(0)) return duration->nanos / 1'000'000;
  const auto* moment = call.arg<Moment>(0);
  return moment == nullptr ? call.no_overload() : Value(std::int64_t{moment->nanos / 1'000'000});
}

constexpr std::array kTime = {
    Function{"duration", false, 1, 1, to_duration},
    Function{"timestamp", false, 1, 1, to_timestamp},
    Function{"getFullYear", true, 0, 1, part<&Calendar::year>},
    Function{"getMonth", true, 0, 1, part<&Calendar::month, -1>},
    Function{"getDayOfMonth", true, 0, 1, part<&Calendar::day, -1>},
    Function{"getDate", true, 0, 1, part<&Calendar::day>},
    Function{"getDayOfYear", true, 0, 1, part<&Calendar::year_day>},
    Function{"getDayOfWeek", true, 0, 1, part<&Calendar::weekday>},
    Function{"getHours", true, 0, 1, clock_part<&Calendar::hour, 3'600'000'000'000>},
    Function{"getMinutes", true, 0, 1, clock_part<&Calendar::minute, 60'000'000'000>},
    Function{"getSeconds", true, 0, 1, clock_part<&Calendar::second, 1'000'000'000>},
    Function{"getMilliseconds", true, 0, 1, milliseconds},
};

}  // namespace

std::span<const Function> time_functions() { return kTime; }

}  // namespace meshfn::schema::cel
