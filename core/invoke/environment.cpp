#include <fmt/format.h>

#include <chrono>

#include "base/process.h"
#include "base/random.h"
#include "base/str.h"
#include "invoke/companions.h"
#include "invoke/environment_state.h"
#include "invoke/failure.h"
#include "invoke/identity.h"
#include "invoke/launch.h"
#include "invoke/launch_check.h"
#include "invoke/launch_java.h"
#include "invoke/loop.h"
#include "invoke/records.h"
#include "invoke/runtime_api.h"

namespace meshfn::invoke {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// What an interrupted function gets to tidy up. A finished or late one gets nothing, as in Lambda.
constexpr milliseconds kInterruptGrace{500};
constexpr milliseconds kSettleLimit{2000};
/// Beside the response, room for a body that is over the limit and must be refused by its size.
constexpr std::uint64_t kBodyLimit = RuntimeApi::kLargestStream + (1U << 20U);

}  // namespace

Environment::State::State(function::Function function, UnpackedLayers unpacked, Settings settings,
                          const Clock& clock)
    : function_(std::move(function)),
      unpacked_(std::move(unpacked)),
      settings_(std::move(settings)),
      clock_(clock),
      random_(make_random()),
      code_(absolute_path(function_.code)),
      log_stream_(make_log_stream(random_, clock.unix_millis())),
      api_({.idle = [this](std::string_view agent) { became_idle(agent); },
            .answered = [this](const std::string& id, Answer answer) { answered(id, answer); },
            .init_failed = [this](Answer answer) { seen_.init_failure = std::move(answer); },
            .streamed =
                [this](std::string_view type, std::string_view bytes) {
                  if (call_ != nullptr && call_->streamed) call_->streamed(type, bytes);
                }}),
      companions_(loop_, clock, {function_.function_name, function_.handler}, make_random(),
                  {.output = [this](std::string_view bytes) { print(bytes); },
                   .failed =
                       [this](const std::string& type, const std::string& message) {
                         if (!seen_.extension) seen_.extension = {type, message};
                       }}),
      worker_(loop_, {.output =
                          [this](std::string_view bytes) {
                            companions_.telemetry.log("function", bytes);
                            print(bytes);
                          },
                      .beside = [this] { return companions_.memory(); }}) {}

Environment::State::~State() { stop("spindown"); }

Result<void> Environment::State::prepare() {
  Result<std::vector<std::string>> words = find_command();
  if (!words) return tl::unexpected(words.error());
  command_ = debugged(std::move(*words), function_.runtime->language, settings_.debug_port);
  if (function_.runtime->language == function::Language::executable) {
    const Result<std::string> note = check_executable(function_, command_.front());
    if (!note) return tl::unexpected(note.error());
    if (!note->empty() && settings_.platform_lines) settings_.log("note: " + *note + "\n");
  }
  const Result<std::uint16_t> port = loop_.serve(
      [this](http::Request request, http::Reply reply) {
        if (companions_.handle(request, reply)) return;
        api_.handle(std::move(request), std::move(reply));
      },
      kBodyLimit, 0,
      [this](const http::Request& head, std::string_view bytes) { return api_.part(head, bytes); });
  if (!port) return tl::unexpected(port.error());
  runtime_api_ = fmt::format("127.0.0.1:{}", *port);
  loop_.on_interrupt([this] { seen_.interrupted = true; });
  return {};
}

Result<std::vector<std::string>> Environment::State::find_command() const {
  const auto of_host = [this](const char* name) {
    const auto found = settings_.host.find(name);
    return found == settings_.host.end() ? std::string() : found->second;
  };
  if (function_.runtime->language != function::Language::java) {
    return command_line(function_, code_, of_host("PATH"));
  }
  const std::string java = find_program("java", of_host("PATH"));
  if (java.empty()) {
    return fail(fmt::format("`{}` needs Java, but there is no java in PATH", function_.name),
                "install it, for example `apt-get install default-jre-headless`");
  }
  return java_command(java, function_, code_, of_host("HOME"));
}

std::string_view Environment::State::version() const { return version_; }

std::optional<Outcome> Environment::State::invoke(const Call& call) {
  Outcome outcome;
  outcome.request_id = call.request_id.empty() ? make_request_id(random_) : call.request_id;
  outcome.memory_mb = function_.memory_mb;
  trace_id_ = call.trace_id.empty() ? make_trace_id(random_, clock_.unix_millis()) : call.trace_id;
  settle();
  tail_ = {};
  if (!started_) initialise(outcome);
  say(start_line(outcome.request_id));
  companions_.telemetry.record("platform.start", start_record(outcome.request_id, trace_id_));
  if (outcome.ok() && !seen_.interrupted) run(call, outcome);
  worker_.drain();
  if (seen_.interrupted) {
    worker_.end(kInterruptGrace);
    stop("spindown");
    return std::nullopt;
  }
  finish(outcome);
  return outcome;
}

void Environment::State::settle() {
  seen_.answer.reset();
  if (!worker_.is_started()) return;
  if (!seen_.idle) {
    wait(kSettleLimit, [this] { return seen_.idle; });
    worker_.drain();
  }
  if (worker_.exit()) stop("failure");
}

void Environment::State::initialise(Outcome& outcome) {
  started_ = true;
  if (auto lacking = check_handler(function_, code_)) {
    return refuse_handler(std::move(*lacking), outcome);
  }
  const steady_clock::time_point begin = steady_clock::now();
  if (!start_process(outcome, "init")) return;
  wait(milliseconds{settings_.init_timeout_ms}, [this] { return is_ready(); });
  const double init_ms = millis_since(begin);
  if (seen_.interrupted) return;
  worker_.drain();
  if (is_ready()) {
    outcome.init_ms = init_ms;
    return told_of_init("init", "success", {}, init_ms);
  }
  if (seen_.timed_out) {
    say(init_report_line(init_ms, "timeout", {}));
    told_of_init("init", "timeout", {}, init_ms);
    return stop("timeout");
  }
  judge(outcome, true);
  say(init_report_line(init_ms, "error", outcome.report_type));
  told_of_init("init", "error", outcome.report_type, init_ms);
  stop("failure");
}

void Environment::State::refuse_handler(Answer answer, Outcome& outcome) {
  describe_answer(std::move(answer), function_, true, outcome);
  say(init_report_line(0, "error", outcome.report_type));
  told_of_init("init", "error", outcome.report_type, 0);
}

bool Environment::State::is_ready() const {
  return seen_.idle && companions_.extensions.all_waiting();
}

void Environment::State::told_of_init(std::string_view phase, std::string_view status,
                                      std::string_view error_type, double init_ms) {
  Telemetry& telemetry = companions_.telemetry;
  telemetry.record("platform.initRuntimeDone", init_done_record(phase, status, error_type));
  telemetry.record("platform.initReport", init_report_record(phase, status, error_type, init_ms));
  telemetry.close();
}

void Environment::State::run(const Call& call, Outcome& outcome) {
  const bool cold = !worker_.is_started();
  const steady_clock::time_point begin = steady_clock::now();
  const std::int64_t deadline = clock_.unix_millis() + function_.timeout_ms;
  if (cold && !start_process(outcome, "invoke")) return;
  current_ = outcome.request_id;
  call_ = &call;
  begin_ = begin;
  seen_.idle = false;
  const std::string arn = function_arn(settings_.region, function_.function_name);
  api_.offer({outcome.request_id, call.event, deadline, arn, trace_id_, call.client_context,
              call.cognito_identity, call.tenant_id});
  companions_.extensions.invoke(outcome.request_id, deadline, arn, trace_id_);
  wait(milliseconds{function_.timeout_ms},
       [this] { return seen_.answer && companions_.extensions.all_waiting(); });
  call_ = nullptr;
  outcome.duration_ms = millis_since(begin);
  api_.withdraw(outcome.request_id);
  if (seen_.timed_out) outcome.duration_ms = static_cast<double>(function_.timeout_ms);
  worker_.drain();
  if (!seen_.interrupted) judge(outcome, false);
}

void Environment::State::judge(Outcome& outcome, bool while_loading) {
  if (seen_.timed_out && !while_loading) {
    describe_timeout(function_.timeout_ms, outcome);
    if (seen_.answer) outcome.hint = late_extensions_hint();
  } else if (seen_.answer) {
    describe_answer(std::move(*seen_.answer), function_, false, outcome);
  } else if (seen_.init_failure) {
    describe_answer(std::move(*seen_.init_failure), function_, true, outcome);
  } else if (worker_.is_over_memory()) {
    describe_out_of_memory(outcome);
  } else if (seen_.extension) {
    describe_extension(seen_.extension->first, seen_.extension->second, while_loading, outcome);
  } else if (worker_.has_exited()) {
    describe_exit(worker_.exit().value_or(Exit{}), tail_.text(), outcome);
    if (while_loading && outcome.status == Status::crash) outcome.status = Status::init_error;
  }
  const bool goes_on = outcome.ok() || outcome.status == Status::function_error;
  if (while_loading || (goes_on && !worker_.has_exited())) return;
  stop_reason_ = outcome.status == Status::timeout ? "timeout" : "failure";
}

std::string Environment::State::late_extensions_hint() const {
  return fmt::format(
      "the function answered, but these extensions did not ask for their next "
      "event: {}",
      str::join(companions_.extensions.late(), ", "));
}

void Environment::State::finish(Outcome& outcome) {
  outcome.max_memory_mb = worker_.peak_mb();
  if (outcome.status == Status::timeout) {
    const UtcTime now = to_utc(clock_.unix_millis());
    say(
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z {} Task timed out after {:.2f} "
                    "seconds\n\n",
                    now.year, now.month, now.day, now.hour, now.minute, now.second, now.millisecond,
                    outcome.request_id, static_cast<double>(function_.timeout_ms) / 1000));
  }
  say(end_line(outcome.request_id));
  say(report_line(outcome));
  outcome.logs = tail_.lines();
  Telemetry& telemetry = companions_.telemetry;
  telemetry.record("platform.runtimeDone",
                   runtime_done_record(outcome, trace_id_, runtime_ms_.value_or(0)));
  telemetry.record("platform.report", report_record(outcome, trace_id_));
  telemetry.flush();
  if (!stop_reason_.empty()) stop(std::exchange(stop_reason_, {}));
}

Environment::Environment(std::unique_ptr<State> state) : state_(std::move(state)) {}

Environment::~Environment() = default;

Result<std::unique_ptr<Environment>> Environment::create(function::Function function,
                                                         Settings settings, const Clock& clock) {
  if (!function.refused.empty()) {
    return fail(fmt::format("`{}` cannot be run: {}", function.name, function.refused));
  }
  Result<UnpackedLayers> unpacked = prepare_layers(function.layers);
  if (!unpacked) return tl::unexpected(unpacked.error());
  auto state = std::make_unique<State>(std::move(function), std::move(*unpacked),
                                       std::move(settings), clock);
  if (Result<void> ready = state->prepare(); !ready) return tl::unexpected(ready.error());
  return std::unique_ptr<Environment>(new Environment(std::move(state)));
}

std::optional<Outcome> Environment::invoke(const Call& call) { return state_->invoke(call); }

std::string_view Environment::interpreter_version() const { return state_->version(); }

}  // namespace meshfn::invoke
