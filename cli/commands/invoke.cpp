// meshfn invoke [FUNCTION] --event FILE: one function, one event, the answer on standard output.

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <istream>
#include <iterator>
#include <ostream>

#include "base/clock.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/output.h"
#include "function/event/sample.h"
#include "function/project.h"
#include "invoke/environment.h"
#include "invoke/event.h"
#include "invoke/remote.h"

namespace meshfn::cli {

extern const Command kInvoke;

namespace {

using invoke::Environment;
using invoke::Outcome;

constexpr std::int64_t kMostRepeats = 100'000;

Result<std::int64_t> repeats_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = problem == std::errc() && end == text.data() + text.size();
  if (whole && value > 0 && value <= kMostRepeats) return value;
  return usage_error(fmt::format("`--repeat {}` is not a number from 1 to {}", text, kMostRepeats));
}

/// "3s", "500ms"; a bare number is seconds, as in a template.
Result<std::int64_t> milliseconds(std::string_view text) {
  const bool bare = text.find_first_not_of("0123456789") == std::string_view::npos;
  const auto time = parse_duration(bare ? std::string(text) + "s" : std::string(text));
  const auto value =
      time ? std::chrono::duration_cast<std::chrono::milliseconds>(*time).count() : 0;
  if (value > 0 && value <= function::kAwsLambda.max_timeout_ms) return value;
  return usage_error(fmt::format("`--timeout {}` is not a time from 1ms to 900s", text),
                     "write it as 3s or 500ms");
}

/// "512" or "512MB".
Result<std::int64_t> megabytes(std::string_view text) {
  const function::Platform& platform = function::kAwsLambda;
  const bool bare = text.find_first_not_of("0123456789") == std::string_view::npos;
  const auto bytes = parse_size(bare ? std::string(text) + "MB" : std::string(text));
  const std::int64_t value = bytes ? static_cast<std::int64_t>(*bytes >> 20U) : 0;
  if (value >= platform.min_memory_mb && value <= platform.max_memory_mb) return value;
  return usage_error(fmt::format("`--memory {}` is not a size from {} to {} MB", text,
                                 platform.min_memory_mb, platform.max_memory_mb));
}

/// The project is the working directory; an operand that is no function of it may be a folder.
Result<function::Function> find_function(Context& context, const Args& args) {
  function::Wanted wanted;
  wanted.template_path = std::string(args.value("template"));
  wanted.handler = std::string(args.value("handler"));
  wanted.runtime = std::string(args.value("runtime"));
  wanted.region = std::string(args.value("region"));
  std::string_view name = args.operand(0);
  const std::string folder(name);
  if (wanted.template_path.empty() && !folder.empty() && context.files.is_directory(folder)) {
    wanted.directory = folder;
    name = {};
  }
  const Result<function::Project> project = function::find_project(context.files, wanted);
  if (!project) return tl::unexpected(project.error());
  Result<function::Function> function = function::choose(*project, name);
  if (function && !context.terminal.quiet) {
    for (const std::string& note : project->notes) context.terminal.err << "note: " << note << '\n';
  }
  return function;
}

Result<void> apply_limits(const Args& args, function::Function& function) {
  if (args.has("timeout")) {
    const Result<std::int64_t> timeout = milliseconds(args.value("timeout"));
    if (!timeout) return tl::unexpected(timeout.error());
    function.timeout_ms = *timeout;
  }
  if (args.has("memory")) {
    const Result<std::int64_t> memory = megabytes(args.value("memory"));
    if (!memory) return tl::unexpected(memory.error());
    function.memory_mb = *memory;
  }
  return {};
}

Result<invoke::Variables> user_variables(Context& context, const Args& args,
                                         const function::Function& function) {
  invoke::Variables variables;
  for (const std::string& path : args.values("env-file")) {
    const Result<std::string> text = context.files.read(path);
    if (!text) return tl::unexpected(text.error());
    if (auto added = invoke::add_env_file(*text, path, function.name, variables); !added) {
      return tl::unexpected(added.error());
    }
  }
  for (const std::string& text : args.values("env")) {
    if (auto added = invoke::add_variable(text, context.environment, variables); !added) {
      return tl::unexpected(added.error());
    }
  }
  if (auto fine = invoke::check_variables(function.environment, function.defined_at); !fine) {
    return tl::unexpected(fine.error());
  }
  if (auto fine = invoke::check_variables(variables, "command line"); !fine) {
    return tl::unexpected(fine.error());
  }
  return variables;
}

Result<std::string> read_event(Context& context, const Args& args) {
  if (args.has("sample")) {
    if (args.has("event")) return usage_error("give --event or --sample, not both");
    return function::sample_event(args.value("sample"));
  }
  if (!args.has("event")) return "{}";
  const std::string path(args.value("event"));
  if (path == "-") {
    if (context.terminal.in_is_tty) {
      return usage_error("the event is read from standard input, but that is a terminal",
                         "pipe it in: echo '{}' | meshfn invoke --event -");
    }
    return invoke::check_event(std::string(std::istreambuf_iterator<char>(context.terminal.in), {}),
                               "<stdin>");
  }
  Result<std::string> text = context.files.read(path);
  if (!text) return text;
  return invoke::check_event(std::move(*text), path);
}

/// What the person should know of the runtime, said once at the end.
void tell_about_runtime(std::ostream& err, const function::Function& function,
                        std::string_view version) {
  const function::Runtime& runtime = *function.runtime;
  const UtcTime now = to_utc(Clock().unix_millis());
  const std::string today = fmt::format("{:04}-{:02}-{:02}", now.year, now.month, now.day);
  if (function.runtime_is_guess) return;
  if (!version.empty() && version != runtime.version &&
      !version.starts_with(std::string(runtime.version) + ".")) {
    err << fmt::format("note: `{}` asks for {}, but {} {} ran it\n", function.name, runtime.name,
                       function::to_string(runtime.language), version);
  }
  if (!runtime.deprecated.empty() && runtime.deprecated < today) {
    err << fmt::format("note: {} is deprecated since {}\n", runtime.name, runtime.deprecated);
  }
}

void tell_about_failure(std::ostream& err, const function::Function& function,
                        const Outcome& outcome) {
  if (outcome.ok()) return;
  err << fmt::format("error: `{}` failed ({}): {}\n", function.name,
                     invoke::to_string(outcome.status), outcome.error_type);
  if (!outcome.hint.empty()) err << "help: " << outcome.hint << '\n';
}

void tell_about_repeats(std::ostream& err, const std::vector<Outcome>& outcomes) {
  std::vector<double> durations;
  for (const Outcome& outcome : outcomes) durations.push_back(outcome.duration_ms);
  err << fmt::format("{} invocations: p50 {:.2f} ms, p95 {:.2f} ms, max {:.2f} ms\n",
                     outcomes.size(), invoke::percentile(durations, 50),
                     invoke::percentile(durations, 95), invoke::percentile(durations, 100));
}

std::string text_of(const std::vector<Outcome>& outcomes, const Output& output) {
  if (output.format == "json") {
    return outcomes.size() == 1 ? invoke::to_json(outcomes.front()) : invoke::to_json(outcomes);
  }
  std::string payload = invoke::representative(outcomes).payload;
  if (!payload.ends_with('\n')) payload += '\n';
  return payload;
}

Result<ExitCode> report(Context& context, const std::vector<Output>& wanted,
                        const function::Function& function, const std::vector<Outcome>& outcomes) {
  const Outcome& outcome = invoke::representative(outcomes);
  for (const Output& output : wanted) {
    if (auto written = write_output(context, output, text_of(outcomes, output)); !written) {
      return tl::unexpected(written.error());
    }
  }
  context.terminal.out.flush();
  if (outcomes.size() > 1 && !context.terminal.quiet) {
    tell_about_repeats(context.terminal.err, outcomes);
  }
  tell_about_failure(context.terminal.err, function, outcome);
  return outcome.ok() ? kOk : kBadAnswer;
}

/// A deployed function has its own code, limits and environment: only the event is ours.
Result<ExitCode> run_remote(Context& context, const Args& args, const std::vector<Output>& wanted) {
  const std::string url(args.value("remote"));
  if (auto fine = invoke::check_remote_url(url); !fine) return tl::unexpected(fine.error());
  for (const std::string_view local : {"template", "handler", "runtime", "memory", "env"}) {
    if (args.has(local)) {
      return usage_error(fmt::format("`--{}` has no effect on a deployed function", local),
                         "leave it out, or leave out --remote");
    }
  }
  Result<std::string> event = read_event(context, args);
  if (!event) return tl::unexpected(event.error());
  invoke::RemoteCall call{.url = url, .event = std::move(*event)};
  call.environment = context.environment;
  if (args.has("timeout")) {
    const Result<std::int64_t> timeout = milliseconds(args.value("timeout"));
    if (!timeout) return tl::unexpected(timeout.error());
    call.timeout_ms = *timeout;
  }
  Result<Outcome> outcome = invoke::invoke_remote(call);
  if (!outcome) return tl::unexpected(outcome.error());
  function::Function function;
  function.name = url;
  return report(context, wanted, function, {std::move(*outcome)});
}

Result<ExitCode> run_invoke(Context& context, const Args& args) {
  const Result<std::vector<Output>> wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  if (args.has("remote")) return run_remote(context, args, *wanted);
  const Result<std::int64_t> repeats = repeats_of(args.value("repeat"));
  if (!repeats) return tl::unexpected(repeats.error());
  Result<function::Function> function = find_function(context, args);
  if (!function) return tl::unexpected(function.error());
  if (auto fine = apply_limits(args, *function); !fine) return tl::unexpected(fine.error());
  Result<invoke::Variables> user = user_variables(context, args, *function);
  if (!user) return tl::unexpected(user.error());
  Result<std::string> event = read_event(context, args);
  if (!event) return tl::unexpected(event.error());

  std::ostream& err = context.terminal.err;
  invoke::Settings settings;
  settings.user = std::move(*user);
  settings.host = context.environment;
  settings.region = std::string(args.value("region"));
  settings.platform_lines = !context.terminal.quiet;
  settings.log = [&err](std::string_view bytes) { err << bytes << std::flush; };
  const Clock clock;
  const auto environment = Environment::create(*function, std::move(settings), clock);
  if (!environment) return tl::unexpected(environment.error());
  std::vector<Outcome> outcomes;
  const invoke::Call call{.event = std::move(*event)};
  for (std::int64_t i = 0; i < *repeats; ++i) {
    std::optional<Outcome> outcome = (*environment)->invoke(call);
    if (!outcome) {
      err << "interrupted: the function and everything it started have been ended\n";
      return kInterrupted;
    }
    outcomes.push_back(std::move(*outcome));
  }
  if (!context.terminal.quiet) {
    tell_about_runtime(err, *function, (*environment)->interpreter_version());
  }
  return report(context, *wanted, *function, outcomes);
}

constexpr std::string_view kFormats[] = {"text", "json"};

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

constexpr Option kOptions[] = {
    {.name = "event",
     .letter = 'e',
     .value = "FILE",
     .help = "JSON event; `-` is standard input; {} when not given",
     .group = "Input",
     .completes = Completes::file},
    {.name = "sample",
     .value = "NAME",
     .help = "a built-in event instead, see `meshfn event list`",
     .group = "Input"},
    {.name = "template",
     .value = "FILE",
     .help = "SAM or CloudFormation template, instead of ./template.yaml",
     .group = "Input",
     .completes = Completes::file},
    {.name = "handler",
     .value = "FILE.NAME",
     .help = "handler, such as app.handler",
     .group = "Function"},
    {.name = "runtime",
     .value = "NAME",
     .help = "runtime, such as python3.13",
     .group = "Function"},
    {.name = "timeout",
     .value = "TIME",
     .help = "limit of one invocation, such as 3s",
     .group = "Function"},
    {.name = "memory", .value = "MB", .help = "memory limit, 128 to 10240", .group = "Function"},
    {.name = "env",
     .value = "NAME=VALUE",
     .help = "environment variable; NAME alone passes on yours",
     .repeatable = true,
     .group = "Function"},
    {.name = "env-file",
     .value = "FILE",
     .help = "environment variables, as NAME=VALUE lines or JSON",
     .repeatable = true,
     .group = "Function",
     .completes = Completes::file},
    {.name = "region",
     .value = "NAME",
     .help = "AWS region that the function sees",
     .fallback = "us-east-1",
     .group = "Function"},
    {.name = "remote",
     .value = "URL",
     .help = "post the event to a deployed function instead; AZURE_FUNCTION_KEY and "
             "GOOGLE_ID_TOKEN are taken from the environment",
     .group = "Function"},
    {.name = "repeat",
     .value = "N",
     .help = "invoke N times, warm after the first",
     .fallback = "1",
     .group = "Function"},
    output_option(kFormats),
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
    .options = kOptions,
    .run = run_invoke,
};

}  // namespace meshfn::cli
