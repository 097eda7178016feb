#pragma once

// The answer of `route explain` for people and for programs: where a request goes, with which
// settings, and why every rule before did not take it.

#include <string>

#include "render/input.h"
#include "routing/table.h"

namespace meshfn::render {

/// A tree of text: request, listener, host, rules tried, the rule taken, its destinations with
/// their policy, each with its place.
std::string explanation_text(const Input& input, const routing::Request& request,
                             const routing::Answer& answer);

/// DESIGN section 5.2.
std::string explanation_json(const Input& input, const routing::Request& request,
                             const routing::Answer& answer);

}  // namespace meshfn::render
