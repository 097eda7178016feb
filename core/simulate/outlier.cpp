#include "simulate/outlier.h"

#include <algorithm>

#include "simulate/arithmetic.h"

namespace meshfn::simulate {

namespace {

/// Counts up and fires at exactly `limit`, starting over then; a limit of 0 never fires.
bool reaches(std::uint32_t& counter, std::uint32_t limit) {
  if (++counter != limit) return false;
  counter = 0;
  return true;
}

}  // namespace

bool count_answer(const OutlierSettings& settings, HostRecord& host, std::uint32_t status,
                  bool local) {
  if (local && settings.split_local_errors) {
    return reaches(host.consecutive_local, settings.consecutive_local) && !host.ejected;
  }
  host.consecutive_local = 0;
  if (status < 500) {
    host.consecutive_5xx = host.consecutive_gateway = 0;
    return false;
  }
  bool fired = reaches(host.consecutive_5xx, settings.consecutive_5xx);
  if (status >= 502 && status <= 504) {
    fired = reaches(host.consecutive_gateway, settings.consecutive_gateway) || fired;
  } else {
    host.consecutive_gateway = 0;
  }
  return fired && !host.ejected;
}

bool may_eject(const OutlierSettings& settings, std::uint32_t ejected, std::size_t hosts) {
  return 100.0 * (ejected + 1.0) / static_cast<double>(hosts) <= settings.max_ejection_percent;
}

void eject(const OutlierSettings& settings, HostRecord& host, Time now) {
  host.ejected = true;
  host.ejected_at = now;
  const Time max = std::max(settings.max_ejection, settings.base_ejection);
  if (host.multiplier * settings.base_ejection < max + settings.base_ejection) ++host.multiplier;
}

bool tick(const OutlierSettings& settings, HostRecord& host, Time now) {
  if (host.ejected) {
    const Time max = std::max(settings.max_ejection, settings.base_ejection);
    const Time term = std::min(settings.base_ejection * host.multiplier, max);
    if (now - host.ejected_at < term) return false;
    host.ejected = false;
    host.consecutive_5xx = host.consecutive_gateway = host.consecutive_local = 0;
    host.returned_at = now;
    return true;
  }
  if (host.multiplier > 0 && now - host.returned_at >= settings.interval) --host.multiplier;
  return false;
}

SuccessRateThreshold success_rate_threshold(std::span<const double> rates, double factor) {
  const auto n = static_cast<double>(rates.size());
  double mean = 0;
  for (const double r : rates) mean += r / n;
  double variance = 0;
  for (const double r : rates) variance += (r - mean) * (r - mean) / n;
  const double deviation = square_root(variance);
  return {mean, deviation, mean - deviation * factor / 1000};
}

}  // namespace meshfn::simulate
