// Published examples of balancers, detectors and retries.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "simulate/bounded_load.h"
#include "simulate/policies/iptables.h"
#include "simulate/policies/least_active.h"
#include "simulate/policies/peak_estimate.h"
#include "simulate/policies/static_stride.h"
#include "simulate/policies/weights.h"
#include "simulate/vectors.h"

namespace meshfn::simulate {

Verdict recorded_draws(const Json& in, const Json& expect) {
  const auto active = in["active"].get<Indices>();
  const auto draws = in["random_values_after_the_priority_draw"].get<std::vector<std::uint64_t>>();
  Indices hosts;
  for (std::uint32_t i = 0; i < active.size(); ++i) hosts.push_back(i);
  Random random(1);
  std::size_t at = 0;
  const std::uint32_t host = least_active(
      {hosts}, {.random = random, .active = active.data(), .weights = nullptr, .distance = nullptr},
      static_cast<std::uint32_t>(draws.size()), [&] { return draws[at++] % hosts.size(); });
  return verdict_of(host == expect);
}

Verdict bounded(const Json& in, const Json& expect) {
  const std::uint64_t hash = in["hash"];
  const std::uint32_t hosts = in["hosts"];
  if (expect.is_array()) {
    ProbeOrder order;
    order.start(hash, hosts);
    Indices got;
    for (std::uint32_t i = 0; i < hosts; ++i) got.push_back(order.next());
    return verdict_of(got == expect.get<Indices>());
  }
  const auto over = in.value("overloaded", Indices());
  const auto load = [&](std::uint32_t host) {
    if (in.contains("overload_factors")) {
      return in["overload_factors"].value(std::to_string(host), 0.5);
    }
    return std::find(over.begin(), over.end(), host) == over.end() ? 0.5 : 1.5;
  };
  return verdict_of(BoundedProbe().choose(hash, in.value("hash_host", 0U), hosts, load) == expect);
}

Verdict reported_weights(const Json& in, const Json& expect) {
  bool good = true;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const LoadReport report{in[i]["qps"], in[i]["util"], in[i]["eps"]};
    good = good && whole_weight(reported_weight(report, in[i]["penalty"])) == expect[i];
  }
  return verdict_of(good);
}

Verdict static_stride(const Json& in, const Json& expect) {
  const StaticStride schedule(in["weights"].get<Doubles>());
  std::uint32_t sequence = in["first_sequence"];
  Indices got;
  for (std::size_t i = 0; i < expect.size(); ++i) got.push_back(schedule.next(sequence));
  return verdict_of(got == expect.get<Indices>());
}

Verdict peak_decay(const Json& in, const Json& expect) {
  const double decay = in["decay_s"].get<double>() * 1e9;
  const Json& samples = in["samples"];
  // The first answer replaces whatever was assumed before.
  PeakEstimate estimate(samples[0][1], from_seconds(samples[0][0]));
  for (std::size_t i = 1; i < samples.size(); ++i) {
    estimate.add(samples[i][1], from_seconds(samples[i][0]), decay);
  }
  const Time end = from_seconds(samples.back()[0]);
  return verdict_of(std::fabs(estimate.at(end, decay) - expect.get<double>()) < 1e-12);
}

Verdict peak_load(const Json& in, const Json& expect) {
  const PeakEstimate estimate(in["rtt_s"].get<double>());
  bool good = true;
  for (std::size_t i = 0; i < expect.size(); ++i) {
    const double load = estimate.load(0, 10e9, in["pending"][i]);
    good = good && std::fabs(load - expect[i].get<double>()) < 1e-12;
  }
  return verdict_of(good);
}

Verdict iptables_rules(const Json& in, const Json& expect) {
  const std::uint32_t endpoints = in["endpoints"];
  bool good = expect.size() == endpoints;
  for (std::uint32_t rule = 0; rule < endpoints; ++rule) {
    const std::uint32_t matches = iptables_probability(rule, endpoints);
    const std::string shown = fmt::format("{:.11f}", matches / 2147483648.0);
    good = good && expect[rule] == (matches == 1U << 31U ? "unconditional" : shown);
  }
  return verdict_of(good);
}

Verdict failure_percentage(const Json& in, const Json& expect) {
  OutlierSettings settings;
  settings.failure_percentage.threshold = in["threshold"];
  settings.failure_percentage.minimum_hosts = in["minimum_hosts"];
  const auto rates = in["success_rates"].get<Doubles>();
  std::vector<RatedHost> rated;
  for (std::uint32_t i = 0; i < rates.size(); ++i) rated.push_back({i, rates[i]});
  return verdict_of(above_failure_percentage(settings, rated) == expect["ejected"].get<Indices>());
}

Verdict grpc_backoff(const Json& in, const Json& expect) {
  RetryPolicy policy;
  policy.backoff_rule = RetryPolicy::Backoff::grpc;
  policy.base_interval = from_seconds(in["initial_s"]);
  policy.max_interval = from_seconds(in["max_s"]);
  policy.multiplier = in["multiplier"];
  bool good = true;
  Random random(1);
  for (std::size_t i = 0; i < expect.size(); ++i) {
    const std::uint32_t retry = in["attempts"][i].get<std::uint32_t>() - 1;
    const RetryPolicy::Range range = policy.backoff_range(retry);
    good =
        good && range.low == from_seconds(expect[i][0]) && range.high == from_seconds(expect[i][1]);
    const Time wait = policy.backoff(retry, random);
    good = good && range.low <= wait && wait < range.high;
  }
  return verdict_of(good);
}

/// The text of the entry, step by step.
Verdict grpc_throttle(const Json& in, const Json&) {
  RetryThrottle throttle({in["maxTokens"], in["tokenRatio"]});
  bool good = true;
  for (int failure = 0; failure < 5; ++failure) {
    good = good && throttle.allows();
    throttle.count(false);
  }
  good = good && !throttle.allows();
  throttle.count(true);
  return verdict_of(good && throttle.allows());
}

}  // namespace meshfn::simulate
