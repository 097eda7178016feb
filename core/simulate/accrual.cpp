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
  return base + from_nanos(static_cast<double>(base) * settings.jitter * random.uniform());
}

bool HostGate::judge(const AccrualSettings& settings, bool failed, Random& random, Time& length) {
  if (!settings.enabled) return false;
  if (state_ == State::probing) {
    if (failed) {
      state_ = State::shut;
      length = penalty(settings, random);
      return true;
    }
    state_ = State::closed;
    penalties_ = failures_ = 0;
    return false;
  }
  if (state_ != State::closed) return false;  // an answer to a request from before
  failures_ = failed ? failures_ + 1 : 0;
  if (failures_ < settings.failures) return false;
  failures_ = 0;
  state_ = State::shut;
  length = penalty(settings, random);
  return true;
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
