// What breaks, who notices, and what comes back.

#include <fmt/format.h>

#include <algorithm>

#include "simulate/simulation.h"

namespace meshfn::simulate {

void Simulation::on_fault(std::uint32_t f, bool begins) {
  const FaultInfo& fault = world_.faults[f];
  using Effect = FaultSpec::Effect;
  const Effect effect = fault.spec->effect;
  fault_active_[f] = begins;
  log(begins ? "fault" : "fault-end", fault.name);
  for (const std::uint32_t endpoint : fault.endpoints) change(f, endpoint, begins);
  if (begins && effect == Effect::down) break_connections(f);
  if (!begins && effect == Effect::unreachable) deliver_lost(f);
  if (effect != Effect::down && effect != Effect::unreachable) return;
  const DiscoverySpec& discovery = world_.scenario.discovery;
  if (begins && discovery.remove_after < fault.spec->length) {
    queue_.schedule(kHeap, now_ + discovery.remove_after, kDiscovery, f, 1);
  } else if (!begins && discovery.remove_after < fault.spec->length) {
    queue_.schedule(kHeap, now_ + discovery.add_after, kDiscovery, f, 0);
  }
}

void Simulation::change(std::uint32_t f, std::uint32_t id, bool begins) {
  const FaultSpec& spec = *world_.faults[f].spec;
  Endpoint& endpoint = endpoints_[id];
  const auto count = [&](std::uint8_t& counter) {
    counter = static_cast<std::uint8_t>(begins ? counter + 1 : counter - 1);
    return counter > 0;
  };
  switch (spec.effect) {
    case FaultSpec::Effect::down:
      count(endpoint.down);
      return;
    case FaultSpec::Effect::unreachable:
      count(endpoint.unreachable);
      return;
    case FaultSpec::Effect::slow:
      // Set anew when the last one ends, so that no rounding stays behind.
      if (count(endpoint.slowed)) {
        if (endpoint.slowed == 1 && begins) degraded_[id].slow = 1;
        degraded_[id].slow *= begins ? spec.amount : 1 / spec.amount;
      }
      return;
    case FaultSpec::Effect::errors:
      if (count(endpoint.failing)) {
        if (endpoint.failing == 1 && begins) {
          degraded_[id].errors = endpoint.workload->spec->errors;
        }
        degraded_[id].errors += begins ? spec.amount : -spec.amount;
      }
      return;
  }
}

void Simulation::break_connections(std::uint32_t f) {
  std::vector<bool> hit(endpoints_.size(), false);
  for (const std::uint32_t id : world_.faults[f].endpoints) {
    hit[id] = true;
    Endpoint& endpoint = endpoints_[id];
    endpoint.busy = endpoint.queued = 0;
    endpoint.head = endpoint.tail = kNone;
    if (id < idle_.size()) idle_[id].clear();
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

void Simulation::deliver_lost(std::uint32_t f) {
  std::vector<bool> hit(endpoints_.size(), false);
  for (const std::uint32_t id : world_.faults[f].endpoints) hit[id] = true;
  const std::uint32_t existing = attempts_.size();
  for (std::uint32_t id = 0; id < existing; ++id) {
    const Attempt& a = attempts_[id];
    if (a.alive && hit[a.endpoint] && a.state == State::lost) respond(id, a.outcome);
  }
}

void Simulation::on_discovery(std::uint32_t f, bool removed) {
  const FaultInfo& fault = world_.faults[f];
  if (removed != fault_active_[f]) return;
  std::vector<bool> hit(endpoints_.size(), false);
  for (const std::uint32_t id : fault.endpoints) {
    const Endpoint& endpoint = endpoints_[id];
    hit[id] = removed || (endpoint.down == 0 && endpoint.unreachable == 0);
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
        if (!removed) wake(u);
      }
    }
  }
  log(removed ? "removed" : "added",
      fmt::format("{} endpoints of {}", std::count(hit.begin(), hit.end(), true), fault.name));
}

void Simulation::note_detection(std::uint32_t endpoint) {
  for (std::size_t f = 0; f < fault_active_.size(); ++f) {
    if (!fault_active_[f] || record_.detected[f] != kNever) continue;
    const auto& hit = world_.faults[f].endpoints;
    if (std::binary_search(hit.begin(), hit.end(), endpoint)) record_.detected[f] = now_;
  }
}

/// The end of a check: a request without work, answered as the endpoint is now.
void Simulation::on_health_check(std::uint32_t id, std::uint32_t host) {
  Upstream& upstream = upstreams_[id];
  const std::uint32_t proxy = upstream_proxy_[id];
  const HealthCheck& settings = upstream.policy().health;
  const std::uint32_t endpoint_id = upstream.cluster().hosts[host];
  Endpoint& endpoint = endpoints_[endpoint_id];
  CheckResult result = CheckResult::success;
  Time length = 0;
  if (endpoint.unreachable > 0) {
    result = CheckResult::no_answer;
    length = settings.timeout;
  } else if (endpoint.down > 0) {
    result = CheckResult::no_answer;
  } else {
    const bool full = endpoint.busy >= endpoint.workload->concurrency() &&
                      endpoint.queued >= endpoint.workload->spec->queue;
    const double share = errors(endpoint_id);
    const bool failing = share > 0 && proxy_random_[proxy].uniform() < share;
    if (full || failing) result = CheckResult::wrong_status;
    length = from_nanos(2 * world_.link(world_.proxies[proxy].zone, endpoint.zone).law.mean());
  }
  const bool was_out = upstream.is_ejected(host);
  const Time since = was_out ? upstream.ejected_since(host) : 0;
  const bool changed = upstream.checked(host, result, now_);
  wake(id);
  if (was_out && !upstream.is_ejected(host)) {
    record_.endpoints[endpoint_id].ejected += now_ - since;
  }
  if (changed) {
    const bool healthy = upstream.is_healthy(host);
    if (!healthy) note_detection(endpoint_id);
    log(healthy ? "return" : "unhealthy", fmt::format("{} finds {} {}", world_.proxies[proxy].name,
                                                      world_.id_of(world_.endpoints[endpoint_id]),
                                                      healthy ? "healthy" : "unhealthy"));
  }
  queue_.schedule(kHeap, now_ + settings.interval + length, kHealthCheck, id, host);
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
