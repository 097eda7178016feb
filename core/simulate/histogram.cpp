#include "simulate/histogram.h"

#include <algorithm>

namespace meshfn::simulate {

std::uint64_t Histogram::lower_of(std::size_t bucket) {
  if (bucket < 2 * kSub) return bucket;
  const auto exponent = static_cast<unsigned>(bucket >> kBits) - 1;
  return ((bucket & (kSub - 1)) + kSub) << exponent;
}

void Histogram::merge(const Histogram& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

void Histogram::clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = sum_ = max_ = 0;
}

double Histogram::mean() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

double Histogram::quantile(double q) const {
  if (count_ == 0) return 0;
  const double rank = q * static_cast<double>(count_);
  double below = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    const auto here = static_cast<double>(counts_[i]);
    if (below + here >= rank) {
      const auto low = static_cast<double>(lower_of(i));
      const auto high = static_cast<double>(lower_of(i + 1));
      const double share = std::max(0.0, rank - below) / here;
      return std::min(low + (high - low) * share, static_cast<double>(max_));
    }
    below += here;
  }
  return static_cast<double>(max_);
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> filled;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] > 0) filled.push_back({lower_of(i), lower_of(i + 1), counts_[i]});
  }
  return filled;
}

void Histogram::restore(const std::vector<Bucket>& buckets, std::uint64_t sum, Time max) {
  for (const Bucket& bucket : buckets) {
    const std::size_t place = bucket_of(bucket.lower);
    if (place >= counts_.size()) counts_.resize(place + 1);
    counts_[place] += bucket.count;
    count_ += bucket.count;
  }
  sum_ += sum;
  max_ = std::max(max_, static_cast<std::uint64_t>(max));
}

}  // namespace meshfn::simulate
