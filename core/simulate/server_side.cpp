// What an endpoint does: admit, queue, serve, call others, answer.

#include <algorithm>

#include "simulate/simulation.h"

namespace meshfn::simulate {

void Simulation::on_at_server(std::uint32_t id) {
  Attempt& a = attempts_[id];
  Endpoint& endpoint = endpoints_[a.endpoint];
  a.arrived = now_;
  if (endpoint.down > 0) return respond(id, {503, Cause::connect_failure});
  if (!fleet_of_.empty() && fleet_of_[a.endpoint] != kNone)
    ++fleets_[fleet_of_[a.endpoint]].arrivals;
  if (!bucket_of_.empty() && over_limit(a.endpoint)) return respond(id, {429, Cause::throttled});
  if (endpoint.workload->function != nullptr) return start_function(id, endpoint);
  if (endpoint.busy < limit(a.endpoint, endpoint)) return serve(id, endpoint);
  if (endpoint.queued >= endpoint.workload->spec->queue) {
    if (segment_ != kUncounted) ++record_.endpoints[a.endpoint].refused;
    return respond(id, {503, Cause::queue_full});
  }
  join_queue(id, endpoint);
}

void Simulation::join_queue(std::uint32_t id, Endpoint& endpoint) {
  Attempt& a = attempts_[id];
  a.state = State::queued;
  a.next = kNone;
  if (endpoint.tail == kNone) {
    endpoint.head = id;
  } else {
    attempts_[endpoint.tail].next = id;
  }
  endpoint.tail = id;
  std::uint32_t& most = record_.endpoints[a.endpoint].most_queued;
  most = std::max(most, ++endpoint.queued);
}

/// The one that has waited longest. REQUIRES: one waits.
std::uint32_t Simulation::leave_queue_of(Endpoint& endpoint) {
  const std::uint32_t first = endpoint.head;
  endpoint.head = attempts_[first].next;
  if (endpoint.head == kNone) endpoint.tail = kNone;
  --endpoint.queued;
  return first;
}

void Simulation::serve(std::uint32_t id, Endpoint& endpoint) {
  Attempt& a = attempts_[id];
  std::uint32_t& most = record_.endpoints[a.endpoint].most_busy;
  most = std::max(most, ++endpoint.busy);
  a.begun = now_;
  a.state = State::serving;
  if (!shares_.empty() && endpoint.workload->spec->processors > 0) {
    return share_processors(id, endpoint);
  }
  const Delay& time = endpoint.workload->service_time;
  if (time.ring != kHeap && !endpoint.degraded) {
    queue_.schedule(time.ring, now_ + time.constant, kServiceDone, id, a.generation);
    return;
  }
  const Time length = from_nanos(time.law.draw(endpoint.random) * slowness(a.endpoint));
  queue_.schedule(kHeap, now_ + length, kServiceDone, id, a.generation);
}

void Simulation::on_service_done(std::uint32_t id) {
  Attempt& a = attempts_[id];
  if (a.state != State::serving) return;
  Endpoint& endpoint = endpoints_[a.endpoint];
  const double share = errors(a.endpoint);
  if (share > 0 && endpoint.random.uniform() < share) {
    return conclude(id, {500, Cause::answered});
  }
  if (world_.services[endpoint.workload->service].script.empty()) return conclude(id, {});
  a.state = State::calling;
  run_step(id);
}

void Simulation::run_step(std::uint32_t id) {
  Attempt& a = attempts_[id];
  const auto& script = world_.services[endpoints_[a.endpoint].workload->service].script;
  const std::uint32_t generation = a.generation;
  while (a.generation == generation && a.state == State::calling && a.open_calls == 0) {
    if (a.failed_calls > 0) return conclude(id, {500, Cause::dependency});
    if (a.step == script.size()) return conclude(id, {});
    const ScriptStep& step = script[a.step++];
    a.good_calls = 0;
    // Held open while the step starts, so that calls which end at once do not end it early.
    a.open_calls = 1;
    a.starting = true;
    for (const Command& command : step.commands) start_call(id, command);
    a.starting = false;
    --a.open_calls;
    if (step.need > 0) end_step(id);
  }
}

/// Of a step that needs only some of its calls: whether it is over now, the rest being left alone.
void Simulation::end_step(std::uint32_t id) {
  Attempt& a = attempts_[id];
  const auto& script = world_.services[endpoints_[a.endpoint].workload->service].script;
  const ScriptStep& step = script[a.step - 1U];
  const bool enough = a.good_calls >= step.need;
  const bool hopeless = a.good_calls + a.open_calls < step.need;
  if (!enough && !hopeless) return;
  a.failed_calls = enough ? 0 : 1;
  a.open_calls = 0;
}

void Simulation::start_call(std::uint32_t id, const Command& command) {
  Attempt& a = attempts_[id];
  Endpoint& endpoint = endpoints_[a.endpoint];
  if (command.probability < 1 && endpoint.random.uniform() >= command.probability) return;
  ++a.open_calls;
  if (command.plan_index == kNone) {
    after(command.sleep, endpoint.random, kPauseDone, id, a.generation);
    return;
  }
  const std::uint32_t proxy = world_.endpoints[a.endpoint].proxy;
  const Caller& caller = world_.callers[world_.proxies[proxy].caller];
  const std::uint32_t request = open_request(proxy, caller.plans[command.plan_index]);
  Request& r = requests_[request];
  r.parent = id;
  r.parent_generation = a.generation;
  r.parent_step = a.step;
  r.optional = command.optional;
  // A call belongs to the phase of the request that caused it.
  if (a.request != kNone) r.segment = requests_[a.request].segment;
  begin(request);
}

void Simulation::call_done(std::uint32_t id, std::uint16_t number, bool failed, bool optional) {
  Attempt& a = attempts_[id];
  if (a.state != State::calling || a.step != number || a.open_calls == 0) return;
  --a.open_calls;
  if (!failed) ++a.good_calls;
  const auto& script = world_.services[endpoints_[a.endpoint].workload->service].script;
  if (script[number - 1U].need > 0) {
    // While a step starts, it is judged when all its calls have been made.
    if (!a.starting) end_step(id);
  } else if (failed && !optional) {
    ++a.failed_calls;
  }
  if (a.open_calls == 0) run_step(id);
}

void Simulation::free_slot(Endpoint& endpoint, const Attempt& a) {
  --endpoint.busy;
  if (now_ > world_.scenario.warmup) {
    record_.endpoints[a.endpoint].busy += now_ - std::max(a.begun, world_.scenario.warmup);
  }
  if (endpoint.workload->function != nullptr) return leave_function(a);
  if (endpoint.head != kNone && endpoint.busy < limit(a.endpoint, endpoint)) take_next(endpoint);
}

/// Serves the request that has waited longest. REQUIRES: one waits.
void Simulation::take_next(Endpoint& endpoint) { serve(leave_queue_of(endpoint), endpoint); }

void Simulation::conclude(std::uint32_t id, const Outcome& outcome) {
  Attempt& a = attempts_[id];
  Endpoint& endpoint = endpoints_[a.endpoint];
  if (segment_ != kUncounted) {
    EndpointRecord& record = record_.endpoints[a.endpoint];
    ++record.requests;
    if (!outcome.ok()) ++record.errors;
    record.latency += now_ - a.arrived;
  }
  if (!meters_.empty()) {
    meters_[a.endpoint].served(a.begun, now_, outcome.ok(), endpoint.workload->concurrency());
  }
  free_slot(endpoint, a);
  respond(id, outcome);
}

void Simulation::respond(std::uint32_t id, const Outcome& outcome) {
  Attempt& a = attempts_[id];
  a.outcome = outcome;
  if (a.request == kNone) {
    if (a.zone == kNone) return on_invoked(id, outcome);
    a.alive = false;
    attempts_.give_back(id);
    return;
  }
  Endpoint& endpoint = endpoints_[a.endpoint];
  if (!reaches(a.zone, endpoint)) {
    a.state = State::lost;
    return;
  }
  a.state = State::answering;
  if (world_.link(endpoint.zone, a.zone).none() && !endpoint.degraded) return on_answer(id);
  travel(a, true, endpoint.random, kAnswer, id, a.generation);
}

}  // namespace meshfn::simulate
