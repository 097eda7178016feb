#pragma once

// Processor sharing at one endpoint: what is in service shares a number of processors evenly, each
// request getting at most one. Kept in virtual time (work done for each request that was there all
// along), so that an arrival or a departure costs the logarithm of the requests in service.

#include <cstdint>
#include <vector>

#include "simulate/time.h"

namespace meshfn::simulate {

class ProcessorShare {
 public:
  /// Use is counted from `counted_from` on.
  ProcessorShare(double processors, Time counted_from)
      : processors_(processors), counted_from_(counted_from) {}

  /// A request with `work` nanoseconds of processor time begins.
  void add(Time now, double work, std::uint32_t job);

  /// When the next request will be done if nothing changes. REQUIRES: not empty.
  Time next(Time now) const;

  /// Takes the request that is done first. REQUIRES: not empty.
  std::uint32_t finish(Time now);

  bool empty() const { return jobs_.empty(); }

  /// There are `processors` from now on.
  void resize(Time now, double processors);

  /// Everything in service is lost.
  void clear(Time now);

  /// Tells the expected end of today from those of yesterday.
  std::uint32_t epoch() const { return epoch_; }

  /// Processor time used until `now`, in nanoseconds.
  double used(Time now) const;

 private:
  struct Job {
    double end;  ///< in virtual time
    std::uint64_t order;
    std::uint32_t id;
  };

  static bool later(const Job& a, const Job& b) {
    return a.end != b.end ? a.end > b.end : a.order > b.order;
  }

  /// Progress of each request per nanosecond.
  double pace() const;
  void advance(Time now);

  /// Processor time used since the last change, of the part that counts.
  double fresh_use(Time now) const;

  double processors_;
  Time counted_from_;
  double done_ = 0;  ///< virtual time
  double used_ = 0;
  Time at_ = 0;
  std::uint64_t next_order_ = 0;
  std::uint32_t epoch_ = 0;
  std::vector<Job> jobs_;  ///< a heap, the first to end in front
};

}  // namespace meshfn::simulate
