#include "function/event/moment.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

namespace meshfn::function {

namespace {

using std::chrono::days;
using std::chrono::milliseconds;

struct Fields {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<milliseconds> time;
  unsigned weekday = 0;  ///< 0 is Sunday
};

Fields fields(Moment moment) {
  const std::chrono::sys_time<milliseconds> point{milliseconds(moment.ms)};
  const auto day = std::chrono::floor<days>(point);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<milliseconds>(point - day),
          std::chrono::weekday(day).c_encoding()};
}

/// Takes digits off the front of `text`.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool number(std::size_t width, int& value) {
    if (text_.size() < width) return false;
    const auto read = std::from_chars(text_.data(), text_.data() + width, value);
    if (read.ec != std::errc() || read.ptr != text_.data() + width || text_[0] == '-') return false;
    text_.remove_prefix(width);
    return true;
  }

  bool sign(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  std::string_view digits() {
    const std::size_t end = std::min(text_.find_first_not_of("0123456789"), text_.size());
    const std::string_view found = text_.substr(0, end);
    text_.remove_prefix(end);
    return found;
  }

  bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
};

/// The zone at the end of a time, in minutes east of Greenwich.
std::optional<int> zone(Scanner& in) {
  if (in.sign('Z') || in.sign('z')) return 0;
  const bool east = in.sign('+');
  if (!east && !in.sign('-')) return std::nullopt;
  int hours = 0;
  int minutes = 0;
  if (!in.number(2, hours) || !in.sign(':') || !in.number(2, minutes)) return std::nullopt;
  return (east ? 1 : -1) * (hours * 60 + minutes);
}

std::optional<Moment> parse_date_time(std::string_view text) {
  Scanner in(text);
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!in.number(4, year) || !in.sign('-') || !in.number(2, month) || !in.sign('-') ||
      !in.number(2, day) || !(in.sign('T') || in.sign('t') || in.sign(' ')) ||
      !in.number(2, hour) || !in.sign(':') || !in.number(2, minute) || !in.sign(':') ||
      !in.number(2, second)) {
    return std::nullopt;
  }
  std::string fraction = in.sign('.') ? std::string(in.digits()) : "0";
  fraction.resize(3, '0');
  const auto east = zone(in);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!east || !in.done() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  const auto midnight = std::chrono::sys_days(date).time_since_epoch();
  const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(midnight).count() +
                               hour * 3600 + (minute - *east) * 60 + second;
  return Moment{seconds * 1000 + std::stoi(fraction)};
}

}  // namespace

Result<Moment> parse_moment(std::string_view text) {
  constexpr std::int64_t kLargest = 253402300799;  // the end of the year 9999
  std::int64_t seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size() && seconds >= 0 &&
      seconds <= kLargest) {
    return Moment{seconds * 1000};
  }
  if (const auto moment = parse_date_time(text)) return *moment;
  return usage_error(fmt::format("`{}` is not a time", text),
                     "write it like 2026-01-01T12:00:00Z, or as seconds since 1970");
}

std::string format_moment(Moment moment, std::string_view format) {
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const Fields f = fields(moment);
  const int year = static_cast<int>(f.date.year());
  const auto month = static_cast<unsigned>(f.date.month());
  const auto day = static_cast<unsigned>(f.date.day());
  const auto hour = f.time.hours().count();
  const std::string date = fmt::format("{:04}-{:02}-{:02}", year, month, day);
  const std::string time =
      fmt::format("{:02}:{:02}:{:02}", hour, f.time.minutes().count(), f.time.seconds().count());
  const auto ms = f.time.subseconds().count();
  if (format == "date") return date;
  if (format == "iso") return fmt::format("{}T{}Z", date, time);
  if (format == "iso-ms") return fmt::format("{}T{}.{:03}Z", date, time, ms);
  if (format == "iso-us") return fmt::format("{}T{}.{:03}000Z", date, time, ms);
  if (format == "offset") return fmt::format("{}T{}+00:00", date, time);
  if (format == "basic") {
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", year, month, day, hour,
                       f.time.minutes().count(), f.time.seconds().count());
  }
  if (format == "clf") {
    return fmt::format("{:02}/{}/{:04}:{} +0000", day, kMonths[month - 1], year, time);
  }
  if (format == "mail") {
    return fmt::format("{}, {} {} {:04} {} +0000", kDays[f.weekday], day, kMonths[month - 1], year,
                       time);
  }
  if (format == "words") {
    return fmt::format("{} {}, {:04} {}{} {}", kMonths[month - 1], day, year,
                       hour % 12 == 0 ? 12 : hour % 12, time.substr(2), hour < 12 ? "AM" : "PM");
  }
  return {};
}

}  // namespace meshfn::function
