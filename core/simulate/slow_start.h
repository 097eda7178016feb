#pragma once

// Slow start as Envoy does it: a host that has just joined gets a small share that grows to its
// full one over a window. Only round robin and least request know it; while any host is in its
// window they use the weighted schedule.

#include "simulate/time.h"

namespace meshfn::simulate {

/// `slow_start_config` of a cluster; Istio's `warmup` maps to it one to one.
struct SlowStart {
  Time window = 0;  ///< 0: off
  double aggression = 1;
  double minimum = 0.1;  ///< share of its weight that a new host has at least

  bool on() const { return window > 0; }
};

/// Factor on the weight of a host that joined `age` ago; 1 once the window is over.
double slow_start_factor(const SlowStart& settings, Time age);

}  // namespace meshfn::simulate
