#include "simulate/event_queue.h"

#include <algorithm>

namespace meshfn::simulate {

void EventQueue::grow(Buffer& buffer) {
  std::vector<Event> larger(buffer.slots.empty() ? 64 : buffer.slots.size() * 2);
  for (std::size_t i = 0; i < buffer.count; ++i) {
    larger[i] = buffer.slots[(buffer.first + i) & (buffer.slots.size() - 1)];
  }
  buffer.slots = std::move(larger);
  buffer.first = 0;
}

void EventQueue::turn_wheel_on() {
  std::vector<Event> events = std::move(heap_);
  heap_.clear();
  if (wheel_on_) wheel_.drain(events);
  const Event& first = *std::min_element(events.begin(), events.end(), earlier<Event, Event>);
  wheel_.lay_out(events, first.at);
  for (const Event& event : events) sift_up(event);
  wheel_on_ = true;
}

void EventQueue::refill() {
  if (wheel_.empty()) {
    wheel_on_ = false;
    return;
  }
  opened_ = true;
  if (wheel_.outgrown() || wheel_.sparse()) return turn_wheel_on();
  wheel_.next([this](const Event& event) { sift_up(event); });
}

}  // namespace meshfn::simulate
