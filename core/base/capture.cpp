#include "base/capture.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace meshfn {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMostBytes = std::size_t{1} << 30U;
constexpr milliseconds kGrace{1000};

/// Milliseconds until `deadline`, rounded up, as `poll` takes them.
int left_until(steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
}

/// Whether `descriptor` became readable before the deadline.
bool await(int descriptor, steady_clock::time_point deadline) {
  while (true) {
    pollfd waiting{descriptor, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, left_until(deadline));
    if (ready > 0) return true;
    if (ready == 0 && steady_clock::now() >= deadline) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

/// Reads to the end of the output; false when the deadline passed or it is too much.
bool read_all(Process& process, steady_clock::time_point deadline, Captured& captured) {
  std::array<char, 65536> buffer;
  while (true) {
    if (!await(process.output_fd(), deadline)) {
      captured.timed_out = true;
      return false;
    }
    const ssize_t got = ::read(process.output_fd(), buffer.data(), buffer.size());
    if (got > 0) captured.text.append(buffer.data(), static_cast<std::size_t>(got));
    if (captured.text.size() > kMostBytes) {
      captured.too_long = true;
      return false;
    }
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return true;
  }
}

}  // namespace

Result<Captured> capture(const Program& program, std::chrono::nanoseconds limit) {
  Result<Process> process = Process::start(program);
  if (!process) return tl::unexpected(process.error());
  const auto deadline = steady_clock::now() + limit;
  Captured captured;
  const bool whole = read_all(*process, deadline, captured);
  if (whole) captured.timed_out = !await(process->exit_fd(), deadline);
  const std::optional<Exit> exit = process->exit();
  captured.exit = exit ? *exit : process->end(kGrace);
  return captured;
}

}  // namespace meshfn
