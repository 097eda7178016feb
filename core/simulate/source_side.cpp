// Queues and streams with their pollers: messages arrive, pollers take batches of them and invoke
// the function, and what fails comes back after its visibility timeout or holds up its lane.

#include <algorithm>

#include "simulate/simulation.h"

namespace meshfn::simulate {

void Simulation::on_message(std::uint32_t id) {
  MessageSource& source = functions_->sources[id];
  const Time next = source.process.next(now_, source.random);
  if (next != kNever) plan(FunctionTurn::message, next, id, 0);
  if (functions_->messages.in_use() >= kMostInFlight) {
    ++record_.shed;
    return;
  }
  const std::uint32_t number = functions_->messages.take();
  SourceMessage& m = functions_->messages[number];
  m.arrived = now_;
  m.next = kNone;
  m.segment = segment_;
  m.receives = 0;
  const SourceSpec& spec = *source.spec;
  m.poison = spec.poison > 0 && source.random.uniform() < spec.poison;
  FunctionPool& pool = functions_->pools[source.pool];
  if (segment_ != kUncounted) {
    ++record_.loads[source.load][segment_].counts.started;
    ++pool.record().events;
  }
  ++window_.started;
  pool.record().most_waiting = std::max(pool.record().most_waiting, ++pool.pending);
  const auto lanes = static_cast<std::uint32_t>(source.lanes.size());
  // Keys are spread over the lanes by a hash, as partition keys are.
  std::uint64_t key = spec.keys > 0 ? source.random.below(spec.keys) : 0;
  const std::uint32_t lane = lanes == 1      ? 0
                             : spec.keys > 0 ? static_cast<std::uint32_t>(split_mix(key) % lanes)
                                             : source.random.below(lanes);
  SourceLane& l = source.lanes[lane];
  if (l.tail == kNone) {
    l.head = number;
  } else {
    functions_->messages[l.tail].next = number;
  }
  l.tail = number;
  ++l.count;
  pump(id, lane);
}

/// Whether a batch of the lane is full or has waited long enough; otherwise somebody will look
/// again.
bool Simulation::is_due(MessageSource& source, std::uint32_t lane) {
  SourceLane& l = source.lanes[lane];
  const SourceSpec& spec = *source.spec;
  if (l.count == 0 || l.sending) return false;
  if (l.count >= spec.batch) return true;
  const Time due = functions_->messages[l.head].arrived + spec.window;
  const Time poll = spec.poll > 0 ? (due + spec.poll - 1) / spec.poll * spec.poll : due;
  if (poll <= now_) return true;
  if (!l.planned) {
    l.planned = true;
    const auto id = static_cast<std::uint32_t>(&source - functions_->sources.data());
    plan(FunctionTurn::lane, poll, id, lane);
  }
  return false;
}

/// What is older than the source keeps is lost before anybody sees it.
void Simulation::drop_old(MessageSource& source, std::uint32_t lane) {
  SourceLane& l = source.lanes[lane];
  const Time retention = source.spec->retention;
  while (retention > 0 && l.head != kNone) {
    const std::uint32_t message = l.head;
    if (now_ - functions_->messages[message].arrived <= retention) return;
    l.head = functions_->messages[message].next;
    if (l.head == kNone) l.tail = kNone;
    --l.count;
    end_message(source, message, kTooOld);
  }
}

void Simulation::pump(std::uint32_t id, std::uint32_t lane) {
  MessageSource& source = functions_->sources[id];
  drop_old(source, lane);
  while (is_due(source, lane)) {
    if (source.running < source.allowed) {
      send_batch(id, lane);
      continue;
    }
    SourceLane& l = source.lanes[lane];
    if (!l.listed) {
      l.listed = true;
      l.next = kNone;
      if (source.last_ready == kNone) {
        source.first_ready = lane;
      } else {
        source.lanes[source.last_ready].next = lane;
      }
      source.last_ready = lane;
    }
    return want_pollers(id);
  }
}

/// Lanes that waited for a poller.
void Simulation::pump_ready(std::uint32_t id) {
  MessageSource& source = functions_->sources[id];
  while (source.first_ready != kNone && source.running < source.allowed) {
    const std::uint32_t lane = source.first_ready;
    SourceLane& l = source.lanes[lane];
    source.first_ready = l.next;
    if (source.first_ready == kNone) source.last_ready = kNone;
    l.listed = false;
    pump(id, lane);
  }
  // An idle source gives its additional pollers up.
  if (source.running == 0 && source.first_ready == kNone) {
    source.allowed = std::max(1U, static_cast<std::uint32_t>(source.spec->start));
  }
}

void Simulation::send_batch(std::uint32_t id, std::uint32_t lane) {
  MessageSource& source = functions_->sources[id];
  SourceLane& l = source.lanes[lane];
  const std::uint32_t number = functions_->batches.take();
  SourceBatch& b = functions_->batches[number];
  b.sent = b.invoked = now_;
  b.source = id;
  b.lane = lane;
  b.first = l.head;
  b.count = std::min(l.count, source.spec->batch);
  b.tries = b.throttles = 0;
  b.state = SourceBatch::State::running;
  std::uint32_t last = kNone;
  for (std::uint32_t i = 0; i < b.count; ++i) {
    last = i == 0 ? l.head : functions_->messages[last].next;
    SourceMessage& m = functions_->messages[last];
    if (m.receives < 0xFFFF) ++m.receives;
  }
  l.head = functions_->messages[last].next;
  functions_->messages[last].next = kNone;
  l.count -= b.count;
  if (l.head == kNone) l.tail = kNone;
  l.sending = source.ordered();
  ++source.running;
  if (segment_ != kUncounted) ++functions_->pools[source.pool].record().batches;
  if (!source.ordered()) {
    plan(FunctionTurn::visible, now_ + source.spec->visibility, number, b.generation);
  }
  invoke(source.endpoint, number);
}

/// One poller more after a while, for as long as some batch waits for one and none is throttled.
void Simulation::want_pollers(std::uint32_t id) {
  MessageSource& source = functions_->sources[id];
  const SourceSpec& spec = *source.spec;
  if (source.growing || source.allowed >= spec.most || spec.add_per_minute <= 0) return;
  source.growing = true;
  plan(FunctionTurn::pollers, now_ + from_seconds(60 / spec.add_per_minute), id, 0);
}

void Simulation::on_more_pollers(std::uint32_t id) {
  MessageSource& source = functions_->sources[id];
  source.growing = false;
  if (source.first_ready == kNone || source.running < source.allowed) return;
  if (source.throttled == 0) ++source.allowed;
  pump_ready(id);
  if (source.first_ready != kNone) want_pollers(id);
}

}  // namespace meshfn::simulate
