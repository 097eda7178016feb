#include "simulate/bounded_load.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace meshfn::simulate {

double bounded_load(std::uint32_t active, std::uint32_t total, std::uint32_t factor, double share) {
  const std::uint64_t all = ((std::uint64_t{total} + 1) * factor + 99) / 100;
  const double slots = std::max(1.0, std::ceil(static_cast<double>(all) * share));
  return active / slots;
}

void ProbeOrder::start(std::uint64_t hash, std::uint32_t hosts) {
  random_.seed(static_cast<std::mt19937::result_type>(hash));
  order_.resize(hosts);
  std::iota(order_.begin(), order_.end(), 0U);
  at_ = 0;
}

std::uint32_t ProbeOrder::next() {
  const auto left = static_cast<std::uint32_t>(order_.size()) - at_;
  const std::uint64_t step = (std::uint64_t{1} << 32U) / left;
  std::uint64_t draw = left;
  while (draw >= left) draw = random_() / step;
  std::swap(order_[at_], order_[at_ + draw]);
  return order_[at_++];
}

}  // namespace meshfn::simulate
