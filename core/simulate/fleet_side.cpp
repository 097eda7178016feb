// Endpoints that come and go: autoscalers, rolling updates, and how clients hear of it.

#include <fmt/format.h>

#include <algorithm>

#include "simulate/simulation.h"

namespace meshfn::simulate {

namespace {

using ScaleBy = AutoscaleSpec::Metric;

/// How often an autoscaler's metric is looked at between two decisions.
constexpr std::uint32_t kSamples = 15;
/// Bits of a check that say what the news is.
constexpr std::uint32_t kNewsBits = 3;

}  // namespace

void Simulation::build_fleets() {
  rolling_.resize(world_.rollouts.size(), false);
  if (world_.fleets.empty()) return;
  fleet_of_.assign(endpoints_.size(), kNone);
  lives_.resize(endpoints_.size());
  record_.ready.assign(endpoints_.size(), 0);
  for (std::uint32_t f = 0; f < world_.fleets.size(); ++f) {
    const FleetInfo& info = world_.fleets[f];
    Fleet& fleet = fleets_.emplace_back();
    fleet.info = &info;
    const WorkloadSpec& spec = *world_.workloads[info.workload].spec;
    if (spec.autoscale) fleet.autoscaler.emplace(*spec.autoscale);
    fleet.ready = info.initial;
    fleet.live.assign(world_.zones.size(), 0);
    record_.fleets.emplace_back();
    for (std::uint32_t e = info.first; e < info.first + info.count; ++e) {
      fleet_of_[e] = f;
      if (!world_.endpoints[e].spare) {
        ++fleet.live[endpoints_[e].zone];
        continue;
      }
      lives_[e].phase = Life::Phase::absent;
      lives_[e].known = false;
      ++endpoints_[e].down;
    }
  }
  for (std::uint32_t f = 0; f < fleets_.size(); ++f) {
    record_.fleets[f].most = record_.fleets[f].least = service_size(f);
  }
}

/// Ready endpoints of all fleets of the fleet's service.
std::uint32_t Simulation::service_size(std::uint32_t f) const {
  const auto service_of = [&](const Fleet& fleet) {
    return world_.workloads[fleet.info->workload].service;
  };
  std::uint32_t sum = 0;
  for (const Fleet& fleet : fleets_) {
    if (service_of(fleet) == service_of(fleets_[f])) sum += fleet.ready;
  }
  return sum;
}

void Simulation::on_fleet(std::uint32_t target, std::uint32_t check) {
  const auto news = static_cast<FleetNews>(check & ((1U << kNewsBits) - 1));
  if (news == kIsSampled) return sample(target);
  if (check >> kNewsBits != lives_[target].turn) return;
  const bool told = news == kIsKnown || news == kIsForgotten;
  if (told && control_planes_down_ > 0) return held_news_.push_back({kFleet, target, check});
  switch (news) {
    case kIsReady:
      return on_ready(target);
    case kIsKnown:
      lives_[target].known = true;
      if (!is_dead(target)) tell_clients(target, true);
      return;
    case kIsForgotten:
      lives_[target].known = false;
      tell_clients(target, false);
      if (endpoints_[target].busy + endpoints_[target].queued == 0) on_gone(target);
      return;
    case kIsGone:
      return on_gone(target);
    case kIsSampled:
      return;
  }
}

void Simulation::schedule_news(std::uint32_t endpoint, Time wait, FleetNews news) {
  const std::uint32_t check = lives_[endpoint].turn << kNewsBits | news;
  queue_.schedule(kHeap, now_ + wait, kFleet, endpoint, check);
}

/// An absent endpoint of the zone that has the fewest; kNone when all are there.
std::uint32_t Simulation::next_to_start(const Fleet& fleet) const {
  std::uint32_t best = kNone;
  std::uint32_t least = kNone;
  for (std::uint32_t e = fleet.info->first; e < fleet.info->first + fleet.info->count; ++e) {
    if (lives_[e].phase != Life::Phase::absent || lives_[e].known) continue;
    const std::uint32_t live = fleet.live[endpoints_[e].zone];
    if (best != kNone && live >= least) continue;
    best = e;
    least = live;
  }
  return best;
}

/// As a ReplicaSet chooses: one that is not ready yet, then the newest where most of them are.
std::uint32_t Simulation::next_to_stop(const Fleet& fleet) const {
  std::uint32_t best = kNone;
  std::uint32_t most = 0;
  for (std::uint32_t e = fleet.info->first; e < fleet.info->first + fleet.info->count; ++e) {
    if (lives_[e].phase == Life::Phase::starting) return e;
    if (lives_[e].phase != Life::Phase::ready) continue;
    const std::uint32_t live = fleet.live[endpoints_[e].zone];
    const bool newer =
        best != kNone && live == most && lives_[e].ready_since >= lives_[best].ready_since;
    if (best != kNone && live <= most && !newer) continue;
    best = e;
    most = live;
  }
  return best;
}

void Simulation::start_endpoints(std::uint32_t f, std::uint32_t count) {
  Fleet& fleet = fleets_[f];
  const Distribution& startup = world_.workloads[fleet.info->workload].spec->startup;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t e = next_to_start(fleet);
    if (e == kNone) return;
    Life& life = lives_[e];
    life.phase = Life::Phase::starting;
    ++life.turn;
    ++fleet.starting;
    ++fleet.live[endpoints_[e].zone];
    ++record_.fleets[f].started;
    schedule_news(e, from_nanos(startup.draw(endpoints_[e].random)), kIsReady);
  }
}

void Simulation::stop_endpoints(std::uint32_t f, std::uint32_t count) {
  Fleet& fleet = fleets_[f];
  const WorkloadSpec& spec = *world_.workloads[fleet.info->workload].spec;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t e = next_to_stop(fleet);
    if (e == kNone) return;
    Life& life = lives_[e];
    ++life.turn;
    --fleet.live[endpoints_[e].zone];
    ++record_.fleets[f].stopped;
    if (life.phase == Life::Phase::starting) {
      life.phase = Life::Phase::absent;
      --fleet.starting;
      continue;
    }
    leave_service(e);
    life.phase = Life::Phase::draining;
    --fleet.ready;
    note_size(f);
    schedule_news(e, world_.scenario.discovery.add_after, kIsForgotten);
    schedule_news(e, spec.drain, kIsGone);
  }
}

void Simulation::on_ready(std::uint32_t e) {
  const std::uint32_t f = fleet_of_[e];
  Fleet& fleet = fleets_[f];
  lives_[e].phase = Life::Phase::ready;
  lives_[e].ready_since = now_;
  --endpoints_[e].down;
  --fleet.starting;
  ++fleet.ready;
  note_size(f);
  schedule_news(e, world_.scenario.discovery.add_after, kIsKnown);
  for (std::uint32_t c = 0; c < rolling_.size(); ++c) {
    if (rolling_[c] && world_.rollouts[c].fresh == f) roll_on(c);
  }
}

/// The process ends, if it has not; whoever still waits for an answer loses the connection.
void Simulation::on_gone(std::uint32_t e) {
  if (lives_[e].phase != Life::Phase::draining) return;
  ++endpoints_[e].down;
  lives_[e].phase = Life::Phase::absent;
  if (endpoints_[e].busy + endpoints_[e].queued > 0) break_connections({e});
}

/// Counts the time in which the endpoint was ready.
void Simulation::leave_service(std::uint32_t e) {
  const Time since = std::max(lives_[e].ready_since, world_.scenario.warmup);
  if (now_ <= since) return;
  record_.ready[e] += now_ - since;
  record_.fleets[fleet_of_[e]].ready += now_ - since;
}

void Simulation::note_size(std::uint32_t f) {
  FleetRecord& record = record_.fleets[f];
  const std::uint64_t size = service_size(f);
  record.most = std::max(record.most, size);
  record.least = std::min(record.least, size);
}

void Simulation::tell_clients(std::uint32_t e, bool known) {
  for (std::size_t c = 0; c < world_.clusters.size(); ++c) {
    const auto& hosts = world_.clusters[c].hosts;
    const auto found = std::lower_bound(hosts.begin(), hosts.end(), e);
    if (found == hosts.end() || *found != e) continue;
    const auto host = static_cast<std::uint32_t>(found - hosts.begin());
    for (const std::uint32_t u : upstreams_of_cluster_[c]) {
      Upstream& upstream = upstreams_[u];
      if (!known && upstream.is_ejected(host)) {
        record_.endpoints[e].ejected += now_ - upstream.ejected_since(host);
      }
      upstream.set_known(host, known, now_);
      if (known && (upstream.failfast || !upstream.waiting.empty())) wake(u);
    }
  }
}

/// What the metric is now, mean over the ready endpoints; every so often the autoscaler decides.
void Simulation::sample(std::uint32_t f) {
  Fleet& fleet = fleets_[f];
  const FleetInfo& info = *fleet.info;
  const WorkloadInfo& workload = world_.workloads[info.workload];
  const AutoscaleSpec& spec = *workload.spec->autoscale;
  double sum = 0;
  for (std::uint32_t e = info.first; e < info.first + info.count; ++e) {
    if (lives_[e].phase != Life::Phase::ready) continue;
    const Endpoint& endpoint = endpoints_[e];
    const double share = endpoint.busy / workload.slots();
    sum += spec.metric == ScaleBy::utilization ? std::min(share, 1.0)
                                               : endpoint.busy + endpoint.queued;
  }
  if (now_ > 0) {
    fleet.sum += fleet.ready > 0 ? sum / fleet.ready : 0;
    if (++fleet.samples == kSamples) scale(f);
  }
  queue_.schedule(kHeap, now_ + spec.interval / kSamples, kFleet, f, kIsSampled);
}

void Simulation::scale(std::uint32_t f) {
  Fleet& fleet = fleets_[f];
  const WorkloadSpec& spec = *world_.workloads[fleet.info->workload].spec;
  Autoscaler::View view{fleet.ready, fleet.starting, fleet.sum / fleet.samples};
  if (spec.autoscale->metric == ScaleBy::rate && fleet.ready > 0) {
    view.value =
        static_cast<double>(fleet.arrivals) / (to_seconds(spec.autoscale->interval) * fleet.ready);
  }
  fleet.samples = 0;
  fleet.sum = 0;
  fleet.arrivals = 0;
  const std::uint32_t now_there = fleet.ready + fleet.starting;
  const std::uint32_t wanted = fleet.autoscaler->decide(now_, view);
  if (wanted == now_there) return;
  log("scale", fmt::format("{} from {} to {} endpoints", spec.name, now_there, wanted));
  if (wanted > now_there) return start_endpoints(f, wanted - now_there);
  stop_endpoints(f, now_there - wanted);
}

void Simulation::begin_change(std::uint32_t change) {
  if (world_.rollouts[change].fresh == kNone) return;  // a canary: its plans know their moments
  // As with a Deployment, a new rollout takes the place of one that goes on.
  for (std::uint32_t other = 0; other < rolling_.size(); ++other) {
    if (world_.rollouts[other].service == world_.rollouts[change].service) rolling_[other] = false;
  }
  rolling_[change] = true;
  roll_on(change);
}

/// Starts and stops what the rolling update allows now.
void Simulation::roll_on(std::uint32_t change) {
  const RolloutInfo& rollout = world_.rollouts[change];
  for (;;) {
    const Fleet& fresh = fleets_[rollout.fresh];
    RolloutView view{rollout.wanted, fresh.ready + fresh.starting, fresh.ready, 0, rollout.surge,
                     rollout.missing};
    // What an earlier rollout has not finished starting is stopped first.
    for (const std::uint32_t f : rollout.old) {
      stop_endpoints(f, fleets_[f].starting);
      view.old += fleets_[f].ready;
    }
    if (view.old == 0 && view.ready == view.wanted) break;
    const RolloutStep step = next_step(view);
    if (step.start == 0 && step.stop == 0) return;
    start_endpoints(rollout.fresh, step.start);
    std::uint32_t left = step.stop;
    for (const std::uint32_t f : rollout.old) {
      const std::uint32_t some = std::min(left, fleets_[f].ready);
      stop_endpoints(f, some);
      left -= some;
    }
  }
  rolling_[change] = false;
  log("rollout", fmt::format("{} endpoints are new", rollout.wanted));
}

void Simulation::finish_fleets() {
  if (lives_.empty()) return;
  for (std::uint32_t e = 0; e < endpoints_.size(); ++e) {
    if (fleet_of_[e] == kNone) {
      record_.ready[e] = now_ - world_.scenario.warmup;
    } else if (lives_[e].phase == Life::Phase::ready) {
      leave_service(e);
    }
  }
}

}  // namespace meshfn::simulate
