#pragma once

// How often a call is tried on average and how often it fails in the end, when attempts fail
// independently: errors of the servers, and failures of what those call themselves.

#include <vector>

#include "simulate/world.h"

namespace meshfn::simulate {

struct AttemptFigures {
  double attempts = 1;  ///< of a request
  double failed = 0;    ///< share of requests that fail after all of them
};

/// A call by `route` at `rate` per second whose attempts are answered 500 with probability
/// `failing` and find no endpoint with probability `lost`. A budget bounds the retries.
AttemptFigures expected_attempts(const Route& route, const TrafficPolicy& policy, double rate,
                                 double failing, double lost);

/// The share of requests that each workload answers with an error, its own and those of what it
/// calls, while nothing is lost. Calls are acyclic, so it is found from the last service up.
class Failures {
 public:
  Failures(const World& world, bool retries);

  double of_workload(std::uint32_t workload) const { return workloads_[workload]; }

  /// The share of scripts that get over the step.
  double step_succeeds(const Caller& caller, const ScriptStep& step) const;

 private:
  double call_fails(const Caller& caller, const Plan& plan) const;
  double cluster_fails(std::uint32_t cluster) const;

  const World& world_;
  bool retries_;
  std::vector<double> workloads_;
};

}  // namespace meshfn::simulate
