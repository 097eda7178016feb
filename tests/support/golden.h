#pragma once

// Texts that a unit test pins. Longer ones live in files under tests/golden, or where the product
// keeps them (completions/), and are rewritten by MESHFN_BLESS=1.

#include <string>
#include <string_view>

namespace meshfn::testing {

/// Compares `text` with the file `path` (below the repository's root), or writes it there when
/// MESHFN_BLESS is set. True when they are equal, or were made so.
bool matches_file(std::string_view path, std::string_view text);

}  // namespace meshfn::testing
