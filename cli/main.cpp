// The process around the program: real streams, signals, and the last catch.

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/heap.h"
#include "cli/app.h"

namespace {

using meshfn::cli::Context;
using meshfn::cli::Environment;
using meshfn::cli::ExitCode;
using meshfn::cli::Terminal;

/// What a shell reports for a program that SIGPIPE ended.
constexpr int kBrokenPipe = 128 + SIGPIPE;

extern "C" void leave_on_interrupt(int signal) {
  constexpr char kText[] = "interrupted\n";
  // A pipe that nobody reads any more must not keep the process.
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  const bool room = ::poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0;
  if (room && ::write(STDERR_FILENO, kText, sizeof kText - 1) < 0) errno = 0;
  ::_exit(signal == SIGINT ? meshfn::cli::kInterrupted : 128 + signal);
}

/// Set when the reader of our output has gone; only a signal handler can tell afterwards, as the
/// stream keeps no reason.
volatile std::sig_atomic_t pipe_broke = 0;

extern "C" void notice_pipe(int) { pipe_broke = 1; }

/// A reader that goes away (`| head`) must not look like a fault. A handler instead of SIG_IGN,
/// because children inherit what is ignored, but not handlers.
void set_signals() {
  struct sigaction action {};

  sigemptyset(&action.sa_mask);
  action.sa_handler = notice_pipe;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGPIPE, &action, nullptr);
  action.sa_handler = leave_on_interrupt;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

Environment environment() {
  Environment variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

std::string working_directory() {
  std::error_code problem;
  std::string path = std::filesystem::current_path(problem).string();
  return problem ? "." : path;
}

/// Ends the process at once, without tearing down what the commands kept: the system takes memory
/// back faster. Not under a sanitizer, which looks for leaks at a regular end.
int leave(int code) {
#ifndef __SANITIZE_ADDRESS__
  std::cerr.flush();
  std::_Exit(code);
#endif
  return code;
}

int run(const std::vector<std::string>& words) {
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  const Environment variables = environment();
  Terminal terminal{.in = std::cin,
                    .out = std::cout,
                    .err = std::cerr,
                    .in_is_tty = ::isatty(STDIN_FILENO) == 1,
                    .out_is_tty = ::isatty(STDOUT_FILENO) == 1,
                    .err_is_tty = ::isatty(STDERR_FILENO) == 1,
                    .width = meshfn::cli::terminal_width(variables, STDOUT_FILENO)};
  const auto files = meshfn::real_files();
  Context context{terminal, *files, working_directory(), variables};
  const ExitCode code = meshfn::cli::run(context, words);
  if (std::cout.flush()) return leave(code);
  if (pipe_broke != 0) return leave(kBrokenPipe);
  meshfn::cli::print_error(terminal, {"could not write the whole result to standard output",
                                      "check the space where it is redirected to"});
  return leave(meshfn::cli::kInput);
}

int report_bug(const char* what) {
  std::cerr
      << "error: meshfn failed in a way it should not: " << what
      << "\nhelp: this is a bug of meshfn; please report it with the command line and input\n";
  return meshfn::cli::kBug;
}

}  // namespace

int main(int argc, char** argv) {
  meshfn::prepare_heap();
  set_signals();
  try {
    return run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  } catch (const std::exception& problem) {
    return report_bug(problem.what());
  } catch (...) {
    return report_bug("unknown exception");
  }
}
