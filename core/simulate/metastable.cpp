#include "simulate/metastable.h"

#include <fmt/format.h>

#include <algorithm>

namespace meshfn::simulate {

namespace {

constexpr Time kAftermath = 10 * kSecond;  ///< what may still be a slow recovery
constexpr double kWorse = 0.1;             ///< points of success that make a failure
constexpr double kSameLoad = 1.2;          ///< above it the load itself explains the failure

/// Steps of the series put together.
struct Stretch {
  double started = 0;
  double ok = 0;
  double ended = 0;
  double retries = 0;
  double steps = 0;

  void add(const Window& w) {
    started += static_cast<double>(w.started);
    ok += static_cast<double>(w.ok);
    ended += static_cast<double>(w.ok + w.failed);
    retries += static_cast<double>(w.retries);
    steps += 1;
  }

  double success() const { return ended > 0 ? ok / ended : started > 0 ? 0 : 1; }

  double rate() const { return started / std::max(1.0, steps); }

  double retry_ratio() const { return started > 0 ? retries / started : 0; }
};

Stretch between(const World& world, const Answer& result, Time from, Time to) {
  Stretch out;
  const auto& windows = result.record.windows;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const Time begin = static_cast<Time>(i) * world.step;
    if (begin >= from && begin + world.step <= to) out.add(windows[i]);
  }
  return out;
}

std::string percent(double share) { return show(Metric::success_rate, share); }

}  // namespace

std::optional<std::string> find_metastable(const World& world, const Answer& result) {
  if (world.faults.empty()) return std::nullopt;
  Time first = kNever;
  const FaultInfo* last = nullptr;
  for (const FaultInfo& fault : world.faults) {
    first = std::min(first, fault.spec->at);
    const auto end_of = [](const FaultInfo& f) { return f.spec->at + f.spec->length; };
    if (last == nullptr || end_of(fault) > end_of(*last)) last = &fault;
  }
  const Time over = last->spec->at + last->spec->length;
  const Time end = world.scenario.duration;
  if (end - over < 2 * kAftermath) return std::nullopt;
  const Stretch before = between(world, result, world.scenario.warmup, first);
  const Stretch after = between(world, result, over + kAftermath, end);
  const Stretch late = between(world, result, end - kAftermath, end);
  if (before.steps <= 0 || late.steps <= 0) return std::nullopt;
  const double least = before.success() - kWorse;
  if (after.success() > least || late.success() > least) return std::nullopt;
  if (late.rate() > before.rate() * kSameLoad) return std::nullopt;
  const bool retried = late.retry_ratio() > before.retry_ratio() + 0.1;
  if (!retried && result.record.timeouts == 0) return std::nullopt;
  const std::string cause =
      retried ? fmt::format(
                    "{:.2g} retries a request keep it overloaded ({:.2g} before); fewer "
                    "retries or a retry budget let it recover",
                    late.retry_ratio(), before.retry_ratio())
              : "servers work on requests whose callers have given up; shorter queues or load "
                "shedding let it recover";
  return fmt::format(
      "metastable failure: `{}` ended at {}, but {} s later only {} succeed ({} before) under the "
      "same load; {}",
      last->name, show(Metric::recovery_time, to_seconds(over)),
      static_cast<long>(to_seconds(end - over)), percent(late.success()), percent(before.success()),
      cause);
}

}  // namespace meshfn::simulate
