#pragma once

// The answer of `route explain` for people and for programs: where a request goes, with which
// settings, and why every rule before did not take it.

#include <optional>
#include <string>
#include <vector>

#include "render/input.h"
#include "routing/authorization/access.h"

namespace meshfn::render {

/// What was asked, and where it goes.
struct Explained {
  const Input& input;
  const routing::Request& request;
  const routing::Answer& answer;
  std::string zone;  ///< of the caller, "region/zone" or "zone"; empty: not asked
  /// What the pods on the way say to the caller; absent when nobody asked who may.
  std::optional<std::vector<routing::Access>> access;
};

/// A tree of text: request, listener, host, rules tried, the rule taken, its destinations with
/// their policy, each with its place, and who may.
std::string explanation_text(const Explained& explained);

/// DESIGN section 5.2.
std::string explanation_json(const Explained& explained);

}  // namespace meshfn::render
