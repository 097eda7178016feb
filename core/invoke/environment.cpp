#include "invoke/environment.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <random>

#include "base/process.h"
#include "base/random.h"
#include "invoke/failure.h"
#include "invoke/identity.h"
#include "invoke/launch.h"
#include "invoke/loop.h"
#include "invoke/runtime_api.h"

namespace meshfn::invoke {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kMemoryInterval{10};
/// What an interrupted function gets to tidy up. A finished or late one gets nothing, as in Lambda.
constexpr milliseconds kInterruptGrace{500};
constexpr milliseconds kLastWords{20};
constexpr milliseconds kSettleLimit{2000};
/// RLIMIT_DATA counts what is allocated, the limit what is used: allocators keep some in hand.
constexpr std::uint64_t kUnusedData = 64U << 20U;
/// Beside the response, room for a body that is over the limit and must be refused by its size.
constexpr std::uint64_t kBodyLimit = RuntimeApi::kLargestStream + (1U << 20U);
constexpr double kMegabyte = 1024.0 * 1024.0;

double millis_since(steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
}

Random make_random() {
  std::random_device device;
  return Random((std::uint64_t{device()} << 32U) | device());
}

std::string absolute(const std::string& path) {
  std::error_code ignored;
  std::string full = std::filesystem::absolute(path, ignored).lexically_normal().string();
  while (full.size() > 1 && full.ends_with('/')) full.pop_back();
  return full;
}

}  // namespace

class Environment::State {
 public:
  State(function::Function function, Settings settings, const Clock& clock)
      : function_(std::move(function)),
        settings_(std::move(settings)),
        clock_(clock),
        random_(make_random()),
        code_(absolute(function_.code)),
        log_stream_(make_log_stream(random_, clock.unix_millis())),
        api_({.idle = [this](std::string_view agent) { became_idle(agent); },
              .answered = [this](const std::string& id, Answer answer) { answered(id, answer); },
              .init_failed = [this](Answer answer) { seen_.init_failure = std::move(answer); }}) {}

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() { end_process(milliseconds{0}); }

  Result<void> prepare() {
    const auto path = settings_.host.find("PATH");
    Result<std::vector<std::string>> words =
        command_line(function_, code_, path == settings_.host.end() ? "" : path->second);
    if (!words) return tl::unexpected(words.error());
    command_ = std::move(*words);
    const Result<std::uint16_t> port = loop_.serve(
        [this](http::Request request, http::Reply reply) {
          api_.handle(std::move(request), std::move(reply));
        },
        kBodyLimit);
    if (!port) return tl::unexpected(port.error());
    runtime_api_ = fmt::format("127.0.0.1:{}", *port);
    loop_.on_interrupt([this] { seen_.interrupted = true; });
    return {};
  }

  std::optional<Outcome> invoke(const Call& call) {
    Outcome outcome;
    outcome.request_id = make_request_id(random_);
    outcome.memory_mb = function_.memory_mb;
    settle();
    tail_ = {};
    if (!started_) initialise(outcome);
    say(start_line(outcome.request_id));
    if (outcome.ok() && !seen_.interrupted) run(call, outcome);
    drain();
    if (seen_.interrupted) {
      end_process(kInterruptGrace);
      return std::nullopt;
    }
    finish(outcome);
    return outcome;
  }

  std::string_view version() const { return version_; }

 private:
  /// What has happened since the last wait began.
  struct Seen {
    bool idle = false;
    bool exited = false;
    bool timed_out = false;
    bool over_memory = false;
    bool interrupted = false;
    std::optional<Answer> init_failure;
    std::optional<Answer> answer;

    bool anything() const {
      return exited || timed_out || over_memory || interrupted || init_failure || answer;
    }
  };

  /// Waits until a warm runtime asks for work. Some clients die of a refused answer: then there
  /// is no warm runtime, which is no fault of the next invocation.
  void settle() {
    seen_.answer.reset();
    if (!process_) return;
    if (!seen_.idle) {
      wait(kSettleLimit, [this] { return seen_.idle; });
      drain();
    }
    if (process_->exit()) end_process(milliseconds{0});
  }

  /// The init phase, before the first invocation. One that passes its limit is not yet a failure:
  /// Lambda starts the process once more within the invocation.
  void initialise(Outcome& outcome) {
    started_ = true;
    const steady_clock::time_point begin = steady_clock::now();
    if (!start_process(outcome)) return;
    wait(milliseconds{settings_.init_timeout_ms}, [this] { return seen_.idle; });
    const double init_ms = millis_since(begin);
    if (seen_.idle) {
      outcome.init_ms = init_ms;
      return;
    }
    if (seen_.interrupted) return;
    drain();
    if (seen_.timed_out) {
      say(init_report_line(init_ms, "timeout", {}));
      end_process(milliseconds{0});
      return;
    }
    judge(outcome, true);
    say(init_report_line(init_ms, "error", outcome.report_type));
    end_process(milliseconds{0});
  }

  /// The invoke phase; starts the process if an earlier one has ended.
  void run(const Call& call, Outcome& outcome) {
    const bool cold = !process_;
    const steady_clock::time_point begin = steady_clock::now();
    const std::int64_t deadline = clock_.unix_millis() + function_.timeout_ms;
    if (cold && !start_process(outcome)) return;
    current_ = outcome.request_id;
    seen_.idle = false;
    api_.offer({outcome.request_id, call.event, deadline,
                function_arn(settings_.region, function_.function_name),
                make_trace_id(random_, clock_.unix_millis()), call.client_context,
                call.cognito_identity, call.tenant_id});
    wait(milliseconds{function_.timeout_ms}, [] { return false; });
    outcome.duration_ms = millis_since(begin);
    api_.withdraw(outcome.request_id);
    if (seen_.timed_out) outcome.duration_ms = static_cast<double>(function_.timeout_ms);
    drain();
    if (!seen_.interrupted) judge(outcome, false);
  }

  /// Turns what was seen into the outcome, and ends a process that must not go on.
  void judge(Outcome& outcome, bool while_loading) {
    if (seen_.answer) {
      describe_answer(std::move(*seen_.answer), function_, false, outcome);
    } else if (seen_.init_failure) {
      describe_answer(std::move(*seen_.init_failure), function_, true, outcome);
    } else if (seen_.over_memory) {
      describe_out_of_memory(outcome);
    } else if (seen_.exited) {
      describe_exit(process_->exit().value_or(Exit{}), tail_.text(), outcome);
      if (while_loading && outcome.status == Status::crash) outcome.status = Status::init_error;
    } else {
      describe_timeout(function_.timeout_ms, outcome);
    }
    note_peak();
    const bool goes_on = outcome.ok() || outcome.status == Status::function_error;
    if (!goes_on || seen_.exited) end_process(milliseconds{0});
  }

  void finish(Outcome& outcome) {
    if (process_) note_peak();
    outcome.max_memory_mb = static_cast<std::int64_t>(static_cast<double>(peak_) / kMegabyte + 0.5);
    if (outcome.status == Status::timeout) {
      const UtcTime now = to_utc(clock_.unix_millis());
      say(fmt::format(
          "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z {} Task timed out after {:.2f} "
          "seconds\n\n",
          now.year, now.month, now.day, now.hour, now.minute, now.second, now.millisecond,
          outcome.request_id, static_cast<double>(function_.timeout_ms) / 1000));
    }
    say(end_line(outcome.request_id));
    say(report_line(outcome));
    outcome.logs = tail_.lines();
  }

  bool start_process(Outcome& outcome) {
    Program program;
    program.argv = command_;
    program.working_directory = code_;
    program.data_limit = (static_cast<std::uint64_t>(function_.memory_mb) << 20U) + kUnusedData;
    program.environment = function_variables({function_, settings_.user, settings_.host,
                                              settings_.region, runtime_api_, log_stream_, code_});
    seen_ = {};
    api_.restart();
    Result<Process> process = Process::start(program);
    if (!process) {
      describe_bad_start(command_.front(), process.error().message, outcome);
      return false;
    }
    process_.emplace(std::move(*process));
    loop_.watch(process_->exit_fd(), [this] {
      seen_.exited = true;
      loop_.unwatch(process_->exit_fd());
    });
    loop_.watch(process_->output_fd(), [this] { read_output(); });
    return true;
  }

  void end_process(milliseconds grace) {
    if (!process_) return;
    loop_.unwatch(process_->exit_fd());
    loop_.unwatch(process_->output_fd());
    process_->end(grace);
    drain();
    process_.reset();
  }

  /// Runs the loop until something decisive was seen, `also` holds, or `limit` is over.
  template <class Condition>
  void wait(milliseconds limit, Condition also) {
    seen_.timed_out = false;
    const TimerId timer = loop_.after(limit, [this] { seen_.timed_out = true; });
    watch_memory();
    loop_.run_until([&] { return seen_.anything() || also(); });
    loop_.cancel(timer);
    if (seen_.exited && !seen_.answer && !seen_.init_failure) read_last_words();
    loop_.cancel(memory_timer_);
  }

  /// Clients report an error and exit at once: the report may be still in the socket.
  void read_last_words() {
    bool over = false;
    const TimerId timer = loop_.after(kLastWords, [&] { over = true; });
    loop_.run_until([&] { return over || seen_.answer || seen_.init_failure; });
    loop_.cancel(timer);
  }

  void watch_memory() {
    memory_timer_ = loop_.after(kMemoryInterval, [this] {
      const auto limit = static_cast<std::uint64_t>(function_.memory_mb) << 20U;
      if (process_ && !seen_.exited && process_->memory() > limit) seen_.over_memory = true;
      watch_memory();
    });
  }

  void note_peak() {
    if (process_) peak_ = process_->peak_memory();
  }

  void became_idle(std::string_view agent) {
    seen_.idle = true;
    if (agent.starts_with("meshfn-")) version_ = std::string(agent.substr(agent.find('/') + 1));
  }

  void answered(const std::string& id, Answer& answer) {
    if (id == current_) seen_.answer = std::move(answer);
  }

  /// One portion; false when there is nothing (more) to read now.
  bool read_output() {
    char buffer[65536];
    const ssize_t n = ::read(process_->output_fd(), buffer, sizeof buffer);
    if (n == 0) loop_.unwatch(process_->output_fd());
    if (n <= 0) return false;
    const std::string_view bytes(buffer, static_cast<std::size_t>(n));
    tail_.add(bytes);
    at_line_start_ = bytes.back() == '\n';
    settings_.log(bytes);
    return true;
  }

  /// What the function printed before it answered is in the pipe by now.
  void drain() {
    while (process_ && read_output()) {
    }
  }

  /// A line of the platform, at the beginning of a line.
  void say(const std::string& line) {
    if (!settings_.platform_lines) return;
    if (!at_line_start_) settings_.log("\n");
    at_line_start_ = true;
    settings_.log(line);
  }

  const function::Function function_;
  const Settings settings_;
  const Clock& clock_;
  Random random_;
  const std::string code_;
  const std::string log_stream_;
  std::vector<std::string> command_;
  std::string runtime_api_;
  Loop loop_;  // before api_, whose waiting replies hold connections of the loop
  RuntimeApi api_;
  std::optional<Process> process_;
  Seen seen_;
  LogTail tail_;
  std::string current_;
  std::string version_;
  std::uint64_t peak_ = 0;
  TimerId memory_timer_ = 0;
  bool started_ = false;
  bool at_line_start_ = true;
};

Environment::Environment(std::unique_ptr<State> state) : state_(std::move(state)) {}

Environment::~Environment() = default;

Result<std::unique_ptr<Environment>> Environment::create(function::Function function,
                                                         Settings settings, const Clock& clock) {
  if (!function.refused.empty()) {
    return fail(fmt::format("`{}` cannot be run: {}", function.name, function.refused));
  }
  auto state = std::make_unique<State>(std::move(function), std::move(settings), clock);
  if (Result<void> ready = state->prepare(); !ready) return tl::unexpected(ready.error());
  return std::unique_ptr<Environment>(new Environment(std::move(state)));
}

std::optional<Outcome> Environment::invoke(const Call& call) { return state_->invoke(call); }

std::string_view Environment::interpreter_version() const { return state_->version(); }

}  // namespace meshfn::invoke
