#pragma once

// Linkerd's retry budget (a ServiceProfile's `retryBudget`; tower's token bucket): every request
// deposits a share of a retry that lasts for a while, and a few a second are free.

#include <array>
#include <cstdint>

#include "simulate/time.h"

namespace meshfn::simulate {

struct RetryBudgetSettings {
  double ratio = 0;  ///< retries per request; 0 and no minimum: no budget
  double per_second = 0;
  Time ttl = 10 * kSecond;

  bool on() const { return ratio > 0 || per_second > 0; }
};

class RetryBudget {
 public:
  explicit RetryBudget(const RetryBudgetSettings& settings) : settings_(settings) {}

  /// A request that is no retry.
  void deposit(Time now) {
    expire(now);
    slots_[at_ % kSlots] += settings_.ratio;
  }

  /// Takes one retry; false when there is none left.
  bool withdraw(Time now) {
    expire(now);
    double balance = settings_.per_second * to_seconds(settings_.ttl);
    for (const double slot : slots_) balance += slot;
    // The tolerance is for the sum of shares such as 0.2.
    if (balance < 1 - 1e-9) return false;
    slots_[at_ % kSlots] -= 1;
    return true;
  }

 private:
  static constexpr std::uint64_t kSlots = 10;

  /// What was counted a whole ttl ago is forgotten, deposits and withdrawals alike.
  void expire(Time now) {
    const auto slot = static_cast<std::uint64_t>(now / (settings_.ttl / Time{kSlots}));
    for (std::uint64_t i = at_ + 1; i <= slot && i <= at_ + kSlots; ++i) slots_[i % kSlots] = 0;
    at_ = slot;
  }

  RetryBudgetSettings settings_;
  std::array<double, kSlots> slots_{};
  std::uint64_t at_ = 0;
};

}  // namespace meshfn::simulate
