#include "simulate/slow_start.h"

#include <algorithm>

#include "simulate/arithmetic.h"

namespace meshfn::simulate {

double slow_start_factor(const SlowStart& settings, Time age) {
  if (age >= settings.window) return 1;
  // Envoy counts whole milliseconds and takes a host of no age as one old.
  const double passed = static_cast<double>(std::max(age, kMillisecond));
  double factor = passed / static_cast<double>(settings.window);
  if (factor >= 1) return 1;
  if (settings.aggression != 1) factor = power(factor, 1 / settings.aggression);
  return std::max(factor, settings.minimum);
}

}  // namespace meshfn::simulate
