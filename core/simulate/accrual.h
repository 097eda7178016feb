#pragma once

// What a client that keeps its own connections knows of a host: whether the connection stands
// (gRPC, Linkerd), and Linkerd's failure accrual (linkerd2-proxy http/breaker): after so many
// failures in a row the host is shut for a while, then one request may try it.

#include <array>
#include <cstdint>
#include <memory>

#include "base/random.h"
#include "simulate/balancer.h"
#include "simulate/time.h"

namespace meshfn::simulate {

/// `balancer.linkerd.io/failure-accrual` and the annotations beside it.
struct AccrualSettings {
  bool enabled = false;
  std::uint32_t failures = 7;  ///< in a row; 0: they do not shut
  Time min_penalty = kSecond;
  Time max_penalty = 60 * kSecond;
  double jitter = 0.5;  ///< share of the penalty that may be added
  /// Mode `unified`: a host is shut as well when the share of its successes in `window` falls below
  /// this, 429 being a failure there. 0: off.
  double success_rate = 0;
  Time window = 10 * kSecond;
  std::uint32_t minimum_requests = 5;  ///< in the window, to be judged at all
};

/// Answers of the last while, in ten equal parts of it that are forgotten one by one
/// (linkerd2-proxy breaker/success_rate.rs).
class SuccessWindow {
 public:
  void count(Time now, Time window, bool good);

  struct Sum {
    std::uint32_t all = 0;
    std::uint32_t good = 0;
  };

  Sum sum() const;

 private:
  static constexpr std::size_t kParts = 10;

  std::array<Sum, kParts> parts_{};
  std::int64_t newest_ = 0;  ///< number of the part that is counted in
};

/// One host's door as one client sees it.
class HostGate {
 public:
  /// Whether the host may be chosen.
  bool open() const {
    return connected_ && (state_ == State::closed || state_ == State::probation);
  }

  /// A request goes to the host; true when nobody else may follow it until its answer.
  bool enter();
  /// That request was given up without an answer.
  void leave();

  /// What came back of a request, and when.
  struct Heard {
    std::uint16_t status;
    Time at;
  };

  /// An answer came. True when the host is shut by it: for `penalty`.
  bool judge(const AccrualSettings& settings, Heard heard, Random& random, Time& penalty);
  /// The penalty is over: one request may try.
  void admit_probe();

  /// The connection broke; true when it was standing until now.
  bool disconnect();
  void connect();
  /// The wait before the next attempt to connect, counted from 0 while they fail.
  Time reconnect_after(const Reconnect& settings, Random& random);

 private:
  enum class State : std::uint8_t { closed, shut, probation, probing };

  Time penalty(const AccrualSettings& settings, Random& random);
  bool trips(const AccrualSettings& settings, Heard heard);
  bool shut(const AccrualSettings& settings, Random& random, Time& length);

  bool connected_ = true;
  State state_ = State::closed;
  std::uint32_t failures_ = 0;
  std::uint32_t penalties_ = 0;            ///< in a row
  std::uint32_t attempts_ = 0;             ///< to connect, since it broke
  std::unique_ptr<SuccessWindow> window_;  ///< only in mode `unified`
};

/// The n-th penalty without its jitter: doubled each time.
Time accrual_penalty(const AccrualSettings& settings, std::uint32_t n);

}  // namespace meshfn::simulate
