#include "simulate/function_pool.h"

#include <algorithm>

namespace meshfn::simulate {

FunctionPool::FunctionPool(const FunctionSpec& spec, FunctionRecord& record, Time counted_from,
                           Time step)
    : spec_(&spec),
      record_(&record),
      counted_from_(counted_from),
      step_(step),
      demand_(spec.target_window),
      course_end_(step) {
  if (spec.scaling.on()) {
    scaling_.emplace(
        RateLimit{spec.scaling.refill / to_seconds(spec.scaling.per), spec.scaling.burst, false});
  }
  if (spec.request_rate > 0) {
    const double rate = spec.request_rate * spec.concurrency;
    requests_.emplace(RateLimit{rate, std::max(1.0, rate), false});
  }
  record.course.assign(1, 0);
  for (std::uint32_t i = 0; i < spec.provisioned; ++i) put_in_front(make(0, true));
  record.most_environments = alive_;
}

std::uint32_t FunctionPool::make(Time now, bool permanent) {
  std::uint32_t id = 0;
  if (unused_.empty()) {
    id = static_cast<std::uint32_t>(environments_.size());
    environments_.emplace_back();
  } else {
    id = unused_.back();
    unused_.pop_back();
  }
  Environment& e = environments_[id];
  const std::uint32_t generation = e.generation;
  e = {};
  e.generation = generation;
  e.born = e.ready_at = e.busy_since = now;
  e.permanent = permanent;
  e.alive = true;
  e.fresh = !permanent;
  ++alive_;
  return id;
}

std::uint32_t FunctionPool::of_ticket(std::uint32_t number) const {
  const std::uint32_t id = number & kEnvironmentMask;
  return ticket(id) == number && environments_[id].alive ? id : kNone;
}

void FunctionPool::put_in_front(std::uint32_t id) {
  Environment& e = environments_[id];
  List& list = list_of(e);
  if (list.front == id) return;
  if (e.listed) take_out(id);
  e.before = kNone;
  e.after = list.front;
  e.listed = true;
  (list.front != kNone ? environments_[list.front].before : list.back) = id;
  list.front = id;
}

void FunctionPool::take_out(std::uint32_t id) {
  Environment& e = environments_[id];
  List& list = list_of(e);
  if (e.before != kNone) environments_[e.before].after = e.after;
  if (e.after != kNone) environments_[e.after].before = e.before;
  if (list.front == id) list.front = e.after;
  if (list.back == id) list.back = e.before;
  e.listed = false;
}

/// The one used longest ago has idled longest; with a keep-alive that differs, one further in front
/// may be over before it, and is found out when its turn comes.
void FunctionPool::end_expired(Time now) {
  for (const std::uint32_t* end_of_list : {&free_.back, &free_.front}) {
    while (*end_of_list != kNone) {
      const Environment& e = environments_[*end_of_list];
      if (e.busy > 0 || e.expires >= now) break;
      end(*end_of_list, e.expires);
    }
  }
}

std::uint32_t FunctionPool::take(Time now) {
  end_expired(now);
  const std::uint32_t id = kept_.front != kNone ? kept_.front : free_.front;
  if (id != kNone) occupy(id, now);
  return id;
}

std::uint32_t FunctionPool::start(Time now, Refusal& why) {
  if (alive_ >= spec_->most_instances()) {
    why = Refusal::limit;
    return kNone;
  }
  if (scaling_ && !scaling_->take(now)) {
    why = Refusal::scaling;
    return kNone;
  }
  const std::uint32_t id = make(now, false);
  environments_[id].ready_at = kNever;
  ++starting_;
  if (now >= counted_from_) ++record_->started;
  record_->most_environments = std::max(record_->most_environments, alive_);
  return id;
}

void FunctionPool::ready(std::uint32_t id, Time now, Time keep_alive) {
  Environment& e = environments_[id];
  --starting_;
  e.ready_at = now;
  e.expires = keep_alive > kNever - now ? kNever : now + keep_alive;
  // Behind those that have been used: where somebody waits for it, there are no others.
  e.before = free_.back;
  e.after = kNone;
  e.listed = true;
  (free_.back != kNone ? environments_[free_.back].after : free_.front) = id;
  free_.back = id;
}

void FunctionPool::take_started(std::uint32_t id, Time now, Time ready_at) {
  --starting_;
  environments_[id].ready_at = ready_at;
  put_in_front(id);
  occupy(id, now);
}

void FunctionPool::occupy(std::uint32_t id, Time now) {
  count_course(now);
  ++in_use_;
  Environment& e = environments_[id];
  if (e.busy++ == 0) {
    ++working_;
    // A start that is over by now counts as time it worked before; one that is not is ahead.
    e.busy_since = now;
    const bool counts = spec_->price.start_counts;
    if (e.fresh && e.ready_at > now && !counts) e.busy_since = e.ready_at;
    if (e.fresh && e.ready_at <= now && counts) e.busy_since -= e.ready_at - e.born;
    e.fresh = false;
  }
  if (e.busy == spec_->instance_concurrency) {
    take_out(id);
  } else {
    put_in_front(id);
  }
}

void FunctionPool::release(std::uint32_t id, Time now, Time keep_alive, bool broken) {
  count_course(now);
  --in_use_;
  Environment& e = environments_[id];
  if (--e.busy == 0) {
    --working_;
    count_busy(e, now);
    const bool old = spec_->lifetime > 0 && now - e.born >= spec_->lifetime;
    if (!e.permanent && (broken || old)) return end(id, now);
    e.expires = e.permanent || keep_alive > kNever - now ? kNever : now + keep_alive;
  }
  put_in_front(id);
}

void FunctionPool::end(std::uint32_t id, Time at) {
  Environment& e = environments_[id];
  if (e.listed) take_out(id);
  count_existence(e, at);
  e.alive = false;
  // A ticket has room for so many generations; environments start one after the other in them.
  e.generation = (e.generation + 1) & 0xFFU;
  --alive_;
  unused_.push_back(id);
}

void FunctionPool::clear(Time now) {
  count_course(now);
  for (std::uint32_t id = 0; id < environments_.size(); ++id) {
    Environment& e = environments_[id];
    if (!e.alive) continue;
    if (e.busy > 0) count_busy(e, now);
    end(id, e.busy > 0 ? now : std::min(now, e.expires));
  }
  in_use_ = starting_ = working_ = 0;
  for (std::uint32_t i = 0; i < spec_->provisioned; ++i) put_in_front(make(now, true));
}

void FunctionPool::finish(Time now) {
  count_course(now);
  for (const Environment& e : environments_) {
    if (!e.alive) continue;
    if (e.busy > 0) count_busy(e, now);
    count_existence(e, e.busy > 0 ? now : std::min(now, e.expires));
  }
  const std::uint64_t kept = spec_->provisioned * counted(0, now);
  record_->ready_ns = spec_->price.idle_while_busy ? kept : kept - std::min(kept, kept_busy_);
}

void FunctionPool::count_busy(const Environment& e, Time now) {
  const std::uint64_t length = counted(e.busy_since, now);
  if (e.permanent) kept_busy_ += length;
  if (spec_->price.billing != PriceList::Billing::busy_instance || length == 0) return;
  record_->billed_ms +=
      static_cast<std::uint64_t>(spec_->price.billed(static_cast<Time>(length)) / kMillisecond);
}

void FunctionPool::count_existence(const Environment& e, Time until) {
  const std::uint64_t length = counted(e.born, until);
  record_->existed_ns += length;
  if (spec_->price.billing != PriceList::Billing::instance || length == 0) return;
  record_->billed_ms +=
      static_cast<std::uint64_t>(spec_->price.billed(static_cast<Time>(length)) / kMillisecond);
}

bool FunctionPool::wants_more(Time now) {
  if (alive_ - working_ < spec_->prewarmed) return true;
  if (spec_->target <= 0) return false;
  return demand(now) > spec_->target * alive_ * spec_->instance_concurrency;
}

double FunctionPool::demand(Time now) {
  if (!demand_.on()) return in_use_;
  count_course(now);
  const Time window = std::max<Time>(1, std::min(now, spec_->target_window));
  return demand_.total(now) / static_cast<double>(window);
}

void FunctionPool::count_course(Time now) {
  if (demand_.on()) demand_.add_over(in_use_, course_at_, now);
  auto& course = record_->course;
  while (course_at_ < now) {
    const Time until = std::min(now, course_end_);
    course.back() += in_use_ * static_cast<std::uint64_t>(until - course_at_);
    course_at_ = until;
    if (until < course_end_) break;
    course.push_back(0);
    course_end_ += step_;
  }
}

std::uint64_t FunctionPool::counted(Time from, Time to) const {
  const Time begin = std::max(from, counted_from_);
  return to > begin ? static_cast<std::uint64_t>(to - begin) : 0;
}

}  // namespace meshfn::simulate
