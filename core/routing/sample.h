#pragma once

// Requests that probe a route table: for each rule one that it takes, and its neighbours on the
// other side of every condition. What two tables answer alike on all of them they are likely to
// answer alike.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing/table.h"

namespace meshfn::routing {

/// A short text that RE2 `regex` matches in full; nothing when none is found (look-around, word
/// boundaries and negated classes over all letters are not understood).
std::optional<std::string> regex_sample(std::string_view regex);

/// Texts around the border of `pattern`: some that it matches, some that it just does not.
std::vector<std::string> border_texts(const StringMatch& pattern);

/// Requests from every host, rule and condition of `table`, without repetition, in the order of
/// the table; at most `most`.
std::vector<Request> probe(const Table& table, std::size_t most);

}  // namespace meshfn::routing
