// meshfn event next: when a schedule fires.

#include <fmt/format.h>

#include <charconv>
#include <ostream>

#include "base/clock.h"
#include "cli/command.h"
#include "function/event/moment.h"
#include "function/ncrontab.h"

namespace meshfn::cli {

extern const Command kEventNext;

namespace {

constexpr int kMost = 1'000;

Result<int> count_of(const Args& args) {
  const std::string_view text = args.value("count");
  int count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = problem == std::errc() && end == text.data() + text.size();
  if (whole && count > 0 && count <= kMost) return count;
  return usage_error(fmt::format("`--count {}` is not a number from 1 to {}", text, kMost));
}

Result<std::int64_t> start_of(const Args& args) {
  if (!args.has("now")) return Clock().unix_millis() / 1000;
  const auto moment = function::parse_moment(args.value("now"));
  if (!moment) return tl::unexpected(moment.error());
  return moment->ms / 1000;
}

Result<ExitCode> run_next(Context& context, const Args& args) {
  const auto schedule = function::Schedule::parse(args.operand(0));
  if (!schedule) return tl::unexpected(schedule.error());
  const Result<int> count = count_of(args);
  if (!count) return tl::unexpected(count.error());
  const Result<std::int64_t> start = start_of(args);
  if (!start) return tl::unexpected(start.error());
  std::int64_t time = *start;
  for (int i = 0; i < *count; ++i) {
    const auto next = schedule->next(time);
    if (!next) {
      return fail(fmt::format("the schedule `{}` never fires", args.operand(0)),
                  "day, month and day of week all have to fit", Failure::answer);
    }
    time = *next;
    context.terminal.out << function::format_moment({time * 1000}, "iso") << '\n';
  }
  return kOk;
}

constexpr Operand kOperands[] = {
    {.name = "SCHEDULE",
     .help = "NCRONTAB of 5 or 6 fields, or a time span such as 00:05:00",
     .required = true},
};

constexpr Option kOptions[] = {
    {.name = "count", .letter = 'n', .value = "N", .help = "how many", .fallback = "5"},
    {.name = "now", .value = "TIME", .help = "look from then on, instead of from now"},
};

constexpr Example kExamples[] = {
    {"meshfn event next '0 */5 * * * *'", "every five minutes"},
    {"meshfn event next '0 30 9 * * Mon-Fri' --count 3 --now 2026-01-01T12:00:00Z",
     "workdays at half past nine"},
};

}  // namespace

constinit const Command kEventNext = {
    .name = "next",
    .summary = "Print when an Azure timer fires next",
    .description =
        "Schedules are read as Azure's timer trigger reads them: with six fields the first is the "
        "second, with five it is the minute; the day of the month and the weekday both have to "
        "fit. Times are UTC.",
    .examples = kExamples,
    .operands = kOperands,
    .options = kOptions,
    .run = run_next,
};

}  // namespace meshfn::cli
