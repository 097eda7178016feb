// meshfn invoke [FUNCTION] --event FILE: one function, one event, the answer on standard output.
// What differs between platforms is in core/invoke/platform.h.

#include <ostream>

#include "base/clock.h"
#include "cli/invoke_input.h"
#include "cli/invoke_options.h"
#include "cli/invoke_remote.h"
#include "cli/invoke_report.h"

namespace meshfn::cli {

extern const Command kInvoke;

namespace {

using invoke::Outcome;

/// Invokes as often as asked for; nothing when it was interrupted.
std::optional<std::vector<Outcome>> invoke_all(invoke::Instance& instance, const invoke::Call& call,
                                               std::int64_t repeats) {
  std::vector<Outcome> outcomes;
  for (std::int64_t i = 0; i < repeats; ++i) {
    std::optional<Outcome> outcome = instance.invoke(call);
    if (!outcome) return std::nullopt;
    outcomes.push_back(std::move(*outcome));
  }
  return outcomes;
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

Result<ExitCode> run_local(Context& context, const Args& args, const std::vector<Output>& wanted) {
  const Result<std::int64_t> repeats = repeats_of(args);
  if (!repeats) return tl::unexpected(repeats.error());
  Result<function::Function> function = function_of(context, args);
  if (!function) return tl::unexpected(function.error());
  const Result<const invoke::Host*> host = invoke::find_host(*function);
  if (!host) return tl::unexpected(host.error());
  Result<invoke::Variables> user = variables_of(context, args, **host, *function);
  if (!user) return tl::unexpected(user.error());
  Result<std::string> event = event_of(context, args);
  if (!event) return tl::unexpected(event.error());
  const Clock clock;
  const auto instance =
      (*host)->create(*function, settings_of(context, args, std::move(*user)), clock);
  if (!instance) return tl::unexpected(instance.error());
  const auto outcomes = invoke_all(**instance, {.event = std::move(*event)}, *repeats);
  if (!outcomes) {
    context.terminal.err << "interrupted: the function and everything it started have been ended\n";
    return kInterrupted;
  }
  if (!context.terminal.quiet) {
    tell_about_runtime(context.terminal.err, *function, (*instance)->interpreter_version());
  }
  return report_outcomes(context, wanted, *function, *outcomes);
}

Result<ExitCode> run_invoke(Context& context, const Args& args) {
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
    {"meshfn invoke --remote https://hello.example.com/api --event order.json",
     "a function that is deployed"},
};

}  // namespace

constexpr Command kInvoke = {
    .name = "invoke",
    .summary = "Run a function on an event, as the cloud would",
    .description =
        "Runs an AWS Lambda function (Python, Node.js, or any executable called `bootstrap`) on "
        "this machine, without Docker: a process of its own behind a Runtime API on loopback, "
        "with Lambda's environment, time and memory limits.\n\n"
        "The answer goes to standard output, what the function prints and the START, END and "
        "REPORT lines go to standard error. The exit code is 0 when the function answered, 1 when "
        "it failed or timed out, 3 when it could not be run.",
    .examples = kExamples,
    .operands = kOperands,
    .options = kInvokeOptions,
    .run = run_invoke,
};

}  // namespace meshfn::cli
