#pragma once

// Events that are not near yet, in buckets of equal length (a calendar queue): putting one in costs
// the same however many there are, and only the bucket whose time has come is sorted, by its user.
// What lies beyond the last bucket waits in a heap. Pays from about a thousand events on.

#include <cstdint>
#include <vector>

#include "simulate/event.h"

namespace meshfn::simulate {

class EventWheel {
 public:
  bool empty() const { return size_ == 0; }

  std::size_t size() const { return size_; }

  /// Events before this moment do not belong here.
  Time horizon() const { return static_cast<Time>(next_) << shift_; }

  /// Lays the buckets out for `events`, the earliest of them at `now`, and puts in all but the
  /// first bucket's, which are left in `events`. What was in the wheel has to be among them.
  void lay_out(std::vector<Event>& events, Time now);

  /// Whether the number of events has left what the buckets were laid out for.
  bool outgrown() const { return size_ > 2 * planned_; }

  bool sparse() const { return size_ < planned_ / 8; }

  /// REQUIRES: event.at >= horizon().
  void put(const Event& event) {
    const std::uint64_t bucket = number(event.at);
    if (bucket >= next_ + heads_.size()) {
      put_far(event);
    } else {
      put_near(event, bucket);
    }
    ++size_;
  }

  /// Gives the events of the next bucket that has any to `take`, and moves the horizon behind it.
  /// REQUIRES: not empty.
  template <class Take>
  void next(const Take& take) {
    if (in_buckets_ == 0) next_ = number(far_.front().at);
    fetch_far();
    while (head(next_) == kEnd) {
      ++next_;
      fetch_far();
    }
    std::uint32_t& first = head(next_);
    while (first != kEnd) {
      const std::uint32_t node = first;
      take(nodes_[node].event);
      first = nodes_[node].next;
      nodes_[node].next = free_;
      free_ = node;
      --size_;
      --in_buckets_;
    }
    ++next_;
  }

  /// Shows the events of the `ahead`-th bucket from now.
  template <class Look>
  void look_ahead(std::uint64_t ahead, const Look& look) const {
    for (std::uint32_t n = heads_[(next_ + ahead) & mask()]; n != kEnd; n = nodes_[n].next) {
      look(nodes_[n].event);
    }
  }

  /// Takes everything out.
  void drain(std::vector<Event>& out);

 private:
  static constexpr std::uint32_t kEnd = 0xFFFFFFFF;

  struct Node {
    Event event;
    std::uint32_t next;
  };

  std::uint64_t mask() const { return heads_.size() - 1; }

  std::uint64_t number(Time at) const { return static_cast<std::uint64_t>(at) >> shift_; }

  std::uint32_t& head(std::uint64_t bucket) { return heads_[bucket & mask()]; }

  void put_near(const Event& event, std::uint64_t bucket) {
    std::uint32_t node = free_;
    if (node == kEnd) {
      node = static_cast<std::uint32_t>(nodes_.size());
      nodes_.emplace_back();
    } else {
      free_ = nodes_[node].next;
    }
    std::uint32_t& first = head(bucket);
    nodes_[node] = {event, first};
    first = node;
    ++in_buckets_;
  }

  void put_far(const Event& event);
  void take_far();

  /// Far events that the buckets now reach.
  void fetch_far() {
    while (!far_.empty() && number(far_.front().at) < next_ + heads_.size()) take_far();
  }

  std::vector<std::uint32_t> heads_;  ///< first node of each bucket; a power of two of them
  std::vector<Node> nodes_;
  std::uint32_t free_ = kEnd;
  std::uint64_t next_ = 0;  ///< number of the first bucket that was not given out
  unsigned shift_ = 0;      ///< a bucket is 2^shift nanoseconds long
  std::vector<Event> far_;  ///< a heap
  std::size_t size_ = 0;
  std::size_t in_buckets_ = 0;
  std::size_t planned_ = 0;
};

}  // namespace meshfn::simulate
