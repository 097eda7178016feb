#pragma once

// Which matches may take the same request, as far as their paths tell. Of thousands of rules most
// look at paths of their own, and need not be compared with each other.

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "routing/match.h"

namespace meshfn::render {

/// The first pattern of the path condition; null when there is none.
const routing::StringMatch* path_of(const routing::Match& match);

/// Whether no text is taken by both; false when it cannot be told.
bool disjoint(const routing::StringMatch& a, const routing::StringMatch& b);

/// Whether the paths alone say that no request is taken by both.
bool have_disjoint_paths(const routing::Match& a, const routing::Match& b);

/// Numbered rules by the paths that they take.
class Meetings {
 public:
  /// Rule `number` has this match, among others. REQUIRES: no larger number was added before.
  void add(std::size_t number, const routing::Match& match);

  /// The rules whose paths may meet that of one of `matches`, ascending. All that do are among
  /// them.
  std::vector<std::size_t> with(const std::vector<routing::Match>& matches) const;

 private:
  void add_near(std::set<std::size_t>& out, const std::string& path) const;

  std::map<std::string, std::set<std::size_t>> rules_;  ///< by that with which their paths begin
  std::set<std::size_t> lengths_;                       ///< of those beginnings
  std::set<std::size_t> open_;                          ///< rules that may take any path
  std::size_t count_ = 0;
};

}  // namespace meshfn::render
