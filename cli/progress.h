#pragma once

// One line on stderr that says how far a long job is, for people only: nothing is shown when
// stderr is no terminal or the job takes less than half a second, and the line is erased before
// anything else is printed.

#include <chrono>
#include <string_view>

#include "cli/terminal.h"

namespace meshfn::cli {

/// Shows the newest text at most ten times a second. Erases itself when destroyed.
class Progress {
 public:
  /// `terminal` outlives the object.
  explicit Progress(Terminal& terminal);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// Replaces the line by `text` (cut at the terminal's width). Cheap enough for an inner loop
  /// that calls it every few thousand steps: it reads the clock once.
  void show(std::string_view text);

  /// Removes the line, if one is shown.
  void erase();

 private:
  using Clock = std::chrono::steady_clock;

  Terminal& terminal_;
  Clock::time_point next_;  ///< nothing is printed before
  bool shown_ = false;
};

}  // namespace meshfn::cli
