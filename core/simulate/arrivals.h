#pragma once

// When one client proxy starts its next request. Each client has its own stream and its own share
// of the load, so adding a client does not change when the others send.

#include "simulate/scenario.h"

namespace meshfn::simulate {

class ArrivalProcess {
 public:
  /// The `index`-th of `clients` that share `arrivals`.
  ArrivalProcess(const Arrivals& arrivals, std::uint32_t index, std::uint32_t clients);

  /// The moment after `now` at which the next request starts; kNever when there is none.
  Time next(Time now, Random& random) {
    if (arrivals_->kind == Arrivals::Kind::poisson) {
      return now + from_nanos(gap_ * standard_exponential(random));
    }
    return next_other(now, random);
  }

  /// Closed loop: how many users this client has.
  std::uint32_t users() const;

 private:
  Time next_other(Time now, Random& random);
  /// Requests per second of the whole load at `t`.
  double rate_at(Time t) const;

  const Arrivals* arrivals_;
  std::uint32_t index_;
  std::uint32_t clients_;
  double gap_;  ///< mean nanoseconds between this client's requests at the highest rate
  std::uint64_t count_ = 0;
};

}  // namespace meshfn::simulate
