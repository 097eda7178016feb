#include "invoke/http_instance.h"

#include <chrono>
#include <utility>

#include "base/random.h"
#include "invoke/client.h"
#include "invoke/failure.h"
#include "invoke/identity.h"
#include "invoke/worker.h"

namespace meshfn::invoke {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kProbeInterval{2};
constexpr milliseconds kInterruptGrace{500};
/// What is in the pipe when a connection breaks, and the exit behind it, come a moment later.
constexpr milliseconds kLastWords{50};

}  // namespace

class HttpInstance::State {
 public:
  State(function::Function function, Settings settings, std::unique_ptr<Contract> contract)
      : function_(std::move(function)),
        settings_(std::move(settings)),
        contract_(std::move(contract)),
        random_(make_random()),
        worker_(loop_, {.output = [this](std::string_view bytes) {
                  tail_.add(bytes);
                  settings_.log(bytes);
                }}) {
    loop_.on_interrupt([this] { interrupted_ = true; });
  }

  /// Starts the server and asks it for its functions, if the contract wants that.
  Result<void> look_at_functions() {
    const http::Request question = contract_->index();
    if (question.target.empty()) return {};
    Outcome outcome = blank();
    start(outcome);
    if (outcome.ok() && !interrupted_) {
      ask(question, milliseconds{settings_.init_timeout_ms});
      if (reply_ && *reply_) return contract_->indexed(**reply_);
      judge_loading(outcome);
    }
    early_ = std::move(outcome);
    return {};
  }

  std::optional<Outcome> invoke(const Call& call) {
    Outcome outcome = early_ ? std::move(*early_) : attempt(call);
    early_.reset();
    for (int attempts = 1; !interrupted_ && contract_->retries(attempts, outcome); ++attempts) {
      outcome = attempt(call);
    }
    if (!interrupted_) return outcome;
    worker_.end(kInterruptGrace);
    return std::nullopt;
  }

 private:
  Outcome blank() {
    Outcome outcome;
    outcome.request_id = make_request_id(random_);
    outcome.memory_mb = function_.memory_mb;
    return outcome;
  }

  Outcome attempt(const Call& call) {
    Outcome outcome = blank();
    if (!worker_.is_started()) start(outcome);
    if (outcome.ok() && !interrupted_) {
      outcome.init_ms = std::exchange(init_ms_, std::nullopt);
      if (std::optional<http::Request> request = contract_->request(call, outcome)) {
        run(*request, outcome);
      }
    }
    outcome.logs = log().lines();
    outcome.max_memory_mb = worker_.peak_mb();
    tail_ = {};
    return outcome;
  }

  /// All that was printed since the last attempt.
  const LogTail& log() {
    worker_.drain();
    return tail_;
  }

  void start(Outcome& outcome) {
    const Result<std::uint16_t> port = free_port();
    if (!port) return describe_bad_start("the server", port.error().message, outcome);
    port_ = *port;
    const Program program = contract_->program(port_);
    const steady_clock::time_point begin = steady_clock::now();
    if (auto started = start_worker(program); !started) {
      return describe_bad_start(program.argv.front(), started.error().message, outcome);
    }
    listening_ = false;
    probe();
    wait(milliseconds{settings_.init_timeout_ms}, [this] { return listening_; });
    loop_.cancel(probe_timer_);
    if (listening_) {
      init_ms_ = millis_since(begin);
    } else if (!interrupted_) {
      judge_loading(outcome);
    }
  }

  /// The heap of a JVM has a limit of its own.
  Result<void> start_worker(const Program& program) {
    const bool refuse = function_.runtime->language != function::Language::java;
    return worker_.start(program, function_.memory_mb, refuse);
  }

  void probe() {
    listening_ = is_listening(port_);
    if (!listening_) probe_timer_ = loop_.after(kProbeInterval, [this] { probe(); });
  }

  void ask(http::Request request, milliseconds limit) {
    const std::uint64_t number = ++asked_;
    reply_.reset();
    send(loop_, port_, std::move(request), [this, number](Result<http::Response> reply) {
      if (number == asked_) reply_ = std::move(reply);
    });
    wait(limit, [this] { return reply_.has_value(); });
    const bool broken = (reply_ && !*reply_) || (worker_.has_exited() && !reply_);
    if (broken && !interrupted_) wait(kLastWords, [] { return false; });
  }

  void run(const http::Request& request, Outcome& outcome) {
    const steady_clock::time_point begin = steady_clock::now();
    ask(request, milliseconds{function_.timeout_ms});
    outcome.duration_ms = millis_since(begin);
    if (interrupted_) return;
    if (reply_ && *reply_ && !worker_.is_over_memory()) {
      contract_->answer(std::move(**reply_), log().text(), outcome);
      if (worker_.has_exited()) worker_.end(milliseconds{0});
      return;
    }
    judge_death(outcome);
    worker_.end(milliseconds{0});
  }

  void judge_death(Outcome& outcome) {
    if (worker_.is_over_memory()) return describe_out_of_memory(outcome);
    if (worker_.has_exited()) {
      return describe_exit(worker_.exit().value_or(Exit{}), log().text(), outcome);
    }
    if (reply_) {
      outcome.status = Status::crash;
      outcome.error_type = "HttpInstance.ConnectionClosed";
      outcome.payload = error_document(outcome.error_type, "the connection was closed unanswered");
      return;
    }
    outcome.duration_ms = static_cast<double>(function_.timeout_ms);
    describe_timeout(function_.timeout_ms, outcome);
  }

  /// The server did not come up: whatever the reason, it is one of the start.
  void judge_loading(Outcome& outcome) {
    if (worker_.is_over_memory() || worker_.has_exited()) {
      judge_death(outcome);
    } else {
      describe_timeout(settings_.init_timeout_ms, outcome);
      outcome.hint = "the server has to listen on the port that the environment names";
    }
    if (outcome.status != Status::out_of_memory) outcome.status = Status::init_error;
    if (outcome.hint.empty()) outcome.hint = contract_->hint(log().text());
    outcome.logs = log().lines();
    worker_.end(milliseconds{0});
    outcome.max_memory_mb = worker_.peak_mb();
  }

  /// Runs the loop until `also` holds, the process is done for, or `limit` is over.
  template <class Condition>
  void wait(milliseconds limit, Condition also) {
    bool over = false;
    const TimerId timer = loop_.after(limit, [&over] { over = true; });
    const bool was_dead = worker_.has_exited();
    loop_.run_until([&] {
      return over || interrupted_ || also() || worker_.is_over_memory() ||
             (worker_.has_exited() && !was_dead);
    });
    loop_.cancel(timer);
  }

  const function::Function function_;
  const Settings settings_;
  std::unique_ptr<Contract> contract_;
  Random random_;
  Loop loop_;
  LogTail tail_;  // before worker_, which still hands on output while it ends
  Worker worker_;
  std::uint16_t port_ = 0;
  TimerId probe_timer_ = 0;
  std::uint64_t asked_ = 0;
  bool listening_ = false;
  bool interrupted_ = false;
  std::optional<double> init_ms_;
  std::optional<Result<http::Response>> reply_;
  std::optional<Outcome> early_;  ///< of a start that failed before there was an event
};

HttpInstance::HttpInstance(std::unique_ptr<State> state) : state_(std::move(state)) {}

HttpInstance::~HttpInstance() = default;

Result<std::unique_ptr<Instance>> HttpInstance::create(function::Function function,
                                                       Settings settings,
                                                       std::unique_ptr<Contract> contract) {
  auto state =
      std::make_unique<State>(std::move(function), std::move(settings), std::move(contract));
  if (auto looked = state->look_at_functions(); !looked) return tl::unexpected(looked.error());
  return std::unique_ptr<Instance>(new HttpInstance(std::move(state)));
}

std::optional<Outcome> HttpInstance::invoke(const Call& call) { return state_->invoke(call); }

std::string_view HttpInstance::interpreter_version() const { return {}; }

}  // namespace meshfn::invoke
