#pragma once

// The macros that are written like methods: `list.all(x, …)`.

#include <string_view>

#include "schema/cel/ast.h"

namespace meshfn::schema::cel {

struct MacroRow {
  std::string_view name;
  Macro macro;
  int variables = 1;    ///< most that it takes
  bool filter = false;  ///< may have a further argument after its first
};

/// The macro of this name; null when there is none. `bind` is written `cel.bind`.
const MacroRow* find_macro(std::string_view name);

}  // namespace meshfn::schema::cel
