// Requests with several attempts in flight: whoever answers first wins.

#include <utility>

#include "simulate/simulation.h"

namespace meshfn::simulate {

/// The host is charged with the timeout although its answer may still win.
void Simulation::hedge(std::uint32_t id) {
  Request& r = requests_[id];
  const Outcome timeout{504, Cause::try_timeout};
  judge_host(r, attempts_[r.attempt].host, timeout);
  if (r.hedged_count == r.hedged.size() || !may_retry(r, timeout)) return;
  r.hedged[r.hedged_count++] = std::exchange(r.attempt, kNone);
  schedule_retry(id);
}

void Simulation::end_hedged(std::uint32_t id, const Outcome& outcome) {
  Request& r = requests_[id];
  const bool final = outcome.ok() || !r.plan->route->retry.retriable(outcome);
  const bool others = r.attempt != kNone || r.hedged_count > 0 || r.retry_pending;
  if (!final && others) return;  // one of them may do better
  while (r.hedged_count > 0) let_go(r, r.hedged[--r.hedged_count], nullptr);
  if (r.attempt != kNone) let_go(r, std::exchange(r.attempt, kNone), nullptr);
  end_attempt(id, outcome);
}

}  // namespace meshfn::simulate
