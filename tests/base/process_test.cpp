#include "base/process.h"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "base/process_tree.h"
#include "catch.h"

namespace meshfn {

namespace {

using std::chrono::milliseconds;

Program shell(const std::string& script) {
  return {{"/bin/sh", "-c", script}, {{"PATH", "/usr/bin:/bin"}}, "", 0};
}

Process start(const Program& program) {
  Result<Process> process = Process::start(program);
  REQUIRE(process.has_value());
  return std::move(*process);
}

void wait_for(int fd) {
  pollfd wait{fd, POLLIN, 0};
  REQUIRE(::poll(&wait, 1, 10'000) == 1);
}

/// What the program prints until it ends.
std::string output_of(Process& process) {
  wait_for(process.exit_fd());
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(process.output_fd(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  return text;
}

/// The first line that the program prints, as a number.
pid_t printed_pid(Process& process) {
  wait_for(process.output_fd());
  char buffer[64] = {};
  REQUIRE(::read(process.output_fd(), buffer, sizeof buffer - 1) > 0);
  return static_cast<pid_t>(std::atoi(buffer));
}

bool is_alive(pid_t pid) { return ::kill(pid, 0) == 0; }

}  // namespace

TEST_CASE("both streams of a program arrive in order on one pipe", "[process]") {
  Process process = start(shell("echo one; echo two >&2; echo three"));
  CHECK(output_of(process) == "one\ntwo\nthree\n");
  CHECK(process.exit() == Exit{0, 0});
}

TEST_CASE("a program gets its environment and folder, and nothing on standard input", "[process]") {
  Program program = shell("echo $NAME; pwd; cat");
  program.environment["NAME"] = "value";
  program.working_directory = "/usr";
  Process process = start(program);
  CHECK(output_of(process) == "value\n/usr\n");
}

TEST_CASE("how a program ended is told in Go's words", "[process]") {
  Process exits = start(shell("exit 3"));
  wait_for(exits.exit_fd());
  CHECK(to_string(*exits.exit()) == "exit status 3");
  Process killed = start(shell("kill -KILL $$"));
  wait_for(killed.exit_fd());
  CHECK(to_string(*killed.exit()) == "signal: killed");
}

TEST_CASE("a program that cannot be started says why", "[process]") {
  CHECK(Process::start({{"/no/such/program"}, {}, "", 0}).error().message ==
        "no such file or directory");
  CHECK(Process::start({{"/etc/passwd"}, {}, "", 0}).error().message == "permission denied");
  CHECK(Process::start({{"/bin/true"}, {}, "/no/such/folder", 0}).error().message ==
        "no such file or directory");
}

TEST_CASE("ending a program ends what it started", "[process]") {
  Process process = start(shell("sleep 1000 & echo $!; wait"));
  const pid_t child = printed_pid(process);
  CHECK(is_alive(child));
  process.end(milliseconds{0});
  CHECK_FALSE(is_alive(child));
  CHECK(process_tree::children(::getpid()).empty());
}

TEST_CASE("orphans in a session of their own are ended too", "[process]") {
  Process process = start(shell("setsid sh -c 'sleep 1000 & echo $!' ; exit 0"));
  const pid_t orphan = printed_pid(process);
  wait_for(process.exit_fd());
  CHECK(is_alive(orphan));
  CHECK(process.end(milliseconds{0}) == Exit{0, 0});
  CHECK_FALSE(is_alive(orphan));
  CHECK(process_tree::children(::getpid()).empty());
}

TEST_CASE("orphans are found in the middle of their exec", "[process]") {
  for (int round = 0; round < 50; ++round) {
    Process process = start(shell("setsid sh -c 'sleep 1000 & echo $!' ; exit 0"));
    const pid_t orphan = printed_pid(process);
    process.end(milliseconds{0});
    REQUIRE_FALSE(is_alive(orphan));
  }
}

TEST_CASE("a program may follow SIGTERM within the grace, and is killed after it", "[process]") {
  Process follows = start(shell("trap 'exit 7' TERM; echo 1; while :; do sleep 0.01; done"));
  printed_pid(follows);
  CHECK(follows.end(milliseconds{5000}) == Exit{7, 0});
  Process ignores = start(shell("trap '' TERM; echo 1; while :; do sleep 0.01; done"));
  printed_pid(ignores);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(ignores.end(milliseconds{50}) == Exit{0, SIGKILL});
  CHECK(std::chrono::steady_clock::now() - begin < milliseconds{3000});
}

TEST_CASE("the memory of the whole tree is counted", "[process]") {
  Process process =
      start(shell("head -c 30000000 /dev/zero | tail -n 1 | sleep 1000 & "
                  "sleep 0.3; echo 1; wait"));
  printed_pid(process);
  CHECK(process.memory() > 20U << 20U);
  CHECK(process.peak_memory() >= process.memory());
}

TEST_CASE("a program is found by its name in a search path", "[process]") {
  CHECK(find_program("sh", "/no/such:/bin") == "/bin/sh");
  CHECK(find_program("/bin/sh", "") == "/bin/sh");
  CHECK(find_program("sh", "").empty());
  CHECK(find_program("/etc/passwd", "").empty());
}

}  // namespace meshfn
