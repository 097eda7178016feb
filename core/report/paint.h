#pragma once

// Terminal colours, or none. Colour repeats what the words say and never carries it alone, so the
// eight basic colours and bold are enough.

#include <string>
#include <string_view>

#include "diagnostic/rule.h"

namespace meshfn::report {

enum class Colour { none, bold, red, yellow, blue, cyan, green };

class Paint {
 public:
  explicit Paint(bool enabled) : enabled_(enabled) {}

  /// `text` in bold `colour`, or as it is when colours are off.
  std::string operator()(Colour colour, std::string_view text) const;

 private:
  bool enabled_;
};

/// Red for errors, yellow for warnings, cyan for infos.
Colour colour_of(diagnostic::Severity severity);

}  // namespace meshfn::report
