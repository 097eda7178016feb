// What a caller's proxy does: route, choose, wait, retry, count.

#include <fmt/format.h>

#include <algorithm>

#include "simulate/hashing.h"
#include "simulate/simulation.h"

namespace meshfn::simulate {

namespace {

/// What a request costs at least between a user and the proxy beside it.
constexpr Time kTurnaround = 100 * kMicrosecond;

}  // namespace

void Simulation::on_arrival(std::uint32_t id, std::uint32_t connection) {
  Client& client = clients_[id];
  const Time next = client.process.next(now_, client.random);
  if (next != kNever) queue_.schedule(kHeap, next, kArrival, id, 0);
  if (requests_.in_use() >= kMostInFlight) {
    ++record_.shed;
    return;
  }
  const Caller& caller = world_.callers[world_.proxies[client.proxy].caller];
  const std::uint32_t request = open_request(client.proxy, caller.plans[0]);
  Request& r = requests_[request];
  r.client = id;
  if (connection > 0) r.worker = static_cast<std::uint8_t>(connection - 1);
  r.segment = segment_;
  if (segment_ != kUncounted) ++record_.loads[client.load][segment_].counts.started;
  ++window_.started;
  begin(request);
}

std::uint32_t Simulation::open_request(std::uint32_t proxy, const Plan& plan) {
  const std::uint32_t id = requests_.take();
  Request& r = requests_[id];
  Random& random = proxy_random_[proxy];
  const std::uint32_t workers = world_.callers[world_.proxies[proxy].caller].workers;
  r.started = now_;
  r.plan = &plan;
  r.proxy = proxy;
  r.attempt = kNone;
  r.parent = kNone;
  r.client = kNone;
  r.segment = segment_;
  r.worker = workers < 2 ? 0 : static_cast<std::uint8_t>(random.below(workers));
  r.retries_left = static_cast<std::uint8_t>(std::min(plan.route->retry.retries, 255U));
  r.attempts = 0;
  r.tried_count = 0;
  r.holds_retry = r.mirrored = r.optional = r.retry_pending = r.queued = false;
  r.hedged_count = 0;
  r.upstream = kNone;
  return id;
}

namespace {

/// Which destination of the route a request goes to; `first` is the caller's first upstream.
std::uint32_t destination(const Plan& plan, const Upstream* first, Random& random, Time now) {
  if (plan.slots.size() == 1) return plan.slots[0];
  const std::vector<std::uint32_t>& cumulative = plan.weights(now);
  // The weights that the failover controller has written: all for the first, or none.
  std::uint32_t from = 0;
  if (plan.route->failover) {
    if (first[plan.slots[0]].has_known()) return plan.slots[0];
    from = cumulative[0];
  }
  const std::uint32_t draw = from + random.below(cumulative.back() - from);
  std::size_t i = 0;
  while (cumulative[i] <= draw) ++i;
  return plan.slots[i];
}

bool happens(double share, Random& random) { return share > 0 && random.uniform() < share; }

}  // namespace

void Simulation::begin(std::uint32_t id) {
  Request& r = requests_[id];
  const Plan& plan = *r.plan;
  Random& random = proxy_random_[r.proxy];
  if (!plan.slots.empty() && plan.cumulative.back() > 0) {
    const std::uint32_t first = world_.proxies[r.proxy].first_upstream;
    r.upstream = first + destination(plan, &upstreams_[first], random, now_);
    const TrafficPolicy& policy = upstreams_[r.upstream].policy();
    if (policy.balancer->hashes) {
      switch (plan.hash_source) {
        case HashKey::Source::header:
        case HashKey::Source::query:
          r.hash = plan.hash;
          break;
        case HashKey::Source::source_ip:
          r.hash = xx_hash(world_.proxies[r.proxy].name);
          break;
        case HashKey::Source::cookie:
        case HashKey::Source::none:
          r.hash = random.next();
          break;
      }
    }
  }
  if (plan.route->direct_status != 0) {
    return finish(id, {plan.route->direct_status, Cause::answered});
  }
  // The fault filter stands before the router: no retry, no outlier count, no route timeout yet.
  if (happens(plan.route->delay_share, random)) {
    queue_.schedule(plan.delay_ring, now_ + plan.route->delay, kDelayed, id, r.generation);
    return;
  }
  admit(id);
}

void Simulation::admit(std::uint32_t id) {
  Request& r = requests_[id];
  const Plan& plan = *r.plan;
  if (happens(plan.route->abort_share, proxy_random_[r.proxy])) {
    return finish(id, {plan.route->abort_status, Cause::injected});
  }
  if (r.upstream == kNone) return finish(id, {503, Cause::no_healthy_host});
  if (plan.route->timeout > 0) {
    schedule_timeout(plan.timeout_ring, plan.route->timeout, kRouteTimeout, id, r.generation);
  }
  Upstream& upstream = upstreams_[r.upstream];
  if (upstream.policy().retry_budget.on()) upstream.budget.deposit(now_);
  if (upstream.begun.on()) upstream.begun.add(1, now_);
  start_attempt(id);
}

/// Sends the request's copies, as soon as its first attempt is not turned away at once.
void Simulation::send_mirrors(std::uint32_t id) {
  const Request& r = requests_[id];
  if (r.attempts > 1 || r.mirrored) return;
  for (std::uint32_t m = 0; m < r.plan->mirror_slots.size(); ++m) send_mirror(r, m);
}

void Simulation::send_mirror(const Request& original, std::uint32_t mirror) {
  const Plan& plan = *original.plan;
  if (!happens(plan.route->mirrors[mirror].share, proxy_random_[original.proxy])) return;
  const std::uint32_t id = open_request(original.proxy, plan);
  Request& copy = requests_[id];
  copy.mirrored = true;
  copy.retries_left = 0;
  copy.segment = original.segment;
  copy.upstream = world_.proxies[original.proxy].first_upstream + plan.mirror_slots[mirror];
  copy.hash = original.hash;
  start_attempt(id);
}

std::uint32_t Simulation::choose_host(Request& r, Upstream& upstream) {
  Random& random = proxy_random_[r.proxy];
  const RetryPolicy& retry = r.plan->route->retry;
  const bool avoid =
      r.attempts > 0 && retry.avoid_previous_hosts && !upstream.policy().balancer->hashes;
  // Priorities that enough attempts have gone to are left.
  const std::size_t left = retry.other_priorities == 0
                               ? 0
                               : r.tried_count / retry.other_priorities * retry.other_priorities;
  const bool elsewhere = left > 0;
  std::uint32_t host = kNoHost;
  for (std::uint32_t pick = 0; pick <= retry.host_selection_attempts; ++pick) {
    host = elsewhere ? upstream.choose_elsewhere(r.worker, random, r.hash, r.attempts + pick, now_,
                                                 {r.tried.data(), left})
                     : upstream.choose(r.worker, random, r.hash, r.attempts + pick, now_);
    if (!avoid || host == kNoHost) break;
    const auto end = r.tried.begin() + r.tried_count;
    if (std::find(r.tried.begin(), end, host) == end) break;
  }
  if (host != kNoHost && r.tried_count < r.tried.size()) r.tried[r.tried_count++] = host;
  return host;
}

void Simulation::start_attempt(std::uint32_t id) {
  Request& r = requests_[id];
  r.retry_pending = false;
  Upstream& upstream = upstreams_[r.upstream];
  if (upstream.total_active >= upstream.policy().breaker.max_requests) {
    return end_attempt(id, {503, Cause::overflow});
  }
  const std::uint32_t host = choose_host(r, upstream);
  if (host == kNoHost) return wait_for_host(id);
  if (upstream.gated()) upstream.entered(host);
  if (upstream.in_panic()) ++record_.panics;
  const std::uint32_t attempt = attempts_.take();
  Attempt& a = attempts_[attempt];
  a.sent = now_;
  a.request = id;
  a.host = host;
  a.endpoint = upstream.cluster().hosts[host];
  a.next = kNone;
  a.zone = world_.proxies[r.proxy].zone;
  a.step = 0;
  a.open_calls = 0;
  a.failed_calls = a.good_calls = 0;
  a.starting = false;
  a.alive = true;
  a.state = State::waiting;
  r.attempt = attempt;
  ++r.attempts;
  upstream.started(host);
  if (upstream.connections == nullptr) {
    send_mirrors(id);
    return dispatch(attempt);
  }
  const auto [grant, connection] = upstream.connections->acquire(r.worker, host, attempt, now_);
  if (grant != Connections::Grant::overflow) send_mirrors(id);
  switch (grant) {
    case Connections::Grant::now:
      return dispatch_on(connection, attempt);
    case Connections::Grant::connect:
      return connect(r.upstream, r.worker, host);
    case Connections::Grant::later:
      return;
    case Connections::Grant::overflow:
      break;
  }
  upstream.finished(host);
  if (upstream.gated()) upstream.left(host);
  r.attempt = kNone;
  a.alive = false;
  attempts_.give_back(attempt);
  end_attempt(id, {503, Cause::overflow});
}

void Simulation::dispatch(std::uint32_t id) {
  Attempt& a = attempts_[id];
  const Request& r = requests_[a.request];
  const Endpoint& endpoint = endpoints_[a.endpoint];
  const std::uint32_t zone = endpoint.zone;
  if (r.segment != kUncounted) {
    ++record_.traffic[r.segment][a.zone * world_.zones.size() + zone];
  }
  if (r.plan->route->retry.per_try_timeout > 0 && !r.mirrored) {
    schedule_timeout(r.plan->try_ring, r.plan->route->retry.per_try_timeout, kTryTimeout, id,
                     a.generation);
  }
  a.state = State::sending;
  if (!reaches(a.zone, endpoint)) {
    const ClusterInfo& cluster = upstreams_[r.upstream].cluster();
    a.outcome = {503, Cause::connect_failure};
    a.state = State::answering;
    queue_.schedule(cluster.connect_ring, now_ + cluster.policy->connect_timeout, kAnswer, id,
                    a.generation);
    return;
  }
  if (endpoint.down == 0) upstreams_[r.upstream].connected(a.host);
  if (world_.link(a.zone, zone).none() && !endpoint.degraded) return on_at_server(id);
  travel(a, false, proxy_random_[r.proxy], kAtServer, id, a.generation);
}

void Simulation::judge_host(Request& r, std::uint32_t host, const Outcome& outcome) {
  Upstream& upstream = upstreams_[r.upstream];
  if (!upstream.policy().outlier.enabled) return;
  const bool local = outcome.cause == Cause::connect_failure || outcome.cause == Cause::reset ||
                     outcome.cause == Cause::try_timeout || outcome.cause == Cause::route_timeout;
  switch (upstream.count(host, outcome.status, local, now_, proxy_random_[r.proxy])) {
    case Upstream::Verdict::nothing:
      return;
    case Upstream::Verdict::denied:
      ++record_.ejections_denied;
      return;
    case Upstream::Verdict::ejected:
      break;
  }
  ++record_.ejections;
  const std::uint32_t endpoint = upstream.cluster().hosts[host];
  note_detection(endpoint);
  log("ejection", fmt::format("{} ejects {} after {}", world_.proxies[r.proxy].name,
                              world_.id_of(world_.endpoints[endpoint]), to_string(outcome.cause)));
}

void Simulation::on_answer(std::uint32_t attempt) {
  Attempt& a = attempts_[attempt];
  a.alive = false;
  const std::uint32_t id = a.request;
  if (id == kNone) {
    attempts_.give_back(attempt);
    return;
  }
  Request& r = requests_[id];
  Upstream& upstream = upstreams_[r.upstream];
  const Outcome outcome = a.outcome;
  const std::uint32_t host = a.host;
  const std::uint32_t connection = connection_of(attempt);
  upstream.finished(host);
  upstream.answered(r.worker, host, now_ - a.sent, now_);
  if (!outcome.ok()) [[unlikely]] {
    if (outcome.broke()) upstream.disconnected(r.worker, host);
  }
  if (!meters_.empty() && upstream.policy().balancer->reports) {
    upstream.reported(host, meters_[a.endpoint].report(), now_);
  }
  const bool alone = r.hedged_count == 0;
  if (alone || r.attempt == attempt) {
    r.attempt = kNone;
  } else {
    const auto end = r.hedged.begin() + r.hedged_count--;
    *std::find(r.hedged.begin(), end, attempt) = *(end - 1);
  }
  attempts_.give_back(attempt);
  judge_host(r, host, outcome);
  if (upstream.gated()) judge_gate(r, host, outcome);
  if (upstream.connections != nullptr) {
    release_connection(r, connection, host, outcome.broke() ? Leave::broken : Leave::whole);
  }
  if (!alone) return end_hedged(id, outcome);
  end_attempt(id, outcome);
}

bool Simulation::may_retry(Request& r, const Outcome& outcome) {
  if (r.retries_left == 0 || !r.plan->route->retry.retriable(outcome)) return false;
  --r.retries_left;
  Upstream& upstream = upstreams_[r.upstream];
  if (!upstream.throttle.allows()) return false;
  if (upstream.policy().retry_budget.on() && !upstream.budget.withdraw(now_)) return false;
  const CircuitBreaker& breaker = upstream.policy().breaker;
  std::uint32_t limit = breaker.max_retries;
  if (breaker.retry_budget_percent > 0) {
    const double requests =
        upstream.begun.on() ? upstream.begun.total(now_) : upstream.total_active;
    const double share = breaker.retry_budget_percent / 100 * requests;
    limit = std::max(breaker.retry_budget_minimum, static_cast<std::uint32_t>(share));
  }
  return upstream.active_retries < limit;
}

void Simulation::end_attempt(std::uint32_t id, const Outcome& outcome) {
  Request& r = requests_[id];
  upstreams_[r.upstream].throttle.count(outcome.ok());
  if (outcome.ok()) [[likely]] {
    if (r.holds_retry) --upstreams_[r.upstream].active_retries;
    return finish(id, outcome);
  }
  if (r.holds_retry) --upstreams_[r.upstream].active_retries;
  r.holds_retry = false;
  if (r.mirrored || !may_retry(r, outcome)) return finish(id, outcome);
  schedule_retry(id);
}

void Simulation::schedule_retry(std::uint32_t id) {
  Request& r = requests_[id];
  if (!r.holds_retry) ++upstreams_[r.upstream].active_retries;
  r.holds_retry = r.retry_pending = true;
  ++record_.retries;
  ++window_.retries;
  const RetryPolicy& retry = r.plan->route->retry;
  const std::uint32_t taken = retry.retries - r.retries_left - 1;
  const Time wait = retry.backoff(taken, proxy_random_[r.proxy]);
  queue_.schedule(kHeap, now_ + wait, kRetry, id, r.generation);
}

void Simulation::finish(std::uint32_t id, const Outcome& outcome) {
  Request& r = requests_[id];
  const Time latency = now_ - r.started;
  if (r.segment != kUncounted) {
    if (r.upstream != kNone) {
      const std::uint32_t cluster = upstreams_[r.upstream].cluster().id;
      Counts& edge = record_.edges[upstream_edge_[r.upstream]];
      edge.attempts += r.attempts;
      edge.end(outcome);
      record_.clusters[cluster].latency.record(latency);
      record_.phases[cluster][r.segment].end(outcome);
    }
    if (r.client != kNone) {
      Tally& tally = record_.loads[clients_[r.client].load][r.segment];
      tally.counts.attempts += r.attempts;
      tally.counts.end(outcome);
      tally.latency.record(latency);
    }
  }
  const std::uint32_t client = r.client;
  const std::uint32_t worker = r.worker;
  const std::uint32_t parent = r.parent;
  const bool current = parent != kNone && attempts_[parent].generation == r.parent_generation;
  const std::uint16_t step = r.parent_step;
  const bool optional = r.optional;
  if (client != kNone) {
    window_latency_.record(latency);
    ++(outcome.ok() ? window_.ok : window_.failed);
  }
  requests_.give_back(id);
  if (client != kNone && clients_[client].closed) {
    const Distribution& think = world_.loads[clients_[client].load].spec->arrivals.think;
    Time pause = from_nanos(think.draw(clients_[client].random));
    // Even an answer that the proxy gives at once has to reach the user.
    if (latency == 0) pause = std::max(pause, kTurnaround);
    queue_.schedule(kHeap, now_ + pause, kArrival, client, worker + 1);
  }
  if (current) call_done(parent, step, !outcome.ok(), optional);
}

}  // namespace meshfn::simulate
