#include "simulate/expected_attempts.h"

#include <algorithm>
#include <cmath>

namespace meshfn::simulate {

namespace {

constexpr int kDeepest = 64;  ///< calls below calls that are followed
constexpr double kSettled = 1e-12;

/// The most that a budget lets requests be tried on average.
double most_attempts(const TrafficPolicy& policy, double rate) {
  double most = HUGE_VAL;
  if (policy.breaker.retry_budget_percent > 0) {
    most = 1 + policy.breaker.retry_budget_percent / 100;
  }
  if (policy.breaker.max_retries == 0) most = 1;
  const RetryBudgetSettings& budget = policy.retry_budget;
  if (budget.on() && rate > 0) {
    most = std::min(most, 1 + budget.ratio + budget.per_second / rate);
  }
  return most;
}

/// The probability that at least `need` of independent parts succeed, each with its own.
double at_least(const std::vector<double>& succeed, std::size_t need) {
  std::vector<double> exactly{1};  // [n]: that n of those so far succeed
  for (const double p : succeed) {
    exactly.push_back(0);
    for (std::size_t n = exactly.size() - 1; n > 0; --n) {
      exactly[n] = exactly[n] * (1 - p) + exactly[n - 1] * p;
    }
    exactly[0] *= 1 - p;
  }
  double sum = 0;
  for (std::size_t n = need; n < exactly.size(); ++n) sum += exactly[n];
  return sum;
}

}  // namespace

AttemptFigures expected_attempts(const Route& route, const TrafficPolicy& policy, double rate,
                                 double failing, double lost) {
  const RetryPolicy& retry = route.retry;
  double again = 0;
  if (retry.retriable({500, Cause::answered})) again += failing;
  if (lost < 1 && retry.retriable({503, Cause::connect_failure})) again += lost;
  const double fails = failing + lost;
  if (again <= 0 || retry.retries == 0 || retry.hedge) return {1, fails};
  const double tries = retry.retries + 1.0;
  const double left = std::pow(again, tries);
  AttemptFigures out;
  out.attempts = again < 1 ? (1 - left) / (1 - again) : tries;
  out.failed = again < 1 ? left + (fails - again) * out.attempts : 1;
  const double most = most_attempts(policy, rate);
  if (out.attempts <= most) return out;
  // The budget lets only a part of the retries happen.
  const double part = (most - 1) / (out.attempts - 1);
  return {most, fails + (out.failed - fails) * part};
}

Failures::Failures(const World& world, bool retries) : world_(world), retries_(retries) {
  workloads_.resize(world.workloads.size(), 0);
  for (int round = 0; round < kDeepest; ++round) {
    double change = 0;
    for (std::size_t w = 0; w < workloads_.size(); ++w) {
      const WorkloadInfo& workload = world.workloads[w];
      double succeeds = 1 - workload.spec->errors;
      if (workload.caller != kNone) {
        for (const ScriptStep& step : world.services[workload.service].script) {
          succeeds *= step_succeeds(world.callers[workload.caller], step);
        }
      }
      change = std::max(change, std::fabs(1 - succeeds - workloads_[w]));
      workloads_[w] = 1 - succeeds;
    }
    if (change < kSettled) break;
  }
}

double Failures::cluster_fails(std::uint32_t cluster) const {
  const auto& hosts = world_.clusters[cluster].hosts;
  double sum = 0;
  for (const std::uint32_t host : hosts) sum += workloads_[world_.endpoints[host].workload];
  return hosts.empty() ? 1 : sum / static_cast<double>(hosts.size());
}

double Failures::call_fails(const Caller& caller, const Plan& plan) const {
  const double aborted = plan.route->abort_share;
  if (plan.cumulative.empty()) return aborted;
  double fails = 0;
  double before = 0;
  for (std::size_t i = 0; i < plan.slots.size(); ++i) {
    const double share = (plan.cumulative[i] - before) / plan.cumulative.back();
    before = plan.cumulative[i];
    const std::uint32_t cluster = caller.slots[plan.slots[i]].cluster;
    const double one = cluster_fails(cluster);
    const AttemptFigures tries =
        retries_ ? expected_attempts(*plan.route, *world_.clusters[cluster].policy, 0, one, 0)
                 : AttemptFigures{1, one};
    fails += share * tries.failed;
  }
  return aborted + (1 - aborted) * fails;
}

double Failures::step_succeeds(const Caller& caller, const ScriptStep& step) const {
  std::vector<double> succeed;
  for (const Command& command : step.commands) {
    if (command.plan_index == kNone || (command.optional && step.need == 0)) continue;
    const double fails = call_fails(caller, caller.plans[command.plan_index]);
    succeed.push_back(1 - command.probability * fails);
  }
  return at_least(succeed, step.need == 0 ? succeed.size() : step.need);
}

}  // namespace meshfn::simulate
