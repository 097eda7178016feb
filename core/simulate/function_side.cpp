// What a function platform does with an invocation: admit it, find or start an environment, let it
// wait, run it, bill it.

#include <algorithm>

#include "simulate/simulation.h"

namespace meshfn::simulate {

void Simulation::build_functions(std::uint64_t seed) {
  const auto& all = world_.workloads;
  if (std::none_of(all.begin(), all.end(), [](const auto& w) { return w.function != nullptr; })) {
    return;
  }
  functions_ = std::make_unique<FunctionState>();
  build_pools(world_, *functions_, record_.functions);
  build_sources(world_, seed, *functions_);
  for (std::uint32_t s = 0; s < functions_->sources.size(); ++s) {
    MessageSource& source = functions_->sources[s];
    const Time first = source.process.next(0, source.random);
    if (first != kNever) plan(FunctionTurn::message, first, s, 0);
  }
}

void Simulation::plan(FunctionTurn turn, Time at, std::uint32_t target, std::uint32_t check) {
  const std::uint32_t bits = static_cast<std::uint32_t>(turn) << kTurnShift;
  queue_.schedule(kHeap, at, kFunction, target, bits | (check & kTurnMask));
}

void Simulation::on_function(std::uint32_t target, std::uint32_t bits) {
  const std::uint32_t check = bits & kTurnMask;
  switch (static_cast<FunctionTurn>(bits >> kTurnShift)) {
    case FunctionTurn::environment:
      return on_environment(target, check);
    case FunctionTurn::waited:
      return same_generation(check, attempts_[target].generation) ? on_waited(target) : void();
    case FunctionTurn::timed_out:
      return same_generation(check, attempts_[target].generation) ? on_timed_out(target) : void();
    case FunctionTurn::unanswered:
      return same_generation(check, attempts_[target].generation) ? on_unanswered(target) : void();
    case FunctionTurn::event:
      return same_generation(check, functions_->events[target].generation) ? invoke_event(target)
                                                                           : void();
    case FunctionTurn::message:
      return on_message(target);
    case FunctionTurn::lane:
      functions_->sources[target].lanes[check].planned = false;
      return pump(target, check);
    case FunctionTurn::again:
      return same_generation(check, functions_->batches[target].generation) ? on_batch_again(target)
                                                                            : void();
    case FunctionTurn::visible:
      return same_generation(check, functions_->batches[target].generation)
                 ? on_batch_visible(target)
                 : void();
    case FunctionTurn::pollers:
      return on_more_pollers(target);
  }
}

/// Whether a limit stands in the way of one more invocation. `new_request` counts it against the
/// rate of requests, which one that waited has passed already.
Refusal Simulation::admit_to(FunctionPool& pool, bool new_request) {
  FunctionAccount* account = pool.account == kNone ? nullptr : &functions_->accounts[pool.account];
  if (new_request) {
    if (pool.over_rate(now_)) return Refusal::rate;
    if (account != nullptr && account->requests && !account->requests->take(now_)) {
      return Refusal::rate;
    }
  }
  const Endpoint& endpoint = endpoints_[pool.endpoint];
  const bool reduced = endpoint.degraded && endpoint.busy >= reduced_limit(pool.endpoint);
  if (pool.is_full() || reduced) return Refusal::limit;
  const bool shared = account != nullptr && pool.on_demand(1) > 0;
  return shared && account->in_use >= account->limit ? Refusal::account : Refusal::none;
}

void Simulation::refuse(std::uint32_t id, FunctionPool& pool, Refusal why) {
  if (segment_ != kUncounted) {
    ++record_.endpoints[pool.endpoint].refused;
    ++pool.record().refused[static_cast<std::size_t>(why)];
  }
  respond(id, {429, Cause::throttled});
}

void Simulation::start_function(std::uint32_t id, Endpoint& endpoint) {
  Attempt& a = attempts_[id];
  if (a.request != kNone && requests_[a.request].plan->async) return accept_event(id);
  FunctionPool& pool = functions_->of(a.endpoint);
  // Only callers who wait for the answer are held to the rate of requests.
  Refusal why = admit_to(pool, a.zone != kNone);
  if (why == Refusal::rate) return refuse(id, pool, why);
  if (pool.spec().queues && (why != Refusal::none || endpoint.queued > 0)) {
    return wait_for_environment(id, endpoint, pool);
  }
  if (why != Refusal::none) return refuse(id, pool, why);
  const std::uint32_t up = pool.take(now_);
  if (up != kNone) return execute(id, up);
  if (pool.spec().queues) return wait_for_environment(id, endpoint, pool);
  const std::uint32_t fresh = pool.start(now_, why);
  if (fresh == kNone) return refuse(id, pool, why);
  Time start = from_nanos(pool.spec().cold_start.draw(endpoint.random));
  const Time limit = pool.spec().init_limit;
  if (limit > 0 && start > limit) start += limit;  // in vain, and then once more
  pool.take_started(fresh, now_, now_ + start);
  execute(id, fresh);
}

void Simulation::wait_for_environment(std::uint32_t id, Endpoint& endpoint, FunctionPool& pool) {
  if (endpoint.queued >= endpoint.workload->spec->queue) return refuse(id, pool, Refusal::full);
  join_queue(id, endpoint);
  plan(FunctionTurn::waited, now_ + pool.spec().queue_timeout, id, attempts_[id].generation);
  start_environments(pool);
}

/// Starts one that nobody works in yet, if that is allowed.
bool Simulation::start_environment(FunctionPool& pool, Refusal& why) {
  const std::uint32_t fresh = pool.start(now_, why);
  if (fresh == kNone) return false;
  const auto number = static_cast<std::uint32_t>(&pool - functions_->pools.data());
  Random& random = endpoints_[pool.endpoint].random;
  const Time start = from_nanos(pool.spec().cold_start.draw(random));
  plan(FunctionTurn::environment, now_ + start, number, pool.ticket(fresh));
  return true;
}

/// As many starts as those that wait can use.
void Simulation::start_environments(FunctionPool& pool) {
  const Endpoint& endpoint = endpoints_[pool.endpoint];
  while (std::min(endpoint.queued, pool.spare()) > pool.places_starting()) {
    Refusal why = Refusal::none;
    if (start_environment(pool, why)) continue;
    if (why == Refusal::scaling && !pool.start_planned) {
      pool.start_planned = true;
      const auto number = static_cast<std::uint32_t>(&pool - functions_->pools.data());
      plan(FunctionTurn::environment, pool.next_start(now_), number, kTurnMask);
    }
    return;
  }
}

void Simulation::on_environment(std::uint32_t number, std::uint32_t ticket) {
  FunctionPool& pool = functions_->pools[number];
  if (ticket == kTurnMask) {
    pool.start_planned = false;
    return start_environments(pool);
  }
  const std::uint32_t environment = pool.of_ticket(ticket);
  if (environment == kNone) return;
  pool.ready(environment, now_,
             from_nanos(pool.spec().keep_alive.draw(endpoints_[pool.endpoint].random)));
  serve_waiting(pool);
}

/// Those that wait take the places that are free, in their order.
void Simulation::serve_waiting(FunctionPool& pool) {
  Endpoint& endpoint = endpoints_[pool.endpoint];
  while (endpoint.queued > 0 && admit_to(pool, false) == Refusal::none) {
    const std::uint32_t environment = pool.take(now_);
    if (environment == kNone) break;
    execute(leave_queue_of(endpoint), environment);
  }
  if (endpoint.queued > 0) start_environments(pool);
}

/// The wait is the same for all, so who has waited long enough stands in front.
void Simulation::on_waited(std::uint32_t id) {
  Attempt& a = attempts_[id];
  Endpoint& endpoint = endpoints_[a.endpoint];
  if (a.state != State::queued || endpoint.head != id) return;
  leave_queue_of(endpoint);
  refuse(id, functions_->of(a.endpoint), Refusal::waited);
}

void Simulation::execute(std::uint32_t id, std::uint32_t environment) {
  Attempt& a = attempts_[id];
  Endpoint& endpoint = endpoints_[a.endpoint];
  FunctionPool& pool = functions_->of(a.endpoint);
  const FunctionSpec& spec = pool.spec();
  if (pool.account != kNone && pool.on_demand(0) > 0) {
    ++functions_->accounts[pool.account].in_use;
  }
  std::uint32_t& most = record_.endpoints[a.endpoint].most_busy;
  most = std::max(most, ++endpoint.busy);
  a.next = environment;
  a.begun = now_;
  a.state = State::serving;
  a.outcome = {};
  const Time ready_at = pool.ready_at(environment);
  const bool cold = ready_at >= a.arrived && !pool.is_provisioned(environment);
  if (cold && segment_ != kUncounted) ++pool.record().cold_starts;
  if (a.zone == kNone) note_age(a);
  const Time begin = std::max(now_, ready_at);
  const Time work =
      from_nanos(endpoint.workload->service_time.law.draw(endpoint.random) * slowness(a.endpoint));
  const bool calls = !world_.services[endpoint.workload->service].script.empty();
  // A start that goes on for longer than its limit is the invocation's own time.
  const Time own = spec.init_limit > 0 ? std::min(begin, now_ + spec.init_limit) : begin;
  const bool too_long = spec.timeout > 0 && begin + work - own > spec.timeout;
  if (spec.timeout > 0 && (too_long || calls)) {
    plan(FunctionTurn::timed_out, own + spec.timeout, id, a.generation);
  }
  const Time answer_by = a.arrived + spec.answer_limit;
  if (spec.answer_limit > 0 && a.zone != kNone && (calls || begin + work > answer_by)) {
    plan(FunctionTurn::unanswered, std::max(now_, answer_by), id, a.generation);
  }
  if (!too_long) queue_.schedule(kHeap, begin + work, kServiceDone, id, a.generation);
  Refusal why = Refusal::none;
  if (pool.wants_more(now_)) start_environment(pool, why);
}

/// The platform ends the execution, and its environment with it.
void Simulation::on_timed_out(std::uint32_t id) {
  Attempt& a = attempts_[id];
  if (a.state != State::serving && a.state != State::calling) return;
  const Outcome outcome{504, Cause::answered};
  a.outcome = outcome;
  if (segment_ != kUncounted) ++functions_->of(a.endpoint).record().timeouts;
  conclude(id, outcome);
}

/// The platform's load balancer gives up on the answer; the function goes on with its work.
void Simulation::on_unanswered(std::uint32_t id) {
  const Attempt& a = attempts_[id];
  if (a.request == kNone || (a.state != State::serving && a.state != State::calling)) return;
  const std::uint32_t request = a.request;
  const Outcome outcome{504, Cause::answered};
  abandon(request, outcome);
  end_attempt(request, outcome);
}

/// What platforms that bill executions count of one.
void Simulation::bill(FunctionPool& pool, const Attempt& a) {
  if (segment_ == kUncounted) return;
  FunctionRecord& record = pool.record();
  record.executed_ns += static_cast<std::uint64_t>(now_ - a.begun);
  const PriceList& price = pool.spec().price;
  if (price.billing != PriceList::Billing::execution) return;
  // One that ended while its environment started has done no work.
  const Time ready = std::min(now_, pool.ready_at(a.next));
  const Time begin = price.start_counts ? a.begun : std::max(a.begun, ready);
  const auto billed = static_cast<std::uint64_t>(price.billed(now_ - begin) / kMillisecond);
  (pool.is_provisioned(a.next) ? record.provisioned_billed_ms : record.billed_ms) += billed;
}

void Simulation::leave_function(const Attempt& a) {
  FunctionPool& pool = functions_->of(a.endpoint);
  bill(pool, a);
  FunctionAccount* account = pool.account == kNone ? nullptr : &functions_->accounts[pool.account];
  if (account != nullptr && pool.on_demand(0) > 0) --account->in_use;
  const FunctionSpec& spec = pool.spec();
  const bool broken = a.outcome.status == 504 && spec.instance_concurrency == 1;
  pool.release(a.next, now_, from_nanos(spec.keep_alive.draw(endpoints_[a.endpoint].random)),
               broken);
  if (spec.queues) serve_waiting(pool);
  if (account == nullptr) return;
  for (const std::uint32_t other : account->pools) {
    FunctionPool& waiting = functions_->pools[other];
    if (&waiting != &pool && waiting.spec().queues) serve_waiting(waiting);
  }
}

/// A fault took everything down.
void Simulation::clear_function(std::uint32_t endpoint) {
  if (functions_->pool_of[endpoint] == kNone) return;
  FunctionPool& pool = functions_->of(endpoint);
  if (pool.account != kNone) functions_->accounts[pool.account].in_use -= pool.on_demand(0);
  pool.clear(now_);
}

}  // namespace meshfn::simulate
