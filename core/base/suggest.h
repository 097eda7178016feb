#pragma once

// "Did you mean": one function for commands, flags, rules, YAML fields, hosts and subsets alike.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace meshfn {

/// Edit distance between `a` and `b`, a swap of neighbours counting as one edit (optimal string
/// alignment), case ignored.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `word`, if it is near enough to be a typo: at most
/// max(1, length / 3) edits; the first of equals. Empty when there is none.
std::string_view suggest(std::string_view word, const std::vector<std::string_view>& candidates);

/// "did you mean `x`?", or an empty string when nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace meshfn
