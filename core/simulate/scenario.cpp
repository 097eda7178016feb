#include "simulate/scenario.h"

namespace meshfn::simulate {

void apply(const CallPolicy& policy, Route& route) {
  if (policy.retry) route.retry = *policy.retry;
  if (policy.timeout) route.timeout = *policy.timeout;
  if (policy.failover.empty()) return;
  route.failover = true;
  for (const std::string& service : policy.failover) {
    route.destinations.push_back({service, "", 100});
  }
}

void apply(const PolicyOverride& own, TrafficPolicy& policy) {
  if (own.balancer) {
    policy.balancer = own.balancer->policy;
    policy.settings = own.balancer->settings;
    policy.hash = own.balancer->hash;
  }
  if (own.outlier) policy.outlier = *own.outlier;
  if (own.health) policy.health = *own.health;
  // As in Istio, outlier detection turns panic off unless a threshold is given.
  if (own.outlier && !own.panic_threshold) policy.panic_threshold = 0;
  if (own.panic_threshold) policy.panic_threshold = *own.panic_threshold;
  if (own.breaker) policy.breaker = *own.breaker;
  if (own.throttle) policy.retry_throttle = *own.throttle;
  if (own.budget) policy.retry_budget = *own.budget;
  if (own.accrual) policy.accrual = *own.accrual;
  if (own.queue) policy.queue = *own.queue;
  if (own.connect_timeout) policy.connect_timeout = *own.connect_timeout;
}

}  // namespace meshfn::simulate
