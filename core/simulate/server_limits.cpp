// Servers that share processors or limit their rate.

#include "simulate/simulation.h"

namespace meshfn::simulate {

bool Simulation::over_limit(std::uint32_t endpoint) {
  const std::uint32_t bucket = bucket_of_[endpoint];
  if (bucket == kNone || buckets_[bucket].take(now_)) return false;
  if (segment_ != kUncounted) ++record_.endpoints[endpoint].refused;
  return true;
}

void Simulation::share_processors(std::uint32_t id, Endpoint& endpoint) {
  const std::uint32_t e = attempts_[id].endpoint;
  const double work = endpoint.workload->service_time.law.draw(endpoint.random) * slowness(e);
  shares_[e].add(now_, work, id);
  schedule_share(e);
}

/// The end that is expected now; what was expected before is stale.
void Simulation::schedule_share(std::uint32_t e) {
  const ProcessorShare& share = shares_[e];
  if (!share.empty()) queue_.schedule(kHeap, share.next(now_), kShareDone, e, share.epoch());
}

void Simulation::on_share_done(std::uint32_t e) {
  const std::uint32_t id = shares_[e].finish(now_);
  schedule_share(e);
  on_service_done(id);
}

}  // namespace meshfn::simulate
