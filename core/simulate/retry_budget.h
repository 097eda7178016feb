#pragma once

// Linkerd's retry budget (a ServiceProfile's `retryBudget`; tower's token bucket): every request
// deposits a share of a retry that lasts for a while, and a few a second are free.

#include "simulate/sliding_sum.h"
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
