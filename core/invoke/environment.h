#pragma once

// One execution environment of AWS Lambda: a runtime process, the API that feeds it, its limits
// and its log. It starts with the first invocation, stays warm for the next, and is started anew
// after a crash or a timeout, as in the cloud. Several environments are several objects.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
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
  bool platform_lines = true;  ///< whether START, END and REPORT go to `log`
  /// Gets what the function prints, as it comes, and the platform's lines.
  std::function<void(std::string_view)> log = [](std::string_view) {};
};

/// One event, and what a caller may send along with it.
struct Call {
  std::string event = "{}";
  std::string client_context = {};    ///< JSON; empty: none
  std::string cognito_identity = {};  ///< JSON; empty: none
  std::string tenant_id = {};
};

class Environment {
 public:
  /// Checks that `function` can be run here. Nothing is started yet. `clock` outlives the object.
  static Result<std::unique_ptr<Environment>> create(function::Function function, Settings settings,
                                                     const Clock& clock);

  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  /// Ends the process and everything it started.
  ~Environment();

  /// Runs the function on one event. Nothing when SIGINT, SIGTERM or SIGHUP came meanwhile: the
  /// process tree has then been ended.
  std::optional<Outcome> invoke(const Call& call);

  /// Version of the interpreter, by its own word: "3.11.7"; empty for other clients than ours.
  std::string_view interpreter_version() const;

 private:
  class State;
  explicit Environment(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace meshfn::invoke
