#pragma once

// Requests as people write them: a URL, or the curl command line that was copied from a terminal
// or a browser.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "routing/match.h"

namespace meshfn::routing {

/// `http://host:port/path?query`, `host/path` or `/path`. A port other than the scheme's own is
/// part of the authority and decides the port of the request.
Result<Request> request_from_url(std::string_view url);

/// A curl command line split into words as a shell would, without running anything. Known are -X,
/// -H, -A, -e, -b, -u, -d (makes it a POST), -I, -G, -k, --resolve and the like; options that do
/// not change where a request goes are passed over.
Result<Request> request_from_curl(std::string_view command_line);

/// "GET http://reviews:9080/x?q=1".
std::string to_string(const Request& request);

/// Words of a command line with single and double quotes and backslashes; the error names an
/// unclosed quote.
Result<std::vector<std::string>> split_words(std::string_view command_line);

/// `%41` and, in queries, `+` decoded; malformed escapes stay as they are.
std::string decode_percent(std::string_view text, bool plus_is_space);

}  // namespace meshfn::routing
