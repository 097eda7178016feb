#pragma once

// Erlang's formulas for every endpoint of a world under a flow: how long a slot is held (a caller
// holds its own while others answer), how busy that makes it, and how long requests wait for one.
// Where requests share processors, these take the place of slots, and the time that sharing adds
// that of the wait.

#include <cmath>
#include <limits>
#include <vector>

#include "simulate/flow.h"

namespace meshfn::simulate {

inline constexpr std::uint32_t kUnlimitedSlots = 0xFFFFFFFF;

/// What limits the requests at once of an endpoint of the workload; kUnlimitedSlots when nothing
/// does.
std::uint32_t slots_of(const WorkloadInfo& workload);

/// One endpoint. Times in seconds.
struct EndpointLoad {
  double held = 0;  ///< mean time of a slot
  /// What fills up first: slots, or processors that requests share; infinite without a limit.
  double servers = std::numeric_limits<double>::infinity();
  bool shared = false;  ///< they are processors
  double load = 0;      ///< offered load in servers
  double waits = 0;     ///< share of requests that wait, or share a processor
  double wait = 0;      ///< mean over all that are let in; infinite when the queue grows for ever
  double refused = 0;

  bool limited() const { return std::isfinite(servers); }

  /// Utilisation; 0 without a limit.
  double busy() const { return load / servers; }
};

struct Stations {
  std::vector<EndpointLoad> endpoints;
  std::vector<double> response;  ///< of each service: mean wait and held time
};

/// Waits of called services lengthen the callers' held times; `with_waits` false leaves that out,
/// which is what counts at the point where the first endpoint fills up.
Stations stations_of(const World& world, const Flow& flow, bool with_waits);

}  // namespace meshfn::simulate
