#include "cli/terminal.h"

#include <sys/ioctl.h>

#include <charconv>
#include <ostream>

namespace meshfn::cli {

namespace {

constexpr std::string_view kRed = "\033[1;31m";
constexpr std::string_view kCyan = "\033[1;36m";
constexpr std::string_view kReset = "\033[0m";

/// The variable's value; "" when it is not set.
std::string_view value_of(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

void print_line(Terminal& terminal, std::string_view label, std::string_view colour,
                std::string_view text) {
  if (terminal.err_colour) terminal.err << colour;
  terminal.err << label << ':';
  if (terminal.err_colour) terminal.err << kReset;
  terminal.err << ' ' << text << '\n';
}

}  // namespace

bool wants_colour(std::string_view when, const Environment& environment, bool is_tty) {
  if (when == "always") return true;
  if (when == "never") return false;
  const std::string_view force = value_of(environment, "FORCE_COLOR");
  if (!force.empty()) return force != "0";
  if (!value_of(environment, "NO_COLOR").empty()) return false;
  const std::string_view clicolor = value_of(environment, "CLICOLOR_FORCE");
  if (!clicolor.empty() && clicolor != "0") return true;
  return is_tty && value_of(environment, "TERM") != "dumb";
}

std::size_t terminal_width(const Environment& environment, int fd) {
  const std::string_view columns = value_of(environment, "COLUMNS");
  std::size_t width = 0;
  const auto [end, problem] =
      std::from_chars(columns.data(), columns.data() + columns.size(), width);
  if (problem == std::errc() && end == columns.data() + columns.size() && width > 0) return width;
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

void print_error(Terminal& terminal, const Error& error) {
  print_line(terminal, "error", kRed, error.message);
  if (!error.hint.empty()) print_line(terminal, "help", kCyan, error.hint);
}

}  // namespace meshfn::cli
