#pragma once

// A function's process on a loop: its output is handed on as it comes, its memory watched, and it
// is ended together with everything it started. What it is sent is the business of its owner.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/process.h"
#include "base/result.h"
#include "invoke/loop.h"

namespace meshfn::invoke {

class Worker {
 public:
  struct Hooks {
    std::function<void(std::string_view bytes)> output;  ///< what the program prints, as it comes
    /// Memory of what runs beside the program and counts as its own, in bytes; may be empty.
    std::function<std::uint64_t()> beside = {};
  };

  /// `loop` outlives the object.
  Worker(Loop& loop, Hooks hooks);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Ends the process tree at once.
  ~Worker();

  /// Starts `program`, whose tree may use `memory_mb`. The kernel refuses it more, too, unless
  /// `refuse` is false: a JVM reserves far more than it uses. The error is the kernel's reason.
  Result<void> start(const Program& program, std::int64_t memory_mb, bool refuse = true);

  bool is_started() const { return process_.has_value(); }

  /// Whether the loop has seen its end.
  bool has_exited() const { return exited_; }

  bool is_over_memory() const { return over_memory_; }

  /// How it ended, even if the loop has not seen it yet; nothing while it runs or after `end`.
  std::optional<Exit> exit() { return process_ ? process_->exit() : std::nullopt; }

  /// Peak of the tree in megabytes, rounded; also after its end.
  std::int64_t peak_mb();

  /// Hands on what is waiting in the pipe.
  void drain();

  /// Sends it SIGTERM and does not wait. REQUIRES: it is started.
  void ask_to_end();

  /// Ends the tree; see Process::end. Nothing is known to have happened to it afterwards.
  void end(std::chrono::milliseconds grace);

 private:
  bool read_output();
  void watch_memory();

  Loop& loop_;
  Hooks hooks_;
  std::optional<Process> process_;
  std::uint64_t limit_ = 0;
  std::uint64_t peak_ = 0;
  TimerId timer_ = 0;
  bool exited_ = false;
  bool over_memory_ = false;
};

}  // namespace meshfn::invoke
