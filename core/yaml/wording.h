#pragma once

// What libyaml's syntax errors mean to somebody who looks at their file. Internal to the yaml room.

#include <string_view>

namespace meshfn::yaml {

/// One syntax error of libyaml, and our words for it.
struct Wording {
  std::string_view libyaml;  ///< how its message begins
  std::string_view message;
  std::string_view help;        ///< what to do; may be empty
  bool is_about_start = false;  ///< the place to show is where the construct began
};

/// Our words for libyaml's `problem`; the problem itself when it is one we have no words for.
Wording reword(std::string_view problem);

}  // namespace meshfn::yaml
