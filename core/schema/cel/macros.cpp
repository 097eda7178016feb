#include "schema/cel/macros.h"

#include <algorithm>
#include <array>

namespace meshfn::schema::cel {

namespace {

constexpr std::array kMacros = {
    MacroRow{"all", Macro::all, 2},
    MacroRow{"exists", Macro::exists, 2},
    MacroRow{"exists_one", Macro::exists_one, 2},
    MacroRow{"existsOne", Macro::exists_one, 2},
    MacroRow{"map", Macro::map, 1, true},
    MacroRow{"filter", Macro::filter},
    MacroRow{"bind", Macro::bind},
    MacroRow{"optMap", Macro::optional_map},
    MacroRow{"optFlatMap", Macro::optional_flat_map},
    MacroRow{"transformList", Macro::transform_list, 2, true},
    MacroRow{"transformMap", Macro::transform_map, 2, true},
    MacroRow{"transformMapEntry", Macro::transform_map_entry, 2, true},
    MacroRow{"sortBy", Macro::sort_by},
};

}  // namespace

const MacroRow* find_macro(std::string_view name) {
  const auto* found = std::find_if(kMacros.begin(), kMacros.end(),
                                   [&](const MacroRow& row) { return row.name == name; });
  return found == kMacros.end() ? nullptr : found;
}

}  // namespace meshfn::schema::cel
