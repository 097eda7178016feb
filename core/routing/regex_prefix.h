#pragma once

// What can be told of a regular expression without running it.

#include <string>
#include <string_view>

namespace meshfn::routing {

/// Text with which everything that `regex` (RE2) matches begins; empty when nothing is known.
std::string literal_prefix(std::string_view regex);

}  // namespace meshfn::routing
