#pragma once

// A function's process on a loop: its output is collected as it comes, its memory watched, and it
// is ended together with everything it started. What it is sent is the business of its owner.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/process.h"
#include "base/result.h"
#include "invoke/loop.h"
#include "invoke/outcome.h"

namespace meshfn::invoke {

class Worker {
 public:
  /// `log` gets what the program prints, as it comes. `loop` outlives the object.
  Worker(Loop& loop, std::function<void(std::string_view)> log);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Ends the process tree at once.
  ~Worker();

  /// Starts `program`, whose tree may use `memory_mb`. The error is the kernel's reason.
  Result<void> start(const Program& program, std::int64_t memory_mb);

  bool is_started() const { return process_.has_value(); }

  bool has_exited() const { return exited_; }

  bool is_over_memory() const { return over_memory_; }

  /// How it ended; only after `has_exited`.
  Exit exit() { return process_->exit().value_or(Exit{}); }

  /// Peak of the tree in megabytes, rounded; also after its end.
  std::int64_t peak_mb();

  /// What it printed since `forget_log`. Reads what is waiting in the pipe.
  const LogTail& log();

  void forget_log() { tail_ = {}; }

  /// Ends the tree; see Process::end.
  void end(std::chrono::milliseconds grace);

 private:
  bool read_output();
  void watch_memory();

  Loop& loop_;
  std::function<void(std::string_view)> log_;
  std::optional<Process> process_;
  LogTail tail_;
  std::uint64_t limit_ = 0;
  std::uint64_t peak_ = 0;
  TimerId timer_ = 0;
  bool exited_ = false;
  bool over_memory_ = false;
};

}  // namespace meshfn::invoke
