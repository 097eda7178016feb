#pragma once

// Routes of Azure HTTP triggers: the templates of ASP.NET Core, as far as the host supports them:
// literals, `{id}`, `{id?}`, `{id=7}`, constraints (`{id:int:min(1)}`) and a catch-all (`{*rest}`).

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace meshfn::function {

/// One segment's parameter or literal.
struct RoutePart {
  std::string literal;                   ///< lower case; empty for a parameter
  std::string name;                      ///< of the parameter
  std::vector<std::string> constraints;  ///< "int", "min(1)"
  std::optional<std::string> fallback;   ///< of `{id=7}`
  bool optional = false;
  bool rest = false;  ///< `{*name}`
};

struct RouteTemplate {
  std::vector<RoutePart> parts;
};

/// Reads a template; a brace that is not closed and a catch-all that is not last are errors.
Result<RouteTemplate> parse_route(std::string_view text);

/// The parameters of `path` (decoded, without leading slash and prefix) when it fits; case of
/// literals does not matter.
std::optional<std::map<std::string, std::string>> match_route(const RouteTemplate& route,
                                                              std::string_view path);

/// Whether `a` is tried before `b`: literals before constrained parameters before free ones
/// before a catch-all, from the left.
bool more_specific(const RouteTemplate& a, const RouteTemplate& b);

}  // namespace meshfn::function
