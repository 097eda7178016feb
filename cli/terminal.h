#pragma once

// The person at the other end: streams, whether each is a terminal, and how wide. A value that is
// passed, so that tests give a command strings to write to.

#include <cstddef>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace meshfn::cli {

/// Where a command reads and writes. Colour is decided for each stream once, from `--color`,
/// the environment and isatty (house style section 4).
struct Terminal {
  std::istream& in;
  std::ostream& out;  ///< the result and nothing else
  std::ostream& err;  ///< everything said to a person
  bool in_is_tty = false;
  bool out_is_tty = false;
  bool err_is_tty = false;
  bool out_colour = false;
  bool err_colour = false;
  std::size_t width = 80;  ///< columns of the output terminal, 80 when it is none
  bool quiet = false;      ///< -q: no summary
  bool verbose = false;    ///< -v: say which files, configuration and rules were used
};

/// The process's environment variables.
using Environment = std::map<std::string, std::string>;

/// Whether a stream is coloured. `when` is the value of `--color`; with "auto" the first of these
/// that is set and not empty decides: FORCE_COLOR (on, unless it is "0"), NO_COLOR (off),
/// CLICOLOR_FORCE (on, unless it is "0"), TERM=dumb (off); else a terminal is coloured.
bool wants_colour(std::string_view when, const Environment& environment, bool is_tty);

/// Columns of the terminal behind file descriptor `fd`: COLUMNS if it is a number, else what the
/// terminal says, else 80.
std::size_t terminal_width(const Environment& environment, int fd);

/// Prints `error: …` and, where there is a hint, `help: …` to `terminal.err`.
void print_error(Terminal& terminal, const Error& error);

}  // namespace meshfn::cli
