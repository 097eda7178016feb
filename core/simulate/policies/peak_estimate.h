#pragma once

// Linkerd's estimate of how long a host takes (tower's peak EWMA): it jumps up to a slower answer
// at once, moves down slowly, and decays toward zero while nothing is heard, so that an idle host
// is tried again. Times and samples are in whatever unit the caller uses.

#include <cstdint>

#include "simulate/arithmetic.h"
#include "simulate/time.h"

namespace meshfn::simulate {

class PeakEstimate {
 public:
  /// An estimate that is `initial` at `now`.
  explicit PeakEstimate(double initial, Time now = 0) : value_(initial), updated_(now) {}

  /// An answer took `sample`. `decay` is the time constant in nanoseconds.
  void add(double sample, Time now, double decay) {
    const double keep = kept(now, decay);
    const double current = value_ * keep;
    value_ = sample > current ? sample : current + sample * (1 - keep);
    updated_ = now;
  }

  double at(Time now, double decay) const { return value_ * kept(now, decay); }

  /// Cost of one more request to a host with `pending` in flight.
  double load(Time now, double decay, std::uint32_t pending) const {
    return at(now, decay) * (pending + 1.0);
  }

 private:
  double kept(Time now, double decay) const {
    return exponential_of(-static_cast<double>(now - updated_) / decay);
  }

  double value_;
  Time updated_;
};

}  // namespace meshfn::simulate
