#include "simulate/priority.h"

#include <algorithm>

namespace meshfn::simulate {

namespace {

std::uint32_t counted(const LevelHealth& level) {
  return level.hosts > level.excluded ? level.hosts - level.excluded : 0;
}

/// Health of a level in percent after overprovisioning, at most 100.
std::uint32_t percent(const LevelHealth& level, std::uint32_t part) {
  const std::uint32_t n = counted(level);
  if (n == 0) return 0;
  return std::min<std::uint32_t>(
      100, static_cast<std::uint32_t>(std::uint64_t{level.overprovisioning} * part / n));
}

/// Walks the levels in order and gives each what it can take of what is left.
std::vector<std::uint32_t> assign(const std::vector<std::uint32_t>& health, std::uint32_t total,
                                  std::uint32_t& remaining) {
  std::vector<std::uint32_t> load;
  for (const std::uint32_t h : health) {
    load.push_back(total == 0 ? 0 : std::min(remaining, h * 100 / total));
    remaining -= load.back();
  }
  return load;
}

/// Every level panics: the load goes by number of hosts, healthy or not.
void spread_over_all(std::span<const LevelHealth> levels, PriorityLoad& load) {
  std::uint64_t hosts = 0;
  for (const LevelHealth& level : levels) hosts += level.hosts;
  std::uint32_t remaining = 100;
  std::size_t first = levels.size();
  for (std::size_t i = 0; i < levels.size(); ++i) {
    load.degraded[i] = 0;
    load.healthy[i] =
        hosts == 0 ? 0 : static_cast<std::uint32_t>(std::uint64_t{100} * levels[i].hosts / hosts);
    remaining -= load.healthy[i];
    if (levels[i].hosts > 0) first = std::min(first, i);
  }
  if (first < levels.size()) load.healthy[first] += remaining;
}

/// What integer division left over goes to the first level that has any health.
void give_remainder(const std::vector<std::uint32_t>& healthy,
                    const std::vector<std::uint32_t>& degraded, std::uint32_t remaining,
                    PriorityLoad& load) {
  for (std::size_t i = 0; i < healthy.size(); ++i) {
    if (healthy[i] > 0) {
      load.healthy[i] += remaining;
      return;
    }
  }
  for (std::size_t i = 0; i < degraded.size(); ++i) {
    if (degraded[i] > 0) {
      load.degraded[i] += remaining;
      return;
    }
  }
}

bool in_panic(const LevelHealth& level, double threshold) {
  const std::uint32_t n = counted(level);
  if (n == 0) return 0 < threshold;
  return 100.0 * level.healthy / n + 100.0 * level.degraded / n < threshold;
}

}  // namespace

PriorityLoad priority_load(std::span<const LevelHealth> levels, double panic_threshold) {
  std::vector<std::uint32_t> healthy;
  std::vector<std::uint32_t> degraded;
  std::uint32_t sum = 0;
  for (const LevelHealth& level : levels) {
    healthy.push_back(percent(level, level.healthy));
    degraded.push_back(percent(level, level.degraded));
    sum += healthy.back() + degraded.back();
  }
  const std::uint32_t total = std::min<std::uint32_t>(100, sum);
  PriorityLoad load;
  std::uint32_t remaining = 100;
  load.healthy = assign(healthy, total, remaining);
  load.degraded = assign(degraded, total, remaining);
  if (total == 0 && !load.healthy.empty()) load.healthy[0] = 100;
  if (total > 0) give_remainder(healthy, degraded, remaining, load);

  bool all = !levels.empty();
  for (const LevelHealth& level : levels) {
    load.panic.push_back(total < 100 && in_panic(level, panic_threshold));
    all = all && load.panic.back();
  }
  if (all) spread_over_all(levels, load);
  return load;
}

PriorityLoad::Place PriorityLoad::choose(std::uint32_t draw) const {
  std::uint32_t sum = 0;
  for (std::uint32_t i = 0; i < healthy.size(); ++i) {
    if ((sum += healthy[i]) >= draw) return {i, false};
  }
  for (std::uint32_t i = 0; i < degraded.size(); ++i) {
    if ((sum += degraded[i]) >= draw) return {i, true};
  }
  return {0, false};
}

}  // namespace meshfn::simulate
