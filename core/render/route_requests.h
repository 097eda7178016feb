#pragma once

// Requests that were recorded, to be asked again: the input of `route diff --requests`.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "routing/match.h"

namespace meshfn::render {

/// The requests of `text`, told apart by its form: a HAR file, or lines of which each is
/// - a URL or a curl command,
/// - a JSON object with `url` or `host` and `path`, `method`, `headers`, `gateway`, `namespace`,
///   `port`, or one as Envoy and Istio log it (`authority`, `path`, `method`, `user_agent`, …),
/// - a line of Envoy's or Istio's default access log.
/// Empty lines, lines that begin with `#` and logged connections without a request are passed over.
Result<std::vector<routing::Request>> read_requests(const std::string& path, std::string_view text);

}  // namespace meshfn::render
