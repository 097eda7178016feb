#include "simulate/fleet.h"

#include <algorithm>
#include <cmath>

namespace meshfn::simulate {

ScalingRules ScalingRules::up() {
  ScalingRules rules;
  rules.limits = {{1.0, 0, 15 * kSecond}, {0, 4, 15 * kSecond}};
  return rules;
}

ScalingRules ScalingRules::down() {
  ScalingRules rules;
  rules.window = 300 * kSecond;
  rules.limits = {{1.0, 0, 15 * kSecond}};
  return rules;
}

/// ceil(ready * value / target); nothing happens within the tolerance. Endpoints that are not ready
/// count as idle when it would go up, so that it does not go up twice.
std::uint32_t Autoscaler::recommend(const View& view) const {
  const std::uint32_t current = view.ready + view.starting;
  if (view.ready == 0) return current;
  const double ratio = view.value / spec_->target;
  if (std::abs(ratio - 1) <= spec_->tolerance) return current;
  if (ratio < 1 || view.starting == 0) {
    return static_cast<std::uint32_t>(std::ceil(ratio * view.ready - 1e-9));
  }
  const double cautious = ratio * view.ready / current;
  if (cautious <= 1 + spec_->tolerance) return current;
  return static_cast<std::uint32_t>(std::ceil(cautious * current - 1e-9));
}

std::uint32_t Autoscaler::stabilize(Time now, std::uint32_t current, std::uint32_t wanted) {
  // What was there at first counts as wanted, so that it is not left at once.
  if (moments_.empty()) moments_.push_back({now, current});
  moments_.push_back({now, wanted});
  const Time longest = std::max(spec_->up.window, spec_->down.window);
  while (moments_.front().at < now - longest) moments_.pop_front();
  std::uint32_t least = wanted;  // of the window upwards: so many were wanted all the time
  std::uint32_t most = wanted;
  for (const Moment& moment : moments_) {
    if (moment.at > now - spec_->up.window) least = std::min(least, moment.wanted);
    if (moment.at > now - spec_->down.window) most = std::max(most, moment.wanted);
  }
  if (least > current) return least;
  return most < current ? most : current;
}

std::int64_t Autoscaler::changed_within(Time now, Time period, bool up) const {
  std::int64_t sum = 0;
  for (const Step& step : steps_) {
    if (step.at > now - period && (step.change > 0) == up) sum += std::abs(step.change);
  }
  return sum;
}

std::uint32_t Autoscaler::limited(Time now, std::uint32_t current, std::uint32_t wanted) const {
  const bool up = wanted > current;
  const ScalingRules& rules = up ? spec_->up : spec_->down;
  if (wanted == current || rules.limits.empty()) return wanted;
  if (rules.select == ScalingRules::Select::disabled) return current;
  std::optional<std::int64_t> chosen;
  for (const ScalingRules::Limit& limit : rules.limits) {
    const std::int64_t done = changed_within(now, limit.period, up);
    const std::int64_t start = up ? current - done : current + done;
    const double change = limit.share > 0 ? static_cast<double>(start) * limit.share
                                          : static_cast<double>(limit.count);
    const std::int64_t bound =
        up ? start + static_cast<std::int64_t>(std::ceil(change - 1e-9))
           : static_cast<std::int64_t>(std::floor(static_cast<double>(start) - change + 1e-9));
    const bool farther = chosen && (up ? bound > *chosen : bound < *chosen);
    const bool most = rules.select == ScalingRules::Select::most;
    if (!chosen || farther == most) chosen = bound;
  }
  const std::int64_t goal = wanted;
  const std::int64_t to = up ? std::min(goal, *chosen) : std::max(goal, *chosen);
  const std::int64_t now_there = current;
  return static_cast<std::uint32_t>(up ? std::max(to, now_there) : std::min(to, now_there));
}

std::uint32_t Autoscaler::decide(Time now, const View& view) {
  const std::uint32_t current = view.ready + view.starting;
  const std::uint32_t wanted = std::clamp(recommend(view), spec_->least, spec_->most);
  const std::uint32_t steady = stabilize(now, current, wanted);
  const std::uint32_t next = std::clamp(limited(now, current, steady), spec_->least, spec_->most);
  if (next != current) {
    steps_.push_back({now, static_cast<std::int64_t>(next) - static_cast<std::int64_t>(current)});
  }
  constexpr Time kLongestPeriod = 1800 * kSecond;
  while (!steps_.empty() && steps_.front().at < now - kLongestPeriod) steps_.pop_front();
  return next;
}

std::uint32_t PodCount::of(std::uint32_t all, bool up) const {
  if (count) return *count;
  const double exact = share * all;
  return static_cast<std::uint32_t>(up ? std::ceil(exact - 1e-9) : std::floor(exact + 1e-9));
}

RolloutStep next_step(const RolloutView& view) {
  RolloutStep step;
  const std::uint32_t most = view.wanted + view.surge;
  const std::uint32_t all = view.fresh + view.old;
  if (all < most && view.fresh < view.wanted) {
    step.start = std::min(most - all, view.wanted - view.fresh);
  }
  const std::uint32_t least = view.wanted - std::min(view.missing, view.wanted);
  const std::uint32_t available = view.ready + view.old;
  if (available > least) step.stop = std::min(available - least, view.old);
  return step;
}

void FleetRecord::merge(const FleetRecord& other) {
  started += other.started;
  stopped += other.stopped;
  most = std::max(most, other.most);
  least = std::min(least, other.least);
  ready += other.ready;
}

}  // namespace meshfn::simulate
