#pragma once

// Which of many matches take all that another one takes, without comparing each with each: most
// matches fix a text or its beginning, and can only take what fixes the same. A list with tens of
// thousands of routes is looked through in about the time that it takes to read it.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "routing/match.h"

namespace meshfn::routing {

class CoverIndex {
 public:
  /// Of matches that stay where they are while the index lives.
  explicit CoverIndex(const std::vector<const Match*>& matches);

  /// Whether the match of this number is the one that is looked for.
  using Test = std::function<bool(std::size_t)>;

  /// The first match before number `end` that may cover `narrow` and passes `test`, which compares
  /// the two. Of the matches that fix no text (`.*`, no conditions at all) only the last 1000
  /// before `end` are tried.
  std::optional<std::size_t> first(const Match& narrow, std::size_t end, const Test& test) const;

 private:
  using Numbers = std::vector<std::uint32_t>;

  std::vector<const Numbers*> buckets_for(const Match& narrow) const;

  std::unordered_map<std::string, Numbers> fixed_;  ///< matches by the rarest text they fix
  std::vector<std::size_t> lengths_;                ///< of the prefixes in keys, ascending
  Numbers open_;                                    ///< matches that fix no text
};

}  // namespace meshfn::routing
