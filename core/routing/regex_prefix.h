#pragma once

// What can be told of a regular expression without running it.

#include <string>
#include <string_view>

namespace meshfn::routing {

/// Whether a `|` of `regex` stands outside all parentheses and classes.
bool has_top_level_choice(std::string_view regex);

/// Text with which everything that `regex` (RE2) matches begins; empty when nothing is known.
std::string literal_prefix(std::string_view regex);

/// A regular expression (RE2) that takes `text` alone, with no more backslashes than it needs.
std::string literal_regex(std::string_view text);

}  // namespace meshfn::routing
