#pragma once

// Running other programs, and being sure that nothing of them is left. A process is started in a
// group of its own with both output streams on one pipe (so that their order is kept), and ended
// together with everything it started, also what has left the group or was orphaned. All waiting
// is done by the caller's event loop on the two descriptors.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace meshfn {

/// What to start. Standard input is /dev/null.
struct Program {
  std::vector<std::string> argv;                   ///< argv[0] is a path, see `find_program`
  std::map<std::string, std::string> environment;  ///< all of it: nothing is inherited
  std::string working_directory;                   ///< empty: that of the caller
  bool errors_to_ours = false;   ///< standard error is ours, instead of the pipe of the output
  std::uint64_t data_limit = 0;  ///< bytes of private writable memory (RLIMIT_DATA); 0: no limit
};

/// How a program ended: `signal` is 0 when it exited by itself.
struct Exit {
  int code = 0;
  int signal = 0;

  friend bool operator==(const Exit&, const Exit&) = default;
};

/// "exit status 3" or "signal: killed", the words that Go and so Lambda's messages use.
std::string to_string(const Exit& exit);

/// A running program with all its descendants. Destroying it ends them. On Linux it also dies
/// when the thread that started it dies, so a killed meshfn leaves no orphan.
class Process {
 public:
  /// Starts `program`. The error tells what the kernel said: "no such file or directory",
  /// "permission denied", "exec format error".
  /// Makes the calling process the reaper of orphaned descendants (PR_SET_CHILD_SUBREAPER).
  static Result<Process> start(const Program& program);

  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  pid_t pid() const;
  /// Readable once the program itself has ended.
  int exit_fd() const;
  /// Standard output and error, non-blocking. Not at its end as long as any descendant has it.
  int output_fd() const;

  /// How the program ended; nothing while it runs.
  std::optional<Exit> exit();

  /// Resident memory of the whole tree now, in bytes; 0 where /proc is missing.
  std::uint64_t memory();
  /// The highest `memory()` seen so far, or the peak of the program itself as the kernel recorded
  /// it if that is higher. Looks once more when the program still runs.
  std::uint64_t peak_memory();

  /// Ends the whole tree: SIGTERM, up to `grace` to follow it, then SIGKILL; a grace of 0 kills
  /// at once. Returns how the program itself ended. Nothing of the tree is left afterwards.
  Exit end(std::chrono::milliseconds grace);

 private:
  class State;
  explicit Process(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The executable file that `name` means: itself when it contains a slash, otherwise the first
/// hit in `search_path` (directories separated by colons). Empty when there is none.
std::string find_program(std::string_view name, std::string_view search_path);

}  // namespace meshfn
