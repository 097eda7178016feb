// Clients that wait for a host (Linkerd's queue and failfast, failure accrual, connections that are
// made again), and clients that wait no longer (timeouts).

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "simulate/simulation.h"

namespace meshfn::simulate {

void Simulation::wait_for_host(std::uint32_t id) {
  Request& r = requests_[id];
  Upstream& upstream = upstreams_[r.upstream];
  const ClientQueue& settings = upstream.policy().queue;
  if (settings.capacity == 0 || upstream.failfast) {
    return end_attempt(id, {503, Cause::no_healthy_host});
  }
  if (upstream.waiting.size() >= settings.capacity) return end_attempt(id, {503, Cause::overflow});
  if (upstream.waiting.empty()) {
    queue_.schedule(kHeap, now_ + settings.failfast, kFailfast, r.upstream, ++upstream.wait);
  }
  upstream.waiting.push_back(id);
  r.queued = true;
}

void Simulation::wake(std::uint32_t id) {
  Upstream& upstream = upstreams_[id];
  if (!upstream.ready()) return;
  upstream.failfast = false;
  // A host on probation takes one of them; the others wait on, in their order.
  while (!upstream.waiting.empty() && upstream.ready()) {
    const std::uint32_t request = upstream.waiting.front();
    upstream.waiting.pop_front();
    requests_[request].queued = false;
    start_attempt(request);
  }
  // Those that are left have been waiting for a host since this moment.
  ++upstream.wait;
  if (upstream.waiting.empty()) return;
  queue_.schedule(kHeap, now_ + upstream.policy().queue.failfast, kFailfast, id, upstream.wait);
}

void Simulation::on_failfast(std::uint32_t id, std::uint32_t wait) {
  Upstream& upstream = upstreams_[id];
  if (wait != upstream.wait || upstream.waiting.empty()) return;
  upstream.failfast = true;
  const ProxyInfo& proxy = world_.proxies[upstream_proxy_[id]];
  log("failfast", fmt::format("{} has found no host of {} for {:g} s", proxy.name,
                              world_.services[upstream.cluster().service].spec->name,
                              to_seconds(upstream.policy().queue.failfast)));
  const auto failed = std::exchange(upstream.waiting, {});
  // Who waited in vain gets a timeout; who comes from now on is turned away with 503
  // (linkerd2-proxy, app/outbound/src/http/server.rs: FailFastError and LoadShedError).
  for (const std::uint32_t request : failed) {
    requests_[request].queued = false;
    end_attempt(request, {504, Cause::no_healthy_host});
  }
}

void Simulation::leave_queue(std::uint32_t id) {
  auto& waiting = upstreams_[requests_[id].upstream].waiting;
  waiting.erase(std::find(waiting.begin(), waiting.end(), id));
  requests_[id].queued = false;
}

void Simulation::judge_gate(const Request& r, std::uint32_t host, const Outcome& outcome) {
  const std::uint32_t id = r.upstream;
  Upstream& upstream = upstreams_[id];
  const auto change = upstream.judge_gate(host, outcome, now_, proxy_random_[r.proxy]);
  const std::uint32_t endpoint = upstream.cluster().hosts[host];
  if (change.shut > 0) {
    ++record_.ejections;
    note_detection(endpoint);
    log("shut", fmt::format("{} shuts {} for {:g} s after {}", world_.proxies[r.proxy].name,
                            world_.id_of(world_.endpoints[endpoint]), to_seconds(change.shut),
                            to_string(outcome.cause)));
    queue_.schedule(kHeap, now_ + change.shut, kProbe, id, host);
  }
  if (change.reconnect > 0) {
    note_detection(endpoint);
    queue_.schedule(kHeap, now_ + change.reconnect, kReconnect, id, host);
  }
  if (change.reopened) wake(id);
}

void Simulation::on_probe(std::uint32_t id, std::uint32_t host) {
  upstreams_[id].admit_probe(host);
  wake(id);
}

void Simulation::on_reconnect(std::uint32_t id, std::uint32_t host) {
  Upstream& upstream = upstreams_[id];
  const Endpoint& endpoint = endpoints_[upstream.cluster().hosts[host]];
  const std::uint32_t zone = world_.proxies[upstream_proxy_[id]].zone;
  const bool stands = endpoint.down == 0 && reaches(zone, endpoint);
  const Time wait = upstream.reconnected(host, stands, proxy_random_[upstream_proxy_[id]]);
  if (stands) return wake(id);
  queue_.schedule(kHeap, now_ + wait, kReconnect, id, host);
}

void Simulation::abandon(std::uint32_t id, const Outcome& outcome) {
  Request& r = requests_[id];
  while (r.hedged_count > 0) let_go(r, r.hedged[--r.hedged_count], nullptr);
  if (r.attempt != kNone) let_go(r, std::exchange(r.attempt, kNone), &outcome);
}

void Simulation::let_go(Request& r, std::uint32_t attempt, const Outcome* judgement) {
  Attempt& a = attempts_[attempt];
  Upstream& upstream = upstreams_[r.upstream];
  a.request = kNone;
  upstream.finished(a.host);
  const bool waiting = a.state == State::waiting;
  if (waiting) upstream.connections->forget(r.worker, a.host, attempt);
  const std::uint32_t host = a.host;
  const std::uint32_t connection = connection_of(attempt);
  // The server goes on with work that nobody waits for; an attempt that never reached it, or
  // whose answer is lost, ends here.
  if (waiting || a.state == State::lost) {
    a.alive = false;
    attempts_.give_back(attempt);
  }
  if (upstream.gated()) {
    upstream.left(host);
    wake(r.upstream);
  }
  if (judgement != nullptr) judge_host(r, host, *judgement);
  if (waiting || upstream.connections == nullptr) return;
  const bool ends = upstream.connections->one_at_a_time();
  release_connection(r, connection, host, ends ? Leave::broken : Leave::whole);
}

void Simulation::on_try_timeout(std::uint32_t attempt) {
  const std::uint32_t id = attempts_[attempt].request;
  if (id == kNone) return;
  ++record_.timeouts;
  if (requests_[id].plan->route->retry.hedge) return hedge(id);
  abandon(id, {504, Cause::try_timeout});
  end_attempt(id, {504, Cause::try_timeout});
}

void Simulation::on_route_timeout(std::uint32_t id) {
  ++record_.timeouts;
  abandon(id, {504, Cause::route_timeout});
  Request& r = requests_[id];
  if (r.queued) leave_queue(id);
  if (r.holds_retry) --upstreams_[r.upstream].active_retries;
  finish(id, {504, Cause::route_timeout});
}

}  // namespace meshfn::simulate
