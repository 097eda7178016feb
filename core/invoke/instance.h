#pragma once

// One running function, on whatever platform: it takes an event and gives an outcome. What differs
// between platforms is behind it; who is asked for one is said in invoke/platform.h.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "function/project.h"
#include "invoke/outcome.h"
#include "invoke/variables.h"

namespace meshfn::invoke {

/// What a function is run with, beside what it says itself.
struct Settings {
  Variables user;  ///< variables from the command line
  Variables host;  ///< our own environment; PATH finds the interpreters
  std::string region = "us-east-1";
  std::int64_t init_timeout_ms = function::kAwsLambda.init_timeout_ms;
  std::uint16_t debug_port = 0;  ///< where a debugger is waited for before the start; 0: nowhere
  bool enforce_keys = false;     ///< Azure: functions that ask for a key get requests with one only
  bool retry = false;            ///< failed events are handed out again as the platform would
  bool platform_lines = true;    ///< whether START, END and REPORT go to `log`
  /// Gets what the function prints, as it comes, and the platform's lines.
  std::function<void(std::string_view)> log = [](std::string_view) {};
};

/// One event, and what a caller may send along with it.
struct Call {
  std::string event = "{}";
  std::string client_context = {};    ///< JSON; empty: none
  std::string cognito_identity = {};  ///< JSON; empty: none
  std::string tenant_id = {};
  std::string trace_id = {};    ///< empty: a new one
  std::string request_id = {};  ///< empty: a new one; retries of an asynchronous call keep theirs
  /// Gets the bytes of a streamed response as they come, beside the outcome that has them all.
  std::function<void(std::string_view content_type, std::string_view bytes)> streamed = {};
  bool structured = false;  ///< a CloudEvent is sent in structured mode instead of binary
};

/// A function that its first event starts and that stays warm for the next. Destroying it ends
/// its process and everything that process started.
class Instance {
 public:
  Instance() = default;
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  virtual ~Instance() = default;

  /// Runs the function on one event. Nothing when SIGINT, SIGTERM or SIGHUP came meanwhile: the
  /// process tree has then been ended.
  virtual std::optional<Outcome> invoke(const Call& call) = 0;

  /// Version of the interpreter, by its own word: "3.11.7"; empty when it did not say.
  virtual std::string_view interpreter_version() const = 0;
};

}  // namespace meshfn::invoke
