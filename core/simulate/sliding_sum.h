#pragma once

// What came in lately: the base of retry budgets and of averages over a minute.

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

#include "simulate/time.h"

namespace meshfn::simulate {

/// A sum of what was added during the last `length`, forgotten in tenths of it.
class SlidingSum {
 public:
  explicit SlidingSum(Time length) : length_(length) {}

  bool on() const { return length_ > 0; }

  void add(double amount, Time now) {
    expire(now);
    slots_[at_ % kSlots] += amount;
  }

  /// Adds `level` for every nanosecond from `from` to `to`.
  void add_over(double level, Time from, Time to) {
    const Time slot = slot_length();
    from = std::max(from, to - length_);
    while (from < to) {
      const Time next = std::min(to, (from / slot + 1) * slot);
      add(level * static_cast<double>(next - from), from);
      from = next;
    }
  }

  double total(Time now) {
    expire(now);
    return std::accumulate(slots_.begin(), slots_.end(), 0.0);
  }

 private:
  static constexpr std::uint64_t kSlots = 10;

  Time slot_length() const { return std::max<Time>(length_ / Time{kSlots}, 1); }

  void expire(Time now) {
    const auto slot = static_cast<std::uint64_t>(now / slot_length());
    for (std::uint64_t i = at_ + 1; i <= slot && i <= at_ + kSlots; ++i) slots_[i % kSlots] = 0;
    at_ = slot;
  }

  Time length_;
  std::array<double, kSlots> slots_{};
  std::uint64_t at_ = 0;
};

}  // namespace meshfn::simulate
