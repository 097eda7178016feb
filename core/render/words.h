#pragma once

// Short words for parts of a route, shared by the table, the diagrams and the answer of `route
// explain`, so that the same thing is called the same everywhere.

#include <string>
#include <vector>

#include "routing/table.h"

namespace meshfn::render {

/// "path = /a", "path = /a*" for a prefix, "path ~ /a.*" for a regex, "header x present",
/// "method != GET".
std::string brief(const routing::Condition& condition);

/// The conditions joined with ", "; "everything" for none.
std::string brief(const routing::Match& match);

/// "reviews.prod.svc.cluster.local:9080/v2"; a Service's cluster suffix is left off.
std::string brief(const routing::Destination& destination);

/// What a route does besides choosing a destination: "timeout 3s", "retries 2", "fault abort 500
/// 100%", "mirror x 10%", "rewrite /v2", … in a fixed order; only what was written.
std::vector<std::string> settings(const routing::Route& route);

/// Where a route sends requests: its destinations with their shares in percent, or the redirect,
/// or the direct response; "nothing (delegate x)" when there is none.
std::vector<std::string> targets(const routing::Route& route);

/// "path:line", or "default" without a place.
std::string origin(const source::Location& where);

/// `value` with at most two digits after the point and no trailing zeros: "33.33", "10".
std::string percent(double value);

}  // namespace meshfn::render
