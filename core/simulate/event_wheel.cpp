#include "simulate/event_wheel.h"

#include <algorithm>
#include <bit>

namespace meshfn::simulate {

namespace {

/// Events that a bucket should hold when its time comes.
constexpr std::size_t kPerBucket = 4;

bool later(const Event& a, const Event& b) { return earlier(b, a); }

}  // namespace

void EventWheel::lay_out(std::vector<Event>& events, Time now) {
  planned_ = events.size();
  const auto middle = events.begin() + static_cast<std::ptrdiff_t>(events.size() / 2);
  std::nth_element(events.begin(), middle, events.end(), earlier<Event, Event>);
  // The nearer half says how dense events are; timers far away should not.
  const auto span = static_cast<std::uint64_t>(std::max<Time>(middle->at - now, 1));
  const std::uint64_t length = std::max<std::uint64_t>(span * 2 * kPerBucket / events.size(), 1);
  shift_ = static_cast<unsigned>(std::bit_width(length)) - 1;
  heads_.assign(std::bit_ceil(events.size()), kEnd);
  next_ = number(now) + 1;
  std::size_t near = 0;
  for (const Event& event : std::vector<Event>(events)) {
    if (event.at < horizon()) {
      events[near++] = event;
    } else {
      put(event);
    }
  }
  events.resize(near);
}

void EventWheel::put_far(const Event& event) {
  far_.push_back(event);
  std::push_heap(far_.begin(), far_.end(), later);
}

void EventWheel::take_far() {
  const Event event = far_.front();
  std::pop_heap(far_.begin(), far_.end(), later);
  far_.pop_back();
  put_near(event, number(event.at));
}

void EventWheel::drain(std::vector<Event>& out) {
  for (std::uint32_t& first : heads_) {
    for (std::uint32_t n = first; n != kEnd; n = nodes_[n].next) out.push_back(nodes_[n].event);
    first = kEnd;
  }
  out.insert(out.end(), far_.begin(), far_.end());
  far_.clear();
  nodes_.clear();
  free_ = kEnd;
  size_ = in_buckets_ = 0;
}

}  // namespace meshfn::simulate
