#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "invoke/environment_state.h"
#include "invoke/failure.h"
#include "invoke/records.h"

namespace meshfn::invoke {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kMemoryInterval{10};
constexpr milliseconds kLastWords{20};
/// RLIMIT_DATA counts what is allocated, the limit what is used: allocators keep some in hand.
constexpr std::uint64_t kUnusedData = 64U << 20U;

}  // namespace

double millis_since(steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
}

bool Environment::State::start_process(Outcome& outcome, std::string_view phase) {
  seen_ = {};
  const Variables variables =
      function_variables({function_, settings_.user, settings_.host, settings_.region, runtime_api_,
                          log_stream_, code_});
  companions_.telemetry.record("platform.initStart", init_start_record(function_, phase));
  companions_.start(find_extensions(function_.layers), variables);
  if (!companions_.extensions.all_registered()) {
    wait(milliseconds{settings_.init_timeout_ms},
         [this] { return companions_.extensions.all_registered(); });
  }
  if (seen_.interrupted) return false;
  if (!companions_.extensions.all_registered()) {
    const auto failure = seen_.extension.value_or(
        std::pair("Extension.InitError", "an extension did not register in time"));
    describe_extension(failure.first, failure.second, true, outcome);
    stop("failure");
    return false;
  }
  return start_runtime(outcome, variables);
}

bool Environment::State::start_runtime(Outcome& outcome, const Variables& variables) {
  Program program;
  program.argv = command_;
  program.working_directory = code_;
  // A JVM reserves far more than it uses; its heap has a limit of its own.
  if (function_.runtime->language != function::Language::java) {
    program.data_limit = (static_cast<std::uint64_t>(function_.memory_mb) << 20U) + kUnusedData;
  }
  program.environment = variables;
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

void Environment::State::stop(std::string_view reason) {
  if (!companions_.empty()) {
    if (process_ && reason == "spindown") {
      ::kill(process_->pid(), SIGTERM);
    } else {
      end_process(milliseconds{0});
    }
    companions_.shut_down(reason, [this] { return !process_ || seen_.exited; });
  }
  end_process(milliseconds{0});
}

void Environment::State::end_process(milliseconds grace) {
  if (!process_) return;
  loop_.unwatch(process_->exit_fd());
  loop_.unwatch(process_->output_fd());
  process_->end(grace);
  drain();
  process_.reset();
}

void Environment::State::wait(milliseconds limit, const std::function<bool()>& also) {
  seen_.timed_out = false;
  const TimerId timer = loop_.after(limit, [this] { seen_.timed_out = true; });
  watch_memory();
  loop_.run_until([&] { return seen_.anything() || also(); });
  loop_.cancel(timer);
  if (seen_.exited && !seen_.answer && !seen_.init_failure) read_last_words();
  loop_.cancel(memory_timer_);
}

void Environment::State::read_last_words() {
  bool over = false;
  const TimerId timer = loop_.after(kLastWords, [&] { over = true; });
  loop_.run_until([&] { return over || seen_.answer || seen_.init_failure; });
  loop_.cancel(timer);
}

void Environment::State::watch_memory() {
  memory_timer_ = loop_.after(kMemoryInterval, [this] {
    const auto limit = static_cast<std::uint64_t>(function_.memory_mb) << 20U;
    if (process_ && !seen_.exited && process_->memory() + companions_.memory() > limit) {
      seen_.over_memory = true;
    }
    watch_memory();
  });
}

void Environment::State::note_peak() {
  if (process_) peak_ = process_->peak_memory();
}

void Environment::State::became_idle(std::string_view agent) {
  seen_.idle = true;
  companions_.extensions.close_registration();
  if (agent.starts_with("meshfn-")) version_ = std::string(agent.substr(agent.find('/') + 1));
}

void Environment::State::answered(const std::string& id, Answer& answer) {
  if (id != current_) return;
  seen_.answer = std::move(answer);
  runtime_ms_ = millis_since(begin_);
}

bool Environment::State::read_output() {
  char buffer[65536];
  const ssize_t n = ::read(process_->output_fd(), buffer, sizeof buffer);
  if (n == 0) loop_.unwatch(process_->output_fd());
  if (n <= 0) return false;
  const std::string_view bytes(buffer, static_cast<std::size_t>(n));
  companions_.telemetry.log("function", bytes);
  print(bytes);
  return true;
}

void Environment::State::print(std::string_view bytes) {
  tail_.add(bytes);
  at_line_start_ = bytes.back() == '\n';
  settings_.log(bytes);
}

void Environment::State::drain() {
  while (process_ && read_output()) {
  }
}

void Environment::State::say(const std::string& line) {
  if (!settings_.platform_lines) return;
  if (!at_line_start_) settings_.log("\n");
  at_line_start_ = true;
  settings_.log(line);
}

}  // namespace meshfn::invoke
