#pragma once

// Active health checks as Envoy makes them (health_checker_base_impl.cc): each proxy asks each host
// on its own. An answer with a wrong status counts at once, silence only after some in a row.

#include <cstdint>

#include "simulate/time.h"

namespace meshfn::simulate {

struct HealthCheck {
  Time interval = 0;  ///< from the end of one check to the next; 0: off
  Time timeout = kSecond;
  std::uint32_t unhealthy_threshold = 3;  ///< failures of the network in a row
  std::uint32_t healthy_threshold = 2;    ///< successes in a row of a host that was out

  bool on() const { return interval > 0; }
};

enum class CheckResult : std::uint8_t { success, wrong_status, no_answer };

/// What a proxy knows of one host by asking.
class HostHealth {
 public:
  /// Counts one result; true when the host's state has changed by it.
  bool count(const HealthCheck& settings, CheckResult result);

  bool healthy() const { return healthy_; }

 private:
  bool healthy_ = true;
  bool known_ = false;        ///< has been asked before
  std::uint32_t streak_ = 0;  ///< results in a row that speak against the present state
};

}  // namespace meshfn::simulate
