#include <fmt/format.h>

#include <chrono>

#include "invoke/environment_state.h"
#include "invoke/failure.h"
#include "invoke/records.h"

namespace meshfn::invoke {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLastWords{20};

}  // namespace

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
  program.environment = variables;
  api_.restart();
  // The heap of a JVM has a limit of its own.
  const bool refuse = function_.runtime->language != function::Language::java;
  const Result<void> started = worker_.start(program, function_.memory_mb, refuse);
  if (!started) describe_bad_start(command_.front(), started.error().message, outcome);
  return started.has_value();
}

void Environment::State::stop(std::string_view reason) {
  if (!companions_.empty()) {
    if (worker_.is_started() && reason == "spindown") {
      worker_.ask_to_end();
    } else {
      worker_.end(milliseconds{0});
    }
    companions_.shut_down(reason, [this] { return !worker_.is_started() || worker_.has_exited(); });
  }
  worker_.end(milliseconds{0});
}

void Environment::State::wait(milliseconds limit, const std::function<bool()>& also) {
  seen_.timed_out = false;
  const TimerId timer = loop_.after(limit, [this] { seen_.timed_out = true; });
  loop_.run_until([&] {
    return seen_.anything() || worker_.has_exited() || worker_.is_over_memory() || also();
  });
  loop_.cancel(timer);
  if (worker_.has_exited() && !seen_.answer && !seen_.init_failure) read_last_words();
}

void Environment::State::read_last_words() {
  bool over = false;
  const TimerId timer = loop_.after(kLastWords, [&] { over = true; });
  loop_.run_until([&] { return over || seen_.answer || seen_.init_failure; });
  loop_.cancel(timer);
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

void Environment::State::print(std::string_view bytes) {
  tail_.add(bytes);
  at_line_start_ = bytes.back() == '\n';
  settings_.log(bytes);
}

void Environment::State::say(const std::string& line) {
  if (!settings_.platform_lines) return;
  if (!at_line_start_) settings_.log("\n");
  at_line_start_ = true;
  settings_.log(line);
}

}  // namespace meshfn::invoke
