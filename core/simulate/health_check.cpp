#include "simulate/health_check.h"

#include <utility>

namespace meshfn::simulate {

bool HostHealth::count(const HealthCheck& settings, CheckResult result) {
  const bool good = result == CheckResult::success;
  const bool first = !std::exchange(known_, true);
  if (good == healthy_) {
    streak_ = 0;
    return false;
  }
  // The first result decides at once, and so does an answer that says no.
  const bool at_once = first || result == CheckResult::wrong_status;
  const std::uint32_t needed = good ? settings.healthy_threshold : settings.unhealthy_threshold;
  if (++streak_ < needed && !at_once) return false;
  healthy_ = good;
  streak_ = 0;
  return true;
}

}  // namespace meshfn::simulate
