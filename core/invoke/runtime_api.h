#pragma once

// The server's half of the AWS Lambda Runtime API, version 2018-06-01, as a state machine over
// whole HTTP messages: it knows neither sockets nor processes. Everything about an invocation is
// kept under its request id, so any number may be under way and any number of `next` may wait.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "invoke/http.h"

namespace meshfn::invoke {

/// What the runtime needs to know of one invocation. Empty texts are not sent.
struct Invocation {
  std::string request_id;        ///< UUID, lower case
  std::string event;             ///< the payload
  std::int64_t deadline_ms = 0;  ///< Unix time in milliseconds
  std::string function_arn;
  std::string trace_id;
  std::string client_context;    ///< JSON
  std::string cognito_identity;  ///< JSON
  std::string tenant_id;
};

/// What the runtime said about an invocation, or about its own start.
struct Answer {
  bool failed = false;
  std::string body;  ///< response, or error document
  std::string content_type;
  std::string error_type;  ///< "Runtime.HandlerNotFound"; from the header, else from us
  std::string exports;     ///< names that the handler's module does export, by our bootstraps
  bool streamed = false;
};

class RuntimeApi {
 public:
  /// Called on what the runtime does. All but the last must be set.
  struct Events {
    /// A `next` waits and there is nothing to hand out: the environment is idle. `agent` is the
    /// runtime's User-Agent.
    std::function<void(std::string_view agent)> idle;
    std::function<void(const std::string& request_id, Answer answer)> answered;
    std::function<void(Answer answer)> init_failed;
    /// Bytes of a streamed response, as they come; the whole is `answered` in the end.
    std::function<void(std::string_view content_type, std::string_view bytes)> streamed = {};
  };

  explicit RuntimeApi(Events events) : events_(std::move(events)) {}

  /// Answers one request of a runtime, at once or (for `next`) when there is an invocation.
  void handle(http::Request request, http::Reply reply);

  /// Takes a piece of a request's body while the rest is under way. Returns how long the rest has
  /// to wait: a streamed response is as fast as Lambda's.
  std::chrono::nanoseconds part(const http::Request& head, std::string_view bytes);

  /// Hands an invocation to a waiting `next`, or keeps it for the next one.
  void offer(Invocation invocation);

  /// Gives an invocation up: a late answer to it is refused.
  void withdraw(const std::string& request_id);

  /// Forgets waiting clients: their process has ended and a new one will initialise.
  void restart();

  /// Largest buffered response: 6 MiB and 100 bytes.
  static constexpr std::size_t kLargestResponse = 6'291'556;
  /// Largest streamed response: 200 MB.
  static constexpr std::size_t kLargestStream = 200U << 20U;
  /// What a streamed response may send at once, and how much more in a second.
  static constexpr std::size_t kStreamBurst = 6U << 20U;
  static constexpr std::size_t kStreamRate = 2U << 20U;

 private:
  void next(const http::Request& request, http::Reply reply);
  void response(const std::string& id, http::Request request, const http::Reply& reply);
  void error(const std::string& id, http::Request request, const http::Reply& reply);
  void init_error(http::Request request, const http::Reply& reply);
  void finish(const std::string& id, Answer answer);

  /// A streamed response under way.
  struct Stream {
    std::size_t bytes = 0;
    std::chrono::steady_clock::time_point burst_over;  ///< once `bytes` are over kStreamBurst
  };

  static std::chrono::nanoseconds pace(Stream& stream, std::size_t more);

  Events events_;
  bool initialised_ = false;
  std::deque<Invocation> offered_;
  std::deque<http::Reply> waiting_;
  std::set<std::string> running_;          ///< request ids handed out and not answered
  std::map<std::string, Stream> streams_;  ///< by request id
};

/// The error document of Lambda: `{"errorType":…,"errorMessage":…}`.
std::string error_document(std::string_view type, std::string_view message);

}  // namespace meshfn::invoke
