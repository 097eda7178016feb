#include "simulate/balancer.h"

namespace meshfn::simulate {

namespace {

const Policy* const kPolicies[] = {
    &kLeastRequest, &kRoundRobin,     &kRandom,       &kRingHash,      &kMaglev,
    &kPeakEwma,     &kClientWeighted, &kGrpcWeighted, &kGrpcPickFirst, &kGrpcRoundRobin,
    &kGrpcRingHash, &kKubeProxy,      &kLeastLatency, &kShortestQueue};

}  // namespace

std::span<const Policy* const> policies() { return kPolicies; }

const Policy* find_policy(std::string_view name) {
  for (const Policy* policy : kPolicies) {
    if (policy->name == name) return policy;
  }
  return nullptr;
}

}  // namespace meshfn::simulate
