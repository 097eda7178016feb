#include "function/azure_route.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>

#include "base/str.h"

namespace meshfn::function {

namespace {

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool fits_pattern(std::string_view value, const char* pattern) {
  return re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()), pattern);
}

struct TypeConstraint {
  std::string_view name;
  const char* pattern;
};

constexpr TypeConstraint kTypes[] = {
    {"int", R"(-?\d{1,10})"},
    {"long", R"(-?\d{1,19})"},
    {"bool", "(?i)true|false"},
    {"alpha", "[A-Za-z]*"},
    {"decimal", R"(-?\d+(\.\d+)?)"},
    {"double", R"(-?\d+(\.\d+)?([eE][-+]?\d+)?)"},
    {"float", R"(-?\d+(\.\d+)?([eE][-+]?\d+)?)"},
    {"guid", R"(\{?[0-9A-Fa-f]{8}-?([0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\}?)"},
    {"datetime", R"(\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?)?)"},
    {"required", ".+"},
};

/// `min(1)`, `range(1,9)`, `length(2)`, …: the number against one or two bounds.
bool fits_bounds(std::string_view name, std::string_view arguments, std::string_view value) {
  const std::vector<std::string_view> bounds = str::split(arguments, ',');
  const std::optional<std::int64_t> low = whole(str::trim(bounds.front()));
  const std::optional<std::int64_t> high = whole(str::trim(bounds.back()));
  const bool of_length = name.find("length") != std::string_view::npos;
  const std::optional<std::int64_t> number =
      of_length ? static_cast<std::int64_t>(str::code_points(value)) : whole(value);
  if (!low || !high || !number) return false;
  if (name.starts_with("min")) return *number >= *low;
  if (name.starts_with("max")) return *number <= *high;
  return *number >= *low && *number <= *high;
}

/// An unknown constraint holds: the host would refuse to start, which is not the router's to say.
bool fits(std::string_view constraint, std::string_view value) {
  const std::size_t open = constraint.find('(');
  const std::string_view name = constraint.substr(0, open);
  for (const TypeConstraint& type : kTypes) {
    if (type.name == name) return fits_pattern(value, type.pattern);
  }
  if (open == std::string_view::npos) return true;
  const std::string_view inside = constraint.substr(open + 1, constraint.rfind(')') - open - 1);
  if (name == "regex") {
    const re2::RE2 pattern(re2::StringPiece(inside.data(), inside.size()), re2::RE2::Quiet);
    return pattern.ok() &&
           re2::RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), pattern);
  }
  return fits_bounds(name, inside, value);
}

/// What is between the braces: `*name`, `name:int:min(1)`, `name?`, `name=7`.
RoutePart parameter(std::string_view text) {
  RoutePart part;
  while (text.starts_with('*')) {
    part.rest = true;
    text.remove_prefix(1);
  }
  if (const std::size_t equals = text.find('='); equals != std::string_view::npos) {
    part.fallback = std::string(text.substr(equals + 1));
    text = text.substr(0, equals);
  }
  if (text.ends_with('?')) {
    part.optional = true;
    text.remove_suffix(1);
  }
  std::size_t colon = text.find(':');
  part.name = std::string(text.substr(0, colon));
  while (colon != std::string_view::npos) {
    const std::size_t begin = colon + 1;
    const std::size_t open = text.find('(', begin);
    colon = text.find(':', begin);
    if (open < colon) colon = text.find(':', text.find(')', open));
    part.constraints.emplace_back(text.substr(begin, colon - begin));
  }
  return part;
}

int weight(const RoutePart& part) {
  if (!part.literal.empty()) return 0;
  if (part.rest) return 3;
  return part.constraints.empty() ? 2 : 1;
}

}  // namespace

Result<RouteTemplate> parse_route(std::string_view text) {
  RouteTemplate route;
  if (text.starts_with('/')) text.remove_prefix(1);
  if (text.empty()) return route;
  for (const std::string_view segment : str::split(text, '/')) {
    if (!route.parts.empty() && route.parts.back().rest) {
      return fail(fmt::format("the route `{}` goes on after its catch-all", text));
    }
    if (!segment.starts_with('{')) {
      route.parts.push_back({.literal = str::lower(segment)});
      continue;
    }
    if (!segment.ends_with('}')) {
      return fail(fmt::format("the route `{}` has a brace that is not closed", text));
    }
    route.parts.push_back(parameter(segment.substr(1, segment.size() - 2)));
  }
  return route;
}

std::optional<std::map<std::string, std::string>> match_route(const RouteTemplate& route,
                                                              std::string_view path) {
  std::vector<std::string_view> segments;
  if (!path.empty()) segments = str::split(path, '/');
  std::map<std::string, std::string> parameters;
  std::size_t at = 0;
  for (const RoutePart& part : route.parts) {
    if (part.rest) {
      std::vector<std::string_view> rest(segments.begin() + static_cast<std::ptrdiff_t>(at),
                                         segments.end());
      parameters[part.name] = str::join(rest, "/");
      return parameters;
    }
    if (at == segments.size()) {
      if (!part.fallback && !part.optional) return std::nullopt;
      if (part.fallback) parameters[part.name] = *part.fallback;
      continue;
    }
    const std::string_view segment = segments[at++];
    if (!part.literal.empty()) {
      if (str::lower(segment) != part.literal) return std::nullopt;
      continue;
    }
    const bool fine =
        !segment.empty() && std::all_of(part.constraints.begin(), part.constraints.end(),
                                        [&](const std::string& one) { return fits(one, segment); });
    if (!fine) return std::nullopt;
    parameters[part.name] = std::string(segment);
  }
  if (at != segments.size()) return std::nullopt;
  return parameters;
}

bool more_specific(const RouteTemplate& a, const RouteTemplate& b) {
  const std::size_t common = std::min(a.parts.size(), b.parts.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (weight(a.parts[i]) != weight(b.parts[i])) return weight(a.parts[i]) < weight(b.parts[i]);
  }
  return a.parts.size() > b.parts.size();
}

}  // namespace meshfn::function
