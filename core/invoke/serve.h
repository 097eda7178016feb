#pragma once

// `meshfn invoke --serve`: one port on loopback with Lambda's Invoke API for SDKs and the HTTP
// front that the template describes, in front of as many environments as requests need.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "function/project.h"
#include "invoke/pool.h"

namespace meshfn::invoke {

/// One function that is served.
struct Served {
  function::Function function;
  Pool::Make make;  ///< called on the environment's own thread
};

struct ServeSettings {
  std::uint16_t port = 0;        ///< 0: a free one
  std::size_t concurrency = 10;  ///< environments of a function; more calls get 429
  std::chrono::milliseconds keep_alive{600'000};
  std::string region = "us-east-1";
  /// A retry of an asynchronous call waits this share of Lambda's delay (1 to 2 minutes).
  double retry_scale = 1;
  /// Gets lines for the person; called on the thread of `run` only.
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

class Server {
 public:
  /// Opens the port. `clock` outlives the object. REQUIRES: `functions` is not empty.
  static Result<std::unique_ptr<Server>> create(std::vector<Served> functions,
                                                ServeSettings settings, const Clock& clock);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Ends every environment.
  ~Server();

  std::uint16_t port() const;

  /// Serves until SIGINT, SIGTERM or SIGHUP.
  void run();

  /// Ends `run` from another thread.
  void stop();

 private:
  class State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace meshfn::invoke
