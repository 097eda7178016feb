#include "report/paint.h"

#include <fmt/format.h>

namespace meshfn::report {

namespace {

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::none:
      return "";
    case Colour::bold:
      return "1";
    case Colour::red:
      return "1;31";
    case Colour::green:
      return "1;32";
    case Colour::yellow:
      return "1;33";
    case Colour::blue:
      return "1;34";
    case Colour::cyan:
      return "1;36";
  }
  return "";
}

}  // namespace

std::string Paint::operator()(Colour colour, std::string_view text) const {
  if (!enabled_ || colour == Colour::none || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(colour), text);
}

Colour colour_of(diagnostic::Severity severity) {
  switch (severity) {
    case diagnostic::Severity::error:
      return Colour::red;
    case diagnostic::Severity::warning:
      return Colour::yellow;
    case diagnostic::Severity::info:
      return Colour::cyan;
  }
  return Colour::none;
}

}  // namespace meshfn::report
