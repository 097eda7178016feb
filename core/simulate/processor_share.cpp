#include "simulate/processor_share.h"

#include <algorithm>

namespace meshfn::simulate {

double ProcessorShare::pace() const {
  const auto n = static_cast<double>(jobs_.size());
  return n <= processors_ ? 1.0 : processors_ / n;
}

void ProcessorShare::advance(Time now) {
  if (!jobs_.empty()) {
    used_ += fresh_use(now);
    done_ += static_cast<double>(now - at_) * pace();
  }
  at_ = now;
  ++epoch_;
}

void ProcessorShare::add(Time now, double work, std::uint32_t job) {
  advance(now);
  if (jobs_.empty()) done_ = 0;  // keeps the numbers small
  jobs_.push_back({done_ + work, next_order_++, job});
  std::push_heap(jobs_.begin(), jobs_.end(), later);
}

Time ProcessorShare::next(Time now) const {
  const double left = std::max(0.0, jobs_.front().end - done_);
  return now + from_nanos(left / pace());
}

std::uint32_t ProcessorShare::finish(Time now) {
  advance(now);
  std::pop_heap(jobs_.begin(), jobs_.end(), later);
  const std::uint32_t id = jobs_.back().id;
  jobs_.pop_back();
  return id;
}

void ProcessorShare::resize(Time now, double processors) {
  advance(now);
  processors_ = processors;
}

void ProcessorShare::clear(Time now) {
  advance(now);
  jobs_.clear();
}

double ProcessorShare::fresh_use(Time now) const {
  const Time counted = now - std::max(at_, counted_from_);
  if (counted <= 0) return 0;
  return static_cast<double>(counted) * pace() * static_cast<double>(jobs_.size());
}

double ProcessorShare::used(Time now) const { return used_ + fresh_use(now); }

}  // namespace meshfn::simulate
