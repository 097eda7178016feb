#include "simulate/event_queue.h"

namespace meshfn::simulate {

void EventQueue::grow(Buffer& buffer) {
  std::vector<Event> larger(buffer.slots.empty() ? 64 : buffer.slots.size() * 2);
  for (std::size_t i = 0; i < buffer.count; ++i) {
    larger[i] = buffer.slots[(buffer.first + i) & (buffer.slots.size() - 1)];
  }
  buffer.slots = std::move(larger);
  buffer.first = 0;
}

}  // namespace meshfn::simulate
