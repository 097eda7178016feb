// What breaks, who notices, and what comes back.

#include <fmt/format.h>

#include <algorithm>

#include "simulate/simulation.h"

namespace meshfn::simulate {

namespace {

/// Changes that come one after the other are pushed to the proxies together after this long
/// (PILOT_DEBOUNCE_AFTER).
constexpr Time kDebounce = 100 * kMillisecond;

bool hits(const FaultInfo& fault, std::uint32_t endpoint) {
  return std::binary_search(fault.endpoints.begin(), fault.endpoints.end(), endpoint);
}

}  // namespace

void Simulation::on_fault(std::uint32_t f, bool begins) {
  const FaultInfo& fault = world_.faults[f];
  using Effect = FaultSpec::Effect;
  const Effect effect = fault.spec->effect;
  fault_active_[f] = begins;
  if (begins) felt_.insert(f);
  if (!begins) felt_.erase(f);
  log(begins ? "fault" : "fault-end", fault.name);
  if (fault.spec->control_plane) return change_control_plane(begins);
  if (effect == Effect::change) return begins ? begin_change(fault.spec->change) : void();
  if (!begins && effect == Effect::restart && fault.spec->warm > 0) {
    fault_warming_[f] = true;
    felt_.insert(f);
    queue_.schedule(kHeap, now_ + fault.spec->warm, kFault, f, kWarm);
  }
  if (!fault.links.empty()) change_links(f);
  for (const std::uint32_t endpoint : fault.endpoints) change(f, endpoint, begins);
  if (begins && (effect == Effect::down || effect == Effect::restart)) {
    break_connections(fault.endpoints);
  }
  if (!begins && (effect == Effect::unreachable || effect == Effect::partition)) deliver_lost();
  if (fault.spec->kills() && !fault.endpoints.empty()) announce(f, begins);
}

/// The control plane learns of it, and tells the clients.
void Simulation::announce(std::uint32_t f, bool begins) {
  const DiscoverySpec& discovery = world_.scenario.discovery;
  if (discovery.remove_after >= world_.faults[f].spec->length) return;
  const Time wait = begins ? discovery.remove_after : discovery.add_after;
  queue_.schedule(kHeap, now_ + wait, kDiscovery, f, begins ? 1 : 0);
}

void Simulation::change_control_plane(bool begins) {
  control_planes_down_ += begins ? 1U : ~0U;
  if (control_planes_down_ > 0) return;
  for (const HeldNews& news : held_news_) {
    queue_.schedule(kHeap, now_ + kDebounce, news.kind, news.target, news.check);
  }
  held_news_.clear();
}

/// The endpoints of a restart have filled their caches again.
void Simulation::on_warm(std::uint32_t f) {
  fault_warming_[f] = false;
  felt_.erase(f);
  for (const std::uint32_t endpoint : world_.faults[f].endpoints) degrade(endpoint);
}

void Simulation::change(std::uint32_t f, std::uint32_t id, bool begins) {
  const FaultSpec& spec = *world_.faults[f].spec;
  Endpoint& endpoint = endpoints_[id];
  const auto count = [&](std::uint8_t& counter) {
    counter = static_cast<std::uint8_t>(begins ? counter + 1 : counter - 1);
  };
  switch (spec.effect) {
    case FaultSpec::Effect::down:
      return count(endpoint.down);
    case FaultSpec::Effect::restart:
      count(endpoint.down);
      return degrade(id);
    case FaultSpec::Effect::unreachable:
      return count(endpoint.unreachable);
    case FaultSpec::Effect::partition:
      if (spec.picks_endpoints()) count(endpoint.unreachable);
      return;
    case FaultSpec::Effect::slow:
    case FaultSpec::Effect::errors:
    case FaultSpec::Effect::loss:
    case FaultSpec::Effect::capacity:
      return degrade(id);
    case FaultSpec::Effect::change:
      return;
  }
}

/// What all faults of now make of an endpoint; counted anew, so that no rounding stays behind.
void Simulation::degrade(std::uint32_t id) {
  using Effect = FaultSpec::Effect;
  Endpoint& endpoint = endpoints_[id];
  Degraded sum{.errors = endpoint.workload->spec->errors};
  bool any = false;
  for (const std::uint32_t f : felt_) {
    const FaultSpec& spec = *world_.faults[f].spec;
    const bool worsens = fault_warming_[f] || (fault_active_[f] && !spec.kills());
    if (!worsens || spec.on_links() || !hits(world_.faults[f], id)) continue;
    any = true;
    if (spec.effect == Effect::slow) sum.slow *= spec.amount;
    if (spec.effect == Effect::errors) sum.errors += spec.amount;
    if (spec.effect == Effect::loss) sum.loss = 1 - (1 - sum.loss) * (1 - spec.amount);
    if (spec.effect == Effect::capacity) sum.capacity *= spec.amount;
    const Time ended = spec.at + spec.length;
    if (spec.effect != Effect::restart || ended + spec.warm < sum.warm_at) continue;
    sum.cold = spec.amount;
    sum.cold_from = ended;
    sum.warm_at = ended + spec.warm;
  }
  const double before = endpoint.degraded ? degraded_[id].capacity : 1;
  endpoint.degraded = any;
  degraded_[id] = sum;
  if (sum.capacity != before) apply_capacity(id);
}

std::uint32_t Simulation::reduced_limit(std::uint32_t id) const {
  const std::uint32_t whole = endpoints_[id].workload->concurrency();
  const double share = degraded_.at(id).capacity;
  if (share >= 1 || whole == 0xFFFFFFFF) return whole;
  const auto left = static_cast<std::uint32_t>(share * whole + 0.5);
  return share > 0 ? std::max(left, 1U) : 0;
}

/// Requests in service stay there; those that wait take what has become free.
void Simulation::apply_capacity(std::uint32_t id) {
  Endpoint& endpoint = endpoints_[id];
  const double processors = endpoint.workload->spec->processors;
  if (processors > 0) {
    shares_[id].resize(now_, processors * std::max(degraded_[id].capacity, 1e-9));
    schedule_share(id);
    return;
  }
  if (endpoint.workload->function != nullptr) return serve_waiting(functions_->of(id));
  while (endpoint.head != kNone && endpoint.busy < limit(id, endpoint)) take_next(endpoint);
}

void Simulation::change_links(std::uint32_t f) {
  using Effect = FaultSpec::Effect;
  for (const std::uint32_t link : world_.faults[f].links) {
    LinkState state;
    for (const std::uint32_t other : felt_) {
      const auto& links = world_.faults[other].links;
      if (!fault_active_[other] || !std::binary_search(links.begin(), links.end(), link)) continue;
      const FaultSpec& spec = *world_.faults[other].spec;
      if (spec.effect == Effect::partition) state.cut = true;
      if (spec.effect == Effect::loss) state.loss = 1 - (1 - state.loss) * (1 - spec.amount);
      if (spec.effect == Effect::slow) state.slow *= spec.amount;
    }
    link_states_[link] = state;
  }
}

void Simulation::break_connections(const std::vector<std::uint32_t>& broken) {
  std::vector<bool> hit(endpoints_.size(), false);
  for (const std::uint32_t id : broken) {
    hit[id] = true;
    Endpoint& endpoint = endpoints_[id];
    endpoint.busy = endpoint.queued = 0;
    endpoint.head = endpoint.tail = kNone;
    if (functions_ != nullptr) clear_function(id);
    if (id < shares_.size()) shares_[id].clear(now_);
  }
  const std::uint32_t existing = attempts_.size();
  for (std::uint32_t id = 0; id < existing; ++id) {
    Attempt& a = attempts_[id];
    if (!a.alive || !hit[a.endpoint]) continue;
    const bool holds_slot = a.state == State::serving || a.state == State::calling;
    if (!holds_slot && a.state != State::queued) continue;
    if (holds_slot && now_ > world_.scenario.warmup) {
      record_.endpoints[a.endpoint].busy += now_ - std::max(a.begun, world_.scenario.warmup);
    }
    respond(id, {503, Cause::reset});
  }
}

/// Answers that could not pass are sent again, and pass now.
void Simulation::deliver_lost() {
  const std::uint32_t existing = attempts_.size();
  for (std::uint32_t id = 0; id < existing; ++id) {
    const Attempt& a = attempts_[id];
    if (!a.alive || a.state != State::lost || !reaches(a.zone, endpoints_[a.endpoint])) continue;
    respond(id, a.outcome);
  }
}

bool Simulation::is_dead(std::uint32_t endpoint) const {
  for (const std::uint32_t f : felt_) {
    const FaultInfo& fault = world_.faults[f];
    if (fault_active_[f] && fault.spec->kills() && hits(fault, endpoint)) return true;
  }
  return false;
}

void Simulation::on_discovery(std::uint32_t f, bool removed) {
  const FaultInfo& fault = world_.faults[f];
  if (removed != fault_active_[f]) return;
  if (control_planes_down_ > 0) return held_news_.push_back({kDiscovery, f, removed ? 1U : 0U});
  std::vector<bool> hit(endpoints_.size(), false);
  for (const std::uint32_t id : fault.endpoints) {
    hit[id] = removed || (!is_dead(id) && is_there(id));
    if (removed) note_detection(id);
  }
  for (std::size_t c = 0; c < world_.clusters.size(); ++c) {
    const auto& hosts = world_.clusters[c].hosts;
    for (std::uint32_t host = 0; host < hosts.size(); ++host) {
      if (!hit[hosts[host]]) continue;
      for (const std::uint32_t u : upstreams_of_cluster_[c]) {
        Upstream& upstream = upstreams_[u];
        if (removed && upstream.is_ejected(host)) {
          record_.endpoints[hosts[host]].ejected += now_ - upstream.ejected_since(host);
        }
        upstream.set_known(host, !removed, now_);
        if (!removed && (upstream.failfast || !upstream.waiting.empty())) wake(u);
      }
    }
  }
  log(removed ? "removed" : "added",
      fmt::format("{} endpoints of {}", std::count(hit.begin(), hit.end(), true), fault.name));
}

void Simulation::note_detection(std::uint32_t endpoint) {
  for (const std::uint32_t f : felt_) {
    if (!fault_active_[f] || record_.detected[f] != kNever) continue;
    const auto& hit = world_.faults[f].endpoints;
    if (std::binary_search(hit.begin(), hit.end(), endpoint)) record_.detected[f] = now_;
  }
}

/// A check is answered, as the endpoint is now; or it would be, and the proxy waits on until the
/// timeout is over.
void Simulation::on_health_check(std::uint32_t id, std::uint32_t check) {
  const std::uint32_t host = check & kHostMask;
  if ((check & kTimedOut) != 0) return end_check(id, host, CheckResult::no_answer);
  const Upstream& upstream = upstreams_[id];
  const Endpoint& endpoint = endpoints_[upstream.cluster().hosts[host]];
  if (reaches(world_.proxies[upstream_proxy_[id]].zone, endpoint)) {
    return end_check(id, host, answer_check(id, host));
  }
  const Time left = upstream.policy().health.timeout - check_trip(id, host);
  queue_.schedule(kHeap, now_ + std::max<Time>(left, 0), kHealthCheck, id, host | kTimedOut);
}

/// A request without work, at an endpoint that can be reached.
CheckResult Simulation::answer_check(std::uint32_t id, std::uint32_t host) {
  const std::uint32_t endpoint_id = upstreams_[id].cluster().hosts[host];
  const Endpoint& endpoint = endpoints_[endpoint_id];
  if (endpoint.down > 0) return CheckResult::no_answer;
  const bool full = endpoint.busy >= limit(endpoint_id, endpoint) &&
                    endpoint.queued >= endpoint.workload->spec->queue;
  const double share = errors(endpoint_id);
  const bool failing = share > 0 && proxy_random_[upstream_proxy_[id]].uniform() < share;
  return full || failing ? CheckResult::wrong_status : CheckResult::success;
}

Time Simulation::check_trip(std::uint32_t id, std::uint32_t host) const {
  const std::uint32_t there = endpoints_[upstreams_[id].cluster().hosts[host]].zone;
  const std::uint32_t here = world_.proxies[upstream_proxy_[id]].zone;
  return from_nanos(2 * world_.link(here, there).law.mean());
}

/// Counts what a check found; the next one starts after the interval.
void Simulation::end_check(std::uint32_t id, std::uint32_t host, CheckResult result) {
  Upstream& upstream = upstreams_[id];
  const std::uint32_t endpoint = upstream.cluster().hosts[host];
  const bool was_out = upstream.is_ejected(host);
  const Time since = was_out ? upstream.ejected_since(host) : 0;
  const bool changed = upstream.checked(host, result, now_);
  wake(id);
  if (was_out && !upstream.is_ejected(host)) record_.endpoints[endpoint].ejected += now_ - since;
  if (changed) {
    const bool healthy = upstream.is_healthy(host);
    if (!healthy) note_detection(endpoint);
    const ProxyInfo& proxy = world_.proxies[upstream_proxy_[id]];
    log(healthy ? "return" : "unhealthy",
        fmt::format("{} finds {} {}", proxy.name, world_.id_of(world_.endpoints[endpoint]),
                    healthy ? "healthy" : "unhealthy"));
  }
  const Time interval = upstream.policy().health.interval;
  queue_.schedule(kHeap, now_ + interval + check_trip(id, host), kHealthCheck, id, host);
}

void Simulation::on_tick(std::uint32_t id) {
  Upstream& upstream = upstreams_[id];
  const ClusterInfo& cluster = upstream.cluster();
  const ProxyInfo& proxy = world_.proxies[upstream_proxy_[id]];
  const auto changes = upstream.tick(now_, proxy_random_[upstream_proxy_[id]]);
  for (const auto& [host, since] : changes.returned) {
    const std::uint32_t endpoint = cluster.hosts[host];
    record_.endpoints[endpoint].ejected += now_ - since;
    log("return", fmt::format("{} is back", world_.id_of(world_.endpoints[endpoint])));
  }
  if (!changes.returned.empty()) wake(id);
  record_.ejections_denied += changes.denied;
  record_.ejections += changes.ejected.size();
  for (const std::uint32_t host : changes.ejected) {
    const std::uint32_t endpoint = cluster.hosts[host];
    note_detection(endpoint);
    log("ejection", fmt::format("{} ejects {} after too many failures in an interval", proxy.name,
                                world_.id_of(world_.endpoints[endpoint])));
  }
  queue_.schedule(cluster.outlier_ring, now_ + cluster.policy->outlier.interval, kTick, id, 0);
}

}  // namespace meshfn::simulate
