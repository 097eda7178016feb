#pragma once

// Earliest-deadline-first schedule over weights, as Envoy's edf_scheduler.h: an entry of weight w
// is due every 1/w, ties go to the one inserted first. Over any long run entry i gets its share of
// the picks, exactly periodic for whole weights.

#include <cstdint>
#include <span>
#include <vector>

namespace meshfn::simulate {

class Edf {
 public:
  Edf() = default;

  /// A schedule that starts as if it had already made `seed` mod 429496729 picks, so that many
  /// proxies do not start in phase. Entries of weight 0 or less are never picked.
  Edf(std::span<const double> weights, std::uint64_t seed);

  bool empty() const { return heap_.empty(); }

  /// Index of the next entry; `weight_now(index)` gives the weight with which it goes back in, so
  /// a change of weight takes effect at an entry's next pick, not at once. REQUIRES: not empty.
  template <class Weight>
  std::uint32_t pick(const Weight& weight_now) {
    const Entry entry = take();
    now_ = entry.deadline;
    put({now_ + 1.0 / weight_now(entry.index), next_order_++, entry.index});
    return entry.index;
  }

 private:
  struct Entry {
    double deadline;
    std::uint64_t order;
    std::uint32_t index;
  };

  Entry take();
  void put(const Entry& entry);

  std::vector<Entry> heap_;
  double now_ = 0;
  std::uint64_t next_order_ = 0;
};

}  // namespace meshfn::simulate
