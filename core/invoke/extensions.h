#pragma once

// The server's half of the Extensions API, version 2020-01-01, as a state machine over whole HTTP
// messages. It knows neither sockets nor processes: which external extensions were started is
// told to it, and who ended is asked of their processes elsewhere.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "invoke/http.h"

namespace meshfn::invoke {

/// What extensions learn of the function they accompany.
struct ExtensionHost {
  std::string function_name;
  std::string handler;
  std::string account_id = "123456789012";
};

class Extensions {
 public:
  /// Called on what extensions do. All must be set.
  struct Events {
    /// One reported that it cannot go on; `type` is "Extension.InitError" or "Extension.ExitError".
    std::function<void(const std::string& type, const std::string& message)> failed;
    /// For telemetry: name, state ("Registered", "Ready"), and the events it asked for.
    std::function<void(const std::string& name, const std::string& state,
                       const std::vector<std::string>& events)>
        told;
  };

  Extensions(ExtensionHost host, Random random, Events events)
      : host_(std::move(host)), random_(random), events_(std::move(events)) {}

  /// Whether a request's path is of this API.
  static bool owns(std::string_view target);

  /// Answers one request, at once or (for `event/next`) when there is an event.
  void handle(const http::Request& request, http::Reply reply);

  /// The executables that are started as external extensions; they register by these names.
  void expect(std::vector<std::string> names);

  /// From the runtime's first `next` on nobody registers any more.
  void close_registration() { open_ = false; }

  /// Whether every external extension has registered.
  bool all_registered() const;
  /// Whether every extension waits for its next event. Those that never subscribed to INVOKE count
  /// only until their first `next`.
  bool all_waiting() const;

  bool empty() const { return members_.empty() && expected_.empty(); }

  /// Whether external extensions were started, which lengthens the shutdown.
  bool has_external() const { return !expected_.empty(); }

  /// Names of the extensions that have not asked for their next event.
  std::vector<std::string> late() const;

  /// Sends INVOKE to those that subscribed to it.
  void invoke(const std::string& request_id, std::int64_t deadline_ms, const std::string& arn,
              const std::string& trace_id);

  /// Sends SHUTDOWN to those that subscribed to it; `reason` is spindown, timeout or failure.
  /// Returns whether there is anybody to wait for.
  bool shut_down(std::string_view reason, std::int64_t deadline_ms);

  /// Forgets everybody: a new environment begins.
  void restart();

  /// Name of the extension with this identifier; empty when there is none.
  std::string name_of(std::string_view identifier) const;

  static constexpr std::size_t kMostExtensions = 10;

 private:
  struct Member {
    std::string name;
    bool external = false;
    bool wants_invoke = false;
    bool wants_shutdown = false;
    bool started = false;  ///< has asked for its first event
    http::Reply waiting;   ///< of an `event/next` that is not answered
    std::string pending;   ///< an event that came before it asked
  };

  void add(const http::Request& request, const http::Reply& reply);
  void next(Member& member, http::Reply reply);
  void report(const http::Request& request, const http::Reply& reply, std::string_view type);
  void send(Member& member, std::string event);
  Member* find(const http::Request& request, const http::Reply& reply);

  ExtensionHost host_;
  Random random_;
  Events events_;
  bool open_ = true;
  std::vector<std::string> expected_;
  std::map<std::string, Member, std::less<>> members_;  ///< by identifier
};

}  // namespace meshfn::invoke
