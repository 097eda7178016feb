#pragma once

// The inside of invoke/environment.h. Its functions are in environment.cpp (the phases of an
// invocation) and environment_process.cpp (processes, waiting and output).

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "invoke/companions.h"
#include "invoke/environment.h"
#include "invoke/layers.h"
#include "invoke/loop.h"
#include "invoke/runtime_api.h"
#include "invoke/worker.h"

namespace meshfn::invoke {

class Environment::State {
 public:
  State(function::Function function, UnpackedLayers unpacked, Settings settings,
        const Clock& clock);

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State();

  Result<void> prepare();

  std::optional<Outcome> invoke(const Call& call);

  std::string_view version() const;

 private:
  /// What has happened since the last wait began.
  struct Seen {
    bool idle = false;
    bool timed_out = false;
    bool interrupted = false;
    std::optional<Answer> init_failure;
    std::optional<Answer> answer;
    std::optional<std::pair<std::string, std::string>> extension;  ///< type and message

    /// What ends any wait. An answer does not end it while extensions are still at work.
    bool anything() const { return timed_out || interrupted || init_failure || extension; }
  };

  Result<std::vector<std::string>> find_command() const;

  /// Waits until a warm runtime asks for work. Some clients die of a refused answer: then there
  /// is no warm runtime, which is no fault of the next invocation.
  void settle();

  /// The init phase, before the first invocation. One that passes its limit is not yet a failure:
  /// Lambda starts the process once more within the invocation.
  void initialise(Outcome& outcome);

  /// Ends the init phase before it begins, with what the runtime would report.
  void refuse_handler(Answer answer, Outcome& outcome);

  bool is_ready() const;

  void told_of_init(std::string_view phase, std::string_view status, std::string_view error_type,
                    double init_ms);

  /// The invoke phase; starts the process if an earlier one has ended.
  void run(const Call& call, Outcome& outcome);

  /// Turns what was seen into the outcome, and ends a process that must not go on.
  void judge(Outcome& outcome, bool while_loading);

  std::string late_extensions_hint() const;

  void finish(Outcome& outcome);

  /// Starts the extensions and then the runtime, as parts of `phase` (init or invoke).
  bool start_process(Outcome& outcome, std::string_view phase);

  bool start_runtime(Outcome& outcome, const Variables& variables);

  /// Ends everything; extensions are told `reason` and may tidy up. Only an idle runtime is asked
  /// to end, and only beside extensions: otherwise Lambda kills it.
  void stop(std::string_view reason);

  /// Runs the loop until something decisive was seen, `also` holds, or `limit` is over.
  void wait(std::chrono::milliseconds limit, const std::function<bool()>& also);

  /// Clients report an error and exit at once: the report may be still in the socket.
  void read_last_words();

  void became_idle(std::string_view agent);

  void answered(const std::string& id, Answer& answer);

  void print(std::string_view bytes);

  /// A line of the platform, at the beginning of a line.
  void say(const std::string& line);

  const function::Function function_;
  const UnpackedLayers unpacked_;
  const Settings settings_;
  const Clock& clock_;
  Random random_;
  const std::string code_;
  const std::string log_stream_;
  std::vector<std::string> command_;
  std::string runtime_api_;
  Loop loop_;  // before api_, whose waiting replies hold connections of the loop
  RuntimeApi api_;
  Companions companions_;
  Worker worker_;
  Seen seen_;
  LogTail tail_;
  std::string current_;
  std::string trace_id_;
  const Call* call_ = nullptr;  ///< under way
  std::chrono::steady_clock::time_point begin_;
  std::optional<double> runtime_ms_;  ///< from the event to the answer, without extensions
  std::string stop_reason_;           ///< why everything must end after this invocation; or empty
  std::string version_;
  bool started_ = false;
  bool at_line_start_ = true;
};

}  // namespace meshfn::invoke
