#pragma once

// Whether several matches together leave nothing for another one, although none of them does so
// alone: `headers: {x: {exact: a}}` and `withoutHeaders: {x: {exact: a}}` are all requests.

#include <optional>
#include <vector>

#include "routing/match.h"

namespace meshfn::routing {

/// Those of `wide` that together take every request that `narrow` takes, in no order; nothing when
/// they do not or when it cannot be told. `narrow` is split by its alternatives, which a regular
/// expression may name as well, and by conditions that one of `wide` has and another excludes.
std::optional<std::vector<const Match*>> covering_together(const std::vector<const Match*>& wide,
                                                           const Match& narrow);

}  // namespace meshfn::routing
