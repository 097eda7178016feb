#pragma once

// Linkerd's retry budget (a ServiceProfile's `retryBudget`; tower's token bucket): every request
// deposits a share of a retry that lasts for a while, and a few a second are free.

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

#include "simulate/time.h"

namespace meshfn::simulate {

struct RetryBudgetSettings {
  double ratio = 0;  ///< retries per request; 0 and no minimum: no budget
  double per_second = 0;
  Time ttl = 10 * kSecond;

  bool on() const { return ratio > 0 || per_second > 0; }
};

/// A sum of what was added during the last `length`, forgotten in tenths of it.
class SlidingSum {
 public:
  explicit SlidingSum(Time length) : length_(length) {}

  bool on() const { return length_ > 0; }

  void add(double amount, Time now) {
    expire(now);
    slots_[at_ % kSlots] += amount;
  }

  double total(Time now) {
    expire(now);
    return std::accumulate(slots_.begin(), slots_.end(), 0.0);
  }

 private:
  static constexpr std::uint64_t kSlots = 10;

  void expire(Time now) {
    const auto slot = static_cast<std::uint64_t>(now / std::max<Time>(length_ / Time{kSlots}, 1));
    for (std::uint64_t i = at_ + 1; i <= slot && i <= at_ + kSlots; ++i) slots_[i % kSlots] = 0;
    at_ = slot;
  }

  Time length_;
  std::array<double, kSlots> slots_{};
  std::uint64_t at_ = 0;
};

class RetryBudget {
 public:
  explicit RetryBudget(const RetryBudgetSettings& settings)
      : settings_(settings), balance_(settings.ttl) {}

  /// A request that is no retry.
  void deposit(Time now) { balance_.add(settings_.ratio, now); }

  /// Takes one retry; false when there is none left.
  bool withdraw(Time now) {
    const double free = settings_.per_second * to_seconds(settings_.ttl);
    // The tolerance is for the sum of shares such as 0.2.
    if (free + balance_.total(now) < 1 - 1e-9) return false;
    balance_.add(-1, now);
    return true;
  }

 private:
  RetryBudgetSettings settings_;
  SlidingSum balance_;  ///< what is counted a whole ttl ago is forgotten, withdrawals alike
};

}  // namespace meshfn::simulate
