#pragma once

// A family is the rules of one file, its name the function that gives them. Families are listed by
// subject in rules/*_families, and lint/catalogue.cpp lists those lists.

#include <span>

#include "diagnostic/rule.h"

namespace meshfn::lint {

using Family = std::span<const diagnostic::Rule>;

}  // namespace meshfn::lint
