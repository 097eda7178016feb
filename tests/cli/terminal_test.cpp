// Colour, width and error printing.

#include "cli/terminal.h"

#include <sstream>

#include "catch.h"
#include "cli/progress.h"

namespace meshfn::cli {

TEST_CASE("the flag for colour decides before the environment", "[terminal]") {
  CHECK(wants_colour("always", {{"NO_COLOR", "1"}}, false));
  CHECK_FALSE(wants_colour("never", {{"FORCE_COLOR", "1"}}, true));
}

TEST_CASE("the environment decides in its order", "[terminal]") {
  CHECK(wants_colour("auto", {}, true));
  CHECK_FALSE(wants_colour("auto", {}, false));
  CHECK(wants_colour("auto", {{"FORCE_COLOR", "1"}, {"NO_COLOR", "1"}}, false));
  CHECK_FALSE(wants_colour("auto", {{"FORCE_COLOR", "0"}}, true));
  CHECK_FALSE(wants_colour("auto", {{"NO_COLOR", "1"}, {"CLICOLOR_FORCE", "1"}}, true));
  CHECK(wants_colour("auto", {{"NO_COLOR", ""}}, true));
  CHECK(wants_colour("auto", {{"CLICOLOR_FORCE", "1"}, {"TERM", "dumb"}}, false));
  CHECK_FALSE(wants_colour("auto", {{"CLICOLOR_FORCE", "0"}}, false));
  CHECK_FALSE(wants_colour("auto", {{"TERM", "dumb"}}, true));
}

TEST_CASE("the width is COLUMNS, or 80 without a terminal", "[terminal]") {
  CHECK(terminal_width({{"COLUMNS", "132"}}, -1) == 132);
  CHECK(terminal_width({{"COLUMNS", "wide"}}, -1) == 80);
  CHECK(terminal_width({{"COLUMNS", "0"}}, -1) == 80);
  CHECK(terminal_width({}, -1) == 80);
}

TEST_CASE("an error is two lines, and one without a hint", "[terminal]") {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Terminal terminal{.in = in, .out = out, .err = err};
  print_error(terminal, {"no file `a`", "make it"});
  print_error(terminal, {"no file `b`", ""});
  CHECK(err.str() == "error: no file `a`\nhelp: make it\nerror: no file `b`\n");
  CHECK(out.str().empty());
}

TEST_CASE("progress is silent where nobody watches and in short jobs", "[terminal]") {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Terminal terminal{.in = in, .out = out, .err = err};
  Progress(terminal).show("1 of 2");
  terminal.err_is_tty = true;
  Progress(terminal).show("1 of 2");
  CHECK(err.str().empty());
}

}  // namespace meshfn::cli
