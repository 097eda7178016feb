#include "simulate/accrual.h"

#include <algorithm>
#include <utility>

namespace meshfn::simulate {

Time accrual_penalty(const AccrualSettings& settings, std::uint32_t n) {
  Time penalty = settings.min_penalty;
  while (n-- > 0 && penalty < settings.max_penalty) penalty *= 2;
  return std::min(penalty, settings.max_penalty);
}

bool HostGate::enter() {
  if (state_ != State::probation) return false;
  state_ = State::probing;
  return true;
}

void HostGate::leave() {
  if (state_ == State::probing) state_ = State::probation;
}

Time HostGate::penalty(const AccrualSettings& settings, Random& random) {
  const Time base = accrual_penalty(settings, penalties_++);
  const Time jitter = from_nanos(static_cast<double>(base) * settings.jitter * random.uniform());
  // The whole stays within the maximum (linkerd2-proxy exp-backoff).
  return base + std::min(jitter, std::max<Time>(settings.max_penalty - base, 0));
}

bool HostGate::shut(const AccrualSettings& settings, Random& random, Time& length) {
  state_ = State::shut;
  failures_ = 0;
  window_.reset();
  length = penalty(settings, random);
  return true;
}

/// Whether an answer to an open host shuts it.
bool HostGate::trips(const AccrualSettings& settings, Heard heard) {
  failures_ = heard.status >= 500 ? failures_ + 1 : 0;
  if (settings.failures > 0 && failures_ >= settings.failures) return true;
  if (settings.success_rate <= 0) return false;
  if (window_ == nullptr) window_ = std::make_unique<SuccessWindow>();
  window_->count(heard.at, settings.window, heard.status < 500 && heard.status != 429);
  const SuccessWindow::Sum sum = window_->sum();
  return sum.all >= settings.minimum_requests && sum.good < settings.success_rate * sum.all;
}

bool HostGate::judge(const AccrualSettings& settings, Heard heard, Random& random, Time& length) {
  if (!settings.enabled) return false;
  if (state_ == State::probing) {
    const bool throttled = heard.status == 429 && settings.success_rate > 0;
    if (heard.status >= 500 || throttled) return shut(settings, random, length);
    state_ = State::closed;
    penalties_ = failures_ = 0;
    return false;
  }
  // While it is shut, answers to requests from before say nothing.
  return state_ == State::closed && trips(settings, heard) && shut(settings, random, length);
}

void SuccessWindow::count(Time now, Time window, bool good) {
  const std::int64_t part = now / std::max<Time>(window / static_cast<Time>(kParts), 1);
  const std::int64_t oldest = part - static_cast<std::int64_t>(kParts);
  for (std::int64_t old = std::max(newest_, oldest) + 1; old <= part; ++old) {
    parts_[static_cast<std::size_t>(old) % kParts] = {};
  }
  newest_ = part;
  Sum& sum = parts_[static_cast<std::size_t>(part) % kParts];
  ++sum.all;
  sum.good += good ? 1U : 0U;
}

SuccessWindow::Sum SuccessWindow::sum() const {
  Sum total;
  for (const Sum& part : parts_) {
    total.all += part.all;
    total.good += part.good;
  }
  return total;
}

void HostGate::admit_probe() {
  if (state_ == State::shut) state_ = State::probation;
}

bool HostGate::disconnect() {
  if (!connected_) return false;
  attempts_ = 0;
  return std::exchange(connected_, false);
}

void HostGate::connect() { connected_ = true; }

Time HostGate::reconnect_after(const Reconnect& settings, Random& random) {
  auto wait = static_cast<double>(settings.first);
  const auto most = static_cast<double>(settings.most);
  for (std::uint32_t i = 0; i < attempts_ && wait < most; ++i) wait *= settings.factor;
  ++attempts_;
  const double spread = 1 + settings.jitter * (2 * random.uniform() - 1);
  return from_nanos(std::min(wait, most) * spread);
}

}  // namespace meshfn::simulate
