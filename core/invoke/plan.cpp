#include "invoke/plan.h"

#include <algorithm>

#include "invoke/async.h"
#include "invoke/batch.h"
#include "invoke/identity.h"

namespace meshfn::invoke {

namespace {

/// Tries until it works or Lambda would give up; its waits are only counted.
std::optional<Outcome> invoke_async(Instance& instance, const Plan& plan, const Clock& clock) {
  const function::AsyncPolicy& policy = plan.function.triggers.async;
  std::vector<Attempt> attempts;
  Call call = plan.call;
  std::int64_t after = 0;
  while (const auto delay = next_attempt(policy, attempts)) {
    after += *delay;
    std::optional<Outcome> outcome = instance.invoke(call);
    if (!outcome) return std::nullopt;
    call.request_id = outcome->request_id;
    attempts.push_back({std::move(*outcome), after});
  }
  const std::string arn = function_arn(plan.settings.region, plan.function.function_name);
  Outcome last = attempts.back().outcome;
  last.outputs = async_outputs(policy, attempts, {plan.call.event, arn, clock.unix_millis()});
  return last;
}

/// One invocation; of a batch also what the event source then does.
std::optional<Outcome> invoke_once(Instance& instance, const Plan& plan, const Clock& clock) {
  if (plan.async) return invoke_async(instance, plan, clock);
  std::optional<Outcome> outcome = instance.invoke(plan.call);
  if (!outcome) return outcome;
  const auto verdict = judge_batch(plan.call.event, *outcome, plan.function.triggers.batch);
  if (verdict && outcome->outputs.empty()) outcome->outputs = batch_outputs(*verdict);
  return outcome;
}

}  // namespace

Result<Done> carry_out(const Plan& plan, const Clock& clock) {
  Done done;
  const std::int64_t environments = std::max<std::int64_t>(plan.cold, 1);
  for (std::int64_t i = 0; i < environments; ++i) {
    const auto instance = plan.host->create(plan.function, plan.settings, clock);
    if (!instance) return tl::unexpected(instance.error());
    const std::int64_t times = i + 1 == environments ? plan.repeats : 1;
    for (std::int64_t n = 0; n < times; ++n) {
      std::optional<Outcome> outcome = invoke_once(**instance, plan, clock);
      done.interrupted = !outcome;
      if (!outcome) return done;
      done.outcomes.push_back(std::move(*outcome));
    }
    done.version = std::string((*instance)->interpreter_version());
  }
  return done;
}

}  // namespace meshfn::invoke
