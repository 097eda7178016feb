#pragma once

// A rate limit of a server, as Envoy's local rate limit filter keeps it: tokens come in all the
// time, up to a burst; a request without one is answered 429.

#include <cstdint>

#include "simulate/time.h"

namespace meshfn::simulate {

struct RateLimit {
  double rate = 0;  ///< requests per second; 0: no limit
  double burst = 1;
  bool shared = false;  ///< one bucket for the service (a rate limit service), not one each

  bool on() const { return rate > 0; }
};

class TokenBucket {
 public:
  explicit TokenBucket(const RateLimit& limit) : limit_(limit), tokens_(limit.burst) {}

  /// Whether a request at `now` gets a token.
  bool take(Time now) {
    tokens_ += to_seconds(now - at_) * limit_.rate;
    if (tokens_ > limit_.burst) tokens_ = limit_.burst;
    at_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

  /// When there will be a token if none is taken before. REQUIRES: a rate above 0.
  Time next(Time now) const {
    const double tokens = tokens_ + to_seconds(now - at_) * limit_.rate;
    if (tokens >= 1) return now;
    // Up to the next nanosecond: at that moment there has to be a whole one.
    return now + from_seconds((1 - tokens) / limit_.rate) + 1;
  }

 private:
  RateLimit limit_;
  double tokens_;
  Time at_ = 0;
};

}  // namespace meshfn::simulate
