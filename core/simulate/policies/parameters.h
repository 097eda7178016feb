#pragma once

// Parameters that several policies share.

#include "simulate/balancer.h"

namespace meshfn::simulate {

inline constexpr double kLongest = 86'400.0 * kSecond;  ///< of a duration: a day

inline constexpr Parameter kSlowStartWindow = {
    "slow-start",
    Parameter::Kind::duration,
    0,
    kLongest,
    [](BalancerSettings& s, double v) { s.slow_start.window = static_cast<Time>(v); },
    "how long the share of a host that joins grows"};
inline constexpr Parameter kSlowStartAggression = {
    "slow-start-aggression",
    Parameter::Kind::number,
    0.01,
    100,
    [](BalancerSettings& s, double v) { s.slow_start.aggression = v; },
    "1 grows evenly, more grows faster at first"};
inline constexpr Parameter kSlowStartMinimum = {
    "slow-start-minimum",
    Parameter::Kind::share,
    0,
    1,
    [](BalancerSettings& s, double v) { s.slow_start.minimum = v; },
    "share that a new host has at least"};

inline constexpr Parameter kBalanceFactor = {
    "balance-factor",
    Parameter::Kind::whole,
    100,
    10'000,
    [](BalancerSettings& s, double v) { s.hash_balance_factor = static_cast<std::uint32_t>(v); },
    "percent of the average load that a host may have; the rest goes on"};

inline constexpr Parameter kMinimumRing = {
    "minimum-ring",
    Parameter::Kind::whole,
    1,
    8'388'608,
    [](BalancerSettings& s, double v) { s.minimum_ring = static_cast<std::uint64_t>(v); },
    "points on the ring at least"};
inline constexpr Parameter kMaximumRing = {
    "maximum-ring",
    Parameter::Kind::whole,
    1,
    8'388'608,
    [](BalancerSettings& s, double v) { s.maximum_ring = static_cast<std::uint64_t>(v); },
    "points on the ring at most"};

/// The check of both ring sizes.
constexpr std::string_view ring_fault(const BalancerSettings& settings) {
  return settings.minimum_ring > settings.maximum_ring
             ? "`minimum-ring` must not be above `maximum-ring`"
             : std::string_view();
}

/// Parameters of policies that weigh hosts by what they report.
inline constexpr Parameter kReportParameters[] = {
    {"blackout", Parameter::Kind::duration, 0, kLongest,
     [](BalancerSettings& s, double v) { s.weights.blackout = static_cast<Time>(v); },
     "reports are not believed for so long after the first"},
    {"expiration", Parameter::Kind::duration, 1, kLongest,
     [](BalancerSettings& s, double v) { s.weights.expiration = static_cast<Time>(v); },
     "a weight is forgotten after so long without a report"},
    {"update", Parameter::Kind::duration, 100.0 * kMillisecond, kLongest,
     [](BalancerSettings& s, double v) { s.weights.update = static_cast<Time>(v); },
     "how often weights are taken anew"},
    {"error-penalty", Parameter::Kind::number, 0, 1000,
     [](BalancerSettings& s, double v) { s.weights.error_penalty = v; },
     "what an error costs in utilization"}};

}  // namespace meshfn::simulate
