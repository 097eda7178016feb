#pragma once

// The list of rule families, those that reading and the schema check report included. Everything
// that lists, explains, selects or tests rules starts here.

#include <span>
#include <string_view>
#include <vector>

#include "diagnostic/rule.h"

namespace meshfn::lint {

/// All rules, ascending by id.
std::span<const diagnostic::Rule* const> catalogue();

}  // namespace meshfn::lint
