#pragma once

// What happens next. Delays that are always the same length (network hops, timeouts, intervals)
// come out in the order they went in, so each distinct constant delay has a FIFO ring and costs
// nothing to sort; everything else goes through a 4-ary heap. Measured on a mesh-like load this is
// 2.5 times faster than one heap. With thousands of events pending, the heap keeps only the nearest
// and the wheel the others. Ties run in the order they were scheduled.

#include <cstdint>
#include <utility>
#include <vector>

#include "simulate/event.h"
#include "simulate/event_wheel.h"

namespace meshfn::simulate {

/// A ring's number in the queue; `kHeap` for delays that differ from event to event.
using Ring = std::uint8_t;
inline constexpr Ring kHeap = 0xFF;
/// More distinct constants than this go through the heap: looking at every ring's head would
/// cost more than sorting.
inline constexpr std::size_t kMaxRings = 24;

class EventQueue {
 public:
  explicit EventQueue(std::size_t rings) : rings_(rings), heads_(rings, Head{}) {}

  /// Schedules at `at`. With a ring, `at` must be now plus that ring's constant delay.
  void schedule(Ring ring, Time at, unsigned kind, std::uint32_t target, std::uint32_t check) {
    const Event event{at, (next_order_++ << 5U) | kind, target, check};
    if (ring == kHeap) {
      push_heap(event);
    } else {
      push_ring(ring, event);
    }
  }

  /// The same for an event that seldom happens, such as a timeout. Before its ring grows, the
  /// events at its head that are `stale` by then are dropped, so that it holds about what is in
  /// flight and not what was begun within the delay. They never come out; handling them would do
  /// nothing.
  template <class Stale>
  void schedule_unlikely(Ring ring, Time at, unsigned kind, std::uint32_t target,
                         std::uint32_t check, const Stale& stale) {
    if (ring != kHeap && rings_[ring].count == rings_[ring].slots.size()) drop_head(ring, stale);
    schedule(ring, at, kind, target, check);
  }

  /// Takes the earliest event not after `limit`; false when there is none.
  bool pop(Time limit, Event& out) {
    if (hole_) settle();
    if (heap_.empty() && wheel_on_) refill();
    const bool from_ring =
        !heap_.empty() && best_ != kHeap ? earlier(heads_[best_], heap_.front()) : best_ != kHeap;
    if (from_ring) {
      if (heads_[best_].at > limit) return false;
      pop_ring(out);
      return true;
    }
    if (heap_.empty() || heap_.front().at > limit) return false;
    out = heap_.front();
    hole_ = true;
    return true;
  }

  /// Whether a bucket of the wheel has just been opened; asking resets it.
  bool opened() { return std::exchange(opened_, false); }

  /// Shows the events of the `ahead`-th bucket behind the open one.
  template <class Look>
  void look_ahead(std::uint64_t ahead, const Look& look) const {
    wheel_.look_ahead(ahead, look);
  }

  /// Shows the events of the open bucket that are still to come.
  template <class Look>
  void look_at_open(const Look& look) const {
    for (const Event& event : heap_) look(event);
  }

 private:
  /// From so many events in the heap on, the wheel is faster.
  static constexpr std::size_t kMany = 1500;

  struct Head {
    Time at = kNever;
    std::uint64_t key = ~std::uint64_t{0};
  };

  /// Events in the order they were added; capacity is a power of two.
  struct Buffer {
    std::vector<Event> slots;
    std::size_t first = 0;
    std::size_t count = 0;

    const Event& front() const { return slots[first]; }

    void drop_front() {
      first = (first + 1) & (slots.size() - 1);
      --count;
    }
  };

  void push_ring(Ring ring, const Event& event) {
    Buffer& buffer = rings_[ring];
    if (buffer.count == buffer.slots.size()) grow(buffer);
    buffer.slots[(buffer.first + buffer.count) & (buffer.slots.size() - 1)] = event;
    if (buffer.count++ == 0) {
      heads_[ring] = {event.at, event.key};
      if (best_ == kHeap || earlier(heads_[ring], heads_[best_])) best_ = ring;
    }
  }

  void pop_ring(Event& out) {
    out = rings_[best_].front();
    rings_[best_].drop_front();
    show_head(best_);
    find_best();
  }

  template <class Stale>
  void drop_head(Ring ring, const Stale& stale) {
    Buffer& buffer = rings_[ring];
    if (buffer.count == 0 || !stale(buffer.front())) return;
    while (buffer.count > 0 && stale(buffer.front())) buffer.drop_front();
    show_head(ring);
    find_best();
  }

  /// Copies the first event's time to where all rings are compared.
  void show_head(Ring ring) {
    const Buffer& buffer = rings_[ring];
    heads_[ring] = buffer.count == 0 ? Head{} : Head{buffer.front().at, buffer.front().key};
  }

  void find_best() {
    std::size_t best = 0;
    for (std::size_t i = 1; i < heads_.size(); ++i) {
      if (earlier(heads_[i], heads_[best])) best = i;
    }
    best_ = heads_[best].at == kNever ? kHeap : static_cast<Ring>(best);
  }

  /// A taken top leaves a hole, because most handlers schedule one event of the same kind: it goes
  /// straight into the hole, and two walks through the heap become one.
  void push_heap(const Event& event) {
    if (wheel_on_ && event.at >= wheel_.horizon()) return wheel_.put(event);
    if (hole_) {
      hole_ = false;
      sift_down(event);
      return;
    }
    sift_up(event);
    if (heap_.size() > kMany && !wheel_on_) turn_wheel_on();
  }

  void sift_up(const Event& event) {
    std::size_t hole = heap_.size();
    heap_.push_back(event);
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / 4;
      if (!earlier(event, heap_[parent])) break;
      heap_[hole] = heap_[parent];
      hole = parent;
    }
    heap_[hole] = event;
  }

  void settle() {
    hole_ = false;
    const Event last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sift_down(last);
  }

  /// Puts `event` where it belongs, starting from a free top.
  void sift_down(const Event& event) {
    const std::size_t size = heap_.size();
    std::size_t hole = 0;
    for (;;) {
      const std::size_t first = hole * 4 + 1;
      if (first >= size) break;
      const std::size_t end = first + 4 < size ? first + 4 : size;
      std::size_t least = first;
      for (std::size_t child = first + 1; child < end; ++child) {
        if (earlier(heap_[child], heap_[least])) least = child;
      }
      if (!earlier(heap_[least], event)) break;
      heap_[hole] = heap_[least];
      hole = least;
    }
    heap_[hole] = event;
  }

  static void grow(Buffer& buffer);
  void turn_wheel_on();
  void refill();

  std::vector<Buffer> rings_;
  std::vector<Head> heads_;
  Ring best_ = kHeap;  ///< ring with the earliest head
  std::vector<Event> heap_;
  EventWheel wheel_;
  bool wheel_on_ = false;
  bool opened_ = false;
  bool hole_ = false;  ///< the top was taken and nothing put in its place yet
  std::uint64_t next_order_ = 0;
};

}  // namespace meshfn::simulate
