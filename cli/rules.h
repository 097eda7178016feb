#pragma once

// Every rule there is, from the rooms that have some: what `list rules`, `explain` and the
// completions show.

#include <string>
#include <vector>

#include "diagnostic/diagnostic.h"

namespace meshfn::cli {

/// All rules, ascending by id.
std::vector<const diagnostic::Rule*> all_rules();

/// What lint finds in `yaml`, which is the rule's own example and is called bad.yaml; findings of
/// other rules are left out. `store` owns the text.
std::vector<diagnostic::Diagnostic> check_example(const diagnostic::Rule& rule, std::string yaml,
                                                  source::Store& store);

}  // namespace meshfn::cli
