#include "simulate/load_report.h"

namespace meshfn::simulate {

double reported_weight(const LoadReport& report, double penalty) {
  if (report.qps <= 0) return 0;
  const double cost = report.utilization + penalty * report.eps / report.qps;
  return report.utilization <= 0 || cost <= 0 ? 0 : report.qps / cost;
}

void LoadMeter::served(Time begun, Time now, bool ok, std::uint32_t slots) {
  constexpr Time kPeriod = kSecond;
  if (now - since_ >= kPeriod) {
    const auto length = static_cast<double>(now - since_);
    const double utilization = slots == kNoLimit ? 0 : busy_ / length / slots;
    report_ = {requests_ * 1e9 / length, utilization, errors_ * 1e9 / length};
    since_ = now;
    requests_ = errors_ = busy_ = 0;
  }
  requests_ += 1;
  if (!ok) errors_ += 1;
  busy_ += static_cast<double>(now - begun);
}

void ReportedWeights::add(std::uint32_t host, const LoadReport& report, Time now) {
  const double weight = reported_weight(report, settings_.error_penalty);
  if (weight <= 0) return;
  Host& h = hosts_[host];
  h.weight = weight;
  if (h.since == kNever) h.since = now;
  h.last = now;
}

bool ReportedWeights::due(Time now) {
  if (now < next_) return false;
  next_ = now + settings_.update;
  return true;
}

double ReportedWeights::weight(std::uint32_t host, Time now) {
  Host& h = hosts_[host];
  if (h.since == kNever) return 0;
  if (now - h.last >= settings_.expiration) {
    h.since = kNever;
    return 0;
  }
  return now - h.since < settings_.blackout ? 0 : h.weight;
}

}  // namespace meshfn::simulate
