#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>

#include "base/process_tree.h"
#include "base/str.h"

namespace meshfn {

namespace {

using std::chrono::milliseconds;
using Deadline = std::chrono::steady_clock::time_point;

/// Everything the child needs, prepared before it exists: between vfork and exec it shares our
/// memory and may do nothing but system calls.
struct Launch {
  const char* path = nullptr;
  char* const* argv = nullptr;
  char* const* environment = nullptr;
  const char* directory = nullptr;
  std::uint64_t data_limit = 0;
  int output = -1;
  int errors = -1;
  int null = -1;
  pid_t parent = 0;
  sigset_t mask = {};
  volatile int error = 0;
};

void lower_limit(int resource, rlim_t value) {
  struct rlimit limit {};

  ::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
  limit.rlim_cur = std::min(value, limit.rlim_max);
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
}

/// The child's life before exec. Handlers are reset because they would run on our memory.
[[noreturn]] void become(Launch& launch) {
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) ::signal(number, SIG_DFL);
  }
  ::setpgid(0, 0);
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launch.parent) ::_exit(127);
#endif
  lower_limit(RLIMIT_CORE, 0);
  if (launch.data_limit > 0) lower_limit(RLIMIT_DATA, launch.data_limit);
  ::dup2(launch.null, 0);
  ::dup2(launch.output, 1);
  if (launch.errors != 2) ::dup2(launch.errors, 2);
#ifdef SYS_close_range
  // Descriptors of libraries are not all closed on exec: a child that held a connection of ours
  // would keep it open after us.
  ::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
#endif
  ::pthread_sigmask(SIG_SETMASK, &launch.mask, nullptr);
  if (launch.directory == nullptr || ::chdir(launch.directory) == 0) {
    ::execve(launch.path, launch.argv, launch.environment);
  }
  launch.error = errno;
  ::_exit(127);
}

/// vfork rather than posix_spawn, because that can set neither limits nor the death signal; it
/// costs the same, as nothing of our memory is copied. Signals wait, lest a handler of ours runs
/// in the child.
pid_t vfork_and_become(Launch& launch) {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &launch.mask);
  launch.parent = ::getpid();
  const pid_t pid = ::vfork();
  if (pid == 0) become(launch);
  if (pid < 0) launch.error = errno;
  ::pthread_sigmask(SIG_SETMASK, &launch.mask, nullptr);
  return pid;
}

/// A descriptor that becomes readable when `pid` ends. Kernels without pidfd get a thread that
/// waits and then closes the writing end of a pipe.
int watch_exit(pid_t pid) {
#if defined(__linux__) && defined(SYS_pidfd_open)
  const long pidfd = ::syscall(SYS_pidfd_open, pid, 0);
  if (pidfd >= 0) {
    ::fcntl(static_cast<int>(pidfd), F_SETFD, FD_CLOEXEC);
    return static_cast<int>(pidfd);
  }
#endif
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return -1;
  std::thread([pid, writing = ends[1]] {
    siginfo_t info;
    while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR) {
    }
    ::close(writing);
  }).detach();
  return ends[0];
}

std::string error_text(int error) { return str::lower(std::strerror(error)); }

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::string make_mark() {
  std::random_device random;
  return std::to_string(random()) + "-" + std::to_string(random());
}

/// The marks of those who started us stay, so that they find what we leave behind.
std::string mark_entry(const std::string& mark) {
  const std::string name(process_tree::kMarkVariable);
  const char* const outer = std::getenv(name.c_str());
  return name + "=" + (outer == nullptr ? "" : std::string(outer) + ",") + mark;
}

Exit to_exit(int status) {
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

}  // namespace

class Process::State {
 public:
  State(pid_t pid, int output, std::string mark)
      : pid_(pid), output_(output), exit_fd_(watch_exit(pid)), mark_(std::move(mark)) {}

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() {
    end(milliseconds{0});
    ::close(output_);
    if (exit_fd_ >= 0) ::close(exit_fd_);
  }

  pid_t pid() const { return pid_; }

  int exit_fd() const { return exit_fd_; }

  int output() const { return output_; }

  std::optional<Exit> exit() {
    if (exit_) return exit_;
    int status = 0;

    struct rusage usage {};

    if (::wait4(pid_, &status, WNOHANG, &usage) != pid_) return std::nullopt;
    exit_ = to_exit(status);
    keep_peak_of(usage);
    return exit_;
  }

  std::uint64_t memory() {
    std::uint64_t sum = 0;
    for (const pid_t member : members()) {
      const process_tree::Resident resident = process_tree::resident(member);
      sum += resident.now;
      if (member == pid_) peak_ = std::max(peak_, resident.peak);
    }
    peak_ = std::max(peak_, sum);
    return sum;
  }

  std::uint64_t peak() const { return peak_; }

  Exit end(milliseconds grace) {
    if (ended_) return *exit_;
    if (grace.count() > 0) {
      signal_all(SIGTERM);
      wait_until_empty(std::chrono::steady_clock::now() + grace, 0);
    }
    // Each round kills what the round before may have forked; a family that forks for ever loses,
    // because the kernel delivers SIGKILL before a new process gets going.
    wait_until_empty(std::chrono::steady_clock::now() + std::chrono::seconds{10}, SIGKILL);
    ended_ = true;
    return exit_.value_or(Exit{0, SIGKILL});
  }

 private:
  /// Everything alive: the program with its descendants, and orphans of it.
  std::vector<pid_t> members() {
    std::vector<pid_t> found;
    if (!exit_) found = process_tree::family(pid_);
    const std::vector<pid_t> orphans = process_tree::adopted(exit_ ? 0 : pid_, mark_);
    found.insert(found.end(), orphans.begin(), orphans.end());
    return found;
  }

  void signal_all(int number) {
    // Looked up first: once a parent is dead, its children are harder to find.
    const std::vector<pid_t> everybody = members();
    ::kill(-pid_, number);
    for (const pid_t member : everybody) {
      if (::kill(member, number) == 0 && member != pid_) touched_.push_back(member);
    }
  }

  /// Collects the dead of the group and those that we have signalled, once they are our children.
  void reap() {
    exit();
    if (!exit_) return;
    while (::waitpid(-pid_, nullptr, WNOHANG) > 0) {
    }
    std::erase_if(touched_, [](pid_t pid) {
      return ::waitpid(pid, nullptr, WNOHANG) == pid || ::kill(pid, 0) != 0;
    });
  }

  /// A dying process has no environment any more, so that it is no member, but still is there.
  bool is_empty() {
    return exit_ && touched_.empty() && ::kill(-pid_, 0) != 0 && members().empty();
  }

  void wait_until_empty(Deadline deadline, int number) {
    while (true) {
      if (number != 0) signal_all(number);
      if (!exit_) {
        pollfd wait{exit_fd_, POLLIN, 0};
        ::poll(&wait, 1, number == SIGKILL ? 1000 : 10);
      }
      reap();
      if (is_empty()) return;
      if (std::chrono::steady_clock::now() >= deadline) return;
      std::this_thread::sleep_for(milliseconds{1});
    }
  }

  /// ru_maxrss counts our own pages too (the child shared them until exec), so it says something
  /// only when it is above what the kernel recorded for us.
  void keep_peak_of(const struct rusage& usage) {
    const auto highest = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    if (highest > process_tree::resident(::getpid()).peak) peak_ = std::max(peak_, highest);
  }

  pid_t pid_;
  int output_;
  int exit_fd_;
  std::string mark_;
  std::uint64_t peak_ = 0;
  std::optional<Exit> exit_;
  bool ended_ = false;
  std::vector<pid_t> touched_;
};

std::string to_string(const Exit& exit) {
  if (exit.signal == 0) return "exit status " + std::to_string(exit.code);
  return "signal: " + str::lower(::strsignal(exit.signal));
}

Result<Process> Process::start(const Program& program) {
  const std::string mark = make_mark();
  std::vector<std::string> argv = program.argv;
  std::vector<std::string> environment;
  for (const auto& [key, value] : program.environment) environment.push_back(key + "=" + value);
  environment.push_back(mark_entry(mark));
  const std::vector<char*> argv_pointers = pointers(argv);
  const std::vector<char*> environment_pointers = pointers(environment);

  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail("cannot make a pipe: " + error_text(errno));
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  Launch launch;
  launch.path = argv.front().c_str();
  launch.argv = argv_pointers.data();
  launch.environment = environment_pointers.data();
  if (!program.working_directory.empty()) launch.directory = program.working_directory.c_str();
  launch.data_limit = program.data_limit;
  launch.output = ends[1];
  launch.errors = program.errors_to_ours ? 2 : ends[1];
  launch.null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
#ifdef __linux__
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
  const pid_t pid = vfork_and_become(launch);
  ::close(ends[1]);
  ::close(launch.null);
  if (launch.error != 0) {
    if (pid > 0) ::waitpid(pid, nullptr, 0);
    ::close(ends[0]);
    return fail(error_text(launch.error));
  }
  return Process(std::make_unique<State>(pid, ends[0], mark));
}

Process::Process(std::unique_ptr<State> state) : state_(std::move(state)) {}

Process::Process(Process&& other) noexcept = default;
Process& Process::operator=(Process&& other) noexcept = default;
Process::~Process() = default;

pid_t Process::pid() const { return state_->pid(); }

int Process::exit_fd() const { return state_->exit_fd(); }

int Process::output_fd() const { return state_->output(); }

std::optional<Exit> Process::exit() { return state_->exit(); }

std::uint64_t Process::memory() { return state_->memory(); }

std::uint64_t Process::peak_memory() {
  if (!state_->exit()) state_->memory();
  return state_->peak();
}

Exit Process::end(milliseconds grace) { return state_->end(grace); }

std::string find_program(std::string_view name, std::string_view search_path) {
  if (name.find('/') != std::string_view::npos) {
    return ::access(std::string(name).c_str(), X_OK) == 0 ? std::string(name) : std::string();
  }
  for (const std::string_view directory : str::split(search_path, ':')) {
    if (directory.empty()) continue;
    std::string candidate = std::string(directory) + "/" + std::string(name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

}  // namespace meshfn
