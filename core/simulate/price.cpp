#include "simulate/price.h"

#include <algorithm>
#include <cmath>

namespace meshfn::simulate {

double PriceList::billed_gb(double memory_mb) const {
  return std::ceil(memory_mb / memory_step_mb) * memory_step_mb / 1024;
}

Time PriceList::billed(Time length) const {
  return (std::max(length, least) + round - 1) / round * round;
}

Cost price_of(const PriceList& list, double memory_mb, const Usage& usage) {
  const double gb = list.billed_gb(memory_mb);
  const double on_demand = static_cast<double>(usage.billed_ms) / 1000;
  const double provisioned = static_cast<double>(usage.provisioned_billed_ms) / 1000;
  const double second = gb * list.per_gb_second + list.vcpus * list.per_vcpu_second;
  const double own =
      list.provisioned_per_gb_second > 0 ? gb * list.provisioned_per_gb_second : second;
  Cost cost;
  cost.requests = static_cast<double>(usage.requests) * list.per_request;
  cost.duration = on_demand * second + provisioned * own;
  cost.ready =
      usage.ready_seconds * (gb * list.idle_per_gb_second + list.vcpus * list.idle_per_vcpu_second);
  const double extra = std::max(0.0, list.storage_mb - list.free_storage_mb) / 1024;
  cost.storage = (on_demand + provisioned) * extra * list.storage_per_gb_second;
  return cost;
}

}  // namespace meshfn::simulate
