#pragma once

// What a function platform charges for what a run did, in US dollars. Three ways of counting: each
// execution by itself (AWS Lambda, Azure's consumption plan), the time in which an environment
// works on anything (Cloud Run, Azure's Flex), or all the time for which it exists (Premium).

#include <cstdint>

#include "simulate/time.h"

namespace meshfn::simulate {

struct PriceList {
  enum class Billing : std::uint8_t { execution, busy_instance, instance };

  Billing billing = Billing::execution;
  double per_gb_second = 0;    ///< GB are of 1024 MB
  double per_vcpu_second = 0;  ///< beside memory; only where environments are billed
  double per_request = 0;
  double vcpus = 0;           ///< of one environment
  double memory_step_mb = 1;  ///< memory is rounded up to a multiple
  Time round = kMillisecond;  ///< time is rounded up to a multiple
  Time least = 0;             ///< what an execution counts at least
  bool start_counts = true;   ///< the start of an environment is billed with its first execution
  /// Environments that are kept ready: for as long as they exist, or do nothing.
  double idle_per_gb_second = 0;
  double idle_per_vcpu_second = 0;
  /// AWS: executions on provisioned environments have their own price; 0: the same.
  double provisioned_per_gb_second = 0;
  bool idle_while_busy = false;  ///< the price of being ready is due while working as well
  double storage_mb = 512;       ///< ephemeral
  double free_storage_mb = 512;
  double storage_per_gb_second = 0;

  /// Memory as it is billed, in GB.
  double billed_gb(double memory_mb) const;

  /// `length` as it is billed: at least the least, rounded up.
  Time billed(Time length) const;
};

/// What a run used, as the platform counts it. Times in nanoseconds.
struct Usage {
  std::uint64_t requests = 0;
  std::uint64_t billed_ms = 0;              ///< of executions or environments on demand
  std::uint64_t provisioned_billed_ms = 0;  ///< of executions on provisioned ones
  double ready_seconds = 0;  ///< of provisioned environments: existing, or idle (see the list)
};

/// Parts of a price.
struct Cost {
  double requests = 0;
  double duration = 0;
  double ready = 0;
  double storage = 0;

  double total() const { return requests + duration + ready + storage; }
};

/// The formulas of the price lists: requests x price + time x memory x price, the same for virtual
/// processors, and what provisioned environments cost beside that.
Cost price_of(const PriceList& list, double memory_mb, const Usage& usage);

}  // namespace meshfn::simulate
