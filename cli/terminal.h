#pragma once

// The person at the other end: streams, whether each is a terminal, and how wide. A value that is
// passed, so that tests give a command strings to write to.

#include <cstddef>
#include <iosfwd>
#include <string_view>

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

}  // namespace meshfn::cli
