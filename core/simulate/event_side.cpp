// Asynchronous invocations: the platform takes the event, answers at once, and invokes the function
// when it can, again after errors and throttles until the event is too old.

#include <algorithm>

#include "simulate/simulation.h"

namespace meshfn::simulate {

namespace {

/// An attempt without a caller says in its host what it is for: an event, or else a batch.
constexpr std::uint32_t kEventTag = 1U << 31U;

/// The platform's fault, not the function's.
bool is_pushed_back(const Outcome& outcome) {
  return outcome.cause == Cause::throttled || outcome.cause == Cause::connect_failure ||
         outcome.cause == Cause::reset;
}

}  // namespace

void Simulation::accept_event(std::uint32_t id) {
  const std::uint32_t endpoint = attempts_[id].endpoint;
  FunctionPool& pool = functions_->of(endpoint);
  if (functions_->events.in_use() >= kMostInFlight) return refuse(id, pool, Refusal::full);
  const std::uint32_t event = functions_->events.take();
  FunctionEvent& e = functions_->events[event];
  e.arrived = now_;
  e.pool = functions_->pool_of[endpoint];
  e.errors = e.throttles = 0;
  e.counted = segment_ != kUncounted;
  FunctionRecord& record = pool.record();
  if (e.counted) ++record.events;
  record.most_waiting = std::max(record.most_waiting, ++pool.pending);
  respond(id, {202, Cause::answered});
  invoke_event(event);
}

/// Invokes the function for somebody who is no caller of the mesh; `tag` says for whom.
void Simulation::invoke(std::uint32_t target, std::uint32_t tag) {
  const std::uint32_t id = attempts_.take();
  Attempt& a = attempts_[id];
  a.sent = a.arrived = now_;
  a.request = a.next = a.zone = kNone;
  a.host = tag;
  a.endpoint = target;
  a.step = a.open_calls = a.failed_calls = a.good_calls = 0;
  a.starting = false;
  a.alive = true;
  a.state = State::sending;
  Endpoint& endpoint = endpoints_[target];
  if (endpoint.down > 0 || endpoint.unreachable > 0) {
    return respond(id, {503, Cause::connect_failure});
  }
  start_function(id, endpoint);
}

void Simulation::invoke_event(std::uint32_t event) {
  const std::uint32_t pool = functions_->events[event].pool;
  invoke(functions_->pools[pool].endpoint, event | kEventTag);
}

void Simulation::note_age(const Attempt& a) {
  if (segment_ == kUncounted) return;
  Histogram& age = functions_->of(a.endpoint).record().age;
  if ((a.host & kEventTag) != 0) {
    return age.record(now_ - functions_->events[a.host & ~kEventTag].arrived);
  }
  std::uint32_t message = functions_->batches[a.host].first;
  for (; message != kNone; message = functions_->messages[message].next) {
    age.record(now_ - functions_->messages[message].arrived);
  }
}

void Simulation::on_invoked(std::uint32_t id, const Outcome& ended) {
  const Outcome outcome = ended;  // may stand in the attempt, which is somebody else's from here on
  const std::uint32_t tag = attempts_[id].host;
  attempts_[id].alive = false;
  attempts_.give_back(id);
  if ((tag & kEventTag) != 0) return end_event(tag & ~kEventTag, outcome);
  if (is_pushed_back(outcome)) return back_off(tag);
  end_batch(tag, outcome);
}

void Simulation::end_event(std::uint32_t id, const Outcome& outcome) {
  FunctionEvent& e = functions_->events[id];
  FunctionPool& pool = functions_->pools[e.pool];
  FunctionRecord& record = pool.record();
  const AsyncSpec& spec = pool.spec().async;
  const bool pushed_back = is_pushed_back(outcome);
  bool over = outcome.ok();
  Time wait = 0;
  if (pushed_back) {
    const auto doubled = std::min<unsigned>(e.throttles++, 40);
    wait = spec.first_backoff < spec.longest_backoff >> doubled ? spec.first_backoff << doubled
                                                                : spec.longest_backoff;
  } else if (!over && ++e.errors > spec.retries) {
    over = true;
    if (e.counted) ++record.dead_letters;
  } else if (!over) {
    e.throttles = 0;
    if (!spec.delays.empty()) {
      wait = spec.delays[std::min<std::size_t>(e.errors, spec.delays.size()) - 1];
    }
  }
  if (!over && now_ + wait - e.arrived > spec.max_age) {
    over = true;
    if (e.counted) ++record.expired;
  }
  if (over) {
    --pool.pending;
    return functions_->events.give_back(id);
  }
  if (e.counted) ++(pushed_back ? record.pushed_back : record.retried);
  plan(FunctionTurn::event, now_ + wait, id, e.generation);
}

}  // namespace meshfn::simulate
