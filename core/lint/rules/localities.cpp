#include "lint/rules/localities.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"

namespace meshfn::lint {

namespace {

/// A place of the hierarchy; a wildcard at the end is left off.
struct Place {
  std::vector<std::string_view> parts;
  bool wild = false;
  yaml::Node node;
};

bool is_within(const Place& inner, const Place& outer) {
  return outer.parts.size() <= inner.parts.size() &&
         std::equal(outer.parts.begin(), outer.parts.end(), inner.parts.begin());
}

/// Whether a `*` stands anywhere but at the end, or a part is empty.
bool is_broken(const Place& place, std::string_view text) {
  const std::size_t star = text.find('*');
  return (star != std::string_view::npos && star + 1 != text.size()) ||
         std::any_of(place.parts.begin(), place.parts.end(),
                     [](std::string_view part) { return part.empty(); });
}

}  // namespace

std::vector<LocalityProblem> locality_problems(const std::vector<yaml::Node>& nodes,
                                               bool in_order) {
  std::vector<LocalityProblem> problems;
  std::vector<Place> seen;
  for (const yaml::Node node : nodes) {
    Place place{str::split(node.text(), '/'), false, node};
    if (is_broken(place, node.text())) {
      problems.push_back({node,
                          fmt::format("`{}` is no locality", node.text()),
                          {},
                          "write `region/zone/subzone`; `*` may stand for the rest"});
      continue;
    }
    if (place.parts.back() == "*") {
      place.parts.pop_back();
      place.wild = true;
    }
    const auto other = std::find_if(seen.begin(), seen.end(), [&](const Place& earlier) {
      if (is_within(place, earlier)) return true;
      return is_within(earlier, place) && !(in_order && place.wild);
    });
    if (other != seen.end()) {
      problems.push_back({node,
                          fmt::format("`{}` overlaps with `{}`", node.text(), other->node.text()),
                          other->node, "make the localities exclude each other"});
    }
    seen.push_back(std::move(place));
  }
  return problems;
}

}  // namespace meshfn::lint
