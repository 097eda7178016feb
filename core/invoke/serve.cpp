#include "invoke/serve.h"

#include <fmt/format.h>

#include <cmath>

#include "base/random.h"
#include "invoke/async.h"
#include "invoke/front.h"
#include "invoke/identity.h"
#include "invoke/invoke_api.h"
#include "invoke/loop.h"
#include "invoke/serve_stream.h"

namespace meshfn::invoke {

namespace {

using std::chrono::milliseconds;

/// Above what any front takes (API Gateway 10 MB), so that the size is refused with a reason.
constexpr std::uint64_t kBodyLimit = 16U << 20U;
constexpr milliseconds kThrottledDelay{1000};

/// A function with its environments.
struct Running {
  function::Function function;
  std::unique_ptr<Pool> pool;
};

/// A route of one of the functions, and the parameters of a path that fits it.
struct Hit {
  Running* running = nullptr;
  const function::Route* route = nullptr;
  PathParameters parameters;
};

http::Response throttled() {
  return api_error(429, "TooManyRequestsException", "Rate Exceeded.",
                   "ReservedFunctionConcurrentInvocationLimitExceeded");
}

http::Response cannot_start(const Error& error) {
  return api_error(502, "InvalidRuntimeException", error.message);
}

}  // namespace

class Server::State {
 public:
  State(ServeSettings settings, const Clock& clock)
      : settings_(std::move(settings)), clock_(clock), random_(make_random()) {}

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// The environments first: what they still say goes to the loop.
  ~State() {
    for (const auto& running : functions_) running->pool.reset();
  }

  Result<void> open(std::vector<Served> functions) {
    for (Served& served : functions) {
      auto running = std::make_unique<Running>();
      running->function = std::move(served.function);
      running->pool = std::make_unique<Pool>(std::move(served.make), settings_.concurrency,
                                             settings_.keep_alive);
      functions_.push_back(std::move(running));
    }
    const Result<std::uint16_t> port = loop_.serve(
        [this](http::Request request, http::Reply reply) { handle(request, std::move(reply)); },
        kBodyLimit, settings_.port);
    if (!port) return tl::unexpected(port.error());
    port_ = *port;
    loop_.on_interrupt([this] { stopped_ = true; });
    return {};
  }

  std::uint16_t port() const { return port_; }

  void run() {
    loop_.run_until([this] { return stopped_; });
  }

  void stop() {
    loop_.post([this] { stopped_ = true; });
  }

 private:
  void handle(const http::Request& request, http::Reply reply) {
    if (!is_invoke_api(request)) return handle_front(request, std::move(reply));
    ApiRequest read = read_invoke_api(request);
    if (!read.call) return reply(std::move(read.refusal));
    handle_api(std::move(*read.call), std::move(reply));
  }

  Running* find(std::string_view name) {
    for (const auto& running : functions_) {
      const bool named = running->function.name == name || running->function.function_name == name;
      if (named) return running.get();
    }
    return nullptr;
  }

  std::string arn_of(const Running& running) const {
    return function_arn(settings_.region, running.function.function_name);
  }

  void handle_api(ApiCall api, http::Reply reply) {
    Running* running = find(api.function);
    if (running == nullptr) {
      return reply(api_error(
          404, "ResourceNotFoundException",
          fmt::format("Function not found: {}", function_arn(settings_.region, api.function))));
    }
    // Aliases and versions other than $LATEST are not deployed here; any of them is this code.
    if (api.kind == ApiCall::Kind::dry_run) return reply({204, {}, {}});
    if (api.kind == ApiCall::Kind::event) return accept(*running, std::move(api), reply);
    if (api.kind == ApiCall::Kind::streaming) {
      return stream_api(*running, std::move(api), std::move(reply));
    }
    Call call = api.call;
    submit(*running, std::move(call), reply,
           [api, reply](const Outcome& outcome) { reply(api_answer(api, outcome)); });
  }

  /// Invokes, and calls `done` on the loop's thread. Whatever goes wrong before is answered here.
  void submit(Running& running, Call call, const http::Reply& reply,
              std::function<void(const Outcome&)> done) {
    const bool taken = running.pool->submit(
        std::move(call), [this, reply, done](Result<std::optional<Outcome>> result) {
          loop_.post([this, reply, done, result = std::move(result)] {
            if (!result) {
              settings_.say("error: " + result.error().message);
              return reply(cannot_start(result.error()));
            }
            if (*result) done(**result);
          });
        });
    if (!taken) reply(throttled());
  }

  void stream_api(Running& running, ApiCall api, http::Reply reply) {
    const auto stream = std::make_shared<ServedStream>(reply);
    Call call = api.call;
    call.streamed = [this, stream](std::string_view, std::string_view bytes) {
      loop_.post([stream, bytes = std::string(bytes)] { stream->send(payload_chunk(bytes)); });
    };
    submit(running, std::move(call), reply, [api, stream](const Outcome& outcome) {
      if (!outcome.streamed && outcome.ok()) stream->send(payload_chunk(outcome.payload));
      stream->finish(invoke_complete(api, outcome));
    });
  }

  /// An asynchronous call: 202 at once, then as many tries as its policy has.
  struct Waiting {
    Running& running;
    Call call;
    std::vector<Attempt> attempts = {};
    std::int64_t after_s = 0;
  };

  void accept(Running& running, ApiCall api, const http::Reply& reply) {
    auto waiting = std::make_shared<Waiting>(Waiting{running, std::move(api.call)});
    waiting->call.request_id = make_request_id(random_);
    reply({202, {{"x-amzn-RequestId", waiting->call.request_id}}, {}});
    attempt(waiting);
  }

  void attempt(const std::shared_ptr<Waiting>& waiting) {
    const bool taken = waiting->running.pool->submit(
        waiting->call, [this, waiting](const Result<std::optional<Outcome>>& result) {
          loop_.post([this, waiting, result] {
            if (!result) return settings_.say("error: " + result.error().message);
            if (*result) attempted(waiting, **result);
          });
        });
    if (!taken) loop_.after(kThrottledDelay, [this, waiting] { attempt(waiting); });
  }

  void attempted(const std::shared_ptr<Waiting>& waiting, const Outcome& outcome) {
    const function::AsyncPolicy& policy = waiting->running.function.triggers.async;
    waiting->attempts.push_back({outcome, waiting->after_s});
    const std::optional<std::int64_t> delay = next_attempt(policy, waiting->attempts);
    if (!delay) return finish(*waiting);
    const double seconds = static_cast<double>(*delay) * settings_.retry_scale;
    settings_.say(fmt::format("async {}: {}; retry {} of {} in {:.0f} s", outcome.request_id,
                              to_string(outcome.status), waiting->attempts.size(), policy.retries,
                              seconds));
    waiting->after_s += *delay;
    loop_.after(milliseconds{std::llround(seconds * 1000)}, [this, waiting] { attempt(waiting); });
  }

  void finish(const Waiting& waiting) {
    const function::AsyncPolicy& policy = waiting.running.function.triggers.async;
    const AsyncCall call{waiting.call.event, arn_of(waiting.running), clock_.unix_millis()};
    const bool ok = waiting.attempts.back().outcome.ok();
    const std::string& id = waiting.call.request_id;
    const std::string& to = ok ? policy.on_success : policy.on_failure;
    settings_.say(fmt::format("async {}: {} after {} attempts", id,
                              condition_of(policy, waiting.attempts), waiting.attempts.size()));
    if (!to.empty()) {
      settings_.say(fmt::format("async {}: to {}: {}", id, to,
                                destination_document(policy, waiting.attempts, call)));
    }
    if (!ok && !policy.dead_letter.empty()) {
      settings_.say(fmt::format("async {}: to {}: {}", id, policy.dead_letter,
                                dead_letter_message(waiting.attempts, call)));
    }
  }

  Hit find_route(const http::Request& request) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    Hit best;
    for (const auto& running : functions_) {
      for (const function::Route& route : running->function.triggers.routes) {
        auto parameters = fit_route(route, request.method, path);
        if (!parameters || (best.route != nullptr && !is_more_exact(route, *best.route))) continue;
        best = {running.get(), &route, std::move(*parameters)};
      }
    }
    return best;
  }

  http::Response no_route() const {
    for (const auto& running : functions_) {
      for (const function::Route& route : running->function.triggers.routes) {
        if (route.front != function::Front::rest_api) continue;
        return {403,
                {{"Content-Type", "application/json"}},
                R"({"message":"Missing Authentication Token"})"};
      }
    }
    return {404, {{"Content-Type", "application/json"}}, R"({"message":"Not Found"})"};
  }

  void handle_front(const http::Request& request, http::Reply reply) {
    const Hit hit = find_route(request);
    if (hit.route == nullptr) return reply(no_route());
    Call call;
    call.request_id = make_request_id(random_);
    call.event =
        front_event(request, {*hit.route, hit.parameters, call.request_id, clock_.unix_millis()});
    call.trace_id = std::string(request.field("X-Amzn-Trace-Id"));
    const function::Front front = hit.route->front;
    const auto stream = std::make_shared<ServedStream>(reply);
    // A front that buffers answers from the whole response.
    if (front == function::Front::function_url) {
      call.streamed = [this, stream](std::string_view type, std::string_view bytes) {
        loop_.post([stream, type = std::string(type), bytes = std::string(bytes)] {
          stream->send_http(type, bytes);
        });
      };
    }
    submit(*hit.running, std::move(call), reply, [front, stream, reply](const Outcome& outcome) {
      if (stream->has_begun()) return stream->finish({});
      reply(outcome.ok() && outcome.streamed ? whole_stream(outcome.content_type, outcome.payload)
                                             : front_answer(front, outcome));
    });
  }

  ServeSettings settings_;
  const Clock& clock_;
  Random random_;
  std::vector<std::unique_ptr<Running>> functions_;
  Loop loop_;
  std::uint16_t port_ = 0;
  bool stopped_ = false;
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::create(std::vector<Served> functions,
                                               ServeSettings settings, const Clock& clock) {
  auto state = std::make_unique<State>(std::move(settings), clock);
  if (auto opened = state->open(std::move(functions)); !opened) {
    return tl::unexpected(opened.error());
  }
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const { return state_->port(); }

void Server::run() { state_->run(); }

void Server::stop() { state_->stop(); }

}  // namespace meshfn::invoke
