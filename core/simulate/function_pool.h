#pragma once

// The execution environments of one function: starting, idle, at work, gone. Knows nothing of
// events; the simulation tells it the time. An environment whose idle time is over is found out
// when somebody looks for one, which is early enough: nobody could have told before.

#include <cstdint>
#include <optional>
#include <vector>

#include "simulate/function_record.h"
#include "simulate/function_spec.h"
#include "simulate/pool.h"
#include "simulate/sliding_sum.h"
#include "simulate/token_bucket.h"

namespace meshfn::simulate {

/// What all functions of one platform in one region share.
struct FunctionAccount {
  std::uint32_t limit = 0;   ///< at once, beside what is reserved or provisioned
  std::uint32_t in_use = 0;  ///< of that
  std::optional<TokenBucket> requests;
  std::vector<std::uint32_t> pools;
};

class FunctionPool {
 public:
  /// `record` and `spec` outlive the pool. Time before `counted_from` is not counted; `step` is
  /// that of the time series.
  FunctionPool(const FunctionSpec& spec, FunctionRecord& record, Time counted_from, Time step);

  const FunctionSpec& spec() const { return *spec_; }

  FunctionRecord& record() { return *record_; }

  /// Whether an invocation is over the rate of invocations; takes a token otherwise.
  bool over_rate(Time now) { return requests_ && !requests_->take(now); }

  bool is_full() const { return in_use_ >= spec_->concurrency; }

  /// Invocations at once that are more than the provisioned environments take; `more` are added.
  std::uint32_t on_demand(std::uint32_t more) const {
    const std::uint32_t ready = spec_->provisioned * spec_->instance_concurrency;
    return in_use_ + more > ready ? in_use_ + more - ready : 0;
  }

  /// A free place in an environment that is up, the one used last before others and provisioned
  /// ones before all; kNone when there is none.
  std::uint32_t take(Time now);

  /// Starts an environment, if number and rate allow; kNone otherwise. `why` says what does not.
  std::uint32_t start(Time now, Refusal& why);

  /// Whether the places of all environments together are filled beyond the target, or fewer than
  /// wanted stand ready beside those that work.
  bool wants_more(Time now);

  /// Environments that wait for their start to end have so many places.
  std::uint32_t places_starting() const { return starting_ * spec_->instance_concurrency; }

  /// Names an environment that is starting; nobody else's later.
  std::uint32_t ticket(std::uint32_t environment) const {
    return environments_[environment].generation << kEnvironmentBits | environment;
  }

  /// The environment of a ticket; kNone when it is gone.
  std::uint32_t of_ticket(std::uint32_t ticket) const;

  /// The environment can work from now on; nobody works in it yet.
  void ready(std::uint32_t environment, Time now, Time keep_alive);

  /// Takes a place in the environment that has just been started; the start ends at `ready_at`.
  void take_started(std::uint32_t environment, Time now, Time ready_at);

  /// When the environment's start ends or ended.
  Time ready_at(std::uint32_t environment) const { return environments_[environment].ready_at; }

  bool is_provisioned(std::uint32_t environment) const {
    return environments_[environment].permanent;
  }

  /// An invocation ended. The environment idles for `keep_alive` when it was the last one in it;
  /// `broken` ends the environment, as a timeout does.
  void release(std::uint32_t environment, Time now, Time keep_alive, bool broken);

  /// All environments are lost; those that are kept ready are there again at once.
  void clear(Time now);

  /// Counts what is still open at the end of the run.
  void finish(Time now);

  std::uint32_t in_use() const { return in_use_; }

  /// So many more invocations are allowed.
  std::uint32_t spare() const {
    return spec_->concurrency > in_use_ ? spec_->concurrency - in_use_ : 0;
  }

  /// When the scaling rate allows the next start.
  Time next_start(Time now) const { return scaling_ ? scaling_->next(now) : now; }

  std::uint32_t account = kNone;  ///< whose concurrency it shares
  std::uint32_t endpoint = kNone;
  bool start_planned = false;  ///< somebody waits for the scaling rate
  std::uint64_t pending = 0;   ///< events accepted and not done with

 private:
  static constexpr std::uint32_t kEnvironmentBits = 20;  ///< a ticket fits into 28
  static constexpr std::uint32_t kEnvironmentMask = (1U << kEnvironmentBits) - 1;

  struct Environment {
    Time born = 0;
    Time ready_at = 0;
    Time busy_since = 0;
    Time expires = kNever;
    std::uint32_t generation = 0;
    std::uint32_t busy = 0;
    std::uint32_t before = kNone;
    std::uint32_t after = kNone;
    bool permanent = false;
    bool listed = false;
    bool alive = false;
    bool fresh = false;  ///< nothing has worked in it yet
  };

  /// Environments with a free place, the one used last in front.
  struct List {
    std::uint32_t front = kNone;
    std::uint32_t back = kNone;
  };

  List& list_of(const Environment& e) { return e.permanent ? kept_ : free_; }

  std::uint32_t make(Time now, bool permanent);
  void end_expired(Time now);
  void put_in_front(std::uint32_t id);
  void take_out(std::uint32_t id);
  void occupy(std::uint32_t id, Time now);
  void end(std::uint32_t id, Time at);
  void count_busy(const Environment& e, Time now);
  void count_existence(const Environment& e, Time until);
  void count_course(Time now);
  /// Invocations at once, on an average over the target's window.
  double demand(Time now);
  /// The part of a stretch of time that is after the warm-up.
  std::uint64_t counted(Time from, Time to) const;

  const FunctionSpec* spec_;
  FunctionRecord* record_;
  Time counted_from_;
  Time step_;
  std::optional<TokenBucket> scaling_;
  std::optional<TokenBucket> requests_;
  std::vector<Environment> environments_;
  std::vector<std::uint32_t> unused_;
  List kept_;
  List free_;
  std::uint32_t alive_ = 0;
  std::uint32_t starting_ = 0;
  std::uint32_t in_use_ = 0;
  std::uint32_t working_ = 0;    ///< environments with invocations
  SlidingSum demand_;            ///< invocations times nanoseconds
  std::uint64_t kept_busy_ = 0;  ///< time for which environments that are kept ready worked
  Time course_at_ = 0;
  Time course_end_;
};

}  // namespace meshfn::simulate
