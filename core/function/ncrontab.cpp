#include "function/ncrontab.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <vector>

#include "base/str.h"

namespace meshfn::function {

namespace {

constexpr std::int64_t kDay = 86'400;
/// The calendar repeats after 400 years, weekdays included.
constexpr std::int64_t kDaysOfCycle = 146'097;

struct FieldRule {
  std::string_view name;
  int least;
  int most;
  std::string_view names;  ///< English words separated by commas, from `least` on
};

constexpr std::string_view kMonths =
    "january,february,march,april,may,june,july,august,september,october,november,december";
constexpr std::string_view kWeekdays = "sunday,monday,tuesday,wednesday,thursday,friday,saturday";

constexpr FieldRule kRules[] = {{"second", 0, 59, ""},     {"minute", 0, 59, ""},
                                {"hour", 0, 23, ""},       {"day", 1, 31, ""},
                                {"month", 1, 12, kMonths}, {"day of week", 0, 6, kWeekdays}};

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A number, or any beginning of a name: the first name that fits.
std::optional<int> value_of(const FieldRule& rule, std::string_view text) {
  if (const auto plain = number(text)) {
    return *plain >= rule.least && *plain <= rule.most ? plain : std::nullopt;
  }
  if (rule.names.empty() || text.empty()) return std::nullopt;
  int value = rule.least;
  for (const std::string_view name : str::split(rule.names, ',')) {
    if (name.starts_with(str::lower(text))) return value;
    ++value;
  }
  return std::nullopt;
}

/// `*`, `n`, `a-b`, each with `/step`; `n/step` goes on to the maximum.
bool add_item(const FieldRule& rule, std::string_view item, std::bitset<60>& field) {
  int step = 1;
  const std::size_t slash = item.find('/');
  if (slash != std::string_view::npos) {
    const auto given = number(item.substr(slash + 1));
    if (!given || *given < 1) return false;
    step = *given;
    item = item.substr(0, slash);
  }
  std::optional<int> first = rule.least;
  std::optional<int> last = rule.most;
  if (item != "*") {
    const std::size_t dash = item.find('-', 1);
    first = value_of(rule, item.substr(0, dash));
    if (dash != std::string_view::npos) {
      last = value_of(rule, item.substr(dash + 1));
    } else if (slash == std::string_view::npos) {
      last = first;
    }
  }
  if (!first || !last) return false;
  if (*first > *last) std::swap(*first, *last);
  for (int value = *first; value <= *last; value += step) {
    field.set(static_cast<std::size_t>(value));
  }
  return true;
}

tl::unexpected<Error> bad_field(const FieldRule& rule, std::string_view text) {
  return fail(fmt::format("`{}` is no {} of a schedule", text, rule.name),
              fmt::format("it takes {} to {}, *, a-b, lists and /step{}", rule.least, rule.most,
                          rule.names.empty() ? "" : ", or English names"),
              Failure::usage);
}

/// "[d.]hh:mm:ss" in seconds.
std::optional<std::int64_t> time_span(std::string_view text) {
  std::int64_t days = 0;
  const std::size_t dot = text.find('.');
  if (dot < text.find(':')) {
    const auto given = number(text.substr(0, dot));
    if (!given) return std::nullopt;
    days = *given;
    text = text.substr(dot + 1);
  }
  const std::vector<std::string_view> parts = str::split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  const auto hours = number(parts[0]);
  const auto minutes = number(parts[1]);
  const auto seconds = number(parts[2]);
  if (!hours || !minutes || !seconds || *minutes > 59 || *seconds > 59) return std::nullopt;
  return days * kDay + std::int64_t{*hours} * 3600 + std::int64_t{*minutes} * 60 + *seconds;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> result;
  for (const std::string_view word : str::split(text, ' ')) {
    if (!str::trim(word).empty()) result.push_back(str::trim(word));
  }
  return result;
}

}  // namespace

Result<Schedule> Schedule::parse(std::string_view text) {
  Schedule schedule;
  const std::vector<std::string_view> fields = words(text);
  if (fields.size() == 1 && fields.front().find(':') != std::string_view::npos) {
    const auto span = time_span(fields.front());
    if (span && *span > 0) {
      schedule.interval_ = *span;
      return schedule;
    }
    return usage_error(fmt::format("`{}` is no time span", text), "write it as 00:05:00");
  }
  if (fields.size() != 5 && fields.size() != 6) {
    return usage_error(
        fmt::format("the schedule `{}` has {}", text, str::count(fields.size(), "field")),
        "{second} {minute} {hour} {day} {month} {day-of-week}, or the last five");
  }
  const std::size_t skipped = 6 - fields.size();
  if (skipped == 1) schedule.fields_[0].set(0);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const FieldRule& rule = kRules[i + skipped];
    for (const std::string_view item : str::split(fields[i], ',')) {
      if (!add_item(rule, item, schedule.fields_[i + skipped])) return bad_field(rule, fields[i]);
    }
  }
  return schedule;
}

bool Schedule::fits_day(std::int64_t days) const {
  const std::chrono::sys_days day{std::chrono::days{days}};
  const std::chrono::year_month_day date{day};
  const auto weekday = std::chrono::weekday{day}.c_encoding();
  return fields_[3].test(static_cast<unsigned>(date.day())) &&
         fields_[4].test(static_cast<unsigned>(date.month())) && fields_[5].test(weekday);
}

std::optional<std::int64_t> Schedule::first_time_from(std::int64_t second_of_day) const {
  for (std::int64_t hour = second_of_day / 3600; hour < 24; ++hour) {
    if (!fields_[2].test(static_cast<std::size_t>(hour))) continue;
    for (std::int64_t minute = 0; minute < 60; ++minute) {
      const std::int64_t begin = hour * 3600 + minute * 60;
      if (begin + 59 < second_of_day || !fields_[1].test(static_cast<std::size_t>(minute)))
        continue;
      for (std::int64_t second = 0; second < 60; ++second) {
        if (begin + second < second_of_day) continue;
        if (fields_[0].test(static_cast<std::size_t>(second))) return begin + second;
      }
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> Schedule::next(std::int64_t unix_seconds) const {
  if (interval_ > 0) return unix_seconds + interval_;
  const std::int64_t from = unix_seconds + 1;
  const std::int64_t first_day = (from >= 0 ? from : from - kDay + 1) / kDay;
  for (std::int64_t day = first_day; day <= first_day + kDaysOfCycle; ++day) {
    if (!fits_day(day)) continue;
    const auto time = first_time_from(day == first_day ? from - day * kDay : 0);
    if (time) return day * kDay + *time;
  }
  return std::nullopt;
}

}  // namespace meshfn::function
