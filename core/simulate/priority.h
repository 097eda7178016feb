#pragma once

// How Envoy divides load over priority levels, and when it panics: integer arithmetic throughout,
// so the numbers are exactly those of a proxy (load_balancer_impl.cc).

#include <cstdint>
#include <span>
#include <vector>

namespace meshfn::simulate {

/// Hosts of one priority level, counted (or weighed, with weighted priority health).
struct LevelHealth {
  std::uint32_t hosts = 0;  ///< excluded ones included
  std::uint32_t healthy = 0;
  std::uint32_t degraded = 0;
  std::uint32_t excluded = 0;            ///< waiting for their first health check
  std::uint32_t overprovisioning = 140;  ///< percent
};

/// Shares of the load in percent; healthy and degraded together add up to 100.
struct PriorityLoad {
  std::vector<std::uint32_t> healthy;
  std::vector<std::uint32_t> degraded;
  std::vector<bool> panic;

  /// Where a draw 1 … 100 falls: the level, and whether its degraded hosts are meant.
  struct Place {
    std::uint32_t level;
    bool degraded;
  };

  Place choose(std::uint32_t draw) const;
};

/// `panic_threshold` in percent (Envoy's default 50; 0 turns panic off).
PriorityLoad priority_load(std::span<const LevelHealth> levels, double panic_threshold);

}  // namespace meshfn::simulate
