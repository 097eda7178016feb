#pragma once

// Where requests go on average, without events: Envoy's arithmetic over priorities, localities and
// panic for every client zone, and the rate that reaches each endpoint by it. Attempts of a request
// fail independently of each other. The hosts of a set share by weight, where the balancer heeds
// weights, and else equally; a balancer that keeps everything together has it at the first.

#include <cstdint>
#include <vector>

#include "simulate/world.h"

namespace meshfn::simulate {

/// Endpoints that are taken to be lost, by index; empty: none.
using Lost = std::vector<bool>;

/// One priority level as one place sees it.
struct LevelShare {
  std::uint32_t hosts = 0;    ///< that clients know
  std::uint32_t healthy = 0;  ///< of them
  std::uint32_t load = 0;     ///< percent
  bool panic = false;         ///< lost hosts are used as well
  std::vector<double> zones;  ///< share (0-1) of all requests, by zone of the world
};

/// How one cluster's load divides for the clients of one zone.
struct Division {
  std::vector<LevelShare> levels;
  std::vector<double>
      hosts;  ///< share (0-1) of each host; less than 1 together when some have none
};

/// How requests choose among hosts that are alike to the arithmetic of levels and zones.
enum class Spread : std::uint8_t {
  by_weight,
  one_host,  ///< all to the first
  by_keys    ///< by what a few clients or requests have in common: only events tell
};

/// What the balancer of the cluster makes of those who call it.
Spread spread_of(const World& world, const ClusterInfo& cluster);

/// With outlier detection lost hosts are ejected, as far as its maximum allows, as long as the
/// control plane keeps them; without, it has taken them out.
Division divide(const World& world, const ClusterInfo& cluster, const Shape& shape,
                const Lost& lost);

/// One cluster as it is called from one zone.
struct Edge {
  std::uint32_t cluster;
  std::uint32_t zone;
  std::uint32_t shape;
  double rate;      ///< requests per second
  double attempts;  ///< per second, retries and lost ones included
  double failed;    ///< requests per second that fail after all retries
};

struct Flow {
  std::vector<double> endpoints;  ///< requests per second that reach each
  std::vector<Edge> edges;        ///< by cluster and zone, those that are used
  double offered = 0;             ///< requests per second of all loads
  double failed = 0;              ///< calls per second that find no endpoint, or a lost one
};

/// Without `retries` every call is tried once.
Flow flow_of(const World& world, const Lost& lost, bool retries = true);

}  // namespace meshfn::simulate
