#pragma once

// Carrying out fixes: byte-range edits applied to text, and the difference shown as a patch.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostic/diagnostic.h"

namespace meshfn::diagnostic {

/// Text after as many fixes as could be applied together.
struct Fixed {
  std::string text;
  std::size_t applied = 0;  ///< fixes
  std::size_t skipped = 0;  ///< fixes that overlap an earlier one; another pass may take them
};

/// Applies the fixes whose edits lie in `file`, all edits of a fix or none, in the order given. A
/// fix with an edit in another file, or one that overlaps an edit already made, is skipped.
Fixed apply_fixes(const source::File& file, const std::vector<const Fix*>& fixes);

/// The difference as a unified diff with three lines of context (`--- a/path`, `+++ b/path`);
/// empty when the texts are equal.
std::string unified_diff(std::string_view path, std::string_view before, std::string_view after);

}  // namespace meshfn::diagnostic
