#pragma once

// Answers without events, in an instant: where Envoy's arithmetic sends requests, how busy that
// makes everything and how long requests wait by Erlang's formulas, and how much load is left room
// for when a zone or an endpoint is lost. Means only, in the steady state: retries, timeouts,
// breakers and the time until a loss is noticed take a simulation.

#include <optional>
#include <string>
#include <vector>

#include "simulate/flow.h"

namespace meshfn::simulate {

/// One service in the steady state. Times in milliseconds, shares 0-1. What needs a concurrency is
/// absent where there is no limit. Where requests share processors, the wait is what sharing adds.
struct StationFigures {
  std::string name;
  double rate = 0;           ///< attempts per second that reach it
  double attempts = 1;       ///< of a call, retries included
  double amplification = 1;  ///< rate over what it would be if nobody tried again, anywhere
  double failed = 0;         ///< share of the calls that fail after all retries
  std::uint32_t endpoints = 0;
  std::optional<double> slots;        ///< or processors, where requests share them
  double held = 0;                    ///< mean time a slot is held, calls to others included
  std::optional<double> utilization;  ///< of all slots; 1 and more: the queue grows
  std::optional<double> busiest;      ///< utilisation of the busiest endpoint
  std::string busiest_zone;
  std::optional<double> waiting;      ///< share of requests that wait when split at random
  std::optional<double> pooled_wait;  ///< mean, if one queue fed all slots: no balancer does better
  std::optional<double> random_wait;  ///< mean, when endpoints are picked at random
  std::optional<double> refused;      ///< share that finds a waiting room full, likewise
  std::optional<double> response;     ///< mean with the random wait; absent when it grows for ever
};

/// How much load fits while something is lost.
struct CapacityFigures {
  std::string lost;  ///< "nothing", "zone eu-west-1/a", "reviews-v1-2", a fault's name
  std::optional<double>
      factor;              ///< of this load until the first endpoint is full; absent: no limit
  std::string bottleneck;  ///< "payments in eu-west-1/a"
  double failed = 0;       ///< share of the calls that find no live endpoint
};

/// Where one zone's calls to a cluster go while something is lost.
struct DivisionFigures {
  std::string service;
  std::string subset;
  std::string from;  ///< zone of the callers
  std::string lost;
  double rate = 0;
  std::vector<LevelShare> levels;
};

struct Analysis {
  const World* world = nullptr;
  double offered = 0;  ///< requests per second
  std::vector<StationFigures> stations;
  std::vector<CapacityFigures> capacity;   ///< nothing lost first
  std::vector<DivisionFigures> divisions;  ///< those that a loss does not change only once
  std::vector<std::string> assumptions;

  /// Whether the load fits while nothing is lost.
  bool stable() const;
};

Analysis analyse(const World& world);

/// "first bottleneck: payments in eu-west-1/a, full at 143 % of this load"
std::string conclusion(const Analysis& analysis);

}  // namespace meshfn::simulate
