#pragma once

// Localities as a distribution names them, `region/zone/subzone` with a `*` for the rest, and
// whether they exclude each other.

#include <string>
#include <string_view>
#include <vector>

#include "yaml/node.h"

namespace meshfn::lint {

/// What is wrong with one of several localities.
struct LocalityProblem {
  yaml::Node node;
  std::string message;
  yaml::Node other;  ///< what it overlaps with; absent when it is no locality at all
  std::string help;
};

/// Those that cannot be read, and those that overlap with an earlier one. In a list (`in_order`) a
/// wildcard may follow what it covers.
std::vector<LocalityProblem> locality_problems(const std::vector<yaml::Node>& nodes, bool in_order);

}  // namespace meshfn::lint
