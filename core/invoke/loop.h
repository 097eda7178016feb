#pragma once

// The event loop of an invocation: timers, descriptors, signals and HTTP servers on loopback, all
// on the thread that runs it, so nothing here needs a lock. Only loop.cpp and client.cpp know Boost
// (it costs 12 s to compile).

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.h"
#include "invoke/http.h"

namespace boost::asio {
class io_context;
}  // namespace boost::asio

namespace meshfn::invoke {

/// Names a timer; 0 is none.
using TimerId = std::uint64_t;

/// Milliseconds since `start`.
inline double millis_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

class Loop {
 public:
  using Task = std::function<void()>;

  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  /// Serves HTTP/1.1 on 127.0.0.1 at `port` (0: a free one) and returns that port. `handler` lives
  /// as long as the loop. A request body may have up to `body_limit` bytes.
  Result<std::uint16_t> serve(http::Handler handler, std::uint64_t body_limit,
                              std::uint16_t port = 0, http::Parts parts = {});

  /// Sends `bytes` to a port of this machine, ends its own half of the connection when `half_close`
  /// is set, and calls `done` with all that is answered until the other side closes or a second has
  /// passed; with nothing when nobody listens.
  void exchange(std::uint16_t port, std::string bytes, bool half_close,
                std::function<void(std::string)> done);

  /// Lets the loop do `task` soon. The one function that other threads may call.
  void post(Task task);

  /// Calls `readable` each time `fd` can be read, until `unwatch`. `fd` stays the caller's.
  void watch(int fd, Task readable);
  void unwatch(int fd);

  /// Calls `task` once after `delay`.
  TimerId after(std::chrono::nanoseconds delay, Task task);
  /// Forgets a timer; no harm when it has fired.
  void cancel(TimerId timer);

  /// Calls `task` on SIGINT, SIGTERM and SIGHUP instead of dying, as long as the loop lives.
  void on_interrupt(Task task);

  /// Lets things happen until `done` says so; it is asked after each of them.
  void run_until(const std::function<bool()>& done);

  /// What the loop runs on, for client.cpp.
  boost::asio::io_context& context();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace meshfn::invoke
