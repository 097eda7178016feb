#include "simulate/outlier.h"

#include <algorithm>
#include <utility>

#include "simulate/arithmetic.h"

namespace meshfn::simulate {

namespace {

/// Counts up and fires at exactly `limit`, starting over then; a limit of 0 never fires.
bool reaches(std::uint32_t& counter, std::uint32_t limit) {
  if (++counter != limit) return false;
  counter = 0;
  return true;
}

bool is_failure(const OutlierSettings& settings, std::uint32_t status) {
  if (settings.codes.empty()) return status >= 500;
  return std::find(settings.codes.begin(), settings.codes.end(), status) != settings.codes.end();
}

/// Ends the host's ejection if it has lasted its term.
bool returns(const OutlierSettings& settings, HostRecord& host, Time now) {
  if (!host.ejected) return false;
  const Time max = std::max(settings.max_ejection, settings.base_ejection);
  const Time term = std::min(settings.base_ejection * host.multiplier, max) + host.jitter;
  if (now - host.ejected_at < term) return false;
  put_back(host, now);
  return true;
}

}  // namespace

OutlierSettings OutlierSettings::grpc() {
  OutlierSettings settings;
  settings.style = Style::grpc;
  settings.consecutive_5xx = settings.consecutive_gateway = settings.consecutive_local = 0;
  return settings;
}

bool count_answer(const OutlierSettings& settings, HostRecord& host, std::uint32_t status,
                  bool local) {
  if (local && settings.split_local_errors) {
    host.local.count(false);
    return reaches(host.consecutive_local, settings.consecutive_local) && !host.ejected;
  }
  const bool failed = is_failure(settings, status);
  host.external.count(!failed);
  if (!failed) {
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

void count_connected(const OutlierSettings& settings, HostRecord& host) {
  if (!settings.split_local_errors) return;
  host.local.count(true);
  host.consecutive_local = 0;
}

bool may_eject(const OutlierSettings& settings, std::uint32_t ejected, std::size_t hosts) {
  if (ejected == 0 && settings.always_eject_one) return true;
  if (settings.style == OutlierSettings::Style::grpc) {
    return 100.0 * ejected / static_cast<double>(hosts) < settings.max_ejection_percent;
  }
  return 100.0 * (ejected + 1.0) / static_cast<double>(hosts) <= settings.max_ejection_percent;
}

void eject(const OutlierSettings& settings, HostRecord& host, Time now, Random& random) {
  host.ejected = true;
  host.ejected_at = now;
  const auto jitter = static_cast<std::uint32_t>(settings.max_jitter / kMillisecond);
  host.jitter = jitter == 0 ? 0 : random.below(jitter + 1) * kMillisecond;
  const Time max = std::max(settings.max_ejection, settings.base_ejection);
  if (host.multiplier * settings.base_ejection < max + settings.base_ejection) ++host.multiplier;
}

bool begin_tick(const OutlierSettings& settings, HostRecord& host, Time now) {
  host.external.last = std::exchange(host.external.now, {});
  host.local.last = std::exchange(host.local.now, {});
  return settings.style == OutlierSettings::Style::envoy && returns(settings, host, now);
}

void put_back(HostRecord& host, Time now) {
  host.ejected = false;
  host.consecutive_5xx = host.consecutive_gateway = host.consecutive_local = 0;
  host.returned_at = now;
}

bool end_tick(const OutlierSettings& settings, HostRecord& host, Time now) {
  const bool grpc = settings.style == OutlierSettings::Style::grpc;
  if (host.ejected) return grpc && returns(settings, host, now);
  const bool behaves = grpc || now - host.returned_at >= settings.interval;
  if (behaves && host.multiplier > 0) --host.multiplier;
  return false;
}

std::vector<RatedHost> rated_hosts(std::span<const HostRecord> hosts, std::uint32_t volume,
                                   bool local) {
  std::vector<RatedHost> rated;
  for (std::uint32_t host = 0; host < hosts.size(); ++host) {
    const RateWindow::Bucket& last = local ? hosts[host].local.last : hosts[host].external.last;
    if (hosts[host].ejected || last.all == 0 || last.all < volume) continue;
    rated.push_back({host, 100.0 * last.good / last.all});
  }
  return rated;
}

std::vector<std::uint32_t> below_success_rate(const OutlierSettings& settings,
                                              std::span<const RatedHost> rated) {
  std::vector<std::uint32_t> found;
  if (rated.empty() || rated.size() < settings.success_rate.minimum_hosts) return found;
  std::vector<double> rates;
  for (const RatedHost& each : rated) rates.push_back(each.rate);
  const double threshold =
      success_rate_threshold(rates, settings.success_rate.deviation_factor).threshold;
  for (const RatedHost& each : rated) {
    if (each.rate < threshold) found.push_back(each.host);
  }
  return found;
}

std::vector<std::uint32_t> above_failure_percentage(const OutlierSettings& settings,
                                                    std::span<const RatedHost> rated) {
  std::vector<std::uint32_t> found;
  if (rated.size() < settings.failure_percentage.minimum_hosts) return found;
  for (const RatedHost& each : rated) {
    const double failures = 100 - each.rate;
    const double threshold = settings.failure_percentage.threshold;
    const bool strict = settings.style == OutlierSettings::Style::grpc;
    if (failures > threshold || (!strict && failures == threshold)) found.push_back(each.host);
  }
  return found;
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
