#pragma once

// Routes as JSON, the same in `render --to json` and `route explain -o json` (DESIGN section 5.2).

#include <nlohmann/json_fwd.hpp>

#include "routing/table.h"

namespace meshfn::render {

using Json = nlohmann::ordered_json;

/// Adds `path`, `line` and `column` to `out`; a default has none of them.
void add_place(Json& out, const source::Location& where);

Json to_json(const routing::Destination& destination);

/// Destinations and every action of `route`; what is not set is null or an empty list.
void add_actions(Json& out, const routing::Route& route);

/// The whole rule: names, place, matches and actions.
Json to_json(const routing::Route& route);

Json to_json(const routing::Match& match);

}  // namespace meshfn::render
