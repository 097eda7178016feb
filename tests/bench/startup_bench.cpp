// What `meshfn --version` costs: wall time of a process from spawn to exit, and its resident
// memory. A small parent, because a child's peak memory counts its parent's at the spawn.

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace {

constexpr int kRuns = 200;

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<double> milliseconds;
  rusage used{};
  for (int i = 0; i < kRuns; ++i) {
    const auto start = std::chrono::steady_clock::now();
    pid_t child = 0;
    int status = 0;
    if (posix_spawn(&child, argv[1], &actions, nullptr, argv + 1, environ) != 0) return 3;
    if (wait4(child, &status, 0, &used) != child || status != 0) return 3;
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    milliseconds.push_back(took.count());
  }
  posix_spawn_file_actions_destroy(&actions);
  std::sort(milliseconds.begin(), milliseconds.end());
  std::printf("start-up: median %.2f ms, best %.2f ms, %.1f MB resident (%d runs)\n",
              milliseconds[kRuns / 2], milliseconds.front(),
              static_cast<double>(used.ru_maxrss) / 1024, kRuns);
  return 0;
}
