#pragma once

// Counts of durations in log-linear buckets: 128 to an octave, so a quantile is off by at most
// 0.4 %. Two histograms merge exactly, whatever the order, which is what lets replications run
// anywhere and give the same bytes.

#include <cstdint>
#include <vector>

#include "simulate/time.h"

namespace meshfn::simulate {

class Histogram {
 public:
  /// Counts one duration; negative ones count as 0.
  void record(Time value) {
    const std::uint64_t v = value > 0 ? static_cast<std::uint64_t>(value) : 0;
    const std::size_t bucket = bucket_of(v);
    if (bucket >= counts_.size()) counts_.resize(bucket + kSub);
    ++counts_[bucket];
    ++count_;
    sum_ += v;
    if (v > max_) max_ = v;
  }

  void merge(const Histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }

  /// Exact mean in nanoseconds; 0 when empty.
  double mean() const;

  Time max() const { return static_cast<Time>(max_); }

  /// The value below which a share `q` (0-1) of the durations lies, in nanoseconds, interpolated
  /// inside its bucket; 0 when empty.
  double quantile(double q) const;

  /// A bucket that holds something: values in [lower, upper).
  struct Bucket {
    std::uint64_t lower;
    std::uint64_t upper;
    std::uint64_t count;
  };

  std::vector<Bucket> buckets() const;

  /// The exact sum of all durations.
  std::uint64_t sum() const { return sum_; }

  /// Adds what another histogram held, as `buckets()`, `sum()` and `max()` told.
  void restore(const std::vector<Bucket>& buckets, std::uint64_t sum, Time max);

 private:
  static constexpr unsigned kBits = 7;
  static constexpr std::size_t kSub = 1U << kBits;

  static std::size_t bucket_of(std::uint64_t v);
  static std::uint64_t lower_of(std::size_t bucket);

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

inline std::size_t Histogram::bucket_of(std::uint64_t v) {
  if (v < kSub) return v;
  const auto exponent = static_cast<unsigned>(63 - __builtin_clzll(v)) - kBits;
  return (exponent << kBits) + static_cast<std::size_t>(v >> exponent);
}

}  // namespace meshfn::simulate
