// meshfn invoke [FUNCTION] --event FILE: one function, one event, the answer on standard output.
// What differs between platforms is in core/invoke/platform.h.

#include <ostream>

#include "base/clock.h"
#include "cli/invoke_input.h"
#include "cli/invoke_options.h"
#include "cli/invoke_record.h"
#include "cli/invoke_remote.h"
#include "cli/invoke_report.h"
#include "cli/invoke_serve.h"
#include "cli/watch.h"
#include "invoke/plan.h"

namespace meshfn::cli {

extern const Command kInvoke;

namespace {

using invoke::Outcome;

constexpr std::int64_t kMostRepeats = 100'000;
constexpr std::int64_t kMostCold = 1'000;

/// Everything that the command line and the project say about a local run.
struct Job {
  invoke::Plan plan;
  Redaction redaction;
};

invoke::Settings settings_of(Context& context, const Args& args, invoke::Variables user) {
  invoke::Settings settings;
  settings.user = std::move(user);
  settings.host = context.environment;
  settings.region = std::string(args.value("region"));
  settings.enforce_keys = args.has("enable-auth");
  settings.retry = args.has("retry");
  settings.platform_lines = !context.terminal.quiet;
  settings.log = [&err = context.terminal.err](std::string_view bytes) {
    err << bytes << std::flush;
  };
  return settings;
}

/// How often, and what the figures assume.
Result<void> set_counts(const Args& args, invoke::Plan& plan) {
  const Result<std::int64_t> repeats = number_of(args, "repeat", 1, kMostRepeats);
  if (!repeats) return tl::unexpected(repeats.error());
  const Result<std::int64_t> cold = number_of(args, "cold", 0, kMostCold);
  if (!cold) return tl::unexpected(cold.error());
  plan.repeats = *repeats;
  plan.cold = *cold;
  plan.async = args.has("async");
  for (const auto& [option, value] :
       {std::pair("weight", &plan.assumptions.weight), std::pair("rate", &plan.assumptions.rate)}) {
    const Result<double> given = positive_of(args, option);
    if (!given) return tl::unexpected(given.error());
    *value = *given;
  }
  return {};
}

/// A person at a debugger is not timed.
Result<void> set_debugger(const Args& args, invoke::Plan& plan) {
  const Result<std::uint16_t> port = debug_port_of(args);
  if (!port) return tl::unexpected(port.error());
  plan.settings.debug_port = *port;
  if (*port == 0) return {};
  plan.function.timeout_ms = plan.function.runtime->platform->max_timeout_ms;
  plan.settings.init_timeout_ms = plan.function.timeout_ms;
  return {};
}

Result<Job> job_of(Context& context, const Args& args) {
  Job job;
  if (auto set = set_counts(args, job.plan); !set) return tl::unexpected(set.error());
  Result<function::Function> function = function_of(context, args);
  if (!function) return tl::unexpected(function.error());
  const Result<const invoke::Host*> host = invoke::find_host(*function);
  if (!host) return tl::unexpected(host.error());
  Result<invoke::Variables> user = variables_of(context, args, **host, *function);
  if (!user) return tl::unexpected(user.error());
  auto secrets = put_in_secrets(context, args, *function, *user);
  if (!secrets) return tl::unexpected(secrets.error());
  job.redaction = {args.values("redact"), std::move(*secrets)};
  Result<std::string> event = event_of(context, args);
  if (!event) return tl::unexpected(event.error());
  job.plan.host = *host;
  job.plan.function = std::move(*function);
  job.plan.settings = settings_of(context, args, std::move(*user));
  job.plan.call = {.event = std::move(*event), .structured = args.has("structured")};
  if (auto set = set_debugger(args, job.plan); !set) return tl::unexpected(set.error());
  return job;
}

Result<ExitCode> run_replay(Context& context, const Args& args, const Job& job,
                            const Clock& clock) {
  const auto instance = job.plan.host->create(job.plan.function, job.plan.settings, clock);
  if (!instance) return tl::unexpected(instance.error());
  return replay(context, std::string(args.value("replay")), **instance, job.redaction);
}

Result<ExitCode> run_local(Context& context, const Args& args, const std::vector<Output>& wanted) {
  const Clock clock;
  if (args.has("record")) {
    auto fine = check_record(context.files, std::string(args.value("record")));
    if (!fine) return tl::unexpected(fine.error());
  }
  const Result<Job> job = job_of(context, args);
  if (!job) return tl::unexpected(job.error());
  if (args.has("replay")) return run_replay(context, args, *job, clock);
  const invoke::Plan& plan = job->plan;
  const Result<invoke::Done> done = invoke::carry_out(plan, clock);
  if (!done) return tl::unexpected(done.error());
  if (done->interrupted) {
    context.terminal.err << "interrupted: the function and everything it started have been ended\n";
    return kInterrupted;
  }
  const invoke::Figures figures =
      invoke::figures_of(plan.function, plan.call.event, done->outcomes, plan.assumptions);
  std::vector<Outcome> outcomes = done->outcomes;
  for (Outcome& outcome : outcomes) outcome.figures = invoke::to_json(figures, plan.assumptions);
  if (!context.terminal.quiet) {
    tell_about_runtime(context.terminal.err, plan.function, done->version);
    context.terminal.err << invoke::to_text(figures, plan.assumptions) << '\n';
  }
  if (args.has("record")) {
    const std::string path(args.value("record"));
    auto recorded = record(context.files, path, plan.call.event, outcomes, job->redaction);
    if (!recorded) return tl::unexpected(recorded.error());
  }
  return report_outcomes(context, wanted, plan.function, outcomes);
}

/// Runs again after each change of the project; what goes wrong waits for the next one.
Result<ExitCode> run_watched(Context& context, const Args& args,
                             const std::vector<Output>& wanted) {
  if (args.value("event") == "-") {
    return usage_error("`--watch` reads the event each time, and standard input only once",
                       "give it as a file");
  }
  const std::string folder = folder_of(context, args);
  for (;;) {
    const Result<ExitCode> code = run_local(context, args, wanted);
    std::ostream& err = context.terminal.err;
    if (code && *code == kInterrupted) return code;
    if (!code && code.error().kind == Failure::usage) return code;
    if (!code) err << "error: " << code.error().message << '\n';
    if (!code && !code.error().hint.empty()) err << "help: " << code.error().hint << '\n';
    context.terminal.out << std::flush;
    err << "waiting for a change in " << folder << std::endl;
    // Looked at only now: what the function itself writes is no reason to run it again.
    wait_for_change(folder, fingerprint(folder));
  }
}

Result<ExitCode> run_invoke(Context& context, const Args& args) {
  if (args.has("serve")) return run_serve(context, args);
  const Result<std::vector<Output>> wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  if (args.has("remote")) return run_remote(context, args, *wanted);
  return args.has("watch") ? run_watched(context, args, *wanted)
                           : run_local(context, args, *wanted);
}

}  // namespace

constexpr Command kInvoke = {
    .name = "invoke",
    .summary = "Run a function on an event, as the cloud would",
    .description =
        "Runs a function on this machine, without Docker, as a process of its own with the "
        "environment, time and memory limits of its cloud. AWS Lambda: Python, Node.js, Java, or "
        "any executable called `bootstrap`, behind a Runtime API on loopback, with the extensions "
        "of its layers. Azure Functions: Node.js "
        "and Python apps and custom handlers; a request is routed to its function by its path. "
        "Google Cloud Functions: Node.js, Python, Go and Java, by the Functions Framework when the "
        "project has it.\n\n"
        "The answer goes to standard output, what the function prints and the START, END and "
        "REPORT lines go to standard error. The exit code is 0 when the function answered, 1 when "
        "it failed or timed out, 3 when it could not be run.",
    .examples = kInvokeExamples,
    .operands = kInvokeOperands,
    .options = kInvokeOptions,
    .run = run_invoke,
};

}  // namespace meshfn::cli
