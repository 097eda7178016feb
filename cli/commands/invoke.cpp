// meshfn invoke [FUNCTION] --event FILE: one function, one event, the answer on standard output.
// What differs between platforms is in core/invoke/platform.h.

#include <algorithm>
#include <ostream>

#include "base/clock.h"
#include "cli/invoke_input.h"
#include "cli/invoke_options.h"
#include "cli/invoke_remote.h"
#include "cli/invoke_report.h"
#include "cli/invoke_serve.h"
#include "invoke/async.h"
#include "invoke/batch.h"
#include "invoke/figures.h"
#include "invoke/identity.h"

namespace meshfn::cli {

extern const Command kInvoke;

namespace {

using invoke::Outcome;

constexpr std::int64_t kMostRepeats = 100'000;
constexpr std::int64_t kMostCold = 1'000;

/// How a function is invoked, and how often.
struct Plan {
  const invoke::Host* host = nullptr;
  function::Function function;
  invoke::Settings settings;
  invoke::Call call;
  std::int64_t repeats = 1;
  std::int64_t cold = 0;
  bool async = false;
  invoke::Assumptions assumptions = {};
};

/// What came of it; `interrupted` when Ctrl-C ended it.
struct Done {
  std::vector<Outcome> outcomes;
  std::string version;  ///< of the interpreter
  bool interrupted = false;
};

/// Tries until it works or Lambda would give up; its waits are only counted.
std::optional<Outcome> invoke_async(invoke::Instance& instance, const Plan& plan,
                                    const Clock& clock) {
  const function::AsyncPolicy& policy = plan.function.triggers.async;
  std::vector<invoke::Attempt> attempts;
  invoke::Call call = plan.call;
  std::int64_t after = 0;
  while (const auto delay = invoke::next_attempt(policy, attempts)) {
    after += *delay;
    std::optional<Outcome> outcome = instance.invoke(call);
    if (!outcome) return std::nullopt;
    call.request_id = outcome->request_id;
    attempts.push_back({std::move(*outcome), after});
  }
  const std::string arn = invoke::function_arn(plan.settings.region, plan.function.function_name);
  Outcome last = attempts.back().outcome;
  last.outputs =
      invoke::async_outputs(policy, attempts, {plan.call.event, arn, clock.unix_millis()});
  return last;
}

/// One invocation; of a batch also what the event source then does.
std::optional<Outcome> invoke_once(invoke::Instance& instance, const Plan& plan,
                                   const Clock& clock) {
  if (plan.async) return invoke_async(instance, plan, clock);
  std::optional<Outcome> outcome = instance.invoke(plan.call);
  if (!outcome) return outcome;
  const auto verdict = invoke::judge_batch(plan.call.event, *outcome, plan.function.triggers.batch);
  if (verdict && outcome->outputs.empty()) outcome->outputs = invoke::batch_outputs(*verdict);
  return outcome;
}

/// Cold environments first, each for one invocation; the last one then stays for the repeats.
Result<Done> invoke_all(const Plan& plan, const Clock& clock) {
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

invoke::Settings settings_of(Context& context, const Args& args, invoke::Variables user) {
  invoke::Settings settings;
  settings.user = std::move(user);
  settings.host = context.environment;
  settings.region = std::string(args.value("region"));
  settings.platform_lines = !context.terminal.quiet;
  settings.log = [&err = context.terminal.err](std::string_view bytes) {
    err << bytes << std::flush;
  };
  return settings;
}

Result<Plan> plan_of(Context& context, const Args& args) {
  Plan plan;
  const Result<std::int64_t> repeats = number_of(args, "repeat", 1, kMostRepeats);
  if (!repeats) return tl::unexpected(repeats.error());
  const Result<std::int64_t> cold = number_of(args, "cold", 0, kMostCold);
  if (!cold) return tl::unexpected(cold.error());
  Result<function::Function> function = function_of(context, args);
  if (!function) return tl::unexpected(function.error());
  const Result<const invoke::Host*> host = invoke::find_host(*function);
  if (!host) return tl::unexpected(host.error());
  Result<invoke::Variables> user = variables_of(context, args, **host, *function);
  if (!user) return tl::unexpected(user.error());
  Result<std::string> event = event_of(context, args);
  if (!event) return tl::unexpected(event.error());
  plan.host = *host;
  plan.function = std::move(*function);
  plan.settings = settings_of(context, args, std::move(*user));
  plan.call.event = std::move(*event);
  plan.repeats = *repeats;
  plan.cold = *cold;
  plan.async = args.has("async");
  for (const auto& [option, value] :
       {std::pair("weight", &plan.assumptions.weight), std::pair("rate", &plan.assumptions.rate)}) {
    const Result<double> given = positive_of(args, option);
    if (!given) return tl::unexpected(given.error());
    *value = *given;
  }
  return plan;
}

Result<ExitCode> run_local(Context& context, const Args& args, const std::vector<Output>& wanted) {
  const Result<Plan> plan = plan_of(context, args);
  if (!plan) return tl::unexpected(plan.error());
  const Clock clock;
  const Result<Done> done = invoke_all(*plan, clock);
  if (!done) return tl::unexpected(done.error());
  if (done->interrupted) {
    context.terminal.err << "interrupted: the function and everything it started have been ended\n";
    return kInterrupted;
  }
  const invoke::Figures figures =
      invoke::figures_of(plan->function, plan->call.event, done->outcomes, plan->assumptions);
  std::vector<Outcome> outcomes = done->outcomes;
  for (Outcome& outcome : outcomes) outcome.figures = invoke::to_json(figures, plan->assumptions);
  if (!context.terminal.quiet) {
    tell_about_runtime(context.terminal.err, plan->function, done->version);
    context.terminal.err << invoke::to_text(figures, plan->assumptions) << '\n';
  }
  return report_outcomes(context, wanted, plan->function, outcomes);
}

Result<ExitCode> run_invoke(Context& context, const Args& args) {
  if (args.has("serve")) return run_serve(context, args);
  const Result<std::vector<Output>> wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  return args.has("remote") ? run_remote(context, args, *wanted)
                            : run_local(context, args, *wanted);
}

constexpr Operand kOperands[] = {
    {.name = "FUNCTION",
     .help = "name of the function in the template, or its folder",
     .completes = Completes::directory},
};

constexpr Example kExamples[] = {
    {"meshfn invoke", "the only function of template.yaml in this folder, with the event {}"},
    {"meshfn invoke hello --event events/order.json", "one event from a file"},
    {"echo '{\"id\": 1}' | meshfn invoke hello --event - -o json",
     "one event from standard input, the result with times and memory"},
    {"meshfn invoke src --handler app.main --runtime python3.13 --env STAGE=dev",
     "a folder without a template"},
    {"meshfn invoke hello --repeat 100", "one cold start, then warm"},
    {"meshfn invoke --serve --port 3000", "the Invoke API and the HTTP front of every function"},
    {"meshfn invoke --remote https://hello.example.com/api --event order.json",
     "a function that is deployed"},
};

}  // namespace

constexpr Command kInvoke = {
    .name = "invoke",
    .summary = "Run a function on an event, as the cloud would",
    .description =
        "Runs an AWS Lambda function (Python, Node.js, Java, or any executable called "
        "`bootstrap`) on this machine, without Docker: a process of its own behind a Runtime API "
        "on loopback, with Lambda's environment, time and memory limits, and with the extensions "
        "of its layers.\n\n"
        "The answer goes to standard output, what the function prints and the START, END and "
        "REPORT lines go to standard error. The exit code is 0 when the function answered, 1 when "
        "it failed or timed out, 3 when it could not be run.",
    .examples = kExamples,
    .operands = kOperands,
    .options = kInvokeOptions,
    .run = run_invoke,
};

}  // namespace meshfn::cli
