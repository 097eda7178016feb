#include "simulate/edf.h"

#include <algorithm>
#include <cmath>

namespace meshfn::simulate {

namespace {

/// Seeds are folded into this many picks (Envoy's EDF seed range).
constexpr std::uint64_t kSeedRange = 429496729;
/// Added to every weight while the seeded deadlines are computed; decides ties as Envoy does.
constexpr double kWeightEpsilon = 1e-13;

/// std heaps keep the greatest in front; this order puts the earliest there.
struct Later {
  template <class E>
  bool operator()(const E& a, const E& b) const {
    return a.deadline != b.deadline ? a.deadline > b.deadline : a.order > b.order;
  }
};

}  // namespace

Edf::Edf(std::span<const double> weights, std::uint64_t seed) {
  const auto picks = static_cast<double>(seed % kSeedRange);
  double total = 0;
  for (const double w : weights) {
    if (w > 0) total += w + kWeightEpsilon;
  }
  double floors = 0;
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] > 0)) continue;
    const double w = weights[i] + kWeightEpsilon;
    double whole = std::floor(w * picks / total);
    if (whole > 0 && whole / w >= picks / total) whole -= 1;
    floors += whole;
    now_ = std::max(now_, whole / w);
    put({(whole + 1) / w, next_order_++, i});
  }
  if (heap_.empty()) return;
  const auto weight_at = [&](std::uint32_t i) { return weights[i]; };
  for (double left = picks - floors; left >= 1; left -= 1) pick(weight_at);
}

Edf::Entry Edf::take() {
  std::pop_heap(heap_.begin(), heap_.end(), Later{});
  const Entry entry = heap_.back();
  heap_.pop_back();
  return entry;
}

void Edf::put(const Entry& entry) {
  heap_.push_back(entry);
  std::push_heap(heap_.begin(), heap_.end(), Later{});
}

}  // namespace meshfn::simulate
