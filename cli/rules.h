#pragma once

// Every rule there is, from the rooms that have some: what `list rules`, `explain` and the
// completions show.

#include <vector>

#include "diagnostic/rule.h"

namespace meshfn::cli {

/// All rules, ascending by id.
std::vector<const diagnostic::Rule*> all_rules();

}  // namespace meshfn::cli
