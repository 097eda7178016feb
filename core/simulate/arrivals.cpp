#include "simulate/arrivals.h"

#include <algorithm>

#include "simulate/arithmetic.h"

namespace meshfn::simulate {

namespace {

/// The rate is never above this.
double highest_rate(const Arrivals& arrivals) {
  if (arrivals.kind == Arrivals::Kind::diurnal) return 2 * arrivals.rate - arrivals.low_rate;
  return std::max(arrivals.rate, arrivals.low_rate);
}

}  // namespace

ArrivalProcess::ArrivalProcess(const Arrivals& arrivals, std::uint32_t index, std::uint32_t clients)
    : arrivals_(&arrivals), index_(index), clients_(clients), gap_(0) {
  const double rate = highest_rate(arrivals);
  gap_ = rate > 0 ? 1e9 * clients / rate : 9e18;
}

std::uint32_t ArrivalProcess::users() const {
  return arrivals_->users / clients_ + (index_ < arrivals_->users % clients_ ? 1 : 0);
}

double ArrivalProcess::rate_at(Time t) const {
  const Arrivals& a = *arrivals_;
  switch (a.kind) {
    case Arrivals::Kind::burst:
      return t % (a.on + a.off) < a.on ? a.rate : a.low_rate;
    case Arrivals::Kind::ramp: {
      const double share = std::min(1.0, static_cast<double>(t) / static_cast<double>(a.period));
      return a.low_rate + (a.rate - a.low_rate) * share;
    }
    case Arrivals::Kind::diurnal:
      return a.rate + (a.rate - a.low_rate) *
                          sine_of_turns(static_cast<double>(t) / static_cast<double>(a.period));
    case Arrivals::Kind::constant:
    case Arrivals::Kind::poisson:
    case Arrivals::Kind::trace:
    case Arrivals::Kind::closed:
      break;
  }
  return a.rate;
}

Time ArrivalProcess::next_other(Time now, Random& random) {
  const Arrivals& a = *arrivals_;
  switch (a.kind) {
    case Arrivals::Kind::constant:
      // The clients take turns; multiplying anew each time keeps rounding from adding up.
      ++count_;
      return from_nanos(
          gap_ * (static_cast<double>(count_ - 1) + static_cast<double>(index_ + 1) / clients_));
    case Arrivals::Kind::trace: {
      const std::uint64_t at = count_++ * clients_ + index_;
      return at < a.trace.size() ? a.trace[at] : kNever;
    }
    case Arrivals::Kind::closed:
      return kNever;
    case Arrivals::Kind::poisson:
    case Arrivals::Kind::burst:
    case Arrivals::Kind::ramp:
    case Arrivals::Kind::diurnal:
      break;
  }
  // A Poisson process of varying rate: points at the highest rate, thinned (Lewis and Shedler).
  const double highest = highest_rate(a);
  for (;;) {
    now += from_nanos(gap_ * standard_exponential(random));
    if (now < 0 || now > 3'000'000 * kSecond) return kNever;
    if (random.uniform() * highest < rate_at(now)) return now;
  }
}

}  // namespace meshfn::simulate
