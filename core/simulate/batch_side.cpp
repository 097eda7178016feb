// How a batch of messages ends: done, tried again in its order, given back to its queue, or among
// the dead letters.

#include <algorithm>

#include "simulate/simulation.h"

namespace meshfn::simulate {

namespace {

constexpr Outcome kDead{500, Cause::answered};
/// Pollers that are throttled wait so long at first, and at most so long.
constexpr Time kFirstBackoff = kSecond;
constexpr unsigned kDoublings = 6;

}  // namespace

void Simulation::end_message(MessageSource& source, std::uint32_t id, const Outcome& outcome) {
  const SourceMessage& m = functions_->messages[id];
  const Time age = now_ - m.arrived;
  if (m.segment != kUncounted) {
    Tally& tally = record_.loads[source.load][m.segment];
    tally.counts.attempts += m.receives;
    tally.counts.end(outcome);
    tally.latency.record(age);
  }
  window_latency_.record(age);
  ++(outcome.ok() ? window_.ok : window_.failed);
  FunctionPool& pool = functions_->pools[source.pool];
  --pool.pending;
  if (m.segment != kUncounted && !outcome.ok()) {
    ++(outcome.cause == kTooOld.cause ? pool.record().expired : pool.record().dead_letters);
  }
  functions_->messages.give_back(id);
}

void Simulation::end_messages(std::uint32_t id, const Outcome& outcome) {
  SourceBatch& b = functions_->batches[id];
  MessageSource& source = functions_->sources[b.source];
  while (b.first != kNone) {
    const std::uint32_t message = b.first;
    b.first = functions_->messages[message].next;
    end_message(source, message, outcome);
  }
  b.count = 0;
}

/// The function named the messages that failed: the others are done with. In a stream only those
/// before the first that failed are. Whether none failed.
bool Simulation::end_good_messages(std::uint32_t id) {
  SourceBatch& b = functions_->batches[id];
  MessageSource& source = functions_->sources[b.source];
  std::uint32_t* link = &b.first;
  while (*link != kNone) {
    SourceMessage& m = functions_->messages[*link];
    if (m.poison) {
      if (source.ordered()) break;
      link = &m.next;
      continue;
    }
    const std::uint32_t good = *link;
    *link = m.next;
    --b.count;
    end_message(source, good, {});
  }
  return b.count == 0;
}

void Simulation::end_batch(std::uint32_t id, const Outcome& outcome) {
  SourceBatch& b = functions_->batches[id];
  MessageSource& source = functions_->sources[b.source];
  bool poisoned = false;
  for (std::uint32_t m = b.first; m != kNone; m = functions_->messages[m].next) {
    poisoned = poisoned || functions_->messages[m].poison;
  }
  const bool good = outcome.ok() && !poisoned;
  if (segment_ != kUncounted) {
    Tally& tally = record_.clusters[source.cluster];
    const Outcome seen = outcome.ok() && poisoned && !source.spec->partial ? kDead : outcome;
    ++tally.counts.attempts;
    tally.counts.end(seen);
    tally.latency.record(now_ - b.invoked);
    record_.phases[source.cluster][segment_].end(seen);
  }
  if (good) {
    end_messages(id, {});
    return close_batch(id);
  }
  if (outcome.ok() && source.spec->partial && end_good_messages(id)) return close_batch(id);
  fail_batch(id);
}

/// Throttled or out of reach: the poller holds on to the batch and tries again.
void Simulation::back_off(std::uint32_t id) {
  SourceBatch& b = functions_->batches[id];
  MessageSource& source = functions_->sources[b.source];
  b.state = SourceBatch::State::backing_off;
  ++source.throttled;
  if (segment_ != kUncounted) ++functions_->pools[source.pool].record().pushed_back;
  const Time wait = kFirstBackoff << std::min<unsigned>(b.throttles++, kDoublings);
  if (!source.ordered() && b.first == kNone) {  // the messages are with somebody else by now
    --source.throttled;
    return close_batch(id);
  }
  // What has become visible before is no longer the poller's.
  if (!source.ordered() && now_ + wait >= b.sent + source.spec->visibility) return;
  plan(FunctionTurn::again, now_ + wait, id, b.generation);
}

void Simulation::on_batch_again(std::uint32_t id) {
  SourceBatch& b = functions_->batches[id];
  MessageSource& source = functions_->sources[b.source];
  if (b.state == SourceBatch::State::backing_off) --source.throttled;
  const Time retention = source.spec->retention;
  if (retention > 0 && now_ - functions_->messages[b.first].arrived > retention) {
    end_messages(id, kTooOld);
    return close_batch(id);
  }
  b.state = SourceBatch::State::running;
  b.invoked = now_;
  invoke(source.endpoint, id);
}

/// The function failed on the batch.
void Simulation::fail_batch(std::uint32_t id) {
  SourceBatch& b = functions_->batches[id];
  MessageSource& source = functions_->sources[b.source];
  if (b.first == kNone) return close_batch(id);
  b.state = SourceBatch::State::failed;
  if (source.ordered()) return retry_in_order(id);
  // Its messages come back when they become visible; the poller is free before.
  --source.running;
  pump_ready(b.source);
}

void Simulation::retry_in_order(std::uint32_t id) {
  SourceBatch& b = functions_->batches[id];
  const SourceSpec& spec = *functions_->sources[b.source].spec;
  FunctionRecord& record = functions_->pools[functions_->sources[b.source].pool].record();
  if (spec.bisect && b.count > 1) {
    halve(id);
  } else if (++b.tries >= spec.max_receive && spec.max_receive > 0) {
    end_messages(id, kDead);
    return close_batch(id);
  }
  if (segment_ != kUncounted) ++record.retried;
  plan(FunctionTurn::again, now_ + spec.visibility, id, b.generation);
}

/// The second half goes back to the front of its lane.
void Simulation::halve(std::uint32_t id) {
  SourceBatch& b = functions_->batches[id];
  SourceLane& lane = functions_->sources[b.source].lanes[b.lane];
  const std::uint32_t kept = b.count / 2;
  std::uint32_t last = b.first;
  for (std::uint32_t i = 1; i < kept; ++i) last = functions_->messages[last].next;
  const std::uint32_t half = functions_->messages[last].next;
  functions_->messages[last].next = kNone;
  std::uint32_t end = half;
  while (functions_->messages[end].next != kNone) end = functions_->messages[end].next;
  functions_->messages[end].next = lane.head;
  if (lane.tail == kNone) lane.tail = end;
  lane.head = half;
  lane.count += b.count - kept;
  b.count = kept;
}

void Simulation::close_batch(std::uint32_t id) {
  const SourceBatch& b = functions_->batches[id];
  const std::uint32_t number = b.source;
  const std::uint32_t lane = b.lane;
  MessageSource& source = functions_->sources[number];
  --source.running;
  if (source.ordered()) source.lanes[lane].sending = false;
  functions_->batches.give_back(id);
  if (source.ordered()) pump(number, lane);
  pump_ready(number);
}

/// Unordered: the time for which the messages were hidden is over.
void Simulation::on_batch_visible(std::uint32_t id) {
  SourceBatch& b = functions_->batches[id];
  const std::uint32_t number = b.source;
  MessageSource& source = functions_->sources[number];
  const SourceBatch::State state = b.state;
  FunctionRecord& record = functions_->pools[source.pool].record();
  if (segment_ != kUncounted) {
    (state == SourceBatch::State::running ? record.duplicates : record.retried) += b.count;
  }
  take_back(id);
  if (state == SourceBatch::State::backing_off) {
    --source.throttled;
    --source.running;
  }
  // A batch that is still at work ends by itself, without its messages.
  if (state != SourceBatch::State::running) functions_->batches.give_back(id);
  pump(number, 0);
  pump_ready(number);
}

/// Messages go back to their queue, unless they were delivered too often or are too old.
void Simulation::take_back(std::uint32_t id) {
  SourceBatch& b = functions_->batches[id];
  MessageSource& source = functions_->sources[b.source];
  const SourceSpec& spec = *source.spec;
  SourceLane& lane = source.lanes[0];
  while (b.first != kNone) {
    const std::uint32_t message = b.first;
    SourceMessage& m = functions_->messages[message];
    b.first = m.next;
    m.next = kNone;
    if (spec.max_receive > 0 && m.receives >= spec.max_receive) {
      end_message(source, message, kDead);
      continue;
    }
    if (spec.retention > 0 && now_ - m.arrived > spec.retention) {
      end_message(source, message, kTooOld);
      continue;
    }
    if (lane.tail == kNone) {
      lane.head = message;
    } else {
      functions_->messages[lane.tail].next = message;
    }
    lane.tail = message;
    ++lane.count;
  }
  b.count = 0;
}

}  // namespace meshfn::simulate
