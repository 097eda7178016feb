#pragma once

// A three-way merge of text by lines, as version control does it: what only one side changed is
// taken, what both changed differently is a conflict that stands in the text with both sides.

#include <string>
#include <string_view>

namespace meshfn::scaffold {

/// The beginnings of the lines around the two sides of a conflict.
inline constexpr std::string_view kConflictBegin = "<<<<<<< yours\n";
inline constexpr std::string_view kConflictMiddle = "=======\n";
inline constexpr std::string_view kConflictEnd = ">>>>>>> template\n";

/// A merged text.
struct Merged {
  std::string text;
  std::size_t conflicts = 0;  ///< places with markers
};

/// Merges `yours` and `theirs`, which both began as `base`. Lines are equal when their bytes are,
/// line ends included; a last line without one gets it when a marker follows.
Merged merge(std::string_view base, std::string_view yours, std::string_view theirs);

}  // namespace meshfn::scaffold
