#pragma once

// Who may, for people and for programs: the stops of a request with what lets it through or refuses
// it, and the matrix of `route who`.

#include <string>
#include <vector>

#include "render/route_json.h"
#include "routing/authorization/access.h"

namespace meshfn::render {

/// One block a stop: allowed or denied, by what, and for a refusal what would have let it through.
std::string access_text(const std::vector<routing::Access>& stops);

/// `[{target, host, subset, allowed, channel, by, why, status, met, nearest, notes}]`.
Json access_json(const std::vector<routing::Access>& stops);

/// "AuthorizationPolicy shop/reviews rules[0]"; "nothing" when nothing decides.
std::string decider(const routing::Verdict& verdict);

/// A table for each port: a line for each caller, a column for each operation, and what decides.
std::string who_text(const std::vector<routing::WhoColumn>& columns);

std::string who_json(const std::vector<routing::WhoColumn>& columns);

}  // namespace meshfn::render
