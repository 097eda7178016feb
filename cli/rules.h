#pragma once

// Every rule there is, from the rooms that have some: what `list rules`, `explain` and the
// completions show.

#include <vector>

#include "diagnostic/diagnostic.h"

namespace meshfn::cli {

/// All rules, ascending by id.
std::vector<const diagnostic::Rule*> all_rules();

/// What is found in `file`, which is the rule's own example; findings of other rules are left out.
std::vector<diagnostic::Diagnostic> check_example(const diagnostic::Rule& rule,
                                                  const source::File& file);

}  // namespace meshfn::cli
