#pragma once

// The examples of rules, which say themselves how they are to be checked.

#include <string_view>

#include "lint/linter.h"

namespace meshfn::lint {

/// What an example asks for in its first line, `# meshfn lint --istio 1.24`: a comment to readers
/// and an order to whoever shows or tests its findings. The defaults without such a line.
Options options_of_example(std::string_view yaml);

}  // namespace meshfn::lint
